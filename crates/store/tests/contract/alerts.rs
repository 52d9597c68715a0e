//! Alerts and who is told of them: each is found once, each recipient is told once, and a student who is erased leaves
//! nothing behind. Exams as they are sat stand beside, since their end is an event as well.

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_store::{
    Alert, AlertChannel, AlertDelivery, AlertKind, EventFate, EventLease, ExamResult, Kept,
    NewEvent, NoteKind, RunEnd, RunKind, RunStart, RunStatus, RunYield, Sitting, Store,
    StudentNote, WhichEvents,
};
use serde_json::json;

use crate::backends::on_both;

fn at(seconds: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2025-06-16T12:00:00Z".parse().unwrap();
    noon + TimeDelta::seconds(seconds)
}

fn alert(key: &str, kind: AlertKind, user: Option<&str>) -> Alert {
    Alert {
        alert_key: key.into(),
        kind,
        user_id: user.map(str::to_owned),
        subject: user.is_none().then(|| "mirt-calibrate".to_owned()),
        detail: json!({"risk": 0.8}),
        found_at: at(0),
        acknowledged: None,
        resolved_at: None,
    }
}

fn to(alert: &str, recipient: &str) -> AlertDelivery {
    AlertDelivery {
        alert_key: alert.into(),
        channel: AlertChannel::Mail,
        recipient: recipient.into(),
        reminder: 0,
    }
}

async fn raised(store: &Store, alerts: &[Alert]) {
    let mut tx = store.begin().await.unwrap();
    for alert in alerts {
        assert!(tx.raise_alert(alert).await.unwrap());
        assert!(!tx.raise_alert(alert).await.unwrap(), "the same finding is one alert");
    }
    tx.commit().await.unwrap();
}

