//! Runs and events.

use chrono::{DateTime, Duration, Utc};
use seedtest_store::{
    EventCounts, EventFate, EventLease, LostRuns, NewEvent, Retention, RunEnd, RunFilter, RunKind,
    RunStart, RunStatus, RunYield, Store,
};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

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

fn of_model(model: &RawValue) -> RunYield<'_> {
    RunYield { model: Some(model), result: None }
}

#[tokio::test]
async fn fits_of_corrected_answers_are_stale_until_they_are_made_again() {
    on_both(async |database| {
        let store = &database.store;
        let minute = |minutes| noon() + Duration::minutes(minutes);
        let fit = async |run_id: &str, name: &str, minutes| {
            let start = RunStart { name: name.into(), ..start(run_id, minutes) };
            store.open_run(&start, None).await.unwrap();
            let end = RunEnd {
                result_digest: Some("d".into()),
                finished_at: minute(minutes + 1),
                ..end(RunStatus::Done)
            };
            store.close_run(run_id, &end, RunYield::default()).await.unwrap();
        };
        fit("early", "mirt-calibrate", 10).await;
        fit("cal", "mirt-calibrate", 30).await;
        fit("churn", "fit-survival-churn", 31).await;
        fit("other", "prune", 32).await;
        let mut tx = store.begin().await.unwrap();
        let names = ["fit-survival-churn", "mirt-calibrate"];
        let marked = tx.mark_fits_stale(&names, minute(20), "undo-1", minute(40)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(marked, names);
        let stale = async || {
            let all = store.stale_fits().await.unwrap();
            all.into_iter().map(|fit| (fit.name, fit.run_id, fit.corrected_by)).collect::<Vec<_>>()
        };
        let line = |name: &str, run: &str| (name.to_owned(), run.to_owned(), "undo-1".to_owned());
        let [churn, calibration] = [line(names[0], "churn"), line(names[1], "cal")];
        assert_eq!(stale().await, [churn.clone(), calibration]);
        // What the verdict said before is still there.
        let verdict = store.run("cal").await.unwrap().unwrap().end.unwrap().verdict.unwrap();
        assert_eq!(
            (&verdict["status"], &verdict["stale"]["by"]),
            (&json!("converged"), &json!("undo-1"))
        );
        fit("cal-2", "mirt-calibrate", 30).await;
        store.fit_made_again("mirt-calibrate", "cal-2").await.unwrap();
        assert_eq!(stale().await, [churn]);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_read_back_as_it_was_written() {
    on_both(async |database| {
        let store = &database.store;
        store.open_run(&start("a", 0), None).await.unwrap();
        let open = store.run("a").await.unwrap().unwrap();
        assert_eq!((open.status, &open.end), (RunStatus::Running, &None));
        assert_eq!(open.start, start("a", 0));

        store.close_run("a", &end(RunStatus::Done), RunYield::default()).await.unwrap();
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
        // Of one instant the one that was written last, whatever its name.
        for run in ["z", "d", "y"] {
            store.open_run(&start(run, 5), None).await.unwrap();
        }
        let latest = RunFilter { name: None, actor: None, limit: 4 };
        assert_eq!(ids(latest).await, ["y", "d", "z", "b"]);
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
        let kept = async |name, run| store.kept_model(name, run, None).await.unwrap();
        assert_eq!(kept("mirt-calibrate", None).await, None);
        for run in ["a", "c"] {
            let model = to_raw_value(&json!({"run": run})).unwrap();
            store.close_run(run, &end(RunStatus::Done), of_model(&model)).await.unwrap();
        }
        // A later one that did not converge is found by its name only.
        let verdict = Some(json!({"status": "truncated", "reason": "few draws"}));
        let cut = RunEnd { verdict, ..end(RunStatus::Done) };
        let model = to_raw_value(&json!({"run": "d"})).unwrap();
        store.close_run("d", &cut, of_model(&model)).await.unwrap();
        assert_eq!(kept("mirt-calibrate", Some("d")).await.unwrap().1, json!({"run": "d"}));
        let (at, model) = kept("mirt-calibrate", None).await.unwrap();
        assert_eq!((at, model), (noon() + Duration::minutes(2), json!({"run": "c"})));
        assert_eq!(kept("mirt-calibrate", Some("a")).await.unwrap().1, json!({"run": "a"}));
        assert_eq!(kept("mirt-calibrate", Some("b")).await, None);
        assert_eq!(kept("other", Some("a")).await, None);
        // Of one who asked for some of them.
        let own =
            async |run, actor| store.kept_model("mirt-calibrate", run, Some(actor)).await.unwrap();
        let actor = start("a", 1).actor;
        assert_eq!(own(Some("a"), actor.as_str()).await.unwrap().1, json!({"run": "a"}));
        assert_eq!(own(None, actor.as_str()).await.unwrap().1, json!({"run": "c"}));
        assert_eq!((own(Some("a"), "somebody").await, own(None, "somebody").await), (None, None));
    })
    .await;
}

fn later() -> DateTime<Utc> {
    noon() + Duration::hours(1)
}

/// Closes lost runs until the server has noticed that the connections of `gone` processes ended.
async fn bury(store: &Store, expected: LostRuns) {
    let mut found = LostRuns::default();
    for _ in 0..200 {
        let lost = store.close_lost_runs(later()).await.unwrap();
        found.interrupted += lost.interrupted;
        found.done += lost.done;
        found.queued += lost.queued;
        if found == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{found:?} instead of {expected:?} on {}", store.backend());
}

#[tokio::test]
async fn lines_of_a_process_that_is_gone_are_closed_and_those_of_others_are_not() {
    on_both(async |database| {
        let gone = Store::open(&database.target).await.unwrap();
        for run in ["nothing", "stored", "ended"] {
            gone.open_run(&start(run, 0), None).await.unwrap();
        }
        gone.for_run("stored").begin().await.unwrap().commit().await.unwrap();
        gone.close_run("ended", &end(RunStatus::Noop), RunYield::default()).await.unwrap();
        gone.queue_run(&start("waits", 1), Some("{}")).await.unwrap();
        let alive = Store::open(&database.target).await.unwrap();
        alive.open_run(&start("alive", 0), None).await.unwrap();

        let store = &database.store;
        let worker = gone.worker_name(noon()).await.unwrap();
        store.put_event(&event("held", 0)).await.unwrap();
        gone.take_event(lease(&worker, 1)).await.unwrap().unwrap();

        assert_eq!(store.close_lost_runs(later()).await.unwrap(), LostRuns::default());
        assert_eq!(store.take_event(lease("other", 2)).await.unwrap(), None);
        drop(gone);
        bury(store, LostRuns { interrupted: 1, done: 1, queued: 1 }).await;
        assert!(store.take_event(lease("other", 2)).await.unwrap().is_some());
        let status = async |run| store.run(run).await.unwrap().unwrap().status;
        assert_eq!(status("nothing").await, RunStatus::Interrupted);
        assert_eq!(status("stored").await, RunStatus::Done);
        assert_eq!(status("ended").await, RunStatus::Noop);
        assert_eq!(status("alive").await, RunStatus::Running);
        assert_eq!(status("waits").await, RunStatus::Queued);
        let told = store.run("nothing").await.unwrap().unwrap().end.unwrap();
        assert!(told.error.unwrap().contains("the process ended"));
        assert_eq!(told.seconds, 3_600.0);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_gets_the_number_of_a_dead_one_closes_its_lines_first() {
    on_both(async |database| {
        let gone = Store::open(&database.target).await.unwrap();
        gone.open_run(&start("left", 0), None).await.unwrap();
        drop(gone);
        let next = Store::open(&database.target).await.unwrap();
        for attempt in 0..200 {
            let run = format!("next-{attempt}");
            next.open_run(&start(&run, 1), None).await.unwrap();
            next.close_lost_runs(later()).await.unwrap();
            assert_eq!(next.run(&run).await.unwrap().unwrap().status, RunStatus::Running);
            if next.run("left").await.unwrap().unwrap().status == RunStatus::Interrupted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("the line was never closed on {}", next.backend());
    })
    .await;
}

#[tokio::test]
async fn a_queued_run_is_begun_once_whoever_holds_it() {
    Box::pin(on_both(async |database| {
        let store = &database.store;
        let gone = Store::open(&database.target).await.unwrap();
        for (run, minutes) in [("b", 2), ("a", 1), ("cancelled", 3)] {
            gone.queue_run(&start(run, minutes), Some("{\"of\": 1}")).await.unwrap();
        }
        assert!(!store.begin_queued_run(&start("a", 5)).await.unwrap(), "another process has it");
        assert!(store.adopt_queued_runs(later()).await.unwrap().is_empty());
        gone.leave_queued_runs(later()).await.unwrap();
        assert!(store.cancel_queued_run("cancelled", later()).await.unwrap());

        let other = Store::open(&database.target).await.unwrap();
        let (mine, theirs) =
            tokio::join!(store.adopt_queued_runs(later()), other.adopt_queued_runs(later()));
        let (mine, theirs) = (mine.unwrap(), theirs.unwrap());
        assert_eq!(mine.len() + theirs.len(), 2);
        let holder = if mine.is_empty() { &other } else { store };
        let ids: Vec<_> = mine.iter().chain(&theirs).map(|run| &*run.start.run_id).collect();
        assert_eq!(ids, ["a", "b"], "the oldest first");
        assert!(holder.begin_queued_run(&start("a", 5)).await.unwrap());
        assert!(!holder.begin_queued_run(&start("a", 5)).await.unwrap());
        let begun = store.run("a").await.unwrap().unwrap();
        assert_eq!(begun.queued_at, Some(start("a", 1).started_at));
        assert_eq!(begun.start.started_at, start("a", 5).started_at);
        assert_eq!(begun.request.as_deref(), Some("{\"of\": 1}"));
        assert!(!store.cancel_queued_run("a", later()).await.unwrap());
        assert_eq!(holder.adopt_queued_runs(later()).await.unwrap().len(), 1);
    }))
    .await;
}

#[tokio::test]
async fn results_requests_and_models_make_room_for_newer_ones() {
    on_both(async |database| {
        let store = &database.store;
        let text = "x".repeat(1_000);
        let result = format!("\"{text}\"");
        let model = to_raw_value(&json!({ "of": text })).unwrap();
        for minutes in 0..6 {
            let run = format!("r{minutes}");
            store.open_run(&start(&run, minutes), Some(&text)).await.unwrap();
            let left = RunYield { model: Some(&model), result: Some(&result) };
            store.close_run(&run, &end(RunStatus::Done), left).await.unwrap();
        }
        store.open_run(&start("open", -9), Some(&text)).await.unwrap();
        let kept = Retention { runs: 100, bytes: 3_500, events: 2 };
        store.prune_ledger(kept).await.unwrap();
        assert_eq!(store.run_result("r2").await.unwrap(), None);
        assert_eq!(store.run_result("r3").await.unwrap().as_deref(), Some(&*result));
        let run = async |run| store.run(run).await.unwrap();
        assert_eq!(run("r2").await.unwrap().request, None);
        assert!(run("r5").await.unwrap().request.is_some());
        assert!(run("open").await.unwrap().request.is_some(), "it is still needed");
        // A model is kept as long as it is the newest of its name.
        store.prune_ledger(Retention { runs: 2, bytes: 0, events: 2 }).await.unwrap();
        assert!(store.kept_model("mirt-calibrate", Some("r5"), None).await.unwrap().is_some());
        assert!(store.kept_model("mirt-calibrate", Some("r4"), None).await.unwrap().is_none());
        assert_eq!(run("r3").await, None);
        assert!(run("r4").await.is_some() && run("open").await.is_some());

        for n in 0..5 {
            store.put_event(&event(&format!("e{n}"), 0)).await.unwrap();
            let taken = store.take_event(lease("w", 1)).await.unwrap().unwrap();
            let at = noon() + Duration::seconds(n);
            store.settle_event(&taken.event_id, "w", EventFate::Done, at).await.unwrap();
        }
        store.put_event(&event("waits", 0)).await.unwrap();
        assert_eq!(store.prune_ledger(kept).await.unwrap().events, 3);
        let counts = store.event_counts().await.unwrap();
        assert_eq!(counts, EventCounts { waiting: 1, done: 2, dead: 0 });
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
