//! Tables of two classes as a teacher has them: what is right, what can be had and who is who, sheet by sheet.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use seedtest_ingest::{
    Blank, Error, Field, KeyFault, Options, RejectReason, StudentIdColumn, Wanted, parse_moment,
    read_class_list, read_log, read_roster,
};

use crate::files::{Content, File, read, read_path};

/// Sheets of texts, a number where a text is one.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> File {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (row, column) = (row as u32, column as u16);
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write(row, column, number).unwrap(),
                    Err(_) => sheet.write(row, column, *cell).unwrap(),
                };
            }
        }
    }
    File::new("classes.xlsx", workbook.save_to_buffer().unwrap())
}

fn open(file: &File) -> Content {
    read_path(file.path(), &Options::default())
}

/// Outcomes of a student in the order of the items.
fn of<'a>(content: &'a Content, student: &str) -> Vec<(&'a str, Option<bool>)> {
    let own = content.answers.iter().filter(|answer| answer.student == student);
    own.map(|answer| (answer.item.as_str(), answer.outcome)).collect()
}

fn students(content: &Content) -> Vec<&str> {
    let mut found: Vec<&str> = content.answers.iter().map(|a| a.student.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn said(content: &Content, part: &str) {
    let notes = &content.counts.notes;
    assert!(notes.iter().any(|note| note.contains(part)), "{part:?} in {notes:#?}");
}

const RIGHT: Option<bool> = Some(true);
const WRONG: Option<bool> = Some(false);

#[test]
fn points_that_can_be_had_are_those_of_the_sheet() {
    let file = workbook(&[
        (
            "1반",
            &[
                &["번호", "1번", "2번"],
                &["배점", "5", "2"],
                &["1", "5", "2"],
                &["2", "3", "0"],
                &["3", "0", "1"],
            ],
        ),
        (
            "2반",
            &[
                &["번호", "1번", "2번"],
                &["1", "3", "4"],
                &["2", "2", "2"],
                &["3", "1", "0"],
                &["배점", "3", "4"],
            ],
        ),
    ]);
    let content = open(&file);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    assert_eq!(of(&content, "1-1"), [("1번", RIGHT), ("2번", RIGHT)]);
    // Three points are part of five in one class and all of them in the other.
    assert_eq!(of(&content, "1-2"), [("1번", WRONG), ("2번", WRONG)]);
    assert_eq!(of(&content, "2-1"), [("1번", RIGHT), ("2번", RIGHT)]);
    assert_eq!(of(&content, "2-2"), [("1번", WRONG), ("2번", WRONG)]);
    assert_eq!(content.answers[2].points, Some((3.0, Some(5.0))));
    said(&content, "1번: points out of 5 (1반), 3 (2반)");
    // The rows that are told of are those of students.
    said(&content, "2 sheets are read together: \"1반\" (3 rows), \"2반\" (3 rows)");
}

#[test]
fn a_sheet_has_its_own_right_options() {
    let file = workbook(&[
        (
            "1반",
            &[&["번호", "1번", "2번"], &["정답", "3", "1"], &["1", "3", "1"], &["2", "4", "2"]],
        ),
        (
            "2반",
            &[&["번호", "1번", "2번"], &["1", "4", "5"], &["2", "3", "1"], &["정답", "4", "5"]],
        ),
    ]);
    let content = open(&file);
    assert_eq!(students(&content), ["1-1", "1-2", "2-1", "2-2"]);
    assert_eq!(of(&content, "1-1"), [("1번", RIGHT), ("2번", RIGHT)]);
    assert_eq!(of(&content, "1-2"), [("1번", WRONG), ("2번", WRONG)]);
    // The first student of the second sheet stands on the line of the first sheet's key.
    assert_eq!(of(&content, "2-1"), [("1번", RIGHT), ("2번", RIGHT)]);
    assert_eq!(of(&content, "2-2"), [("1번", WRONG), ("2번", WRONG)]);
}

#[test]
fn a_sheet_without_right_options_has_those_of_the_others_where_they_agree() {
    let header: &[&str] = &["번호", "1번", "2번"];
    let pupils: [&[&str]; 3] = [header, &["1", "3", "2"], &["2", "1", "5"]];
    let keyed: [&[&str]; 4] = [header, &["정답", "3", "5"], pupils[1], pupils[2]];
    let other: [&[&str]; 4] = [header, &["정답", "3", "4"], pupils[1], pupils[2]];
    let content = open(&workbook(&[("1반", &keyed), ("2반", &pupils)]));
    assert_eq!(of(&content, "2-1"), [("1번", RIGHT), ("2번", WRONG)]);
    said(
        &content,
        "sheet \"2반\" has no row of right options: that of sheet 1반 line 2 holds for it",
    );
    let file = workbook(&[("1반", &keyed), ("2반", &other), ("3반", &pupils)]);
    let error = file.open_error(&Options::default());
    let Error::RowsDiffer { rows, .. } = &error else { panic!("{error}") };
    assert_eq!((rows.without.as_deref(), rows.column.as_str()), (Some("3반"), "2번"));
    assert!(error.hint().contains("--sheet NAME"), "{}", error.hint());
    // Two rows of one sheet that differ are asked for, too.
    let two: [&[&str]; 5] = [header, keyed[1], other[1], pupils[1], pupils[2]];
    let error = workbook(&[("A", &two)]).open_error(&Options::default());
    assert!(error.to_string().contains("line 2 and line 3 differ in 2번"), "{error}");
}

#[test]
fn each_of_several_right_options_is_right() {
    let text = "번호,이름,1번,2번,3번,4번,5번\n정답,,\"1,2\",\"①,④\",3 또는 5,전원정답,2\n\
                1,김가,1,1,5,4,2\n2,이나,2,4,3,1,3\n3,박다,3,2,4,,2\n";
    let content = read("class.csv", text);
    let outcomes =
        |student| of(&content, student).into_iter().map(|(_, right)| right).collect::<Vec<_>>();
    assert_eq!(outcomes("김가"), [RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]);
    assert_eq!(outcomes("이나"), [RIGHT, RIGHT, RIGHT, RIGHT, WRONG]);
    assert_eq!(outcomes("박다"), [WRONG, WRONG, WRONG, RIGHT], "who gave no answer has none");
    said(
        &content,
        "items with more than one right option: 1번 (1 or 2), 2번 (① or ④), 3번 (3 or 5), 4번 (everyone is right)",
    );
    let key = File::new("key.csv", "item,key\nq1,A/C\nq2,all\n");
    let options = Options { key: Some(key.path().to_owned()), ..Options::default() };
    let log = "student,item,response\ns,q1,a\nt,q1,C\nu,q1,B\ns,q2,D\n";
    let content = read_path(File::new("log.csv", log).path(), &options);
    let outcomes: Vec<_> = content.answers.iter().map(|answer| answer.outcome).collect();
    assert_eq!(outcomes, [RIGHT, RIGHT, WRONG, RIGHT]);
    said(&content, "q1 (A or C), q2 (everyone is right)");
    let keyed =
        "student,item,response,key\ns,q1,1,\"1,2\"\nt,q1,2,\"1,2\"\nu,q1,3,\"1,2\"\ns,q2,4,4\n";
    let content = read("log.csv", keyed);
    let outcomes: Vec<_> = content.answers.iter().map(|answer| answer.outcome).collect();
    assert_eq!(outcomes, [RIGHT, RIGHT, WRONG, RIGHT]);
    said(&content, "items with more than one right option: q1 (1 or 2)");
    let unclear = keyed.replace(",4,4", ",4,복수정답");
    let error = File::new("log.csv", unclear).open_error(&Options::default());
    assert!(error.to_string().contains("line 5: the right option of q2 is"), "{error}");
}

#[test]
fn a_right_option_that_nobody_understands_is_named() {
    let bad = |text: &str| {
        let error = File::new("class.csv", text).open_error(&Options::default());
        assert!(error.hint().contains("1,2"), "{}", error.hint());
        match error {
            Error::BadKey { key, .. } => *key,
            other => panic!("{other}"),
        }
    };
    for unclear in ["복수정답", "1~2", "1&2", "무효"] {
        let key = bad(&format!("번호,1번,2번\n정답,3,{unclear}\n1,3,1\n2,2,2\n"));
        assert_eq!((key.fault, &*key.place, &*key.item), (KeyFault::Unclear, "line 2", "2번"));
    }
    let key = bad("번호,1번,2번\n정답,3,1번과 2번\n1,3,1\n2,2,2\n");
    assert_eq!(key.fault, KeyFault::NotChosen { chosen: "1, 2".into() });
    // Short answers among options are no fault, nor is a fraction that was the answer.
    let content = read(
        "class.csv",
        "번호,1번,2번,3번\n정답,3,광합성,1/2\n1,3,광합성,1/2\n2,2,호흡,1/2\n3,3,호흡,1\n",
    );
    assert_eq!(of(&content, "1"), [("1번", RIGHT), ("2번", RIGHT), ("3번", RIGHT)]);
    assert_eq!(of(&content, "3"), [("1번", RIGHT), ("2번", WRONG), ("3번", WRONG)]);
}

#[test]
fn a_date_among_right_options_is_named() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let rows = [["번호", "1번", "2번"], ["정답", "3", ""], ["1", "3", "1"], ["2", "4", "2"]];
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row as u32, column as u16, *cell).unwrap();
        }
    }
    // What a spreadsheet makes of 1/2.
    let date = ExcelDateTime::from_ymd(2025, 1, 2).unwrap();
    let format = Format::new().set_num_format("m\"월\" d\"일\"");
    sheet.write_datetime_with_format(1, 2, &date, &format).unwrap();
    let file = File::new("class.xlsx", workbook.save_to_buffer().unwrap());
    let error = file.open_error(&Options::default());
    let Error::BadKey { key, .. } = &error else { panic!("{error}") };
    assert_eq!((&key.fault, &*key.item), (&KeyFault::Date, "2번"));
    assert!(key.value.starts_with("2025-01-02"), "{}", key.value);
}

