//! How many rows a second each backend writes and reads, on simulated answers.
//!
//! `cargo run --release -p seedtest-store --example throughput -- [ROWS] [DATABASE_URL]`

#![allow(clippy::print_stdout)]

use std::time::Instant;

use chrono::DateTime;
use seedtest_store::{AttemptRow, LogFilter, Store, Target, Written};

const BATCH: usize = 50_000;
const STUDENTS: usize = 4_000;
const ITEMS: usize = 20_000;

struct Answer {
    user_id: String,
    item_id: String,
    topic_id: String,
    session_id: String,
    at: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let target = match arguments.next() {
        Some(url) => Target::parse(&url)?,
        None => Target::Sqlite { path: folder.path().join("throughput.db") },
    };
    let store = Store::open(&target).await?;
    store.migrate().await?;
    let answers: Vec<Answer> = (0..rows).map(simulate).collect();

    for pass in ["write", "write again"] {
        let start = Instant::now();
        let written = write(&store, &answers).await?;
        report(pass, rows, start, &format!("{written:?}"));
    }
    let start = Instant::now();
    let loaded = store.load_log(&LogFilter::default()).await?;
    report("load", loaded.log.len(), start, &format!("{:?}", loaded.source));
    store.close().await;
    Ok(())
}

/// Students take turns in sessions of ten answers; a multiplicative hash picks the item.
fn simulate(row: usize) -> Answer {
    let hash = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let user = row / 10 % STUDENTS;
    Answer {
        user_id: format!("student-{user:05}"),
        item_id: format!("{}", hash as usize % ITEMS),
        topic_id: format!("topic {}", hash % 110),
        session_id: format!("session-{:07}", row / 10),
        at: 1_700_000_000_000_000 + row as i64 * 1_000_003,
    }
}

async fn write(store: &Store, answers: &[Answer]) -> Result<Written, seedtest_store::Error> {
    let mut tx = store.begin().await?;
    let mut written = Written::default();
    for batch in answers.chunks(BATCH) {
        let rows: Vec<AttemptRow<'_>> = batch.iter().map(row).collect();
        let of_batch = tx.write_attempts(&rows).await?;
        written.inserted += of_batch.inserted;
        written.duplicates += of_batch.duplicates;
    }
    tx.commit().await?;
    Ok(written)
}

fn row(answer: &Answer) -> AttemptRow<'_> {
    AttemptRow {
        user_id: &answer.user_id,
        item_id: &answer.item_id,
        topic_id: Some(&answer.topic_id),
        session_id: Some(&answer.session_id),
        subject_id: None,
        completed_at: DateTime::from_timestamp_micros(answer.at).unwrap_or_default(),
        correct: Some(answer.at % 3 != 0),
        response_time_ms: Some(4000),
        used_hints: Some(0),
        source: Some("throughput"),
        points: None,
        max_points: None,
    }
}

fn report(step: &str, rows: usize, start: Instant, what: &str) {
    let seconds = start.elapsed().as_secs_f64();
    println!("{step:>12}: {:>9.0} rows/s  {seconds:.2} s  {what}", rows as f64 / seconds);
}
