//! Raw options and partial credit are no right and wrong.

use std::fmt::Write as _;

use seedtest_ingest::{Error, Options, RejectReason, read_log};

use crate::files::{File, read, read_path, wide_items};

fn log(column: &str, values: &[&str]) -> File {
    let mut text = format!("student_id,item_id,{column}\n");
    for (row, value) in values.iter().cycle().take(60).enumerate() {
        writeln!(text, "s{},q{},{value}", row / 6, row % 6).unwrap();
    }
    File::new("log.csv", text)
}

fn refusal(column: &str, values: &[&str]) -> Error {
    read_log(log(column, values).path(), &Options::default()).unwrap_err()
}

#[test]
fn options_points_and_partial_credit_are_refused_with_their_row() {
    let cases: [(&[&str], u64, &str); 4] = [
        (&["0", "1", "3", "2"], 4, "3"),
        (&["A", "D", "B", "C"], 2, "A"),
        (&["0", "1", "2"], 4, "2"),
        (&["1", "0", "1", "0.75"], 5, "0.75"),
    ];
    for (values, first, shown) in cases {
        let error = refusal("correct", values);
        let text = error.to_string();
        assert!(text.contains(&format!("line {first}: correct is {shown:?}")), "{text}");
        assert!(error.hint().contains("--map correct=COLUMN"), "{}", error.hint());
        let Error::NotRightWrong { found, .. } = error else { panic!("{text}") };
        assert!(found.unread > 0 && found.cells == 60, "{found:?}");
        assert!(
            values.iter().all(|value| found.values.iter().any(|name| name == value)),
            "{found:?}"
        );
    }
}

#[test]
fn a_slip_of_the_hand_costs_its_row_only() {
    let mut values = vec!["1", "0", "1", "1", "0"];
    values.extend(["0"; 40]);
    values.push("2");
    values.extend(["1"; 14]);
    let read = read_log(log("correct", &values).path(), &Options::default()).unwrap();
    assert_eq!((read.log.len(), read.counts.rejected.total()), (59, 1));
    // Words that are no outcome, and more than slips, are refused as well.
    let error = refusal("correct", &["1", "0", "maybe"]);
    assert!(error.to_string().contains("its values are 0, 1, maybe"), "{error}");
}

#[test]
fn points_count_from_a_share_that_the_user_names() {
    let read = |values: &[&str], right_at| {
        let options = Options { right_at: Some(right_at), ..Options::default() };
        let read = read_log(log("score", values).path(), &options).unwrap();
        assert_eq!(read.counts.rejected.total(), 0);
        read.log.outcome().iter().filter(|outcome| outcome.correct() == Some(true)).count()
    };
    assert_eq!(read(&["0", "1", "2"], 1.0), 20);
    assert_eq!(read(&["0", "1", "2"], 0.5), 40);
    assert_eq!(read(&["1", "0", "0.75", "0.25"], 0.75), 30);
}

#[test]
fn a_table_of_options_names_the_cell_that_is_no_outcome() {
    let rows = "a,1,B,long text\nb,0,C,other text\nc,1,A,more\n";
    let file = File::new("log.csv", format!("student_id,q0,q1,q2\n{rows}"));
    let options = Options { wide: wide_items("q1,q2"), ..Options::default() };
    let error = read_log(file.path(), &options).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("line 2, column q1: \"B\" is neither right nor wrong"), "{text}");
    assert!(error.hint().contains("--map item=COLUMN,correct=COLUMN"), "{}", error.hint());
}

#[test]
fn one_odd_cell_of_a_wide_table_is_named_with_row_and_column() {
    let rows: String =
        (0..30).map(|row| format!("s{row},{},{}\n", row % 2, (row + 1) % 2)).collect();
    let file = File::new("log.csv", format!("student_id,q0,q1\n{rows}z,1,oops\n"));
    let read = read_log(file.path(), &Options::default()).unwrap();
    assert_eq!(read.counts.read, 62);
    let odd = &read.first_rejects[0];
    assert_eq!((odd.line, odd.value.as_str()), (32, "q1=oops"));
}

