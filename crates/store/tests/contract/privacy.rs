//! Everything that is held of one student: read, and erased without a trace.

use seedtest_store::{Store, StudentErased, table_references};
use serde_json::json;

use crate::backends::{Database, on_both};

/// Rows of amy and ben in tables of each kind, and documents that name them.
const ROWS: &str = "
INSERT INTO exam_results (id, session_id, user_id, status, result_json) VALUES
  ('00000000-0000-0000-0000-000000000001', 'x', 'amy', 'ready', '{}'),
  ('00000000-0000-0000-0000-000000000002', 'y', 'ben', 'ready', '{}');
INSERT INTO session (id, user_id) VALUES ('s1', 'amy'), ('s2', 'ben'), ('s3', 'amy');
INSERT INTO interest_goal (user_id, topic_id) VALUES ('amy', 't1'), ('ben', 't1');
INSERT INTO weekly_kpi (user_id, week_start, kpis) VALUES
  ('amy', '2025-03-10', '{\"P\": 0.5}'), ('ben', '2025-03-10', '{\"P\": 0.6}');
INSERT INTO mirt_ability (user_id, theta, version, fitted_at) VALUES
  ('amy', 0.1, 'v1', '2025-03-10T00:00:00Z'), ('ben', 0.2, 'v1', '2025-03-10T00:00:00Z');
INSERT INTO prophet_fit_meta (run_id, metric, user_id, fitted_at) VALUES
  ('p1', 'I_t', 'amy', '2025-03-10T00:00:00Z'), ('p2', 'I_t', 'ben', '2025-03-10T00:00:00Z');
INSERT INTO prophet_anomalies (run_id, week_start, metric) VALUES
  ('p1', '2025-03-10', 'I_t'), ('p2', '2025-03-10', 'I_t');
INSERT INTO growth_glmm_meta (run_id, model_spec, random_effects_summary) VALUES
  ('g1', '{}', '{\"student\": {\"amy\": 0.3, \"ben\": -0.3}}');
INSERT INTO seedtest_outbox (event_id, kind, payload, due_at, last_error) VALUES
  ('e1', 'session_finished', '{\"user_id\": \"amy\", \"at\": \"2025-03-10T00:00:00Z\"}', '2025-03-10T00:00:00Z', NULL),
  ('e2', 'session_finished', '{\"user_id\": \"ben\", \"at\": \"2025-03-10T00:00:00Z\"}', '2025-03-10T00:00:00Z', 'not amy');
INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, spec, started_at, error) VALUES
  ('r1', 'job', 'update-theta', 'user amy', 'failed', '1', '{\"settings\": {\"user\": \"amy\"}}', '2025-03-10T00:00:00Z', 'amy has no answers'),
  ('r2', 'fit', 'lmm', 'user ben', 'done', '1', '{}', '2025-03-10T00:00:00Z', NULL);
INSERT INTO seedtest_run_requests (run_id, request) VALUES
  ('r1', '{\"rows\": [{\"student\": \"\\u0061my\", \"y\": 1}, {\"student\": \"ben\", \"y\": 0}]}'),
  ('r2', '{\"rows\": [{\"student\": \"ben\", \"y\": 0}]}');
INSERT INTO seedtest_run_results (run_id, finished_at, bytes, result) VALUES
  ('r2', '2025-03-10T00:00:00Z', 44, '{\"student\": {\"amy\": 0.3, \"ben\": -0.3}}');
INSERT INTO seedtest_run_models (run_id, name, started_at, model) VALUES
  ('r2', 'lmm', '2025-03-10T00:00:00Z', '{\"random\": [{\"group\": \"student\", \"levels\": [\"amy\", \"ben\"], \"modes\": [0.1, 0.2]}]}');
";

async fn filled(database: &Database) -> &Store {
    database.execute(ROWS).await;
    &database.store
}

async fn erase(store: &Store, user_id: &str) -> StudentErased {
    let mut tx = store.begin().await.unwrap();
    let erased = tx.erase_student(user_id, "erased-1").await.unwrap();
    tx.commit().await.unwrap();
    erased
}

