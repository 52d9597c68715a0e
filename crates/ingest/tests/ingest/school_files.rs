//! Tables as schools keep them: class lists, several sheets, sums below, points above.

use rust_xlsxwriter::{Format, Formula, Workbook};
use seedtest_ingest::{
    Error, NeitherKind, Options, RejectReason, TableColumn, TableOptions, Wanted, preview,
    read_table_file,
};

use crate::files::{Content, File, read, read_path};

fn students(content: &Content) -> Vec<&str> {
    let mut found: Vec<&str> = content.answers.iter().map(|a| a.student.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn said(content: &Content, part: &str) -> bool {
    content.counts.notes.iter().any(|note| note.contains(part))
}

#[test]
fn a_number_of_two_classes_is_two_students() {
    let text = "반,번호,1번,2번,3번\n1,1,O,X,O\n1,2,X,O,O\n2,1,O,O,X\n2,2,X,X,O\n";
    let content = read("class.csv", text);
    assert_eq!(students(&content), ["1-1", "1-2", "2-1", "2-2"]);
    assert!(said(&content, "student: columns 반 + 번호"), "{:?}", content.counts.notes);
    let long = "반,번호,문항,정오\n1,1,a,O\n1,2,a,X\n2,1,a,O\n2,2,a,X\n";
    assert_eq!(students(&read("log.csv", long)), ["1-1", "1-2", "2-1", "2-2"]);
    // Marks inside the parts keep ids apart.
    let marked = "학년반,번호,1번,2번\n2-3,1,O,X\n2-4,1,X,O\n";
    let joined = Options { id: vec!["학년반".into(), "번호".into()], ..Options::default() };
    let file = File::new("marked.csv", marked);
    assert_eq!(students(&read_path(file.path(), &joined)), ["2-3_1", "2-4_1"]);
}

#[test]
fn columns_beside_each_question_are_not_all_named() {
    let header: Vec<String> =
        (1..=20).map(|n| format!("{n}. Why?,{n}. Why? [Score],{n}. Why? [Feedback]")).collect();
    let row = |got: &str| vec![format!("because,{got} / 1.00,"); 20].join(",");
    let text =
        format!("Email Address,{}\na@x,{}\nb@x,{}\n", header.join(","), row("1.00"), row("0.00"));
    let content = read("quiz.csv", text);
    assert_eq!(content.answers.len(), 40);
    let notes = &content.counts.notes;
    let others = notes.iter().find(|note| note.starts_with("no items: ")).unwrap();
    assert!(others.contains("1. Why? (not the points of a question)"), "{others}");
    assert!(
        others.ends_with("34 more (not the points of a question) (--items says otherwise)"),
        "{others}"
    );
    assert!(others.len() < 400, "{others}");
}

#[test]
fn namesakes_are_two_students() {
    let rows = "1,김민준,1,0\n2,이서연,0,1\n3,김민준,0,0\n";
    let content = read("class.csv", format!("번호,이름,q1,q2\n{rows}"));
    assert_eq!(students(&content), ["1", "2", "3"]);
    assert!(said(&content, "student: column 번호; not read: 이름"), "{:?}", content.counts.notes);
    assert!(
        said(&content, "이름 alone does not tell students apart"),
        "{:?}",
        content.counts.notes
    );
    let error = File::new("class.csv", "이름,q1,q2\n김민준,1,0\n이서연,0,1\n김민준,0,0\n")
        .open_error(&Options::default());
    assert!(matches!(error, Error::SharedId { .. }), "{error}");
    assert!(error.to_string().contains("lines 2 and 4 are both 이름 \"김민준\""), "{error}");
    assert!(error.hint().contains("--id '이름'"), "{}", error.hint());
}

#[test]
fn the_user_says_who_is_who() {
    let file = File::new("class.csv", "이름,q1,q2\nA,1,0\nB,0,1\nA,0,0\n");
    let mut options = Options::default();
    options.map.set(seedtest_ingest::Field::Student, "이름").unwrap();
    assert_eq!(students(&read_path(file.path(), &options)), ["A", "B"]);
    let unknown = Options { id: vec!["이름".into(), "반".into()], ..Options::default() };
    let error = file.open_error(&unknown);
    assert!(matches!(error, Error::UnknownColumn { .. }), "{error}");
}

#[test]
fn a_row_without_a_part_of_the_id_is_nobody() {
    let text = "반,번호,1번,2번\n1,1,O,X\n1,2,O,X\n2,1,O,X\n2,,X,X\n";
    let content = read(
        "class.csv",
        text.to_owned() + "3,1,O,O\n3,2,O,X\n3,3,O,O\n3,4,X,X\n3,5,O,O\n3,6,O,O\n",
    );
    assert_eq!(content.reasons(), [(5, RejectReason::MissingStudent)]);
}

#[test]
fn sums_and_means_below_a_table_are_no_students() {
    let mut text = "번호,이름,1번,2번,3번\n".to_owned();
    for number in 1..=20 {
        text += &format!("{number},학생{number},1,0,{}\n", number % 2);
    }
    text += "평균,,0.9,0.1,0.5\n,합계,20,0,10\n정답률(%),,100,0,50\n";
    let content = read("class.csv", text);
    assert_eq!(students(&content).len(), 20);
    let summary = RejectReason::SummaryRow;
    assert_eq!(content.reasons(), [(22, summary), (23, summary), (24, summary)]);
    assert_eq!(content.rejects[1].value, "합계");
    assert!(said(&content, "평균 (line 22)"), "{:?}", content.counts.notes);
}

#[test]
fn a_row_of_points_says_what_can_be_had() {
    let content =
        read("class.csv", "학번,1번,2번,3번\n만점,5,4,1\n11,5,2,1\n12,\"2,5\",4,0\n13,0,1,1\n");
    assert_eq!(students(&content), ["11", "12", "13"]);
    let of = |student: &str, item: &str| {
        let found = content.answers.iter().find(|a| a.student == student && a.item == item);
        found.and_then(|a| a.outcome)
    };
    assert_eq!(
        (of("11", "1번"), of("12", "1번"), of("12", "2번")),
        (Some(true), Some(false), Some(true))
    );
    assert_eq!(content.counts.partial, 3);
    let named = read("moodle.csv", "id,Q1 (2 points),Q2 (2 points)\na,2,1.5\nb,0.5,2\nc,2,2\n");
    assert_eq!(named.answers.iter().filter(|a| a.outcome == Some(true)).count(), 4);
}

#[test]
fn marks_without_their_maximum_are_refused_with_what_to_add() {
    for cells in [["85점", "92점", "78점"], ["85", "92.5", "78"]] {
        let [one, two, three] = cells;
        let text = format!("학번,국어,수학,영어\n11,{one},{two},{three}\n12,{three},{one},{two}\n");
        let error = File::new("marks.csv", text).open_error(&Options::default());
        let Error::NotRightWrong { found, column, .. } = &error else { panic!("{error}") };
        assert_eq!((found.kind, column.as_str()), (NeitherKind::ItemPoints, "국어 … 영어"));
        assert!(error.hint().contains("국어 (100점)"), "{}", error.hint());
        assert!(error.hint().contains("만점"), "{}", error.hint());
    }
    // As the hint says, in the names of the columns or in a row.
    let named = "학번,국어(100점),수학 (100점)\n11,85점,100점\n12,60점,40점\n";
    let rows = "학번,국어,수학\n만점,100,100\n11,85점,100점\n12,60점,40점\n";
    for text in [named, rows, "이름,국어(100점)\n가나,100\n다라,85\n마바,40\n"] {
        let content = read("marks.csv", text);
        let right = content.answers.iter().filter(|a| a.outcome == Some(true)).count();
        assert_eq!(right, 1, "{text}");
    }
    let long = "학번,문항,점수\n1,a,85점\n2,a,70점\n3,a,85점\n";
    let error = File::new("long.csv", long).open_error(&Options::default());
    let Error::NotRightWrong { found, .. } = &error else { panic!("{error}") };
    assert_eq!(found.kind, NeitherKind::Points);
    assert!(error.hint().contains("--map max_points=COLUMN"), "{}", error.hint());
}

#[test]
fn a_mark_for_part_of_the_points_is_named() {
    let text = "학번,1번,2번\n1,O,X\n2,△,O\n3,X,△\n4,O,O\n5,△,△\n";
    let error = File::new("marks.csv", text).open_error(&Options::default());
    let Error::NotRightWrong { found, .. } = &error else { panic!("{error}") };
    assert_eq!((found.value.as_str(), found.kind, found.line), ("△", NeitherKind::PartMarks, 3));
    assert!(error.hint().contains("--na △"), "{}", error.hint());
    let long = "학번,문항,정오\n1,a,O\n2,a,△\n3,a,X\n4,a,△\n";
    let error = File::new("marks.csv", long).open_error(&Options::default());
    assert!(error.to_string().contains("line 3: 정오 is \"△\""), "{error}");
    let missing =
        Options { missing: seedtest_ingest::Missing::parse("△").unwrap(), ..Options::default() };
    let content = read_path(File::new("marks.csv", text).path(), &missing);
    assert_eq!((content.answers.len(), content.counts.unanswered), (6, 4));
}

/// Sheets with a number, a name and three items each.
fn classes(names: &[&str]) -> Workbook {
    let mut workbook = Workbook::new();
    for (at, name) in names.iter().enumerate() {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (column, title) in ["번호", "이름", "1번", "2번", "3번"].iter().enumerate() {
            sheet.write(0, column as u16, *title).unwrap();
        }
        for row in 1..=4 + at as u32 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, format!("학생{row}")).unwrap();
            for item in 0..3_u16 {
                let mark = if (row + u32::from(item)) % 2 == 0 { "O" } else { "X" };
                sheet.write(row, 2 + item, mark).unwrap();
            }
        }
    }
    workbook
}