#[test]
fn points_and_their_maximum_may_stand_in_one_cell() {
    let text = "학생,문항,점수\ns1,q1,2/5\ns1,q2,5/5\ns2,q1,0/5\ns2,q2,2 / 2\n";
    let content = read("log.csv", text);
    let of = |at: usize| (content.answers[at].outcome, content.answers[at].points);
    assert_eq!(of(0), (Some(false), Some((2.0, Some(5.0)))));
    assert_eq!(of(1), (Some(true), Some((5.0, Some(5.0)))));
    assert_eq!(of(3), (Some(true), Some((2.0, Some(2.0)))));
    let notes = &content.counts.notes;
    assert!(
        notes.iter().any(|note| note.contains("the most that there were in each cell")),
        "{notes:?}"
    );
    let options = Options { right_at: Some(0.4), ..Options::default() };
    assert_eq!(
        read_path(File::new("log.csv", text).path(), &options).answers[0].outcome,
        Some(true)
    );
    // One without its maximum among many is a slip, which is told.
    let many: String = (0..30).map(|row| format!("s{row},q1,{}/4\n", row % 5)).collect();
    let content = read("log.csv", format!("student,item,score\n{many}z,q1,3\n"));
    assert_eq!((content.answers.len(), content.rejects[0].reason), (30, RejectReason::BadPoints));
}

#[test]
fn questions_of_one_point_stand_beside_those_of_several() {
    let mut text = "학번,1번,2번,3번,4번\n".to_owned();
    for n in 0..12 {
        let ox = if n % 3 == 0 { "O" } else { "X" };
        text += &format!("s{n},{}/5,{}/3,{},{ox}\n", n % 6, n % 4, n % 2);
    }
    let content = read("exam.csv", &text);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    let right = |item: &str| {
        let of_item = content.answers.iter().filter(|answer| answer.item == item);
        of_item.filter(|answer| answer.outcome == Some(true)).count()
    };
    assert_eq!(content.answers.len(), 48);
    assert_eq!(["1번", "2번", "3번", "4번"].map(right), [2, 3, 6, 4]);
}

#[test]
fn a_table_of_per_cent_is_told_which_share_is_asked_for() {
    let mut text = "학번,1번,2번\n".to_owned();
    for n in 0..12 {
        text += &format!("s{n},{}%,{}%\n", n % 3 * 50, (n + 1) % 3 * 50);
    }
    let file = File::new("shares.csv", text);
    let error = read_log(file.path(), &Options::default()).unwrap_err();
    assert!(error.hint().contains("--right-at 1"), "{error}: {}", error.hint());
    let options = Options { right_at: Some(0.5), ..Options::default() };
    let read = read_log(file.path(), &options).unwrap();
    let right = read.log.outcome().iter().filter(|outcome| outcome.correct() == Some(true)).count();
    assert_eq!((read.log.outcome().len(), right), (24, 16));
}

#[test]
fn points_have_units_where_their_maximum_stands_beside_them() {
    let text = "학생,문항,점수,만점\ns1,q1,5점,5점\ns1,q2,1점,2점\ns2,q1,0점,5점\n";
    let content = read("log.csv", text);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    let outcomes: Vec<_> = content.answers.iter().map(|answer| answer.outcome).collect();
    assert_eq!(outcomes, [Some(true), Some(false), Some(false)]);
    assert_eq!(content.answers[1].points, Some((1.0, Some(2.0))));
    let row = read(
        "class.csv",
        "번호,이름,1번,2번\n만점,,5점,3 pts\n1,김가,5점,1\n2,이나,2점,3\n3,박다,0점,0\n",
    );
    assert!(row.rejects.is_empty(), "{:?}", row.rejects);
    assert_eq!(row.answers[1].points, Some((1.0, Some(3.0))));
}

#[test]
fn a_gradebook_of_halves_is_one_point_a_question() {
    let text = "student,Reading,Writing,Speaking,Total\na,1,0.5,1,2.5\nb,0,1,0,1\nc,0.5,0,1,1.5\nd,1,\"0,5\",0,1.5\n";
    let content = read("grades.csv", text);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    assert_eq!(content.answers.len(), 12, "the column of sums is no question");
    let of_a: Vec<_> = content.answers[..3].iter().map(|a| (a.outcome, a.points)).collect();
    let one = Some(1.0);
    assert_eq!(
        of_a,
        [
            (Some(true), Some((1.0, one))),
            (Some(false), Some((0.5, one))),
            (Some(true), Some((1.0, one))),
        ]
    );
    let options = Options { right_at: Some(0.5), ..Options::default() };
    assert_eq!(
        read_path(File::new("grades.csv", text).path(), &options).answers[1].outcome,
        Some(true)
    );
    // Numbers that say nothing of a point are still asked for.
    let error =
        File::new("t.csv", "student,q1,q2\na,2,3\nb,0,1\nc,4,2\n").open_error(&Options::default());
    assert!(matches!(error, Error::NotRightWrong { .. }), "{error}");
}
