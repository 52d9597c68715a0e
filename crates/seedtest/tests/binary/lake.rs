//! What Spark wrote into a lake, read into a database. The files are what `seedtest-spark mirt-calibrate` and
//! `seedtest-spark compute-daily-kpis` wrote of 40 simulated students and 6 items, as Parquet and as a Delta table.

use std::fs;
use std::path::{Path, PathBuf};

use seedtest_testkit::S3Server;
use serde_json::Value;

use crate::playground::{Playground, Run};

const BUCKET: &str = "lake";
const SECRET: &str = "only-the-lake-knows";

fn cases(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/binary/cases/lake").join(of)
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// The lines of the ledger about lakes, newest first.
fn ledger(place: &Playground, environment: &[(&str, &str)]) -> Vec<Value> {
    let list = place.run_with(environment, &["runs", "list", "--name", "lake", "--json"]);
    assert_eq!(list.code, Some(0), "{}", list.transcript());
    list.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn read(run: &Run) {
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let expected = "1 calibrations: 6 items, 40 abilities, 0 students without one\n40 rows of KPIs";
    assert!(run.stdout.starts_with(expected), "{}", run.transcript());
}

#[test]
fn a_directory_is_read_and_the_ledger_says_so() {
    let place = Playground::new();
    let from = cases("parquet");
    let from = from.to_str().unwrap();
    read(&place.must(&["lake", from]));
    assert_eq!((place.rows("mirt_ability"), place.rows("weekly_kpi")), (40, 40));
    assert_eq!((place.rows("mirt_item_params"), place.rows("mirt_fit_meta")), (6, 1));
    let again = place.must(&["lake", from]);
    assert!(again.stdout.contains("40 rows of KPIs, 0 of them new or changed"), "{}", again.stdout);
    // The same rows in another form are the same rows.
    let delta = place.must(&["lake", cases("delta").to_str().unwrap()]);
    assert_eq!(delta.stdout, "40 rows of KPIs, 0 of them new or changed\n");
    let lines = ledger(&place, &[]);
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["status"] == "done"), "{lines:?}");
}

#[test]
fn what_cannot_be_read_is_a_failure_of_the_ledger() {
    let place = Playground::new();
    let broken = place.path("broken");
    copied(&cases("parquet"), &broken);
    fs::write(broken.join("weekly_kpi/part-0.parquet"), b"PAR1 and no more").unwrap();
    let run = place.run(&["lake", broken.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert_eq!((place.rows("mirt_ability"), place.rows("mirt_fit_meta")), (0, 0));
    let lines = ledger(&place, &[]);
    assert_eq!((lines.len(), &lines[0]["status"]), (1, &Value::from("failed")));
}

#[test]
fn a_bucket_is_read_into_postgresql() {
    let place = Playground::new();
    let root = place.path("s3");
    let server = S3Server::start(&root, BUCKET, "AKLAKE", SECRET).unwrap();
    copied(&cases("parquet"), &root.join(BUCKET).join("out"));
    copied(&cases("delta"), &root.join(BUCKET).join("delta"));
    let url = seedtest_testkit::postgres_database().unwrap();
    let endpoint = server.endpoint();
    let environment = [
        ("DATABASE_URL", url.as_str()),
        ("S3_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKLAKE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    let migrated = place.run_with(&environment, &["migrate"]);
    assert_eq!(migrated.code, Some(0), "{}", migrated.transcript());
    let first = place.run_with(&environment, &["lake", "s3://lake/out"]);
    read(&first);
    assert!(first.stdout.contains("40 of them new or changed"), "{}", first.stdout);
    let again = place.run_with(&environment, &["lake", "s3://lake/out"]);
    assert!(again.stdout.contains(" 0 of them new or changed"), "{}", again.stdout);
    let delta = place.run_with(&environment, &["lake", "s3://lake/delta"]);
    assert_eq!(delta.stdout, "40 rows of KPIs, 0 of them new or changed\n");
    assert_eq!(ledger(&place, &environment).len(), 3);
    let nothing = place.run_with(&environment, &["lake", "s3://lake/elsewhere"]);
    assert_eq!(nothing.code, Some(1), "{}", nothing.transcript());
    assert!(nothing.stderr.contains("holds no table of seedtest_spark"), "{}", nothing.stderr);
    assert!(!nothing.transcript().contains(SECRET));
}