#[test]
fn sheets_of_classes_are_read_together() {
    let file = File::new("classes.xlsx", classes(&["1반", "2반"]).save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    let expected = ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "2-3", "2-4", "2-5"];
    assert_eq!(students(&content), expected);
    assert!(said(&content, "2 sheets are read together: \"1반\" (4 rows), \"2반\" (5 rows)"));
    let one = Options { sheet: Some("1반".into()), ..Options::default() };
    assert_eq!(students(&read_path(file.path(), &one)).len(), 4);
}

fn all_sheets() -> Options {
    Options { sheet: Some("all".into()), ..Options::default() }
}

/// Students, items and answers of all sheets of a workbook.
fn counted(workbook: &mut Workbook, options: &Options) -> (usize, usize, usize) {
    let file = File::new("sheets.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), options);
    let mut items: Vec<&str> = content.answers.iter().map(|a| a.item.as_str()).collect();
    items.sort_unstable();
    items.dedup();
    (students(&content).len(), items.len(), content.answers.len())
}

#[test]
fn sheets_of_weeks_are_of_the_same_students_with_items_of_their_own() {
    let weeks = ["1주차", "2주차", "3주차", "4주차"];
    // The last sheet has seven students, of whom four are on every sheet.
    assert_eq!(counted(&mut classes(&weeks), &all_sheets()), (7, 12, 3 * (4 + 5 + 6 + 7)));
    let file = File::new("weeks.xlsx", classes(&weeks).save_to_buffer().unwrap());
    let content = read_path(file.path(), &all_sheets());
    assert!(content.answers.iter().any(|a| a.student == "학생3" && a.item == "2주차-1번"));
    let note = "the same students are on several sheets: 이름 says who they are, and each sheet has its own items, as \
                \"1주차-1번\"";
    assert!(said(&content, note), "{:?}", content.counts.notes);
    assert!(said(&content, "--id 'sheet,이름'"), "{:?}", content.counts.notes);
    let apart = Options { id: vec!["sheet".into(), "번호".into()], ..all_sheets() };
    assert_eq!(counted(&mut classes(&weeks), &apart), (22, 3, 66));
    // Sheets of any name, told by the names of the students; those of classes are of others.
    assert_eq!(counted(&mut classes(&["국어", "수학"]), &all_sheets()), (5, 6, 27));
    assert_eq!(counted(&mut classes(&["1반", "2반"]), &all_sheets()), (9, 3, 27));
}

/// Sheets with a number in the class and two items each.
fn numbered(names: &[&str]) -> Workbook {
    let mut workbook = Workbook::new();
    for name in names {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (column, title) in ["번호", "1번", "2번"].iter().enumerate() {
            sheet.write(0, column as u16, *title).unwrap();
        }
        for row in 1..=6_u32 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, row % 2).unwrap();
            sheet.write(row, 2, u32::from(row > 3)).unwrap();
        }
    }
    workbook
}

