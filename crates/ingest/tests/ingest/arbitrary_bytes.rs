//! Whatever bytes a file holds, reading ends, without a panic and with every row accounted for.

use proptest::prelude::*;
use seedtest_ingest::{Batch, ExamBatch, ExamReader, Options, Reader};

use crate::files::{File, gzip};

/// Reads to the end or to an error; the number of lines a reader may report is bounded by the bytes.
fn assert_reading_ends(name: &str, bytes: &[u8]) {
    let file = File::new(name, bytes);
    let options = Options { batch_rows: 3, max_row_bytes: 64, ..Options::default() };
    if let Ok(mut reader) = Reader::open(file.path(), &options) {
        let mut batch = Batch::new();
        let mut rounds = 0;
        while reader.next_batch(&mut batch).unwrap_or(false) {
            rounds += 1;
            assert!(rounds <= bytes.len() * 2_000, "the reader does not end");
            assert!(batch.attempts().all(|a| !a.student.is_empty() && !a.item.is_empty()));
        }
    }
    if let Ok(mut reader) = ExamReader::open(file.path(), &options) {
        let mut batch = ExamBatch::default();
        let mut rounds = 0;
        while reader.next_batch(&mut batch).unwrap_or(false) {
            rounds += 1;
            assert!(rounds <= bytes.len() * 2_000, "the reader does not end");
        }
    }
}

const NAMES: [&str; 7] = ["a.csv", "a.tsv", "a", "a.jsonl", "a.parquet", "a.csv.gz", "a.jsonl.gz"];

/// Pieces of which nearly right files are made.
const PIECES: [&str; 22] = [
    "student,item,correct",
    "student\titem\tcorrect",
    ",",
    "\t",
    "\n",
    "\r\n",
    "\"",
    "\"\"",
    "a",
    "1",
    "0",
    "é",
    "\u{feff}",
    "{\"student\":1,\"item\":2,\"correct\":1}",
    "{\"session_id\":\"a\",\"questions\":[",
    "{\"question_id\":1}",
    "]}",
    "{",
    "}",
    "2024-09-02",
    "\0",
    "q1,q2\n0,1\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes(name in 0..NAMES.len(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        assert_reading_ends(NAMES[name], &bytes);
    }

    #[test]
    fn pieces_of_real_files(name in 0..NAMES.len(), pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.iter().map(|&piece| PIECES[piece]).collect();
        assert_reading_ends(NAMES[name], text.as_bytes());
        assert_reading_ends(NAMES[name], &gzip(text.as_bytes()));
    }

    #[test]
    fn gzip_with_bytes_changed(at in 0.0..1.0, byte in any::<u8>()) {
        let mut bytes = gzip("student,item,correct\na,q,1\nb,r,0\n".repeat(20).as_bytes());
        let position = (at * bytes.len() as f64) as usize;
        bytes[position] = byte;
        assert_reading_ends("a.csv.gz", &bytes);
    }

    #[test]
    fn parquet_with_bytes_changed(changes in prop::collection::vec((0.0..1.0, any::<u8>()), 1..8)) {
        let mut bytes = include_bytes!("../data/attempts.parquet").to_vec();
        for (at, byte) in changes {
            let position = (at * bytes.len() as f64) as usize;
            bytes[position] = byte;
        }
        assert_reading_ends("a.parquet", &bytes);
    }

    #[test]
    fn parquet_with_its_footer_changed(changes in prop::collection::vec((0.0..1.0, any::<u8>()), 1..4)) {
        let mut bytes = include_bytes!("../data/int96.parquet").to_vec();
        for (at, byte) in changes {
            let position = (at * bytes.len() as f64) as usize;
            bytes[position] = byte;
        }
        assert_reading_ends("a.parquet", &bytes);
    }
}