#[test]
fn answers_that_are_marked_need_no_key() {
    let content = read("class.csv", "번호,1번,2번\n정답,3,5\n1,1,0\n2,0,0\n3,1,1\n");
    assert_eq!(of(&content, "1"), [("1번", RIGHT), ("2번", WRONG)]);
    said(&content, "answers are marked already");
    let content = read("class.csv", "번호,1번,2번\n정답,③,⑤\n1,O,X\n2,X,X\n");
    assert_eq!(of(&content, "1"), [("1번", RIGHT), ("2번", WRONG)]);
    // Where the key is one of marks, they are what was chosen.
    let content = read("class.csv", "번호,1번,2번\n정답,O,X\n1,O,X\n2,X,O\n");
    assert_eq!(of(&content, "1"), [("1번", RIGHT), ("2번", RIGHT)]);
    assert_eq!(of(&content, "2"), [("1번", WRONG), ("2번", WRONG)]);
}

#[test]
fn a_class_that_stands_on_its_first_row_holds_for_the_rows_below() {
    let text = "반,번호,이름,1번,2번\n1,1,김민준,O,X\n,2,이서연,O,O\n,3,박지훈,X,X\n2,1,김민준,X,O\n,2,최하늘,O,X\n,3,이서연,X,O\n";
    let content = read("class.csv", text);
    assert_eq!(students(&content), ["1-1", "1-2", "1-3", "2-1", "2-2", "2-3"]);
    assert_eq!(of(&content, "2-1"), [("1번", WRONG), ("2번", RIGHT)]);
    said(&content, "반 stands on the first row of each block alone");
    // One answer a row, where namesakes have nothing but the class.
    let log = "반,이름,문항,정오\n1,김민준,a,O\n,김민준,b,O\n,이서연,a,X\n2,김민준,a,X\n,김민준,b,X\n,박지훈,a,O\n";
    let content = read("log.csv", log);
    assert_eq!(students(&content), ["1-김민준", "1-이서연", "2-김민준", "2-박지훈"]);
    assert_eq!(of(&content, "2-김민준"), [("a", WRONG), ("b", WRONG)]);
    // A row that lacks its class where others have it is nobody's.
    let lacking = "반,번호,1번,2번\n1,1,O,X\n1,2,O,X\n2,1,O,X\n,2,X,X\n1,3,O,O\n2,3,O,O\n";
    assert_eq!(read("class.csv", lacking).reasons(), [(5, RejectReason::MissingStudent)]);
}