#[test]
fn numbers_alone_are_those_of_a_class_unless_the_sheets_are_weeks() {
    assert_eq!(counted(&mut numbered(&["1회", "2회"]), &all_sheets()), (6, 4, 24));
    let mut unknown = numbered(&["Sheet1", "Sheet2"]);
    assert_eq!(counted(&mut unknown, &all_sheets()), (12, 2, 24));
    let file = File::new("unknown.xlsx", unknown.save_to_buffer().unwrap());
    let note = "the same 번호 on another sheet is another student here; one student on several sheets: --id '번호'";
    let content = read_path(file.path(), &all_sheets());
    assert!(said(&content, note), "{:?}", content.counts.notes);
    let mut one = Options { id: vec!["번호".into()], ..all_sheets() };
    one.map.set(seedtest_ingest::Field::Student, "번호").unwrap();
    assert_eq!(counted(&mut unknown, &one), (6, 4, 24));
}

#[test]
fn a_sheet_that_is_not_read_is_named() {
    let file = File::new("exams.xlsx", classes(&["중간", "기말"]).save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    assert_eq!(students(&content).len(), 5);
    let note = "not read: sheet \"중간\" (4 rows); it has the same columns: --sheet all reads them together";
    assert!(said(&content, note), "{:?}", content.counts.notes);
    let mut workbook = classes(&["답"]);
    workbook.add_worksheet().set_name("메모").unwrap().write(0, 0, "시험지는 서랍에").unwrap();
    let hidden = workbook.add_worksheet().set_name("숨김").unwrap();
    hidden.write(0, 0, "x").unwrap();
    hidden.set_hidden(true);
    let file = File::new("notes.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    assert!(said(&content, "not read: sheet \"메모\""), "{:?}", content.counts.notes);
    assert!(said(&content, "hidden sheets are not read: \"숨김\""), "{:?}", content.counts.notes);
}

