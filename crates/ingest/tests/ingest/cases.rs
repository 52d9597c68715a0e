//! The same answers in every spelling that schools and programs give them.

use std::fmt::Write as _;

use encoding_rs::EUC_KR;
use seedtest_ingest::{DateFormat, Options, RejectReason, Wanted, read_log};

use crate::files::{Content, File, read, read_path};

const STUDENTS: usize = 60;
const ITEMS: usize = 6;

/// Whether a student answered an item right, from a fixed pattern.
fn right(student: usize, item: usize) -> bool {
    (student * 7 + item * 13 + student * item) % 5 < 3 - item / 3
}

/// One row an answer, written by `row`.
fn long(header: &str, row: impl Fn(usize, usize, bool) -> String) -> String {
    let mut text = format!("{header}\n");
    for student in 0..STUDENTS {
        for item in 0..ITEMS {
            writeln!(text, "{}", row(student, item, right(student, item))).unwrap();
        }
    }
    text
}

/// One row a student, cells written by `cell`.
fn wide(header: &str, start: impl Fn(usize) -> String, cell: impl Fn(bool) -> String) -> String {
    let mut text = format!("{header}\n");
    for student in 0..STUDENTS {
        let cells: Vec<String> = (0..ITEMS).map(|item| cell(right(student, item))).collect();
        writeln!(text, "{},{}", start(student), cells.join(",")).unwrap();
    }
    text
}

/// Fails unless a file holds all answers, each as the pattern has it.
fn assert_all(what: &str, content: &Content) {
    assert!(content.failure.is_none(), "{what}: {:?}", content.failure);
    assert!(content.rejects.is_empty(), "{what}: {:?}", &content.rejects[..1]);
    assert_eq!(content.answers.len(), STUDENTS * ITEMS, "{what}");
    for (at, answer) in content.answers.iter().enumerate() {
        let (student, item) = (at / ITEMS, at % ITEMS);
        assert_eq!(answer.outcome, Some(right(student, item)), "{what}: {answer:?}");
    }
}

fn number(right: bool) -> String {
    u8::from(right).to_string()
}

fn check(name: &str, content: impl AsRef<[u8]>) -> Content {
    let content = read(name, content);
    assert_all(name, &content);
    content
}

fn log_with(correct: [&str; 2]) -> String {
    let word = |right: bool| correct[usize::from(right)];
    long("student_id,item_id,correct", |s, i, right| format!("s{s:03},q{i},{}", word(right)))
}

#[test]
fn correctness_in_every_spelling() {
    for words in [
        ["0", "1"],
        ["0.0", "1.0"],
        ["X", "O"],
        ["x", "o"],
        ["×", "○"],
        ["Incorrect", "Correct"],
        ["wrong", "right"],
        ["오답", "정답"],
        ["false", "TRUE"],
        ["0%", "100%"],
        ["0", "100"],
        ["F", "T"],
        ["N", "Y"],
        ["falsch", "richtig"],
    ] {
        check(words[1], log_with(words));
    }
}

#[test]
fn texts_in_every_dress() {
    let log = log_with(["0", "1"]);
    let utf16 = |little: bool| -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        log.encode_utf16().flat_map(bytes).collect()
    };
    check("bom.csv", format!("\u{feff}{log}"));
    check("utf16.csv", [vec![0xff, 0xfe], utf16(true)].concat());
    check("utf16le.csv", utf16(true));
    check("utf16be.csv", utf16(false));
    check("cr.csv", log.replace('\n', "\r"));
    check("crlf.csv", log.replace('\n', "\r\n"));
    check("semicolons.csv", log.replace(',', ";"));
    check("sep.csv", format!("sep=;\n{}", log.replace(',', ";")));
    check("title.csv", format!("Class 3A\n\n{log}"));
    check("title.csv", format!("Class 3A,,\n,,\n{log}"));
    check("blank.csv", format!("{log},,\n,,\n"));
    let quoted = |text: &str| format!("\"{}\"", text.replace(',', "\",\""));
    let lines: Vec<String> = log.lines().map(quoted).collect();
    check("quoted.csv", format!("\u{feff}{}", lines.join("\n")));
    let comma = log_with(["0,0", "1,0"]);
    let decimal = comma.replacen("student_id,item_id,correct", "student_id;item_id;correct", 1);
    let decimal: String = decimal
        .lines()
        .map(|line| match line.strip_suffix(",0") {
            Some(start) => format!("{},0\n", start.replace(',', ";")),
            None => format!("{line}\n"),
        })
        .collect();
    check("decimal.csv", decimal);
}

