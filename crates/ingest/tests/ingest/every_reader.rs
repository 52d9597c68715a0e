//! Every reader, with small files of its kind that were changed at random: reading ends, without a panic and in
//! bounded steps.
//!
//! The changes come from a generator with a fixed seed; `fuzz/` goes on where these end.

use seedtest_ingest::{
    Batch, DateFormat, ExamBatch, ExamReader, Missing, Options, Reader, StudentIdColumn,
    TableOptions, Wanted, parse_moment, preview, read_names, read_recipients, read_roster,
    read_table_file,
};

use crate::files::{File, gzip};

/// Changed files of each kind.
const ROUNDS: u64 = 120;

/// The generator of G. Marsaglia, "Xorshift RNGs", J. Stat. Softw. 8 (2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Pieces that mean something to one reader or another.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b",",
    b";",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"]]>",
    b"</",
    b"1e999",
    b"-",
    b"\xb1\xe8",
    b"99999999999999999999",
];

fn changed(base: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => {
                bytes.drain(at..to);
            }
            2 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => bytes.truncate(at),
            _ => {
                bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied());
            }
        }
    }
    bytes
}

fn read_everything(name: &str, bytes: &[u8]) {
    let file = File::new(name, bytes);
    let path = file.path();
    for wanted in [Wanted::Answers, Wanted::Timed] {
        let options = Options {
            wanted,
            batch_rows: 7,
            max_row_bytes: 4 << 10,
            sheet: (wanted == Wanted::Answers).then(|| "all".to_owned()),
            time_start: parse_moment("2025-03-03").ok(),
            latest: Some(1_800_000_000_000_000),
            ..Options::default()
        };
        if let Ok(mut reader) = Reader::open(path, &options) {
            let mut batch = Batch::new();
            let mut rounds = 0;
            while reader.next_batch(&mut batch).unwrap_or(false) {
                rounds += 1;
                assert!(rounds <= 4_000 + bytes.len(), "{name}: reading does not end");
                assert!(batch.attempts().all(|a| !a.student.is_empty() && !a.item.is_empty()));
            }
        }
    }
    let _ = preview(path, &Options::default());
    let _ = read_table_file(path, &TableOptions::default());
    let _ = read_roster(path, StudentIdColumn::SourcedId, &|_| false);
    let _ = read_names(path);
    let _ = read_recipients(
        path,
        |address| address.contains('@'),
        chrono::DateTime::<chrono::Utc>::MAX_UTC,
        &|_| false,
    );
    let keyed = Options { key: Some(path.to_owned()), ..Options::default() };
    let _ = Reader::open(path, &keyed);
    if let Ok(mut reader) = ExamReader::open(path, &Options::default()) {
        let mut batch = ExamBatch::default();
        let mut rounds = 0;
        while reader.next_batch(&mut batch).unwrap_or(false) {
            rounds += 1;
            assert!(rounds <= 4_000 + bytes.len(), "{name}: reading does not end");
        }
    }
}

fn check(name: &str, base: &[u8]) {
    read_everything(name, base);
    let mut random = Random(0x5eed_0000 + base.len() as u64);
    for _ in 0..ROUNDS {
        read_everything(name, &changed(base, &mut random));
    }
}

fn workbook() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for name in ["1반", "2반"] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (column, title) in ["번호", "이름", "1번", "2번"].iter().enumerate() {
            sheet.write(0, column as u16, *title).unwrap();
        }
        for row in 1..6_u32 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, format!("학생{row}")).unwrap();
            sheet.write(row, 2, "O").unwrap();
            sheet.write_formula(row, 3, "=1-1").unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// The parts of a workbook changed one by one: a changed archive is refused before its sheets are read.
#[test]
fn workbooks_with_changed_parts() {
    use std::io::{Cursor, Read, Write};
    let whole = workbook();
    let mut random = Random(7);
    for _ in 0..ROUNDS {
        let mut archive = zip::ZipArchive::new(Cursor::new(&whole)).unwrap();
        let mut copy = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let chosen = random.below(archive.len());
        for at in 0..archive.len() {
            let mut part = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            let name = part.name().unwrap().into_owned();
            drop(part);
            copy.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            let bytes = if at == chosen { changed(&bytes, &mut random) } else { bytes };
            copy.write_all(&bytes).unwrap();
        }
        read_everything("a.xlsx", &copy.finish().unwrap().into_inner());
    }
}

#[test]
fn workbooks_with_changed_bytes() {
    check("a.xlsx", &workbook());
    check("a.ods", b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
    check("a.xls", &[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), vec![0; 2_000]].concat());
    check("a.xlsb", &workbook());
}

