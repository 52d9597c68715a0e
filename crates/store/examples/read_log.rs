//! Only reads a response log: `cargo run --release -p seedtest-store --example read_log -- URL
//! [FROM TO]`, the dates as YYYY-MM-DD, TO not included. The floor under every job that computes
//! something from the log; `bench/kpi.py` compares them.

use std::time::Instant;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use seedtest_store::{LogFilter, Store, Target};

fn day(text: Option<&String>) -> Result<Option<DateTime<Utc>>, Box<dyn std::error::Error>> {
    let Some(text) = text else { return Ok(None) };
    Ok(Some(text.parse::<NaiveDate>()?.and_time(NaiveTime::MIN).and_utc()))
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "the figures are what the program is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let url = arguments.get(1).ok_or("the URL of the database is missing")?;
    let filter = LogFilter {
        from: day(arguments.get(2))?,
        to: day(arguments.get(3))?,
        ..Default::default()
    };
    let store = Store::open(&Target::parse(url)?).await?;
    let started = Instant::now();
    let loaded = store.load_log(&filter).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{{\"rows\": {}, \"seconds\": {seconds:.3}}}", loaded.log.len());
    store.close().await;
    Ok(())
}