#[test]
fn korean_names_and_headers_in_both_encodings() {
    let log = long("학번,문항,정오", |s, i, right| {
        format!("김학생{s:03},{i}번,{}", if right { "O" } else { "X" })
    });
    let content = check("utf8.csv", &log);
    assert_eq!(content.answers[0].student, "김학생000");
    let content = check("cp949.csv", EUC_KR.encode(&log).0);
    assert_eq!(content.answers[0].student, "김학생000");
    assert!(content.counts.notes[0].contains("CP949"), "{:?}", content.counts.notes);
    let options = Options { encoding: Some("cp949".into()), ..Options::default() };
    assert_all("named", &read_path(File::new("a.csv", EUC_KR.encode(&log).0).path(), &options));
}

#[test]
fn what_stands_beside_the_answers_costs_none() {
    let beside = |header: &str, cell: &dyn Fn(usize, usize) -> String| {
        long(&format!("student_id,item_id,correct,timestamp,{header}"), |s, i, right| {
            format!("s{s:03},q{i},{},2025-03-01 09:0{i}:00,{}", number(right), cell(s, i))
        })
    };
    let quoted = beside("question_text", &|_, _| "\"Line one\nline two, \"\"quoted\"\"\"".into());
    check("quoted.csv", quoted);
    let unknown = |text: String| {
        let content = check("beside.csv", text);
        content.counts.unknown.total()
    };
    let negative =
        beside("ms_first_response", &|s, _| if s % 5 == 0 { "-500" } else { "4000" }.into());
    assert_eq!(unknown(negative), 72);
    let hints = beside("hint", &|s, _| if s % 9 == 0 { "Think about it" } else { "" }.into());
    assert_eq!(unknown(hints), 42);
    let comma = log_with(["0", "1"]).replace(',', ";").replace("correct", "correct;time, local");
    let rows: String = comma
        .lines()
        .enumerate()
        .map(
            |(at, line)| if at == 0 { format!("{line}\n") } else { format!("{line};2025-03-01\n") },
        )
        .collect();
    check("comma in a name.csv", rows);
}

#[test]
fn the_first_answer_is_the_earliest_wherever_it_stands() {
    let text = "student_id,item_id,correct,timestamp\ns1,q1,1,2025-03-05 09:00\ns1,q1,0,2025-03-04 09:00\n\
                s2,q1,1,2025-03-04 09:00\n";
    let read = read_log(File::new("dup.csv", text).path(), &Options::default()).unwrap();
    let first = read.log.answers(seedtest_responses::Duplicates::First);
    assert_eq!(first.correct, [0, 1]);
}

/// A log whose times are written by `time`, from the minute of the answer.
fn timed(time: impl Fn(chrono::NaiveDateTime) -> String) -> String {
    long("student_id,item_id,correct,timestamp", |s, i, right| {
        format!("s{s:03},q{i},{},\"{}\"", number(right), time(at(s, i)))
    })
}

fn at(student: usize, item: usize) -> chrono::NaiveDateTime {
    let day = chrono::NaiveDate::from_ymd_opt(2025, 3, 1 + (student % 28) as u32).unwrap();
    day.and_hms_opt(9, item as u32 * 7, 0).unwrap()
}

#[test]
fn times_in_every_format() {
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    for format in [
        "%Y-%m-%d %H:%M:%S",
        "%-m/%-d/%Y %-H:%M",
        "%-m/%-d/%y %-I:%M %p",
        "%d/%m/%Y %H:%M",
        "%d.%m.%Y %H:%M",
        "%Y. %-m. %-d. 오전 %-I:%M:%S",
        "%Y-%m-%d 오전 %-I:%M",
        "%Y년 %-m월 %-d일 %-H시 %-M분",
        "%Y%m%d%H%M%S",
        "%d %B %Y, %I:%M %p",
        "%s",
        "%s000",
    ] {
        let text = timed(|time| time.format(format).to_string());
        let content = read_path(File::new("log.csv", text).path(), &options);
        assert_all(format, &content);
        for (position, answer) in content.answers.iter().enumerate() {
            let expected = at(position / ITEMS, position % ITEMS).and_utc().timestamp_micros();
            assert_eq!(answer.at, Some(expected), "{format}: {answer:?}");
        }
    }
    let serial = timed(|time| {
        let days = time.and_utc().timestamp() as f64 / 86_400.0 + 25_569.0;
        format!("{days:.9}")
    });
    let content = read_path(File::new("log.csv", serial).path(), &options);
    assert_all("serial", &content);
    let off = content.answers[7].at.unwrap() - at(1, 1).and_utc().timestamp_micros();
    assert!(off.abs() < 1_000, "{off}");
    let dated = long("student_id,item_id,correct,date,time", |s, i, right| {
        format!("s{s:03},q{i},{},{}", number(right), at(s, i).format("%Y%m%d,%H:%M"))
    });
    let content = read_path(File::new("log.csv", dated).path(), &options);
    assert_all("date and time", &content);
    assert_eq!(content.answers[7].at, Some(at(1, 1).and_utc().timestamp_micros()));
}

