//! What of the ledger and the outbox waits for the disk on SQLite.

use chrono::DateTime;
use serde_json::json;

use super::outbox::{EventFate, EventLease, NewEvent};
use super::run::{RunEnd, RunKind, RunStart, RunStatus, RunYield};
use crate::store::Store;
use crate::target::Target;

/// `PRAGMA synchronous`: every commit waits, or only some (SQLite documentation).
const FULL: i64 = 2;
const NORMAL: i64 = 1;

fn start(run_id: &str) -> RunStart {
    RunStart {
        run_id: run_id.into(),
        kind: RunKind::Fit,
        name: "irt".into(),
        actor: "a test".into(),
        program_version: "0".into(),
        spec: json!({}),
        seed: None,
        started_at: DateTime::UNIX_EPOCH,
    }
}

fn end(status: RunStatus) -> RunEnd {
    RunEnd {
        status,
        input_digest: None,
        result_digest: None,
        verdict: None,
        rows_written: None,
        seconds: 0.0,
        error: None,
        finished_at: DateTime::UNIX_EPOCH,
    }
}

async fn opened(dir: &tempfile::TempDir) -> Store {
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    store.migrate().await.unwrap();
    // The line of this process, which the first run brings.
    store.open_run(&start("first"), None).await.unwrap();
    store.take_levels();
    store
}

#[tokio::test]
async fn what_was_accepted_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened(&dir).await;
    let now = DateTime::UNIX_EPOCH;
    let full = |what: &str| assert_eq!(store.take_levels(), [FULL], "{what}");
    // A relaxed line before each: what it leaves behind does not count for the next.
    let relaxed = async |run: &str| {
        store.open_awaited_run(&start(run), Some("{}")).await.unwrap();
        assert_eq!(store.take_levels(), [NORMAL], "{run}");
    };
    relaxed("r1").await;
    let event = NewEvent {
        event_id: "e".into(),
        kind: "session_finished".into(),
        payload: json!({"user_id": "amy"}),
        due_at: now,
    };
    assert!(store.put_event(&event).await.unwrap());
    full("an event");
    let lease = EventLease { worker: "w", now, until: now };
    assert!(store.take_event(lease).await.unwrap().is_some());
    full("an event that is taken");
    assert!(store.settle_event("e", "w", EventFate::Done, now).await.unwrap());
    full("an event that is dealt with");
    relaxed("r2").await;
    store.queue_run(&start("q1"), Some("{}")).await.unwrap();
    full("an accepted run");
    assert!(store.begin_queued_run(&start("q1")).await.unwrap());
    full("a run that begins");
    relaxed("r3").await;
    store.close_run("q1", &end(RunStatus::Done), RunYield::default()).await.unwrap();
    full("a run that ends");
    store.queue_run(&start("q2"), None).await.unwrap();
    full("another accepted run");
    assert!(store.cancel_queued_run("q2", now).await.unwrap());
    full("a run that is cancelled");
    store.fail_run("r1", "it broke off", now).await.unwrap();
    full("a run that fails");
}

#[tokio::test]
async fn of_a_fit_that_was_waited_for_the_line_does_not_wait() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened(&dir).await;
    store.open_awaited_run(&start("fit"), Some("{}")).await.unwrap();
    store.close_awaited_run("fit", &end(RunStatus::Done), RunYield::default()).await.unwrap();
    assert_eq!(store.take_levels(), [NORMAL, NORMAL]);
    // Results of jobs do, on the same connection.
    let mut tx = store.begin().await.unwrap();
    tx.revoke_tokens("nobody", DateTime::UNIX_EPOCH).await.unwrap();
    tx.write_content_names(&[crate::ContentName {
        kind: crate::ContentKind::Item,
        id: "q".into(),
        lang: "en".into(),
        name: "a question".into(),
    }])
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.take_levels(), [FULL]);
}