#[test]
fn rejects_of_several_sheets_say_which() {
    let mut workbook = classes(&["1반", "2반"]);
    workbook.worksheet_from_name("2반").unwrap().write(3, 3, "?!").unwrap();
    let file = File::new("classes.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    assert_eq!(content.reasons(), [(4, RejectReason::BadCorrect)]);
    assert_eq!(content.rejects[0].value, "2반: 2번=?!");
}

#[test]
fn a_formula_without_a_value_is_rejected_with_its_place() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_formula_result_default("");
    for (column, title) in ["학번", "1번", "2번", "3번"].iter().enumerate() {
        sheet.write(0, column as u16, *title).unwrap();
    }
    for row in 1..=30_u32 {
        sheet.write(row, 0, 100 + row).unwrap();
        sheet.write(row, 1, row % 2).unwrap();
        sheet.write(row, 2, (row / 2) % 2).unwrap();
        let formula = Formula::new(format!("=IF(B{0}=C{0},1,0)", row + 1));
        let formula = if row == 7 { formula } else { formula.set_result("1") };
        sheet.write_formula(row, 3, formula).unwrap();
    }
    let file = File::new("formulas.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    assert_eq!(content.reasons(), [(8, RejectReason::NoFormulaValue)]);
    assert_eq!(content.rejects[0].value, "3번=D8 =IF(B8=C8,1,0)");
    assert!(said(&content, "1 formulas have no value"), "{:?}", content.counts.notes);
    let table = read_table_file(file.path(), &TableOptions::default()).unwrap();
    let Some(TableColumn::Numeric(values)) = table.table.column("3번") else { panic!() };
    assert!(values[6].is_nan() && values[5] == 1.0);
}

#[test]
fn a_header_of_two_rows_merged_over_groups() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let plain = Format::new();
    sheet.merge_range(0, 0, 1, 0, "학번", &plain).unwrap();
    sheet.merge_range(0, 1, 0, 2, "국어", &plain).unwrap();
    sheet.merge_range(0, 3, 0, 4, "수학", &plain).unwrap();
    for column in 1..=4_u16 {
        sheet.write(1, column, if column % 2 == 1 { "1번" } else { "2번" }).unwrap();
    }
    for row in 2..8_u32 {
        sheet.write(row, 0, 10 + row).unwrap();
        for column in 1..=4_u16 {
            sheet
                .write(row, column, if (row + u32::from(column)) % 3 == 0 { "X" } else { "O" })
                .unwrap();
        }
    }
    let file = File::new("two.xlsx", workbook.save_to_buffer().unwrap());
    let content = read_path(file.path(), &Options::default());
    let mut items: Vec<&str> = content.answers.iter().map(|a| a.item.as_str()).collect();
    items.sort_unstable();
    items.dedup();
    assert_eq!(items, ["국어 1번", "국어 2번", "수학 1번", "수학 2번"]);
    assert_eq!(students(&content).len(), 6);
}