#[test]
fn what_nobody_can_tell_is_asked_for() {
    let ambiguous = timed(|time| time.format("%d/%m/%Y %H:%M").to_string());
    let early: String = ambiguous.lines().take(60).map(|line| format!("{line}\n")).collect();
    let wanted = Wanted::Timed;
    let error = |text: &str| {
        let options = Options { wanted, ..Options::default() };
        File::new("log.csv", text).open_error(&options)
    };
    let asked = error(&early);
    assert_eq!(asked.hint(), "say which it is: --date-format dmy or --date-format mdy");
    let options = Options { wanted, date_format: DateFormat::parse("dmy"), ..Options::default() };
    let content = read_path(File::new("log.csv", &early).path(), &options);
    assert_eq!(content.answers[7].at, Some(at(1, 1).and_utc().timestamp_micros()));

    let relative = long("student_id,item_id,correct,timestamp", |s, i, right| {
        format!("s{s:03},q{i},{},{}", number(right), (s * ITEMS + i) * 1_000)
    });
    let asked = error(&relative);
    assert!(asked.hint().contains("--time-start YYYY-MM-DD --date-format relative-ms"), "{asked}");
    let options = Options {
        wanted,
        date_format: DateFormat::parse("relative-ms"),
        time_start: Some(seedtest_ingest::parse_moment("2025-03-01").unwrap()),
        ..Options::default()
    };
    let content = read_path(File::new("log.csv", &relative).path(), &options);
    assert_all("relative", &content);
    assert_eq!(content.answers[1].at, Some(1_740_787_201_000_000));
    let asked = error(&timed(|time| time.format("%H:%M").to_string()));
    assert!(asked.hint().contains("--time-start"), "{asked}");
}

#[test]
fn a_calibration_needs_no_time() {
    let options = Options { wanted: Wanted::Answers, ..Options::default() };
    for (what, text) in [
        ("zeros", timed(|_| "0".into())),
        ("words", timed(|_| "soon".into())),
        ("clock", timed(|time| time.format("%H:%M").to_string())),
        ("ambiguous", timed(|_| "1/2/2025".into())),
    ] {
        let file = File::new("log.csv", text);
        assert_all(what, &read_path(file.path(), &options));
        let read = read_log(file.path(), &options).unwrap();
        assert_eq!((read.counts.read, read.counts.answers), (360, 360), "{what}");
        assert_eq!(read.counts.unknown.total(), 0, "{what}: what is not read is not counted");
    }
}

#[test]
fn ids_stay_what_they_are() {
    let floats =
        long("user_id,item_id,correct", |s, i, right| format!("{s}.0,{i}.0,{}.0", number(right)));
    let content = check("floats.csv", floats);
    assert_eq!((content.answers[7].student.as_str(), content.answers[7].item.as_str()), ("1", "1"));
    let zeros =
        long("user_id,item_id,correct", |s, i, right| format!("{s:05},{i:03},{}", number(right)));
    let content = check("zeros.csv", zeros);
    assert_eq!(
        (content.answers[7].student.as_str(), content.answers[7].item.as_str()),
        ("00001", "001")
    );
    let decomposed = "\u{1100}\u{1175}\u{11b7}";
    let forms = long("user_id,item_id,correct", |s, i, right| {
        let name = if i % 2 == 0 { decomposed } else { "김" };
        format!("{name}{s}\u{a0},q{i},{}", number(right))
    });
    let file = File::new("forms.csv", forms);
    assert_eq!(read_log(file.path(), &Options::default()).unwrap().log.students().len(), STUDENTS);
    let alike = read_log(
        File::new("a.csv", "user,item,correct\ns1,q,1\nS1,q,0\ns 1,q,1\n").path(),
        &Options::default(),
    );
    let notes = alike.unwrap().counts.notes;
    let differ = "1 students differ from another only by case";
    assert!(notes.iter().any(|note| note.starts_with(differ)), "{notes:?}");
}

#[test]
fn pupils_without_an_id_are_not_one_pupil() {
    let log = long("user_id,item_id,correct", |s, i, right| {
        let user = ["NULL", "NA", "s2", "s3"][s % 4];
        format!("{user},{i},{}", number(right))
    });
    let content = read("log.csv", log);
    assert_eq!(content.rejects.len(), 180);
    assert!(content.rejects.iter().all(|r| r.reason == RejectReason::MissingStudent));
    assert_eq!(content.counts.read, 360);
}

