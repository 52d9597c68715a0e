//! Runs and events.

use chrono::{DateTime, Duration, Utc};
use seedtest_store::{
    EventCounts, EventFate, EventLease, NewEvent, RunEnd, RunFilter, RunKind, RunStart, RunStatus,
};
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::backends::on_both;

fn noon() -> DateTime<Utc> {
    "2025-03-03T12:00:00.123456Z".parse().unwrap()
}

fn start(run_id: &str, minutes: i64) -> RunStart {
    RunStart {
        run_id: run_id.into(),
        kind: RunKind::Job,
        name: "mirt-calibrate".into(),
        actor: "command line".into(),
        program_version: "0.1.0".into(),
        spec: json!({"settings": {"model": "3PL"}}),
        seed: Some(7),
        started_at: noon() + Duration::minutes(minutes),
    }
}

fn end(status: RunStatus) -> RunEnd {
    RunEnd {
        status,
        input_digest: Some("ab".into()),
        result_digest: None,
        verdict: Some(json!({"status": "converged"})),
        rows_written: Some(3),
        seconds: 1.5,
        error: None,
        finished_at: noon() + Duration::minutes(9),
    }
}

#[tokio::test]
async fn a_run_is_read_back_as_it_was_written() {
    on_both(async |database| {
        let store = &database.store;
        store.open_run(&start("a", 0), None).await.unwrap();
        let open = store.run("a").await.unwrap().unwrap();
        assert_eq!((open.status, &open.end), (RunStatus::Running, &None));
        assert_eq!(open.start, start("a", 0));

        store.close_run("a", &end(RunStatus::Done), None).await.unwrap();
        let closed = store.run("a").await.unwrap().unwrap();
        assert_eq!(closed.end, Some(end(RunStatus::Done)));
        assert_eq!(store.run("b").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn results_and_ledger_commit_together() {
    on_both(async |database| {
        let store = &database.store;
        for run in ["lost", "kept"] {
            store.open_run(&start(run, 0), None).await.unwrap();
        }
        drop(store.for_run("lost").begin().await.unwrap());
        store.for_run("kept").begin().await.unwrap().commit().await.unwrap();
        let status = async |run| store.run(run).await.unwrap().unwrap().status;
        assert_eq!(status("lost").await, RunStatus::Running);
        assert_eq!(status("kept").await, RunStatus::Written);
    })
    .await;
}

#[tokio::test]
async fn the_newest_runs_come_first() {
    on_both(async |database| {
        let store = &database.store;
        for (run, minutes) in [("a", 1), ("b", 3), ("c", 2)] {
            store.open_run(&start(run, minutes), None).await.unwrap();
        }
        let ids = async |filter| {
            let runs = store.runs(filter).await.unwrap();
            runs.into_iter().map(|run| run.start.run_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(RunFilter { name: None, actor: None, limit: 2 }).await, ["b", "c"]);
        let calibrations = RunFilter { name: Some("mirt-calibrate"), actor: None, limit: 9 };
        assert_eq!(ids(calibrations).await, ["b", "c", "a"]);
        assert!(ids(RunFilter { name: Some("other"), actor: None, limit: 9 }).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_newest_kept_model_of_a_name_is_found() {
    on_both(async |database| {
        let store = &database.store;
        for (run, minutes) in [("a", 1), ("b", 3), ("c", 2), ("d", 4)] {
            store.open_run(&start(run, minutes), None).await.unwrap();
        }
        let kept = async |name, run| store.kept_model(name, run).await.unwrap();
        assert_eq!(kept("mirt-calibrate", None).await, None);
        for run in ["a", "c"] {
            let model = to_raw_value(&json!({"run": run})).unwrap();
            store.close_run(run, &end(RunStatus::Done), Some(&model)).await.unwrap();
        }
        // A later one that did not converge is found by its name only.
        let verdict = Some(json!({"status": "truncated", "reason": "few draws"}));
        let cut = RunEnd { verdict, ..end(RunStatus::Done) };
        let model = to_raw_value(&json!({"run": "d"})).unwrap();
        store.close_run("d", &cut, Some(&model)).await.unwrap();
        assert_eq!(kept("mirt-calibrate", Some("d")).await.unwrap().1, json!({"run": "d"}));
        let (at, model) = kept("mirt-calibrate", None).await.unwrap();
        assert_eq!((at, model), (noon() + Duration::minutes(2), json!({"run": "c"})));
        assert_eq!(kept("mirt-calibrate", Some("a")).await.unwrap().1, json!({"run": "a"}));
        assert_eq!(kept("mirt-calibrate", Some("b")).await, None);
        assert_eq!(kept("other", Some("a")).await, None);
    })
    .await;
}

fn event(event_id: &str, seconds: i64) -> NewEvent {
    NewEvent {
        event_id: event_id.into(),
        kind: "session_finished".into(),
        payload: json!({"user_id": "u1"}),
        due_at: noon() + Duration::seconds(seconds),
    }
}

fn lease(worker: &str, seconds: i64) -> EventLease<'_> {
    let now = noon() + Duration::seconds(seconds);
    EventLease { worker, now, until: now + Duration::seconds(60) }
}

#[tokio::test]
async fn an_event_is_held_by_one_worker_until_its_lease_ends() {
    on_both(async |database| {
        let store = &database.store;
        assert!(store.put_event(&event("e1", 0)).await.unwrap());
        assert!(!store.put_event(&event("e1", 5)).await.unwrap());
        let taken = store.take_event(lease("first", 1)).await.unwrap().unwrap();
        assert_eq!((taken.event_id.as_str(), taken.attempts), ("e1", 1));
        assert_eq!(taken.payload, json!({"user_id": "u1"}));
        assert_eq!(store.take_event(lease("second", 30)).await.unwrap(), None);

        let again = store.take_event(lease("second", 62)).await.unwrap().unwrap();
        assert_eq!(again.attempts, 2);
        let late = store.settle_event("e1", "first", EventFate::Done, noon()).await.unwrap();
        assert!(!late, "the lease had passed to the second worker");
        assert!(store.settle_event("e1", "second", EventFate::Done, noon()).await.unwrap());
        let counts = store.event_counts().await.unwrap();
        assert_eq!(counts, EventCounts { waiting: 0, done: 1, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn a_failed_event_waits_and_is_given_up_at_last() {
    on_both(async |database| {
        let store = &database.store;
        store.put_event(&event("e1", 0)).await.unwrap();
        store.take_event(lease("w", 1)).await.unwrap().unwrap();
        let due_at = noon() + Duration::seconds(100);
        let retry = EventFate::Retry { error: "busy", due_at };
        store.settle_event("e1", "w", retry, noon()).await.unwrap();
        assert_eq!(store.take_event(lease("w", 99)).await.unwrap(), None);
        store.take_event(lease("w", 100)).await.unwrap().unwrap();
        store.settle_event("e1", "w", EventFate::Dead { error: "gone" }, noon()).await.unwrap();
        assert_eq!(store.take_event(lease("w", 9_999)).await.unwrap(), None);
        assert_eq!(store.event_counts().await.unwrap().dead, 1);
    })
    .await;
}

#[tokio::test]
async fn workers_at_once_share_the_events() {
    on_both(async |database| {
        let store = &database.store;
        for n in 0..40 {
            store.put_event(&event(&format!("e{n}"), n)).await.unwrap();
        }
        let drain = |worker: &'static str| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                let mut misses = 0;
                // A worker that lost a race finds nothing once although events are left.
                while misses < 50 {
                    match store.take_event(lease(worker, 50)).await.unwrap() {
                        Some(event) => ids.push(event.event_id),
                        None => misses += 1,
                    }
                }
                ids
            })
        };
        let (one, two) = tokio::join!(drain("one"), drain("two"));
        let mut all = one.unwrap();
        all.extend(two.unwrap());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 40);
    })
    .await;
}