#[test]
fn times_in_the_future_are_rejected_where_now_is_known() {
    let text = "student,item,correct,time\na,q1,1,2025-03-01 09:00\na,q2,0,2052-03-01 09:00\n";
    let file = File::new("log.csv", text);
    let now = Some(1_800_000_000_000_000);
    let options = Options { latest: now, wanted: Wanted::Timed, ..Options::default() };
    let content = read_path(file.path(), &options);
    assert_eq!(content.reasons(), [(3, RejectReason::InTheFuture)]);
    assert_eq!(content.rejects[0].value, "2052-03-01 09:00:00");
    assert_eq!(read_path(file.path(), &Options::default()).answers.len(), 2);
}

#[test]
fn a_preview_says_what_is_what_and_why() {
    let text = "반,번호,성별,1번,2번\n1,1,남,O,X\n1,2,여,X,O\n2,1,남,O,?!\n2,1,남,O,O\n";
    let error = preview(File::new("p.csv", text).path(), &Options::default()).unwrap_err();
    assert!(matches!(error, Error::SharedId { .. }), "{error}");
    let rows =
        "1,3,남,O,X\n".to_owned() + &(4..30).map(|n| format!("1,{n},여,O,O\n")).collect::<String>();
    let text = format!("반,번호,성별,1번,2번\n1,1,남,O,X\n1,2,여,X,O\n2,1,남,O,?!\n{rows}");
    let found = preview(File::new("p.csv", text).path(), &Options::default()).unwrap();
    let columns: Vec<(&str, Option<&str>)> =
        found.columns.iter().map(|c| (c.name.as_str(), c.meaning.as_deref())).collect();
    let expected = [
        ("반", Some("student")),
        ("번호", Some("student")),
        ("성별", None),
        ("1번", Some("item")),
        ("2번", Some("item")),
    ];
    assert_eq!(columns, expected);
    assert_eq!(found.columns[2].why, "by its name");
    assert_eq!(found.columns[3].first, ["O", "X", "O"]);
    assert_eq!((found.students, found.items, found.rejects.len()), (30, 2, 1));
    assert_eq!((found.first[0].student.as_str(), found.first[0].outcome), ("1-1", Some(true)));
    assert_eq!((found.span, found.duplicates), (None, 0));
}

#[test]
fn a_table_that_is_turned_is_said_to_be() {
    let text = "문항,김민준,이서연,박지훈\n1번,O,X,O\n2번,X,X,O\n3번,O,O,O\n";
    let error = File::new("turned.csv", text).open_error(&Options::default());
    assert!(matches!(&error, Error::ItemsAsRows { column, .. } if column == "문항"), "{error}");
    assert!(error.hint().contains("transpose"), "{}", error.hint());
    let canvas = "Student,ID,HW1 (2 pts),HW2 (2 pts)\n\"Doe, Jane\",7,2,1\n\"Doe, Jane\",8,0,2\n\"Roe, Ann\",9,1,2\n";
    assert_eq!(students(&read("gradebook.csv", canvas)), ["7", "8", "9"]);
}