/// A message of these alerts to one recipient, as an event of the outbox.
async fn queued(store: &Store, message: &str, alerts: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    for alert in alerts {
        assert!(tx.queue_alert(&to(alert, "kim@school.kr"), message).await.unwrap());
        assert!(!tx.queue_alert(&to(alert, "kim@school.kr"), "other").await.unwrap(), "told once");
    }
    let event = NewEvent {
        event_id: message.into(),
        kind: "alert_message".into(),
        payload: json!({"channel": "mail"}),
        due_at: at(0),
    };
    assert!(tx.put_event(&event).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_alert_is_open_until_it_is_over_and_waits_until_somebody_takes_care() {
    on_both(async |database| {
        let store = &database.store;
        raised(
            store,
            &[alert("a", AlertKind::Risk, Some("amy")), alert("b", AlertKind::Job, None)],
        )
        .await;
        assert!(store.open_alerts(at(-1)).await.unwrap().is_empty(), "it was found later");
        let open = store.open_alerts(at(0)).await.unwrap();
        assert_eq!(open[0], alert("a", AlertKind::Risk, Some("amy")));
        assert!(open.iter().all(Alert::waits_for_somebody));
        let mut tx = store.begin().await.unwrap();
        assert!(tx.acknowledge_alert("a", "kim", at(5)).await.unwrap());
        assert!(!tx.acknowledge_alert("a", "lee", at(6)).await.unwrap(), "the first one counts");
        assert!(!tx.acknowledge_alert("z", "lee", at(6)).await.unwrap());
        tx.resolve_alert("b", at(7)).await.unwrap();
        tx.resolve_alert("b", at(8)).await.unwrap();
        tx.commit().await.unwrap();
        let a = store.alert("a").await.unwrap().unwrap();
        assert_eq!(a.acknowledged, Some((at(5), "kim".to_owned())));
        assert!(!a.waits_for_somebody());
        assert_eq!(store.alert("b").await.unwrap().unwrap().resolved_at, Some(at(7)));
        assert_eq!(store.open_alerts(at(9)).await.unwrap().len(), 1);
        assert_eq!(store.newest_alerts(9).await.unwrap().len(), 2);
        assert_eq!(store.newest_alerts(1).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_taken_by_its_kind_and_what_it_told_is_marked() {
    on_both(async |database| {
        let store = &database.store;
        raised(
            store,
            &[alert("a", AlertKind::Risk, Some("amy")), alert("b", AlertKind::Job, None)],
        )
        .await;
        queued(store, "m1", &["a", "b"]).await;
        let lease = EventLease { worker: "w", now: at(1), until: at(60) };
        assert_eq!(store.take_which(WhichEvents::But("alert_message"), lease).await.unwrap(), None);
        let taken =
            store.take_which(WhichEvents::Only("alert_message"), lease).await.unwrap().unwrap();
        assert_eq!(taken.event_id, "m1");
        assert_eq!(store.alerts_of_message("m1").await.unwrap().len(), 2);
        let mut tx = store.begin().await.unwrap();
        tx.settle_alerts("m1", &["a"], true, at(2)).await.unwrap();
        tx.commit().await.unwrap();
        let left = store.alerts_of_message("m1").await.unwrap();
        assert_eq!(left.iter().map(|alert| &*alert.alert_key).collect::<Vec<_>>(), ["b"]);
        assert_eq!(store.deliveries_of_open_alerts().await.unwrap().len(), 2);
        assert!(store.stranded_deliveries().await.unwrap().is_empty(), "the message waits");
        store.settle_event("m1", "w", EventFate::Dead { error: "away" }, at(3)).await.unwrap();
        assert_eq!(store.stranded_deliveries().await.unwrap(), [to("b", "kim@school.kr")]);
        let mut tx = store.begin().await.unwrap();
        tx.requeue_alert(&to("b", "kim@school.kr"), "m2").await.unwrap();
        tx.requeue_alert(&to("a", "kim@school.kr"), "m2").await.unwrap();
        tx.commit().await.unwrap();
        let again = store.alerts_of_message("m2").await.unwrap();
        assert_eq!(again.len(), 1, "what was told is not told again");
    })
    .await;
}

#[tokio::test]
async fn a_student_who_is_erased_leaves_no_alert_and_what_is_over_is_let_go() {
    on_both(async |database| {
        let store = &database.store;
        let all = [
            alert("a", AlertKind::Risk, Some("amy")),
            alert("b", AlertKind::Risk, Some("bob")),
            alert("c", AlertKind::Job, None),
        ];
        raised(store, &all).await;
        queued(store, "m1", &["a", "b", "c"]).await;
        let mut tx = store.begin().await.unwrap();
        tx.erase_student("amy", "gone").await.unwrap();
        tx.commit().await.unwrap();
        let rows =
            database.rows("SELECT alert_key FROM seedtest_alert_deliveries ORDER BY 1").await;
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert!(store.alert("a").await.unwrap().is_none());
        let mut tx = store.begin().await.unwrap();
        tx.resolve_alert("c", at(1)).await.unwrap();
        let gone = tx.prune(Kept::Events, at(2)).await.unwrap();
        tx.commit().await.unwrap();
        let rows = |table: &str| gone.iter().find(|(name, _)| *name == table).unwrap().1;
        assert_eq!((rows("seedtest_alerts"), rows("seedtest_alert_deliveries")), (1, 1));
        assert_eq!(store.newest_alerts(9).await.unwrap().len(), 1, "an open one stays");
    })
    .await;
}

#[tokio::test]
async fn the_last_note_and_the_last_end_count() {
    on_both(async |database| {
        let store = &database.store;
        let note = |user: &str, seconds, actor: &str| StudentNote {
            user_id: user.into(),
            noted_at: at(seconds),
            actor: actor.into(),
            kind: NoteKind::Seen,
            note: None,
        };
        let mut tx = store.begin().await.unwrap();
        for note in [note("amy", 1, "kim"), note("amy", 9, "lee"), note("bob", -9, "kim")] {
            tx.add_student_note(&note).await.unwrap();
        }
        tx.commit().await.unwrap();
        let notes = store.last_notes(at(0)).await.unwrap();
        assert_eq!(notes, [("amy".to_owned(), at(9), "lee".to_owned())]);
        for (run, name, status, seconds) in [
            ("r1", "a", RunStatus::Failed, 1),
            ("r2", "a", RunStatus::Done, 2),
            ("r3", "b", RunStatus::Done, 1),
            ("r4", "b", RunStatus::Failed, 2),
            ("r5", "b", RunStatus::Cancelled, 3),
            ("r6", "c", RunStatus::Failed, 4),
            ("r7", "c", RunStatus::Noop, 4),
        ] {
            ended(store, run, name, status, seconds).await;
        }
        let ends = store.job_ends(at(0), at(9)).await.unwrap();
        let ends: Vec<_> = ends.iter().map(|end| (&*end.name, &*end.run_id, end.status)).collect();
        let expected = [
            ("a", "r2", RunStatus::Done),
            ("b", "r4", RunStatus::Failed),
            ("c", "r7", RunStatus::Noop),
        ];
        assert_eq!(ends, expected);
        assert_eq!(store.job_ends(at(0), at(1)).await.unwrap().len(), 2);
    })
    .await;
}

async fn ended(store: &Store, run_id: &str, name: &str, status: RunStatus, seconds: i64) {
    let start = RunStart {
        run_id: run_id.into(),
        kind: RunKind::Job,
        name: name.into(),
        actor: "me".into(),
        program_version: "1".into(),
        spec: json!({}),
        seed: None,
        started_at: at(0),
    };
    store.open_run(&start, None).await.unwrap();
    let end = RunEnd {
        status,
        input_digest: None,
        result_digest: None,
        verdict: None,
        rows_written: None,
        seconds: 1.0,
        error: None,
        finished_at: at(seconds),
    };
    store.close_run(run_id, &end, RunYield::default()).await.unwrap();
}

#[tokio::test]
async fn an_exam_is_changed_by_one_at_a_time_and_its_session_ends_once() {
    on_both(async |database| {
        let store = &database.store;
        let one = store.clone();
        let answer = async |store: &Store, question: i64| {
            let mut tx = store.begin().await.unwrap();
            let before = tx.exam_result_to_change("s1").await.unwrap();
            let mut result = before.unwrap_or_else(|| ExamResult {
                id: None,
                session_id: "s1".into(),
                user_id: Some("amy".into()),
                org_id: None,
                exam_id: None,
                status: "in_progress".into(),
                result_json: json!({"questions": []}),
                created_at: at(0),
                updated_at: Some(at(0)),
            });
            let questions = result.result_json["questions"].as_array_mut().unwrap();
            questions.push(json!({"question_id": question, "is_correct": true}));
            tx.write_exam_results(&[result]).await.unwrap();
            tx.commit().await.unwrap();
        };
        Box::pin(async { tokio::join!(answer(store, 1), answer(&one, 2), answer(store, 3)) }).await;
        let result = store.exam_result("s1").await.unwrap().unwrap();
        assert_eq!(result.answers().len(), 3, "no answer is lost to another");
        let sitting = Sitting {
            id: "s1".into(),
            classroom_id: None,
            exam_id: None,
            user_id: Some("amy".into()),
            org_id: None,
            started_at: Some(at(0)),
            ended_at: None,
            status: Some("started".into()),
        };
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.end_sitting("s1", at(1), "completed").await.unwrap());
        tx.add_sitting(&sitting, at(0)).await.unwrap();
        assert!(tx.end_sitting("s1", at(1), "completed").await.unwrap());
        assert!(tx.end_sitting("s1", at(2), "completed").await.unwrap());
        tx.commit().await.unwrap();
        let sitting = store.sitting("s1").await.unwrap().unwrap();
        assert_eq!((sitting.ended_at, sitting.status.as_deref()), (Some(at(1)), Some("completed")));
    })
    .await;
}
