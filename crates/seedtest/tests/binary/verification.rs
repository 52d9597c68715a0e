//! The questions operators ask of a filled database, of both engines; the integrity of the embedded one as an
//! old SQLite sees it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::kpi_jobs::Place;

const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-04-14T04:00:00Z");
/// What a school of a few weeks may well have none of.
const MAY_BE_EMPTY: [&str; 4] = [
    "newest anomalies",
    "students at risk",
    "newest reports",
    "reports of each week of the last 30 days",
];

/// The printed questions and their SQL.
fn asked(place: &Place) -> BTreeMap<String, String> {
    let printed = place.run(&[NOW], &["doctor", "--sql"]).stdout;
    let one = |text: &str| {
        let (question, sql) = text.trim().split_once('\n')?;
        Some((question.trim_start_matches('-').trim().to_owned(), sql.to_owned()))
    };
    printed.split("\n\n").filter_map(one).collect()
}

fn fill(place: &Place) {
    place.run(&[], &["demo", "--students", "60", "--weeks", "8", "--seed", "3", "--dir", "school"]);
    place.run(&[NOW], &["import", "school/responses.csv", "school/exams.jsonl"]);
    for step in [
        // Items are stable, and may be anchors, after two calibrations that agree.
        &["job", "run", "mirt-calibrate", "--lookback-days", "0", "--as-of", "2025-04-06"][..],
        &["job", "run", "mirt-calibrate", "--lookback-days", "0", "--as-of", "2025-04-10"],
        &["job", "run", "tag-anchor-items", "--min-responses", "20", "--max-candidates", "10"],
        &["pipeline", "history", "--from", "2025-03-03", "--to", "2025-04-13"],
        &["pipeline", "weekly"],
    ] {
        place.attempt(&[NOW, ("AGG_INCLUDE_THETA", "true")], step).ended();
    }
}

/// Rows of every answer.
fn answers(place: &Place, asked: &BTreeMap<String, String>) -> BTreeMap<String, usize> {
    let Some(url) = place.url() else {
        let file = place.place.path("seedtest-data/seedtest.db");
        let connection = rusqlite::Connection::open(file).unwrap();
        let rows = |sql: &str| {
            let mut statement = connection.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
            statement.query_map([], |_| Ok(())).unwrap().map(Result::unwrap).count()
        };
        return asked.iter().map(|(question, sql)| (question.clone(), rows(sql))).collect();
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let mut answers = BTreeMap::new();
        for (question, sql) in asked {
            let sql = AssertSqlSafe(sql.trim_end().trim_end_matches(';').to_owned());
            let rows = sqlx::raw_sql(sql).fetch_all(&mut connection).await;
            answers
                .insert(question.clone(), rows.unwrap_or_else(|e| panic!("{question}: {e}")).len());
        }
        answers
    })
}

#[test]
fn a_filled_database_answers_every_question() {
    for place in Place::both() {
        fill(&place);
        let asked = asked(&place);
        assert!(asked.len() >= 17, "{asked:?}");
        let answers = answers(&place, &asked);
        for (question, rows) in &answers {
            let may_be_empty = MAY_BE_EMPTY.contains(&&**question);
            assert!(*rows > 0 || may_be_empty, "{question}: nothing");
        }
        if place.url().is_none() {
            integrity(&place);
        }
    }
}

/// Versions of SQLite differ in what they take for damage: the one of this program, and that of the system
/// where there is one.
fn integrity(place: &Place) {
    let file = place.place.path("seedtest-data/seedtest.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let found: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    drop(connection);
    let system = Command::new("sqlite3")
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut system) = system else { return };
    system.stdin.take().unwrap().write_all(b"PRAGMA integrity_check;\n").unwrap();
    let output = system.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "ok", "the system's SQLite");
}