#[test]
fn a_form_with_the_points_of_each_question() {
    let mut text = "\"Timestamp\",\"Username\",\"Total score\",\"Name\",\"1. Half of 3?\",\"1. Half of 3? [Score]\",\
                    \"1. Half of 3? [Feedback]\",\"2. Why?\",\"2. Why? [Score]\",\"2. Why? [Feedback]\"\n"
        .to_owned();
    for n in 1..=6 {
        text += &format!(
            "2025-03-0{n} 09:00:00,a{n}@school.org,{n} / 3,Ann,1.5,{}.00 / 1,,so,{}.00 / 2,\n",
            n % 2,
            n % 3
        );
    }
    let timed = Options { wanted: Wanted::Timed, ..Options::default() };
    let content = read_path(File::new("form.csv", text).path(), &timed);
    assert_eq!(students(&content).len(), 6);
    let first: Vec<_> =
        content.answers[..2].iter().map(|a| (&*a.item, a.outcome, a.points)).collect();
    assert_eq!(
        first,
        [
            ("1. Half of 3?", Some(true), Some((1.0, Some(1.0)))),
            ("2. Why?", Some(false), Some((1.0, Some(2.0)))),
        ]
    );
    assert_eq!((content.answers.len(), content.counts.partial), (12, 2));
}

#[test]
fn a_number_in_the_text_of_one_question_leaves_no_other_out() {
    let mut text = "Timestamp,Email Address,Gesamtpunktzahl,What is 2+2?,What is 2+2? [Score],What is 2+2? [Feedback],\
                    Capital?,Capital? [Score],Capital? [Feedback]\n"
        .to_owned();
    for n in 0..12 {
        let (first, second) = (n % 2, u32::from(n % 3 == 0));
        text += &format!(
            "2025-09-{:02} 10:00:00,s{n}@x.org,{}.00 / 2,{},{first}.00 / 1,,Paris,{second}.00 / 1,\n",
            n + 1,
            first + second,
            3 + first
        );
    }
    let content = read("form.csv", &text);
    let right = |item: &str| {
        let of_item = content.answers.iter().filter(|answer| answer.item == item);
        of_item.filter(|answer| answer.outcome == Some(true)).count()
    };
    assert_eq!((content.answers.len(), right("What is 2+2?"), right("Capital?")), (24, 6, 4));
}

#[test]
fn points_that_can_be_had_decide_for_every_item() {
    let text = "번호,이름,1,2,3,4,총점\n배점,,5,5,5,1,16\n1,김가,5,0,5,1,11\n2,이나,0,0,5,0,5\n3,박다,5,5,1,1,12\n";
    let content = read("points.csv", text);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    let of = |student: &str, item: &str| {
        let found = content.answers.iter().find(|a| a.student == student && a.item == item);
        found.and_then(|a| a.points)
    };
    assert_eq!(of("박다", "2"), Some((5.0, Some(5.0))));
    assert_eq!(of("박다", "3"), Some((1.0, Some(5.0))));
    assert_eq!(content.answers.iter().filter(|a| a.outcome == Some(true)).count(), 7);
    let marks = read("marks.csv", "번호,1,2\n배점,5,5\n1,O,X\n2,X,O\n3,O,O\n");
    assert_eq!(marks.answers.iter().filter(|a| a.outcome == Some(true)).count(), 4);
    let ones = read("ones.csv", "번호,1,2\n배점,5,5\n1,1,0\n2,0,1\n3,1,1\n");
    assert_eq!(ones.answers.iter().filter(|a| a.outcome == Some(true)).count(), 4);
    let long = read("long.csv", "student,item,score,max\na,q1,2,2\nb,q1,1,2\na,q2,3,3\n");
    let outcomes: Vec<_> = long.answers.iter().map(|a| a.outcome).collect();
    assert_eq!(outcomes, [Some(true), Some(false), Some(true)]);
}

#[test]
fn points_with_their_unit_are_numbers() {
    let mut text = "학번,이름,1번(5점),2번(5점),3번(10점),합계\n".to_owned();
    for n in 0..12 {
        let (first, second, third) = (5 * (n % 2), [0, 3, 5][n % 3], [0, 4, 10][n % 3]);
        let sum = first + second + third;
        text += &format!("{},홍가,{first}점,{second}점,{third} 점,{sum}점\n", 10_100 + n);
    }
    let content = read("points.csv", text);
    assert!(content.rejects.is_empty(), "{:?}", content.rejects);
    let right = content.answers.iter().filter(|a| a.outcome == Some(true)).count();
    assert_eq!((content.answers.len(), right, content.counts.partial), (36, 14, 8));
}

#[test]
fn an_open_quote_on_the_last_line_is_named() {
    let content = read("open.csv", "student,item,correct\na,q1,1\n\"open,q2,1\n");
    assert_eq!(content.reasons(), [(3, RejectReason::UnclosedQuote)]);
}
