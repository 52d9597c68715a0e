//! Who may ask: the places of students, the tokens of callers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_store::{Backend, ResultFilter, RowFilter, Store, StoredToken};

use crate::backends::{Database, empty, on_both};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_student_is_of_the_places_of_exams_sessions_and_the_roster() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO classroom (id, org_id, name) VALUES ('c1', '7', 'one'), ('c2', '8', 'two');
                 INSERT INTO session (id, user_id, org_id, classroom_id) VALUES
                   ('s1', 'amy', NULL, 'c1'), ('s2', 'amy', 1, NULL), ('s3', 'ben', 2, 'c2');
                 INSERT INTO exam_results (id, session_id, user_id, org_id, status, result_json) VALUES
                   ('00000000-0000-0000-0000-000000000001', 'x', 'amy', 3, 'ready', '{}'),
                   ('00000000-0000-0000-0000-000000000002', 'y', 'ben', NULL, 'ready', '{}')",
            )
            .await;
        let places = async |user: &str| {
            let found = database.store.student_places(user).await.unwrap();
            let list = |set: std::collections::BTreeSet<String>| {
                set.into_iter().collect::<Vec<_>>().join(" ")
            };
            (list(found.organisations), list(found.classrooms))
        };
        assert_eq!(places("amy").await, ("1 3 7".into(), "c1".into()));
        assert_eq!(places("ben").await, ("2 8".into(), "c2".into()));
        assert_eq!(places("zoe").await, (String::new(), String::new()));
        // Once there is a roster, it says who is in a class: amy has changed classes, ben has left.
        database
            .execute(
                "INSERT INTO roster_class (class_id, school_id, name) VALUES ('c2', '8', 'two');
                 INSERT INTO roster_enrolment (user_id, class_id) VALUES ('amy', 'c2'), ('zoe', 'c9')",
            )
            .await;
        assert_eq!(places("amy").await, ("1 3 7 8".into(), "c2".into()));
        assert_eq!(places("ben").await, ("2 8".into(), String::new()));
        assert_eq!(places("zoe").await, (String::new(), "c9".into()));
    })
    .await;
}

/// Students of a platform whose ids are no texts, in tables that it made anew after the first migration: `{id}` makes the
/// id of a row from its number `n`.
const OTHER_IDS: &str = "
DROP TABLE exam_results, session CASCADE;
CREATE TABLE exam_results (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id text UNIQUE NOT NULL,
  user_id {type}, org_id integer, exam_id integer, status text NOT NULL DEFAULT 'ready', result_json jsonb NOT NULL,
  percentile integer, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE session (id text PRIMARY KEY, user_id {type}, org_id integer, started_at timestamptz, ended_at timestamptz);
CREATE INDEX ON exam_results (user_id);
CREATE INDEX ON session (user_id);
INSERT INTO exam_results (session_id, user_id, org_id, result_json)
  SELECT n, {id}, n % 9, '{}' FROM generate_series(1, 9000) n;
INSERT INTO session (id, user_id, org_id, started_at) SELECT n, {id}, 10 + n % 9, now() FROM generate_series(1, 9000) n;
ANALYZE;
SELECT pg_stat_force_next_flush()";

/// How often the two tables were read from end to end, and by an index.
async fn scans(database: &Database) -> (String, String) {
    let sql = "SELECT SUM(seq_scan)::text, SUM(idx_scan)::text FROM pg_stat_user_tables \
         WHERE relname IN ('exam_results', 'session')";
    let mut row = database.rows(sql).await.swap_remove(0).into_iter().flatten();
    (row.next().unwrap(), row.next().unwrap())
}

#[tokio::test]
async fn a_student_of_another_kind_of_id_is_found_by_the_index() {
    for (type_name, made, id, nobody) in [
        ("integer", "n", "17", "amy"),
        ("bigint", "n", "17", "99999999999999999999"),
        ("uuid", "md5(n::text)::uuid", "70efdf2e-c9b0-8607-9795-c442636b55fb", "17"),
    ] {
        let database = empty(Backend::Postgres).await;
        let tables = OTHER_IDS.replace("{type}", type_name).replace("{id}", made);
        database.store.migrate().await.unwrap();
        database.execute(&tables).await;
        let before = scans(&database).await;
        let store = Store::open(&database.target).await.unwrap();
        let places = store.student_places(id).await.unwrap();
        assert!(places.organisations.iter().eq(["18", "8"]), "{type_name}: {places:?}");
        let filter = RowFilter { user_id: Some(id), limit: 9, ..RowFilter::default() };
        let sittings = store.sittings(filter).await.unwrap();
        assert_eq!(sittings.len(), 1, "{type_name}");
        assert_eq!(sittings[0].user_id.as_deref(), Some(id));
        let filter = ResultFilter { user_id: Some(id), limit: 9, ..ResultFilter::default() };
        assert_eq!(store.listed_results(filter).await.unwrap().len(), 1, "{type_name}");
        let span = (at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"));
        assert_eq!(store.student_visits(id, span.0, span.1).await.unwrap().len(), 2);
        let filter = RowFilter { user_id: Some(nobody), limit: 9, ..RowFilter::default() };
        assert!(store.sittings(filter).await.unwrap().is_empty(), "{type_name}");
        assert!(store.student_places(nobody).await.unwrap().organisations.is_empty());
        // The server counts what a connection did when it ends.
        drop(store);
        let mut after = scans(&database).await;
        for _ in 0..300 {
            if after != before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            after = scans(&database).await;
        }
        assert_ne!(after.1, before.1, "{type_name}: no index was used");
        assert_eq!(after.0, before.0, "{type_name}: a table was read from end to end");
    }
}

#[tokio::test]
async fn tokens_are_added_expire_and_are_taken_back() {
    on_both(async |database| {
        let store = &database.store;
        assert!(store.tokens().await.unwrap().is_empty());
        let now = at("2025-03-12T10:00:00Z");
        let token = |id: &str, name: &str| StoredToken {
            token_id: id.into(),
            name: name.into(),
            digest: format!("digest of {id}"),
            scopes: "read,fit".into(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        };
        let mut tx = store.begin().await.unwrap();
        for token in [token("1", "cron"), token("2", "cron"), token("3", "front")] {
            tx.add_token(&token).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(store.tokens().await.unwrap()[2], token("3", "front"));
        let later = now + TimeDelta::hours(1);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.revoke_tokens("2", now).await.unwrap(), 1);
        assert_eq!(tx.expire_tokens("cron", later).await.unwrap(), 1);
        // Nothing is prolonged.
        assert_eq!(tx.expire_tokens("cron", later + TimeDelta::hours(1)).await.unwrap(), 0);
        assert_eq!(tx.revoke_tokens("cron", later).await.unwrap(), 1);
        assert_eq!(tx.revoke_tokens("nobody", later).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let ends: Vec<_> = store
            .tokens()
            .await
            .unwrap()
            .into_iter()
            .map(|t| (t.expires_at, t.revoked_at))
            .collect();
        assert_eq!(ends, [(Some(later), Some(later)), (None, Some(now)), (None, None)]);
    })
    .await;
}