#[test]
fn a_key_makes_options_answers() {
    let text = long("student_id,item_id,response,key", |s, i, right| {
        let key = ["A", "B", "C"][i % 3];
        format!("s{s},q{i},{},{key}", if right { key } else { "D" })
    });
    check("keyed.csv", text);
    let key = File::new("key.csv", "item,key\nq0,1\nq1,2\nq2,3\nq3,1\nq4,2\nq5,3\n");
    let options = Options { key: Some(key.path().to_owned()), ..Options::default() };
    let text = long("student_id,item_id,response", |s, i, right| {
        format!("s{s},q{i},{}", if right { i % 3 + 1 } else { 4 })
    });
    assert_all("key file", &read_path(File::new("log.csv", text).path(), &options));
    let letters = File::new("letters.csv", "item,key\nq0,B\nq1,B\nq2,B\nq3,B\nq4,B\nq5,B\n");
    let options = Options { key: Some(letters.path().to_owned()), ..Options::default() };
    let text = wide(
        "student_id,q0,q1,q2,q3,q4,q5",
        |s| format!("s{s}"),
        |right| if right { "B" } else { "A" }.into(),
    );
    assert_all("wide key file", &read_path(File::new("log.csv", &text).path(), &options));
    let with_row = text.replacen('\n', "\nkey,B,B,B,B,B,B\n", 1);
    check("key row.csv", with_row);
}

#[test]
fn wide_tables_as_schools_have_them() {
    let items = "q0,q1,q2,q3,q4,q5";
    check("plain.csv", wide(&format!("student_id,{items}"), |s| format!("s{s}"), number));
    check(
        "gender.csv",
        wide(&format!("student_id,gender,{items}"), |s| format!("s{s},{}", s % 2), number),
    );
    check(
        "name.csv",
        wide(&format!("student_id,name,{items}"), |s| format!("s{s},\"Kim, {s}\""), number),
    );
    let header = "학번,1번,2번,3번,4번,5번,6번";
    check("hakbun.csv", wide(header, |s| format!("2025{s:04}"), number));
    let marks = |right: bool| if right { "O" } else { "X" }.to_string();
    check("ox.csv", wide(&header.replace("학번", "번호"), |s| s.to_string(), marks));
    let total = wide(&format!("student_id,{items}"), |s| format!("s{s}"), number);
    for name in ["total", "총점", "all"] {
        let with_total: String = total
            .lines()
            .enumerate()
            .map(|(at, line)| {
                if at == 0 {
                    return format!("{line},{name}\n");
                }
                let sum = (0..ITEMS).filter(|item| right(at - 1, *item)).count();
                format!("{line},{sum}\n")
            })
            .collect();
        let content = check(name, with_total);
        assert!(
            content.counts.notes.iter().any(|note| note.contains(name)),
            "{:?}",
            content.counts
        );
    }
}

#[test]
fn cells_without_an_answer_are_counted() {
    for (blank, cell) in [(".", "."), ("-", "-"), ("", ""), ("9", "9"), ("-99", "-99")] {
        let text = wide("student_id,q0,q1,q2,q3,q4,q5", |s| format!("s{s}"), number);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in lines.iter_mut().skip(1).step_by(10) {
            let (start, _) = line.rsplit_once(',').unwrap();
            *line = format!("{start},{cell}");
        }
        let content = read("log.csv", lines.join("\n"));
        assert!(content.rejects.is_empty(), "{blank}: {:?}", content.rejects.first());
        assert_eq!((content.counts.unanswered, content.counts.read), (6, 360), "{blank}");
        assert_eq!(content.answers.len(), 354, "{blank}");
    }
}

#[test]
fn what_a_blank_means_is_said() {
    use seedtest_ingest::{Blank, WideOptions};
    let file = File::new("log.csv", "student_id,q0,q1,q2,q3\na,1,,0,\nb,,,,\nc,1,1,1,1\n");
    let counts = |blank| {
        let wide = WideOptions { blank, ..WideOptions::default() };
        let content = read_path(file.path(), &Options { wide, ..Options::default() });
        let wrong = content.answers.iter().filter(|answer| answer.outcome == Some(false)).count();
        (content.answers.len(), wrong, content.counts.unanswered)
    };
    assert_eq!(counts(Blank::Missing), (6, 1, 6));
    assert_eq!(counts(Blank::Wrong), (12, 7, 0));
    assert_eq!(counts(Blank::NotReached), (7, 2, 5));
}
