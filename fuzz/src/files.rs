//! Every reader of files, from bytes.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use seedtest_ingest::{
    Batch, ExamBatch, ExamReader, Options, Reader, StudentIdColumn, TableOptions, Wanted, preview,
    read_names, read_recipients, read_roster, read_table_file,
};

/// What a file may be called; formats are told by name as well as by content.
const NAMES: [&str; 12] = [
    "a.csv", "a.tsv", "a", "a.jsonl", "a.json", "a.parquet", "a.csv.gz", "a.xlsx", "a.xls", "a.ods", "a.xlsb", "a.xml",
];

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> =
        RefCell::new(tempfile::tempdir().expect("a folder for files"));
}

/// Reads a file in every way; panics where a reader does.
pub fn check(bytes: &[u8]) {
    let Some((name, content)) = bytes.split_first() else { return };
    let path = FOLDER.with_borrow(|folder| folder.path().join(NAMES[usize::from(*name) % NAMES.len()]));
    fs::write(&path, content).expect("a file in the folder");
    read(&path);
    // A folder of one file at a time: names do not add up.
    let _ = fs::remove_file(&path);
}

fn read(path: &Path) {
    for wanted in [Wanted::Answers, Wanted::Timed] {
        let options = Options { wanted, batch_rows: 100, max_row_bytes: 4 << 10, ..Options::default() };
        answers(path, &options);
    }
    answers(path, &Options { sheet: Some("all".into()), ..Options::default() });
    answers(path, &Options { key: Some(PathBuf::from(path)), ..Options::default() });
    let _ = preview(path, &Options::default());
    let _ = read_table_file(path, &TableOptions::default());
    let _ = read_roster(path, StudentIdColumn::SourcedId, &|_| false);
    let _ = read_names(path);
    let latest = std::time::SystemTime::now().into();
    let _ = read_recipients(path, |address| address.contains('@'), latest, &|_| false);
    if let Ok(mut reader) = ExamReader::open(path, &Options::default()) {
        let mut batch = ExamBatch::default();
        while reader.next_batch(&mut batch).unwrap_or(false) {}
    }
}

fn answers(path: &Path, options: &Options) {
    let Ok(mut reader) = Reader::open(path, options) else { return };
    let mut batch = Batch::new();
    while reader.next_batch(&mut batch).unwrap_or(false) {
        assert!(batch.attempts().all(|answer| !answer.student.is_empty() && !answer.item.is_empty()));
    }
}

/// Writes small files of every kind into `corpus/file`.
///
/// # Errors
/// Those of writing.
pub fn write_seeds(folder: &Path) -> std::io::Result<()> {
    let folder = folder.join("file");
    fs::create_dir_all(&folder)?;
    for (number, (name, text)) in SEEDS.iter().enumerate() {
        let mut bytes = vec![*name];
        bytes.extend_from_slice(text.as_bytes());
        fs::write(folder.join(format!("seed-{number:03}")), bytes)?;
    }
    Ok(())
}

/// Position of the name in [`NAMES`], and the content.
const SEEDS: &[(u8, &str)] = &[
    (0, "student_id,item_id,correct,timestamp\na,q1,1,2025-03-01 09:00\n"),
    (0, "student_id;item_id;correct\na;q1;1,0\n"),
    (0, "반,번호,이름,1번(2점),2번\n만점,,,2,1\n1,1,가,2,O\n평균,,,1,0.5\n"),
    (0, "학번,메일,동의일\n1,a@x.kr,2025. 3. 1.\n"),
    (1, "kind\tid\tko\ntopic\ta\tx\n"),
    (3, "{\"student\":\"a\",\"item\":\"q\",\"correct\":1}\n"),
    (3, "{\"session_id\":\"s\",\"questions\":[{\"question_id\":1,\"is_correct\":true}]}\n"),
    (3, "{\"subject_id\":\"a\",\"responses\":{\"q1\":1}}\n"),
    (4, "{\"statements\":[{\"actor\":{\"mbox\":\"mailto:a@x\"},\"verb\":{\"id\":\"answered\"},\"object\":{\"id\":\"q\"}}]}"),
    (11, "<assessmentResult><context sourcedId=\"a\"/></assessmentResult>"),
];