#[test]
fn a_number_or_a_name_of_a_log_is_not_two_students() {
    let log = "번호,문항,정오\n1,a,O\n2,a,X\n1,a,X\n2,a,O\n";
    for text in [log.to_owned(), log.replace("번호", "이름").replace("1,a", "김민준,a")] {
        let file = File::new("log.csv", &text);
        let error = file.open_error(&Options::default());
        assert!(matches!(error, Error::SharedId { .. }), "{error}");
        assert!(error.to_string().contains("lines 2 and 4"), "{error}");
        assert!(error.hint().contains("--id"), "{}", error.hint());
        // The user may say that they are one who tried again.
        let column = text.split(',').next().unwrap();
        let mut options = Options::default();
        options.map.set(Field::Student, column).unwrap();
        assert_eq!(read_path(file.path(), &options).answers.len(), 4);
    }
    let single = read("log.csv", "번호,문항,정오\n1,a,O\n2,a,X\n1,b,X\n2,b,O\n");
    assert_eq!(students(&single), ["1", "2"]);
    said(&single, "번호 alone says who a student is");
}

#[test]
fn a_class_and_a_number_are_one_id_however_they_are_written() {
    for (class, number) in [("1반", "1"), ("1", "1번"), ("01", "01"), ("1 반", "1")] {
        let text = format!("반,번호,1번,2번\n{class},{number},O,X\n2,1,X,O\n");
        let content = read("class.csv", text);
        assert_eq!(students(&content), ["1-1", "2-1"], "{class} {number}");
        let roster = format!("반,번호,이름\n{class},{number},김가\n2,1,이나\n");
        let file = File::new("roster.csv", roster);
        let roster = read_roster(file.path(), StudentIdColumn::default(), &|_| false).unwrap();
        let ids: Vec<&str> = roster.students.iter().map(|student| &*student.id).collect();
        assert_eq!(ids, ["1-1", "2-1"], "{class} {number}");
    }
    let mixed = "학번,문항,정오\n1-1,a,1\n01-01,a,0\n1반 1번,a,1\n";
    let file = File::new("log.csv", mixed);
    let notes = read_log(file.path(), &Options::default()).unwrap().counts.notes;
    let differ = |note: &String| note.starts_with("1 students differ") && note.contains("1반 1번");
    assert!(notes.iter().any(differ), "{notes:?}");
}

