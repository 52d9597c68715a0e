//! Migrating new and older databases.

use seedtest_store::{Backend, Error, MigrationReport, RunFilter, RunStatus, Store};

use crate::backends::{BACKENDS, empty, migrated};

/// The last migration of this binary.
const NEWEST: i64 = 20;

#[tokio::test]
async fn a_database_of_an_older_binary_gains_what_came_since() {
    for backend in BACKENDS {
        let database = migrated(backend).await;
        database
            .execute(
                "DROP TABLE seedtest_runs; DROP TABLE seedtest_run_requests;
                 DROP TABLE seedtest_run_models; DROP TABLE seedtest_outbox;
                 DROP TABLE seedtest_settings; DROP TABLE mirt_anchor;
                 DROP TABLE seedtest_run_results; DROP TABLE seedtest_schedule;
                 DROP TABLE seedtest_tokens; DROP TABLE roster_school; DROP TABLE roster_class;
                 DROP TABLE roster_student; DROP TABLE roster_enrolment; DROP TABLE content_name;
                 DROP TABLE monthly_report_artifacts; DROP TABLE report_recipients;
                 DROP TABLE report_mails;
                 DELETE FROM seedtest_migrations WHERE version > 1;
                 INSERT INTO mirt_fit_meta (run_id, fitted_at)
                 VALUES ('old', '2024-01-01T00:00:00.000000Z')",
            )
            .await;
        let report = database.store.migrate().await.unwrap();
        assert_eq!(
            report.applied.iter().map(|m| m.version).collect::<Vec<_>>(),
            (2..=NEWEST).collect::<Vec<_>>(),
            "{backend}"
        );
        let created = [
            "mirt_anchor",
            "seedtest_runs",
            "seedtest_run_requests",
            "seedtest_run_results",
            "seedtest_run_models",
            "seedtest_outbox",
            "seedtest_settings",
            "seedtest_schedule",
            "seedtest_tokens",
            "roster_school",
            "roster_class",
            "roster_student",
            "roster_enrolment",
            "content_name",
            "monthly_report_artifacts",
            "report_recipients",
            "report_mails",
        ];
        assert_eq!(report.created, created, "{backend}");
        assert_eq!(database.text("SELECT run_id FROM mirt_fit_meta").await, "old", "{backend}");
        assert!(
            database
                .store
                .runs(RunFilter { name: None, actor: None, limit: 1 })
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn the_lines_of_an_older_ledger_stay_and_new_words_are_let_in() {
    for backend in BACKENDS {
        let database = migrated(backend).await;
        let time = if backend == Backend::Sqlite { "TEXT" } else { "TIMESTAMPTZ" };
        let json = if backend == Backend::Sqlite { "TEXT" } else { "JSONB" };
        let strict = if backend == Backend::Sqlite { "STRICT" } else { "" };
        let old = format!(
            "DROP TABLE seedtest_runs; DROP TABLE seedtest_run_results;
             CREATE TABLE seedtest_runs (run_id TEXT NOT NULL, kind TEXT NOT NULL,
               name TEXT NOT NULL, actor TEXT NOT NULL, status TEXT NOT NULL
                 CHECK (status IN ('running', 'written', 'done', 'noop', 'failed', 'cancelled')),
               program_version TEXT NOT NULL, spec {json} NOT NULL DEFAULT '{{}}', seed {int},
               input_digest TEXT, result_digest TEXT, verdict {json}, rows_written {int},
               seconds {double}, error TEXT, started_at {time} NOT NULL, finished_at {time},
               PRIMARY KEY (run_id)) {strict};
             INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version,
               started_at) VALUES ('old', 'fit', 'irt', 'me', 'running', '0.1.0',
               '2024-01-01T00:00:00.000000Z');
             DELETE FROM seedtest_migrations WHERE version >= 8",
            int = if backend == Backend::Sqlite { "INT" } else { "BIGINT" },
            double = if backend == Backend::Sqlite { "REAL" } else { "DOUBLE PRECISION" },
        );
        database.execute(&old).await;
        database.store.migrate().await.unwrap();
        let now = "2024-01-02T00:00:00Z".parse().unwrap();
        database.store.close_lost_runs(now).await.unwrap();
        let run = database.store.run("old").await.unwrap().unwrap();
        assert_eq!(run.status, RunStatus::Interrupted, "{backend}");
        let bad = "UPDATE seedtest_runs SET status = 'lost'";
        assert!(database.try_execute(bad).await.is_err(), "{backend}");
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for backend in BACKENDS {
        let database = empty(backend).await;
        let pending = database.store.pending().await.unwrap();
        let versions = pending.iter().map(|m| m.version).collect::<Vec<_>>();
        assert_eq!(versions, (1..=NEWEST).collect::<Vec<_>>(), "{backend}");
        let first = database.store.migrate().await.unwrap();
        assert_eq!(first.applied, pending);
        assert!(first.created.contains(&"attempt".to_owned()), "{backend}");
        assert_eq!((first.added, first.adopted), (vec![], vec![]));
        assert_eq!(database.store.pending().await.unwrap(), []);
        assert_eq!(database.store.migrate().await.unwrap(), MigrationReport::default());
    }
}

#[tokio::test]
async fn every_table_of_the_schema_is_there() {
    // Headings S1–S21 of the schema specification, without the two tables only a platform makes.
    let specified = [
        "question",
        "exam_results",
        "session",
        "classroom",
        "interest_goal",
        "features_topic_daily",
        "mirt_ability",
        "mirt_item_params",
        "mirt_fit_meta",
        "student_topic_theta",
        "weekly_kpi",
        "growth_glmm_meta",
        "growth_brms_meta",
        "prophet_fit_meta",
        "prophet_anomalies",
        "survival_fit_meta",
        "survival_risk",
        "survival_risk_history",
        "user_segment",
        "segment_meta",
        "segment_label_meta",
        "report_artifacts",
        "drift_windows",
        "item_calibration",
        "drift_alerts",
    ];
    for backend in BACKENDS {
        let database = migrated(backend).await;
        let counts = database.store.table_counts().await.unwrap();
        for table in specified {
            assert!(counts.contains(&(table, 0)), "{backend}: {table}");
        }
        for view in [
            "attempt",
            "attempt_ext",
            "ability_estimates",
            "mirt_ability_latest",
            "mirt_item_params_latest",
            "student_topic_theta_latest",
            "anomalies",
            "report_artifact",
            "interest_goal_report",
        ] {
            let rows = format!("SELECT CAST(count(*) AS text) FROM {view}");
            assert_eq!(database.text(&rows).await, "0", "{backend}: {view}");
        }
    }
}

#[tokio::test]
async fn two_migrations_at_once_do_the_work_once() {
    for backend in BACKENDS {
        let database = empty(backend).await;
        let other = Store::open(&database.target).await.unwrap();
        let (one, two) = tokio::join!(database.store.migrate(), other.migrate());
        let mut applied = [one.unwrap().applied.len(), two.unwrap().applied.len()];
        applied.sort_unstable();
        assert_eq!(applied, [0, NEWEST as usize], "{backend}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_binary_is_refused() {
    for backend in BACKENDS {
        let database = migrated(backend).await;
        database
            .execute("INSERT INTO seedtest_migrations (version, name) VALUES (999, 'future')")
            .await;
        let opened = Store::open(&database.target).await;
        assert!(
            matches!(opened, Err(Error::NewerDatabase { found: 999, known: NEWEST })),
            "{backend}"
        );
        let error = database.store.migrate().await.unwrap_err();
        assert!(matches!(error, Error::NewerDatabase { .. }), "{backend}");
        assert!(error.hint().unwrap().contains("newest seedtest"));
    }
}

#[tokio::test]
async fn checks_and_aliases_hold_on_both() {
    for backend in BACKENDS {
        let database = migrated(backend).await;
        database
            .execute(
                "INSERT INTO student_topic_theta (user_id, topic_id, theta, se, fitted_at)
                 VALUES ('u', 't', 0.5, 0.25, '2024-01-01T00:00:00.000000Z')",
            )
            .await;
        let aliases = "SELECT CAST(standard_error AS text), CAST(updated_at = fitted_at AS text)
             FROM student_topic_theta";
        let row = database.rows(aliases).await.swap_remove(0);
        assert_eq!(row[0].as_deref(), Some("0.25"), "{backend}");
        assert!(matches!(row[1].as_deref(), Some("1" | "true")), "{backend}");

        let refused = [
            "INSERT INTO weekly_kpi (user_id, week_start) VALUES ('u', '2024-01-02')",
            "INSERT INTO survival_risk (user_id, risk_score) VALUES ('u', 1.5)",
            "INSERT INTO report_artifacts (user_id, week_start, format, url)
             VALUES ('u', '2024-01-01', 'docx', 'x')",
        ];
        for sql in refused {
            assert!(database.try_execute(sql).await.is_err(), "{backend}: {sql}");
        }
    }
}

#[tokio::test]
async fn a_statement_before_the_migration_says_so() {
    for backend in BACKENDS {
        let database = empty(backend).await;
        let error = database.store.latest_abilities().await.unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("run `seedtest migrate` first"), "{backend}");
    }
}

#[tokio::test]
async fn the_embedded_database_is_set_up_for_readers_beside_a_writer() {
    let database = migrated(Backend::Sqlite).await;
    assert_eq!(database.text("SELECT journal_mode FROM pragma_journal_mode").await, "wal");
}
