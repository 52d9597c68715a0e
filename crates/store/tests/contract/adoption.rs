//! A platform's own database is taken as it is, or refused with everything that does not fit.

use chrono::DateTime;
use seedtest_store::{Backend, Calibration, Error, ItemParams, LogFilter, UserAbility};
use serde_json::json;

use crate::backends::{Database, TextRow, empty, texts};

/// Tables as earlier releases of the platform made them (docs/contract/schema.md S1–S12, S20): some
/// columns of today are missing, keys keep one row per student, one table uses other names.
pub(crate) const PLATFORM: &str = "
CREATE TABLE question (id integer PRIMARY KEY, content text NOT NULL, difficulty numeric(6,3),
  topic_id varchar(64), meta jsonb NOT NULL DEFAULT '{}', created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now());
CREATE TABLE exam_results (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id varchar(128) UNIQUE NOT NULL, user_id text, org_id integer, exam_id integer,
  status text NOT NULL DEFAULT 'ready', result_json jsonb NOT NULL, percentile integer,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE interest_goal (user_id text, topic_id text, target_level numeric(6,3),
  priority smallint DEFAULT 0, created_at timestamptz DEFAULT now(), PRIMARY KEY (user_id, topic_id));
CREATE TABLE session (id text PRIMARY KEY, user_id text, extra integer NOT NULL);
CREATE VIEW attempt AS SELECT 1::bigint AS id, md5('u')::uuid AS student_id, 2::bigint AS item_id,
  true AS correct, 0 AS response_time_ms, false AS hint_used, now() AS completed_at,
  now() AS started_at, 1 AS attempt_no, 's'::text AS session_id, NULL::text AS topic_id
  WHERE false;
CREATE TABLE mirt_ability (user_id text, theta double precision NOT NULL, se double precision,
  model text, version text NOT NULL DEFAULT 'v1', fitted_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT legacy_key PRIMARY KEY (user_id, version));
CREATE TABLE mirt_item_params (item_id text PRIMARY KEY, model text, params jsonb,
  version text, fitted_at timestamptz);
CREATE TABLE student_topic_theta (user_id text, topic_id text, theta numeric(6,3),
  standard_error numeric(6,3), updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, topic_id));
CREATE TABLE weekly_kpi (user_id text, week_start date, kpis jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
  PRIMARY KEY (user_id, week_start));
CREATE TABLE report_artifacts (id bigserial PRIMARY KEY, user_id text NOT NULL,
  week_start date NOT NULL, format text NOT NULL DEFAULT 'html', url text NOT NULL,
  generated_at timestamptz NOT NULL DEFAULT now(), UNIQUE (user_id, week_start, format));
INSERT INTO question (id, content) VALUES (1, 'What?');
INSERT INTO exam_results (session_id, user_id, result_json) VALUES
  ('s', 'user-123', '{\"questions\": [{\"question_id\": 7, \"is_correct\": true}]}');
INSERT INTO mirt_ability (user_id, theta, fitted_at) VALUES ('u', 0.5, '2024-01-01T00:00:00Z');
INSERT INTO mirt_item_params VALUES ('q', '2PL', '{\"b\": 1}', 'v1', '2024-01-01T00:00:00Z');
INSERT INTO student_topic_theta VALUES ('u', 't', 0.75, 0.25, '2024-01-02T00:00:00Z');
INSERT INTO weekly_kpi (user_id, week_start, kpis) VALUES ('u', '2024-01-01', '{\"P\": 0.5}');";

/// Columns, types and definitions of tables and views the platform owns.
const PLATFORM_SCHEMA: &str = "
SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, column_default::text
FROM information_schema.columns
WHERE table_name IN ('question', 'exam_results', 'interest_goal', 'session', 'attempt')
  AND table_schema = 'public'
UNION ALL
SELECT viewname::text, definition::text, NULL, NULL, NULL FROM pg_views
WHERE viewname = 'attempt' AND schemaname = 'public'
UNION ALL
SELECT tablename::text, indexname::text, indexdef::text, NULL, NULL FROM pg_indexes
WHERE tablename IN ('question', 'exam_results', 'interest_goal', 'session')
ORDER BY 1, 2";

async fn platform() -> Database {
    let database = empty(Backend::Postgres).await;
    database.execute(PLATFORM).await;
    database
}

#[tokio::test]
async fn a_platform_database_is_adopted_unchanged() {
    let database = platform().await;
    let before = database.rows(PLATFORM_SCHEMA).await;
    let report = database.store.migrate().await.unwrap();
    assert_eq!(database.rows(PLATFORM_SCHEMA).await, before);
    assert_eq!(report.adopted, ["question", "exam_results", "session", "interest_goal", "attempt"]);
    for added in ["mirt_ability.run_id", "student_topic_theta.se", "report_artifacts.sha256"] {
        assert!(report.added.contains(&added.to_owned()), "{added} in {:?}", report.added);
    }
    assert!(report.created.contains(&"classroom".to_owned()));
    assert_eq!(database.store.pending().await.unwrap(), []);

    let log = database.store.load_log(&LogFilter::default()).await.unwrap().log;
    assert_eq!((&*log.students()[0], &*log.items()[0]), ("user-123", "7"));
    let goals = "SELECT COUNT(target_score)::text FROM interest_goal_report";
    assert_eq!(database.text(goals).await, "0");
}