#[tokio::test]
async fn everything_is_found() {
    on_both(async |database| {
        let store = filled(&database).await;
        let data = store.student_data("amy").await.unwrap();
        let rows: Vec<(&str, usize)> =
            data.rows.iter().map(|(table, rows)| (table.as_str(), rows.len())).collect();
        assert_eq!(
            rows,
            [
                ("exam_results", 1),
                ("interest_goal", 1),
                ("mirt_ability", 1),
                ("prophet_anomalies", 1),
                ("prophet_fit_meta", 1),
                ("seedtest_outbox", 1),
                ("session", 2),
                ("weekly_kpi", 1),
            ]
        );
        assert_eq!(data.rows["weekly_kpi"][0]["kpis"], json!({"P": 0.5}));
        let places: Vec<&str> = data.mentions.iter().map(|m| m.place.as_str()).collect();
        for place in [
            "growth_glmm_meta.random_effects_summary",
            "seedtest_run_requests.request",
            "seedtest_run_results.result",
            "seedtest_run_models.model",
            "seedtest_runs.spec",
            "seedtest_runs.actor",
            "seedtest_runs.error",
            "seedtest_outbox.last_error",
        ] {
            assert!(places.contains(&place), "{place} is not among {places:?}");
        }
        let said: Vec<String> =
            data.mentions.iter().flat_map(|m| m.parts.iter().map(ToString::to_string)).collect();
        assert!(said.iter().all(|part| part.contains("amy") && !part.contains("ben")), "{said:?}");
        let nobody = store.student_data("zoe").await.unwrap();
        assert!(nobody.rows.is_empty() && nobody.mentions.is_empty(), "{nobody:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_is_gone_and_the_others_stay() {
    on_both(async |database| {
        let store = filled(&database).await;
        let before = store.student_data("ben").await.unwrap();
        let erased = erase(store, "amy").await;
        assert_eq!((erased.rows["session"], erased.rows["prophet_anomalies"]), (2, 1));
        assert_eq!(erased.documents["seedtest_run_requests.request"], 1);
        let left = store.student_data("amy").await.unwrap();
        assert!(left.rows.is_empty() && left.mentions.is_empty(), "{left:?}");
        // No column of any table holds the id in any spelling.
        for table in table_references() {
            for column in table.columns {
                let sql = format!(
                    "SELECT CAST({0} AS TEXT) FROM {1} WHERE CAST({0} AS TEXT) LIKE '%amy%' \
                     OR CAST({0} AS TEXT) LIKE '%0061my%'",
                    column.name, table.name
                );
                if table.only.is_none_or(|only| only == store.backend()) {
                    let found = database.rows(&sql).await;
                    assert!(found.is_empty(), "{}.{}: {found:?}", table.name, column.name);
                }
            }
        }
        let rest = store.student_data("ben").await.unwrap();
        assert_eq!(rest.rows, {
            let mut rows = before.rows.clone();
            rows.get_mut("seedtest_outbox").unwrap()[0]["last_error"] = json!("not erased-1");
            rows
        });
        let model = database.text("SELECT CAST(model AS TEXT) FROM seedtest_run_models").await;
        assert!(model.contains("erased-1") && model.contains("ben"), "{model}");
        assert!(erase(store, "amy").await.is_empty(), "twice is like once");
        store.forget_deleted().await.unwrap();
    })
    .await;
}

/// What names the old id after a merge: the correction itself, its line in the ledger, fits of before, events and
/// statements.
const OF_THE_OLD_ID: &str = "
INSERT INTO growth_brms_meta (run_id, formula, predictions) VALUES
  ('b1', 'score ~ week', '{\"amy\": {\"mean\": 0.1}, \"zoe\": {\"mean\": 0.2}, \"ben\": {\"mean\": 0.3}}');
INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, spec, verdict, started_at, error) VALUES
  ('m1', 'job', 'student-merge', 'command line', 'done', '1', '{\"old\": \"amy\", \"new\": \"zoe\"}',
   '{\"told\": \"amy is zoe from now on: 1 answers moved\"}', '2025-03-10T00:00:00Z', NULL),
  ('m2', 'job', 'answer-correct', 'command line', 'failed', '1', '{\"student\": \"amy\"}', NULL,
   '2025-03-10T00:00:00Z', 'no imported answer of student \"amy\" to item \"q1\"');
INSERT INTO seedtest_statements (statement_id, user_id, item_id, completed_at, digest, received_at) VALUES
  ('u1', 'amy', 'q1', '2025-03-10T00:00:00Z', 'd', '2025-03-10T00:00:00Z');
";

/// A database in which amy was merged into zoe.
async fn merged(database: &Database) -> &Store {
    let store = filled(database).await;
    let correction =
        seedtest_store::Correction { at: "2025-03-11T00:00:00Z".parse().unwrap(), actor: "me" };
    let mut tx = store.begin().await.unwrap();
    tx.write_attempts(&[crate::attempts::attempt("amy", "q1", 1)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.merge_students("amy", "zoe", correction).await.unwrap();
    tx.commit().await.unwrap();
    database.execute(OF_THE_OLD_ID).await;
    store
}

/// Every column of any table in which one of the ids stands.
async fn naming(database: &Database, ids: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for table in table_references() {
        if table.only.is_some_and(|only| only != database.store.backend()) {
            continue;
        }
        for column in table.columns {
            let like = ids.iter().map(|id| format!("CAST({} AS TEXT) LIKE '%{id}%'", column.name));
            let sql = format!(
                "SELECT CAST({} AS TEXT) FROM {} WHERE {}",
                column.name,
                table.name,
                like.collect::<Vec<_>>().join(" OR ")
            );
            let rows = database.rows(&sql).await;
            found.extend(rows.iter().map(|row| format!("{}.{}: {row:?}", table.name, column.name)));
        }
    }
    found
}

#[tokio::test]
async fn a_merged_student_is_read_and_erased_under_both_ids_by_either() {
    Box::pin(on_both(async |database| {
        for asked in ["zoe", "amy"] {
            let database = crate::backends::migrated(database.store.backend()).await;
            let store = merged(&database).await;
            let ids = store.student_ids(asked).await.unwrap();
            assert_eq!((&*ids.user_id, &*ids.aliases), ("zoe", &["amy".to_owned()][..]));
            let data = store.student_data(asked).await.unwrap();
            assert_eq!(data.rows["attempt_log"].len(), 1, "{:?}", data.rows);
            let said = serde_json::to_string(
                &data.mentions.iter().map(|of| &of.parts).collect::<Vec<_>>(),
            );
            let said = said.unwrap();
            assert!(said.contains("\"amy\"") && said.contains("\"zoe\""), "{said}");
            assert!(!naming(&database, &["amy", "zoe"]).await.is_empty());
            erase(store, asked).await;
            assert_eq!(naming(&database, &["amy", "zoe", "0061my"]).await, [""; 0]);
            assert!(erase(store, "zoe").await.is_empty() && erase(store, "amy").await.is_empty());
            let predictions = "SELECT CAST(predictions AS TEXT) FROM growth_brms_meta";
            assert!(database.text(predictions).await.contains("ben"));
        }
    }))
    .await;
}

#[tokio::test]
async fn an_erasure_that_is_undone_erases_nothing() {
    on_both(async |database| {
        let store = filled(&database).await;
        let before = store.student_data("amy").await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.erase_student("amy", "x").await.unwrap().is_empty());
        tx.rollback().await.unwrap();
        assert_eq!(store.student_data("amy").await.unwrap(), before);
    })
    .await;
}

/// Ids, and requests that name them in every way a sender may write them: as a value, as a key, with digits of
/// either case, as two halves, after a backslash, and in what turns out to be no JSON.
const SPELLINGS: [(&str, &str); 9] = [
    ("amy", r#"{"rows": [{"student": "\u0061\u006Dy", "y": 1}]}"#),
    ("amy", r#"{"p": {"\u0061my": 0.5, "ben": 0.1}}"#),
    ("amy", r#"{"rows": [["\u0061\u006d\u0079", 1], ["ben", 0]]}"#),
    ("김하나", r#"{"rows": [{"user_id": "\uae40\uD558나"}]}"#),
    ("a/b", r#"{"rows": [{"user_id": "a\/b"}]}"#),
    ("😀1", r#"{"rows": [{"user_id": "\ud83d\ude001"}]}"#),
    ("say \"hi\"", r#"{"rows": [{"user_id": "say \u0022hi\""}]}"#),
    ("amy", r#"{"rows": [{"student": "\u0061my", "y": NaN}]}"#),
    ("a/b", r#"[{"student": "\u0061\/b"},"#),
];

#[tokio::test]
async fn an_id_in_any_spelling_of_a_stored_request_is_found_and_erased() {
    on_both(async |database| {
        let store = &database.store;
        for (run, (user_id, request)) in SPELLINGS.iter().enumerate() {
            let run = format!("r{run}");
            let sql = format!(
                "INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, spec, \
                 started_at) VALUES ('{run}', 'fit', 'lmm', 'a', 'done', '1', '{{}}', \
                 '2025-03-10T00:00:00Z'); \
                 INSERT INTO seedtest_run_requests (run_id, request) VALUES ('{run}', '{request}')"
            );
            database.execute(&sql).await;
            let found = store.student_data(user_id).await.unwrap();
            let of_run: Vec<_> = found.mentions.iter().filter(|m| m.key == run).collect();
            assert_eq!(of_run.len(), 1, "{user_id} in {request}: {found:?}");
            assert_eq!(of_run[0].place, "seedtest_run_requests.request");
            let parts = serde_json::to_string(&of_run[0].parts).unwrap();
            assert!(!parts.contains("ben"), "{parts}");
            let erased = erase(store, user_id).await;
            assert_eq!(erased.documents["seedtest_run_requests.request"], 1, "{request}");
            assert!(erase(store, user_id).await.is_empty(), "{request}");
            let kept = format!("SELECT request FROM seedtest_run_requests WHERE run_id = '{run}'");
            let kept = database.text(&kept).await;
            assert_eq!(kept.contains("ben"), request.contains("ben"), "{kept}");
            let read = seedtest_store::names_student(&kept.replace("\\u0061", "a"), user_id);
            assert!(!read, "{kept}");
        }
    })
    .await;
}