#[test]
fn classes_of_which_one_has_an_item_more_are_read_together() {
    let file = workbook(&[
        ("1반", &[&["번호", "1번", "2번"], &["1", "O", "X"], &["2", "X", "O"]]),
        ("2반", &[&["번호", "1번", "2번", "3번"], &["1", "O", "X", "O"], &["2", "X", "O", ""]]),
    ]);
    let content = open(&file);
    assert_eq!(students(&content), ["1-1", "1-2", "2-1", "2-2"]);
    assert_eq!((content.answers.len(), content.counts.unanswered), (9, 1));
    said(&content, "sheet \"1반\" has no column 3번");
    // What a class was not asked is no wrong answer.
    let mut options = Options::default();
    options.wide.blank = Blank::Wrong;
    let content = read_path(file.path(), &options);
    assert_eq!(of(&content, "1-1").len(), 2);
    assert_eq!(of(&content, "2-2"), [("1번", WRONG), ("2번", RIGHT), ("3번", WRONG)]);
}

/// Answers of a file without times, as student, item and instant.
fn timed(name: &str, text: &str) -> Vec<(String, String, Option<i64>, Option<bool>)> {
    let time_start = parse_moment("2025-03-03").ok();
    let options = Options { wanted: Wanted::Timed, time_start, ..Options::default() };
    let content = read_path(File::new(name, text).path(), &options);
    content.answers.into_iter().map(|a| (a.student, a.item, a.at, a.outcome)).collect()
}

#[test]
fn an_edited_file_without_times_has_the_same_answers() {
    let before = timed("class.csv", "번호,1번,2번\n1,O,X\n2,X,O\n");
    // A title above, a student more, and the rows in another order.
    let after = timed("class.csv", "3학년\n번호,1번,2번\n3,O,O\n2,X,O\n1,O,X\n");
    assert!(before.iter().all(|answer| after.contains(answer)), "{before:?} {after:?}");
    assert_eq!((before.len(), after.len()), (4, 6));
    // A change of mind keeps its place: another answer of the same instant.
    let changed = timed("class.csv", "번호,1번,2번\n1,X,X\n2,X,O\n");
    assert_eq!((&changed[0].2, changed[0].3), (&before[0].2, WRONG));
}