#[test]
fn texts_with_changed_bytes() {
    let long = "student_id;item_id;correct;timestamp\na;q1;1,0;01.03.2025 09:00\nb;q1;0,0;02.03.2025 10:00\n";
    let wide =
        "반,번호,이름,1번(2점),2번\n만점,,,2,1\n1,1,가,2,O\n1,2,나,1,X\n2,1,다,0,O\n평균,,,1,0.5\n";
    let roster = "학번,이름,반,학교,메일,동의일\n1,가,1,한빛중,a@x.kr,2025. 3. 1.\n";
    check("long.csv", long.repeat(3).as_bytes());
    check("long.csv.gz", &gzip(long.as_bytes()));
    check("wide.csv", wide.as_bytes());
    check("roster.csv", roster.as_bytes());
    check("sep.csv", b"sep=;\na;b\n1;2\n3;4\n");
    check("names.tsv", b"kind\tid\tko\ten\ntopic\ta\tx\ty\n");
}

#[test]
fn files_of_systems_with_changed_bytes() {
    let statement = r#"{"actor":{"account":{"name":"a"}},"verb":{"id":"http://adlnet.gov/expapi/verbs/answered"},"object":{"id":"https://x/q1"},"result":{"success":true,"score":{"raw":1,"max":2}},"timestamp":"2025-03-03T09:00:00Z"}"#;
    let caliper = r#"{"sensor":"s","data":[{"type":"GradeEvent","action":"Graded","actor":{"id":"a"},"object":{"id":"t"},"generated":{"type":"Score","scoreGiven":1,"maxScore":2},"eventTime":"2025-03-03T09:00:00Z"}]}"#;
    let edx = r#"{"username":"a","event_type":"problem_check","event_source":"server","time":"2025-03-03T09:00:00Z","context":{"user_id":1},"event":{"problem_id":"p","grade":1,"max_grade":1,"correct_map":{"i":{"correctness":"correct"}}}}"#;
    let qti = r#"<?xml version="1.0"?><assessmentResult xmlns="http://www.imsglobal.org/xsd/imsqti_result_v3p0"><context sourcedId="a"/><itemResult identifier="q1" datestamp="2025-03-03T09:00:00Z" sessionStatus="final"><outcomeVariable identifier="SCORE" baseType="float" cardinality="single"><value>1</value></outcomeVariable></itemResult></assessmentResult>"#;
    let exam = r#"{"session_id":"s","user_id":"a","created_at":"2025-03-03T09:00:00Z","questions":[{"question_id":1,"is_correct":true}]}"#;
    for (name, base) in [
        ("statements.jsonl", statement.to_owned() + "\n" + statement),
        ("statements.json", format!("{{\"statements\":[{statement},{statement}]}}")),
        ("caliper.json", caliper.to_owned()),
        ("tracking.log", edx.to_owned()),
        ("results.xml", qti.to_owned()),
        ("exams.jsonl", exam.to_owned()),
        ("py.jsonl", "{\"subject_id\":\"a\",\"responses\":{\"q1\":1,\"q2\":0}}\n".to_owned()),
        ("moodle.csv", "Last name,First name,ID number,State,Completed,Q. 1 /1.00,Q. 2 /2.00\nK,A,1,Finished,2025-03-03 09:00,1.00,0.50\n".to_owned()),
        ("canvas.csv", "name,id,sis_id,section,submitted,attempt,\"1: Which?\",1.0,n correct,n incorrect,score\nP,11,x1,S1,2025-03-03 09:00:00 UTC,1,\"2\",1.0,1,0,1.0\n".to_owned()),
        ("u1.csv", "timestamp,solving_id,question_id,user_answer,elapsed_time\n1565096190868,1,q5012,b,38000\n".to_owned()),
        ("steps.txt", "Row\tAnon Student Id\tProblem Name\tStep Name\tFirst Transaction Time\tFirst Attempt\n1\ts\tP\tC\t2009-01-15 13:46:12.0\tcorrect\n".to_owned()),
    ] {
        check(name, base.as_bytes());
    }
}

#[test]
fn parquet_with_changed_bytes() {
    check("a.parquet", include_bytes!("../data/types.parquet"));
}

#[test]
fn what_is_typed_is_read_or_refused() {
    let mut random = Random(11);
    for base in [
        "2025-03-01T09:00:00Z",
        "2025. 3. 1. 오전 9:00",
        "dd/mm/yyyy",
        "9,-99,absent",
        "=x",
        "excel1904",
    ] {
        for _ in 0..2_000 {
            let bytes = changed(base.as_bytes(), &mut random);
            let text = String::from_utf8_lossy(&bytes);
            let _ = parse_moment(&text);
            let _ = DateFormat::parse(&text);
            let _ = Missing::parse(&text);
        }
    }
}
