//! In the platform's own PostgreSQL: a schema of its own, answers read where they are.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::contents::of_server;
use crate::kills::{NOW, school_log};
use crate::kpi_jobs::Place;
use crate::playground::Run;

/// The platform's own names for what an imported log calls otherwise.
const PLATFORM: &str = "CREATE SCHEMA platform;
CREATE VIEW platform.answers AS SELECT user_id AS student_id, item_id AS question_id, topic_id,
  session_id, completed_at AT TIME ZONE 'UTC' AS answered_at, correct::integer AS is_correct,
  response_time_ms, used_hints > 0 AS hint_used FROM public.attempt_log";

fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    });
}

#[test]
fn answers_read_where_they_are_give_the_numbers_of_an_import() {
    let [_, place] = Place::both();
    let url = place.url().unwrap().to_owned();
    place.place.write("log.csv", school_log());
    place.run(&[NOW], &["import", "log.csv"]);
    execute(&url, PLATFORM);
    place.attempt(&[NOW], &["pipeline", "weekly"]).ended();

    // The same again from the view, beside it.
    place
        .place
        .write("seedtest.toml", "schema = \"analytics\"\nattempt-view = \"platform.answers\"\n");
    let before = of_server(&url, "public");
    let refused = place.attempt(&[NOW], &["pipeline", "weekly"]);
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stderr.contains("seedtest migrate --schema analytics"), "{}", refused.stderr);
    place.run(&[NOW], &["migrate"]);
    place.attempt(&[NOW], &["pipeline", "weekly"]).ended();
    let (public, analytics) = (of_server(&url, "public"), of_server(&url, "analytics"));
    assert_eq!(public, before, "nothing of public is written");
    assert!(analytics["attempt_log"].is_empty(), "nothing is copied");
    for table in
        ["mirt_ability", "weekly_kpi", "features_topic_daily", "survival_risk", "growth_brms_meta"]
    {
        assert!(!public[table].is_empty(), "{table}");
        assert_eq!(analytics[table], public[table], "{table}");
    }

    let doctor = place.run(&[NOW], &["doctor"]).stdout;
    let answers = doctor.lines().find(|line| line.starts_with("answers")).unwrap();
    for told in ["platform.answers", "user_id = student_id", "without subject_id"] {
        assert!(answers.contains(told), "{answers}");
    }
}

#[test]
fn doctor_says_what_a_view_lacks() {
    let [_, place] = Place::both();
    execute(place.url().unwrap(), "CREATE VIEW half AS SELECT 'amy'::text AS user_id");
    let doctor = |arguments: &[&str]| -> Run {
        let run = place.attempt(&[NOW], &[arguments, &["doctor"]].concat());
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        run
    };
    let half = doctor(&["--attempt-view", "half"]).stdout;
    assert!(half.contains("FAILS") && half.contains("item_id or question_id"), "{half}");
    let none = doctor(&["--query", "SELECT * FROM nowhere"]).stdout;
    assert!(none.contains("nowhere"), "{none}");
    let no_query = place.attempt(&[NOW], &["--query", "DELETE FROM half", "doctor"]);
    assert_eq!(no_query.code, Some(2), "{}", no_query.transcript());
}

#[test]
fn an_import_goes_on_where_the_last_one_ended() {
    for place in Place::both() {
        let log = school_log();
        let (first, _) = log.split_at(log.len() / 2);
        let (first, _) = first.rsplit_once('\n').unwrap();
        place.place.write("log.csv", first);
        place.run(&[NOW], &["import", "log.csv", "--since", "last"]);
        place.place.write("log.csv", &log);
        let next = place.run(&[NOW], &["import", "log.csv", "--since", "last"]).stdout;
        assert!(next.contains("older left out"), "{next}");
        let rows = log.lines().count() as u64 - 1;
        assert_eq!(place.place_rows("attempt_log"), rows);
        let again = place.run(&[NOW], &["import", "log.csv", "--since", "2030-01-01T00:00:00Z"]);
        assert!(again.stdout.contains(&format!("{rows} older left out")), "{}", again.stdout);
        let bad = place.attempt(&[NOW], &["import", "log.csv", "--since", "yesterday"]);
        assert_eq!(bad.code, Some(2), "{}", bad.transcript());
    }
}