#[test]
fn the_second_attempt_is_the_second_wherever_it_stands() {
    let days =
        "student,item,correct,date\na,q1,0,2025-03-03\nb,q1,1,2025-03-03\na,q1,1,2025-03-03\n";
    let moved = "student,item,correct,date\nb,q1,1,2025-03-03\nc,q1,1,2025-03-03\na,q1,0,2025-03-03\na,q1,1,2025-03-03\n";
    let none = "student,item,correct\nc,q1,1\na,q1,0\na,q1,1\nb,q1,1\n";
    let own = |name: &str, text: &str| {
        let of_a = timed(name, text).into_iter().filter(|answer| answer.0 == "a");
        of_a.map(|(_, _, at, right)| (at.unwrap(), right)).collect::<Vec<_>>()
    };
    let start = 1_740_960_000_000_000;
    let expected = [(start, WRONG), (start + 1, RIGHT)];
    for text in [days, moved, none] {
        assert_eq!(own("log.csv", text), expected, "{text}");
    }
}

#[test]
fn the_names_beside_answers_have_the_ids_of_the_answers() {
    let file = workbook(&[
        (
            "1반",
            &[
                &["번호", "이름", "1번", "2번"],
                &["정답", "", "3", "1"],
                &["1", "김가", "3", "2"],
                &["2", "이나", "3", "1"],
                &["평균", "", "1", "1"],
            ],
        ),
        (
            "2반",
            &[&["번호", "이름", "1번", "2번"], &["정답", "", "3", "1"], &["1", "김가", "2", "1"]],
        ),
    ]);
    let found = read_class_list(file.path(), &Options::default()).unwrap();
    let named: Vec<_> =
        found.students.iter().map(|s| (s.id.as_str(), s.name.as_deref().unwrap())).collect();
    assert_eq!(named, [("1-1", "김가"), ("1-2", "이나"), ("2-1", "김가")]);
    assert_eq!(students(&open(&file)), ["1-1", "1-2", "2-1"]);
    assert_eq!(found.enrolments[2], ("2-1".to_owned(), "2반".to_owned()));
}

#[test]
fn a_clash_of_numbers_is_said() {
    let text = "반,번호,이름,1번,2번\n1,1,김가,O,X\n1,2,이나,O,O\n1,2,박다,X,O\n";
    let content = read("class.csv", text);
    assert_eq!(students(&content), ["김가", "박다", "이나"]);
    said(
        &content,
        "반 + 번호 do not tell students apart: \"1-2\" on line 3 and line 4, which differ in 이름; told apart by 이름",
    );
}

#[test]
fn an_id_that_some_sheets_lack_makes_nobody_vanish() {
    let with: &[&[&str]] = &[
        &["학번", "번호", "이름", "1번", "2번"],
        &["20250101", "1", "김가", "O", "X"],
        &["20250102", "2", "이나", "X", "O"],
    ];
    let without: &[&[&str]] =
        &[&["번호", "이름", "1번", "2번"], &["1", "박다", "O", "O"], &["2", "최라", "X", "X"]];
    let content = open(&workbook(&[("1반", with), ("2반", without), ("3반", without)]));
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    assert_eq!(students(&content), ["1-1", "1-2", "2-1", "2-2", "3-1", "3-2"]);
    assert_eq!(of(&content, "1-1"), [("1번", RIGHT), ("2번", WRONG)]);
    said(&content, "학번 is not on every sheet (not on \"2반\", \"3반\")");
    // Nothing else says who they are: that is told once, with what to do.
    let bare: &[&[&str]] = &[&["1번", "2번", "3번"], &["O", "X", "O"], &["X", "O", "X"]];
    let named: &[&[&str]] =
        &[&["학번", "1번", "2번", "3번"], &["11", "O", "X", "O"], &["12", "X", "O", "X"]];
    let error =
        workbook(&[("1반", named), ("2반", bare), ("3반", bare)]).open_error(&Options::default());
    let Error::IdNotOnEverySheet { column, sheets, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (column.as_str(), sheets.as_slice()),
        ("학번", &["2반".to_owned(), "3반".to_owned()][..])
    );
    assert!(error.hint().contains("--sheet NAME"), "{}", error.hint());
}
