//! CSV and TSV files.

use seedtest_ingest::{Format, JsonShape, Opened, Options, Reader, RejectReason, Wanted};

use crate::files::{Answer, File, gzip, read, read_path};

const LOG: &str = "\
student_id,item_id,topic_id,correct,completed_at,session_id,exam_id,response_time_ms,hint_count
s1,q1,algebra,1,2024-09-02T00:01:50Z,s1-1,7,1200,0
s2,q1,,0,2024-09-02 09:01:50.5+09:00,NA,,0,
s1,q2,geometry,,1725235310,s1-1,7,,2
";

fn expected() -> Vec<Answer> {
    let some = |text: &str| Some(text.to_owned());
    vec![
        Answer {
            line: 2,
            student: "s1".into(),
            item: "q1".into(),
            topic: some("algebra"),
            session: some("s1-1"),
            subject: some("7"),
            at: Some(1_725_235_310_000_000),
            outcome: Some(true),
            response_time_ms: Some(1_200),
            hints: Some(0),
            points: None,
        },
        Answer {
            line: 3,
            student: "s2".into(),
            item: "q1".into(),
            at: Some(1_725_235_310_500_000),
            outcome: Some(false),
            ..Answer::default()
        },
        Answer {
            line: 4,
            student: "s1".into(),
            item: "q2".into(),
            topic: some("geometry"),
            session: some("s1-1"),
            subject: some("7"),
            at: Some(1_725_235_310_000_000),
            outcome: None,
            response_time_ms: None,
            hints: Some(2),
            points: None,
        },
    ]
}

#[test]
fn one_log_in_every_dress() {
    let tsv = LOG.replace(',', "\t");
    let semicolons = LOG.replace(',', ";");
    let pipes = LOG.replace(',', "|");
    let crlf = LOG.replace('\n', "\r\n");
    let bom = format!("\u{feff}{LOG}");
    for (name, content) in [
        ("log.csv", LOG.as_bytes().to_vec()),
        ("log.CSV", crlf.into_bytes()),
        ("log.csv", bom.into_bytes()),
        ("log.csv.gz", gzip(LOG.as_bytes())),
        ("log.csv", gzip(LOG.as_bytes())),
        ("log.tsv", tsv.clone().into_bytes()),
        ("log.tsv.gz", gzip(tsv.as_bytes())),
        ("log", tsv.into_bytes()),
        ("log.csv", semicolons.into_bytes()),
        ("log.txt", pipes.into_bytes()),
    ] {
        let read = read(name, content);
        assert_eq!(read.answers, expected(), "{name}");
        assert!(read.rejects.is_empty() && read.failure.is_none(), "{name}");
    }
}

#[test]
fn gzip_of_several_members_is_read_to_the_end() {
    let (header, rows) = LOG.split_at(LOG.find('\n').unwrap() + 1);
    let mut joined = gzip(header.as_bytes());
    joined.extend(gzip(rows.as_bytes()));
    assert_eq!(read("log.csv.gz", joined).answers, expected());
}

#[test]
fn the_format_is_told_from_content_and_name() {
    let delimited = |delimiter| Format::Delimited { delimiter };
    for (name, content, format) in [
        ("a.csv", "a,b;c;d\n", delimited(b',')),
        ("a.tsv", "a\tb,c\n", delimited(b'\t')),
        ("a.txt", "\"x,y,z\"\ta\n", delimited(b'\t')),
        ("a", "a|b\n", delimited(b'|')),
        ("a", "student\n", delimited(b',')),
        ("a.csv", "{\"student\":1}\n", Format::Json(JsonShape::Lines)),
        ("a.jsonl", "\n {\"question\":\"questions\"}\n", Format::Json(JsonShape::Lines)),
        ("a.json", "[\n {\"student\":1}\n]", Format::Json(JsonShape::Array)),
        ("a.json", "{\n \"student\":1\n}", Format::Json(JsonShape::Stream)),
        (
            "a.jsonl",
            "{\"session_id\":\"x\",\"questions\" :[]}\n",
            Format::ExamResults(JsonShape::Lines),
        ),
        (
            "a.jsonl",
            "{\"session_id\":\"x\",\"result_json\":{}}\n",
            Format::ExamResults(JsonShape::Lines),
        ),
    ] {
        assert_eq!(
            Opened::open(File::new(name, content).path(), &Options::default()).unwrap().format(),
            format,
            "{content}"
        );
    }
}

#[test]
fn quoted_cells_may_hold_anything() {
    let read = read(
        "log.csv",
        "student,item,correct\n\"a,b\",\"say \"\"hi\"\"\",1\n\"x\ny\",q,0\nz,q,1\n",
    );
    assert_eq!(
        read.brief(),
        [
            (2, "a,b", "say \"hi\"", Some(true)),
            (3, "x\ny", "q", Some(false)),
            (5, "z", "q", Some(true)),
        ]
    );
}

#[test]
fn line_numbers_count_blank_lines_and_either_line_end() {
    for newline in ["\n", "\r\n"] {
        let text = ["student,item,correct", "", "a,q,1", "", "", "b,q,0", "c,q,1"].join(newline);
        let lines: Vec<u64> = read("log.csv", text).answers.iter().map(|a| a.line).collect();
        assert_eq!(lines, [3, 6, 7]);
    }
}

#[test]
fn a_quote_nobody_closed_costs_one_line() {
    let mut text = String::from("student,item,correct\n");
    for row in 2..100_000 {
        let student = if row == 500 { "\"oops" } else { "amy" };
        text += &format!("{student},q{row},1\n");
    }
    let content = read("log.csv", text);
    assert_eq!(content.reasons(), [(500, RejectReason::UnclosedQuote)]);
    assert_eq!(content.rejects[0].value, "\"oops,q500,1");
    assert_eq!(content.answers.len(), 99_997);
    assert_eq!(content.answers.last().unwrap().line, 99_999);
}