#[tokio::test]
async fn rows_of_adopted_tables_stay_and_gain_a_history() {
    let database = platform().await;
    database.store.migrate().await.unwrap();
    let run = Calibration {
        run_id: "r".into(),
        fitted_at: DateTime::from_timestamp_micros(1_710_000_000_000_000).unwrap(),
        model: "2PL".into(),
        version: "v1".into(),
        items: vec![ItemParams { item_id: "q".into(), params: json!({"b": 2}) }],
        abilities: vec![UserAbility { user_id: "u".into(), theta: 1.0, se: None, n_answers: None }],
        model_spec: json!({}),
        metrics: json!({}),
    };
    let mut tx = database.store.begin().await.unwrap();
    tx.write_calibration(&run).await.unwrap();
    tx.commit().await.unwrap();
    for table in ["mirt_ability", "mirt_item_params"] {
        assert_eq!(database.text(&format!("SELECT COUNT(*)::text FROM {table}")).await, "2");
    }
    assert_eq!(database.store.latest_abilities().await.unwrap()[0].theta, 1.0);
    assert_eq!(database.store.latest_item_params().await.unwrap()[0].params, json!({"b": 2}));
    let week = "2024-01-01".parse().unwrap();
    assert_eq!(database.store.weekly_kpi(week).await.unwrap()[0].kpis["P"], json!(0.5));
}

#[tokio::test]
async fn values_under_an_old_name_are_moved_and_the_name_lives_on() {
    let database = platform().await;
    database.store.migrate().await.unwrap();
    let moved =
        "SELECT se::text, (fitted_at = '2024-01-02T00:00:00Z')::text FROM student_topic_theta";
    assert_eq!(database.rows(moved).await, [texts(["0.25", "true"])]);
    database
        .execute(
            "INSERT INTO student_topic_theta (user_id, topic_id, theta, se, fitted_at)
             VALUES ('u', 't', 1, 0.125, '2024-02-01T00:00:00Z')",
        )
        .await;
    let old_name = "SELECT standard_error::text, (updated_at = fitted_at)::text
         FROM student_topic_theta ORDER BY fitted_at DESC LIMIT 1";
    assert_eq!(database.rows(old_name).await, [texts(["0.125", "true"])]);
}

async fn everything(database: &Database) -> Vec<TextRow> {
    let sql = "SELECT table_name::text, column_name::text, data_type::text
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2";
    database.rows(sql).await
}

#[tokio::test]
async fn every_clash_is_named_and_nothing_is_changed() {
    let database = empty(Backend::Postgres).await;
    database
        .execute(
            "CREATE TABLE prophet_fit_meta (id bigserial PRIMARY KEY, run_id uuid UNIQUE NOT NULL,
               metric text, forecast jsonb NOT NULL, fitted_at timestamptz DEFAULT now());
             CREATE TABLE exam_results (id uuid PRIMARY KEY, session_id text UNIQUE NOT NULL,
               user_id uuid, org_id integer, exam_id integer, status text, result_json text,
               created_at timestamptz);
             CREATE TABLE user_segment (user_id text PRIMARY KEY, segment_label text NOT NULL,
               segment_code integer NOT NULL);
             CREATE TABLE survival_risk (id bigserial PRIMARY KEY, user_id text, risk_score real);
             CREATE TABLE drift_windows (id bigserial PRIMARY KEY);
             INSERT INTO drift_windows DEFAULT VALUES;
             CREATE VIEW segment_meta AS SELECT 1 AS run_id;
             CREATE TABLE anomalies (week date);
             CREATE VIEW attempt AS SELECT 1::bigint AS id",
        )
        .await;
    let before = everything(&database).await;
    let error = database.store.migrate().await.unwrap_err();
    assert!(error.hint().unwrap().contains("nothing was changed"));
    let message = error.to_string();
    for clash in [
        "prophet_fit_meta.run_id is uuid, needed text",
        "exam_results.user_id is uuid, needed text",
        "exam_results.result_json is text, needed jsonb",
        "exam_results.updated_at is missing, needed timestamptz",
        "user_segment.segment_code is int4 not null without a default, needed nullable or with a default",
        "survival_risk is keyed by (id), needed keyed by (user_id)",
        "drift_windows.start_at is missing, needed timestamptz",
        "segment_meta is a view, needed a table",
        "attempt.student_id is missing, needed a column of the attempt contract",
    ] {
        assert!(message.contains(clash), "{clash} in {message}");
    }
    let Error::Clashes(clashes) = error else { panic!("{message}") };
    let user = clashes.iter().find(|c| c.column.as_deref() == Some("user_id")).unwrap();
    assert_eq!((&*user.table, &*user.found, &*user.needed), ("exam_results", "uuid", "text"));
    assert_eq!(everything(&database).await, before);
    assert!(!database.store.pending().await.unwrap().is_empty());
}
