//! In the platform's own PostgreSQL: a schema of its own, answers read where they are.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::contents::of_server;
use crate::kills::{NOW, school_log};
use crate::kpi_jobs::Place;
use crate::playground::{Playground, Run};

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

/// Tables of the platform under the names of ours, with columns of its own.
const SOMEBODYS: &str = "
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL);
CREATE TABLE question (id bigserial PRIMARY KEY, body text NOT NULL, answer_key char(1));
CREATE TYPE outcome AS ENUM ('right', 'wrong', 'skipped');
CREATE DOMAIN moment AS timestamptz;
CREATE TABLE attempt (id bigserial PRIMARY KEY, user_id int REFERENCES users(id),
  question_id bigint REFERENCES question(id), result outcome, finished_at timestamp, duration interval, meta json);
CREATE TABLE session (sid uuid PRIMARY KEY, data bytea);
CREATE TABLE exam_results (id int PRIMARY KEY, total int);
CREATE TABLE classroom (code text PRIMARY KEY);
INSERT INTO users (email) SELECT 'u' || g || '@school.kr' FROM generate_series(1, 30) g;
INSERT INTO question (body) SELECT 'Q' || g FROM generate_series(1, 10) g;
INSERT INTO attempt (user_id, question_id, result, finished_at)
  SELECT u.id, q.id, (CASE WHEN (u.id * 7 + q.id * 13) % 17 > q.id THEN 'right' ELSE 'wrong' END)::outcome,
    timestamp '2025-02-20 09:00' + q.id * interval '2 days' + u.id * interval '1 minute'
  FROM users u CROSS JOIN question q;
CREATE VIEW as_enum AS SELECT user_id, question_id AS item_id, finished_at AS completed_at, result AS correct
  FROM attempt;
CREATE VIEW as_day AS SELECT user_id, question_id AS item_id, finished_at::date AS completed_at,
  result = 'right' AS correct FROM attempt;
CREATE MATERIALIZED VIEW as_types AS SELECT u.email::varchar(40) AS student_id, question_id::numeric(10, 0) AS question_id,
  (finished_at AT TIME ZONE 'UTC')::moment AS answered_at, (result = 'right')::integer::smallint AS is_correct,
  interval '1.5 s' AS response_time_ms
  FROM attempt a JOIN users u ON u.id = a.user_id";

#[test]
fn an_import_that_nothing_reads_says_so() {
    let place = Playground::new();
    place.write("log.csv", school_log());
    let run = place.run(&["--attempt-view", "answers", "import", "log.csv"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(run.stderr.contains("--attempt-view or --query says"), "{}", run.transcript());
    let usual = place.must(&["import", "log.csv"]).stderr;
    assert!(!usual.contains("--attempt-view"), "{usual}");
}

#[test]
fn tables_of_the_platform_under_our_names_stay_as_they_are() {
    for schema in [None, Some("analytics")] {
        let (place, url) = (Playground::new(), seedtest_testkit::postgres_database().unwrap());
        let url = url.as_str();
        execute(url, SOMEBODYS);
        let before = of_server(url, "public");
        let environment = [NOW, ("DATABASE_URL", url)];
        let flags: &[&str] = if schema.is_some() { &["--schema", "analytics"] } else { &[] };
        let call = |arguments: &[&str]| place.run_with(&environment, &[flags, arguments].concat());
        if schema.is_some() {
            let hint = "run `seedtest migrate --schema analytics`";
            let pending = call(&["doctor"]);
            assert!(pending.stdout.contains(hint), "{}", pending.transcript());
        }
        let migrated = call(&["migrate"]);
        if migrated.code != Some(0) {
            // What cannot be shared is named with the way out, and nothing is changed.
            assert!(schema.is_none(), "{}", migrated.transcript());
            assert!(migrated.stderr.contains("--schema"), "{}", migrated.transcript());
            assert_eq!(of_server(url, "public"), before);
            continue;
        }
        let view = ["--attempt-view", "as_types"];
        for arguments in
            [&["doctor"][..], &["pipeline", "daily"], &["report", "--all"], &["doctor"]]
        {
            let run = call(&[&view, arguments].concat());
            assert!(matches!(run.code, Some(0 | 3)), "{}", run.transcript());
        }
        let after = of_server(url, "public");
        for (table, rows) in &before {
            assert_eq!(&after[table], rows, "{schema:?} {table}");
        }
        // The same by a query, and what no view may be.
        let query = "SELECT user_id, question_id AS item_id, finished_at AS completed_at, \
                     CASE result WHEN 'right' THEN true WHEN 'wrong' THEN false END AS correct FROM public.attempt";
        let run = call(&["--query", query, "doctor"]);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        for (view, told) in [
            ("as_enum", "none of the first 300 rows is known to be right or wrong"),
            ("as_day", "completed_at is DATE, needed a timestamp"),
            ("attempt", "it is a view of this engine; name that of the platform"),
            ("public.attempt", "it has no completed_at or answered_at"),
            ("nowhere", "relation \"nowhere\" does not exist\n"),
            ("users", "it has no user_id or student_id"),
        ] {
            let run = call(&["--attempt-view", view, "doctor"]);
            assert_eq!(run.code, Some(1), "{view}: {}", run.transcript());
            assert!(run.stdout.contains(told), "{told}: {}", run.transcript());
        }
    }
}

#[test]
fn the_questions_of_operators_are_asked_in_the_schema() {
    let [_, place] = Place::both();
    place.run(&[NOW], &["--schema", "analytics", "migrate"]);
    let sql = place.run(&[NOW], &["--schema", "analytics", "doctor", "--sql"]).stdout;
    assert!(sql.starts_with("SET search_path TO \"analytics\", public;\n"), "{sql}");
    execute(place.url().unwrap(), &sql);
    let plain = place.run(&[NOW], &["doctor", "--sql"]).stdout;
    assert!(!plain.contains("search_path"), "{plain}");
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