#[test]
fn a_quote_nobody_closed_on_the_last_lines_costs_one_line() {
    let content = read("log.csv", "student,item,correct\na,q,1\n\"b,q,1\nc,q,0\n");
    assert_eq!(content.reasons(), [(3, RejectReason::UnclosedQuote)]);
    assert_eq!(content.brief(), [(2, "a", "q", Some(true)), (4, "c", "q", Some(false))]);
}

/// There the number of cells is that of the header, whatever the quote holds.
#[test]
fn a_quote_nobody_closed_in_the_last_column_costs_one_line() {
    for end in ["", "\n", "\r\n"] {
        let text = format!(
            "student,item,correct,note\na,q,1,x\nb,q,1,\"open\nc,q,0,y\nd,q,1,\"two\nlines\"{end}"
        );
        let content = read("log.csv", text);
        assert_eq!(content.reasons(), [(3, RejectReason::UnclosedQuote)]);
        let lines: Vec<u64> = content.answers.iter().map(|answer| answer.line).collect();
        assert_eq!(lines, [2, 4, 5]);
    }
}

#[test]
fn rows_wider_or_narrower_than_the_header_are_rejected() {
    let content = read("log.csv", "student,item,correct\na,q\na,q,1,x\na,q,1,,\nb,q,0\n");
    assert_eq!(
        content.reasons(),
        [(2, RejectReason::TooFewFields), (3, RejectReason::TooManyFields)]
    );
    assert_eq!(content.brief(), [(4, "a", "q", Some(true)), (5, "b", "q", Some(false))]);
}

#[test]
fn a_line_of_ten_megabytes_is_one_reject_wherever_it_stands() {
    let long = "x".repeat(10_000_000);
    for (line, text) in [
        (3, format!("student,item,correct\na,q,1\n{long},q,1\nb,q,0\n")),
        (3, format!("student,item,correct\na,q,1\na,{long}\nb,q,0\n")),
        (4, format!("student,item,correct\na,q,1\nb,q,0\n{long}")),
    ] {
        let content = read("log.csv", text);
        assert_eq!(content.reasons(), [(line, RejectReason::LineTooLong)]);
        assert_eq!(content.answers.len(), 2);
        assert!(content.rejects[0].value.chars().count() <= 80);
    }
}

#[test]
fn a_multi_line_cell_beyond_the_limit_is_rejected_line_by_line() {
    let text = format!("student,item,correct\n\"{}\",q,1\nb,q,0\n", "x\n".repeat(50));
    let options = Options { max_row_bytes: 40, ..Options::default() };
    let content = read_path(File::new("log.csv", text).path(), &options);
    assert_eq!(content.rejects[0].reason, RejectReason::UnclosedQuote);
    assert_eq!(content.rejects[1].reason, RejectReason::TooFewFields);
    assert_eq!(content.brief().last(), Some(&(53, "b", "q", Some(false))));
}

#[test]
fn batches_hold_as_many_rows_as_asked_for() {
    let text: String = (0..25).map(|i| format!("s{i},q,1\n")).collect();
    let file = File::new("log.csv", format!("student,item,correct\n{text}"));
    let options = Options { batch_rows: 10, ..Options::default() };
    let mut reader = Reader::open(file.path(), &options).unwrap();
    let mut batch = seedtest_ingest::Batch::new();
    let mut sizes = Vec::new();
    while reader.next_batch(&mut batch).unwrap() {
        sizes.push(batch.len());
    }
    assert_eq!(sizes, [10, 10, 5]);
    assert!(batch.is_empty());
    let progress = reader.progress();
    assert_eq!(progress.bytes_read, progress.bytes_total);
}

#[test]
fn a_file_of_rejects_only_comes_in_batches_too() {
    let text = ",q,1\n".repeat(25);
    let file = File::new("log.csv", format!("student,item,correct\n{text}"));
    let options = Options { batch_rows: 10, ..Options::default() };
    let mut reader = Reader::open(file.path(), &options).unwrap();
    let mut batch = seedtest_ingest::Batch::new();
    let mut sizes = Vec::new();
    while reader.next_batch(&mut batch).unwrap() {
        assert!(batch.is_empty());
        sizes.push(batch.rejects().len());
    }
    assert_eq!(sizes, [10, 10, 5]);
}

#[test]
fn the_time_is_missed_only_where_it_is_needed() {
    let file = File::new("log.csv", "student,item,correct,time\na,q,1,\nb,q,0,2024-09-02\n");
    let content = read_path(file.path(), &Options::default());
    assert_eq!(content.answers[0].at, None);
    assert_eq!(content.answers.len(), 2);
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let content = read_path(file.path(), &options);
    assert_eq!(content.reasons(), [(2, RejectReason::MissingTime)]);
    assert_eq!(content.answers.len(), 1);
}

#[test]
fn seconds_become_milliseconds() {
    for column in ["response_time_s", "time_spent_sec", "Step Duration (sec)"] {
        let content = read("log.csv", format!("student,item,correct,{column}\na,q,1,2.5\n"));
        assert_eq!(content.answers[0].response_time_ms, Some(2_500), "{column}");
    }
    let both = "student,item,correct,duration_s,duration_ms\na,q,1,9,1234\n";
    assert_eq!(read("log.csv", both).answers[0].response_time_ms, Some(1_234));
}
