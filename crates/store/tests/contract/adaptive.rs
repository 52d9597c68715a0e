//! Points of answers, and adaptive tests.

use seedtest_store::{AttemptRow, CatSession, LogFilter, Retention};
use serde_json::json;

use crate::attempts::{at, attempt};
use crate::backends::on_both;

#[tokio::test]
async fn points_come_back_with_their_answers() {
    on_both(async |database| {
        let scored = AttemptRow {
            correct: Some(false),
            points: Some(2.0),
            max_points: Some(4.0),
            ..attempt("b", "q1", 2)
        };
        let odd = AttemptRow { points: Some(f64::NAN), ..attempt("a", "q1", 3) };
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[attempt("a", "q2", 1), scored, odd]).await.unwrap();
        tx.commit().await.unwrap();
        let found = database.store.scored_answers(&LogFilter::default()).await.unwrap();
        let shown: Vec<_> =
            found.iter().map(|of| (&*of.user_id, &*of.item_id, of.points, of.max_points)).collect();
        assert_eq!(
            shown,
            [("a", "q2", None, None), ("b", "q1", Some(2.0), Some(4.0)), ("a", "q1", None, None)]
        );
        let newest = LogFilter { newest: Some(1), ..LogFilter::default() };
        assert_eq!(database.store.scored_answers(&newest).await.unwrap()[0].completed_at, at(3));
        let early = LogFilter { to: Some(at(2)), ..LogFilter::default() };
        assert_eq!(database.store.scored_answers(&early).await.unwrap().len(), 1);
        let of_one = LogFilter { user_id: Some("b".into()), ..LogFilter::default() };
        assert_eq!(database.store.scored_answers(&of_one).await.unwrap().len(), 1);
    })
    .await;
}

fn session(id: &str) -> CatSession {
    CatSession {
        session_id: id.into(),
        actor: "tutor".into(),
        user_id: Some("amy".into()),
        bank_id: "b1".into(),
        settings: json!({"max_items": 3}),
        state: json!({"history": []}),
        last: json!({"n": 0}),
        is_open: true,
        revision: 0,
        created_at: at(1),
        updated_at: at(1),
    }
}

#[tokio::test]
async fn a_test_is_changed_by_one_at_a_time_and_erased_with_its_student() {
    on_both(async |database| {
        let bank = json!([{"item_id": "q1", "a": 1.0, "b": 0.0}]);
        let mut tx = database.store.begin().await.unwrap();
        tx.add_cat_session(&session("s1"), &bank).await.unwrap();
        tx.add_cat_session(&session("s2"), &bank).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(database.store.cat_bank("b1").await.unwrap(), Some(bank));
        assert_eq!(database.store.cat_bank("b2").await.unwrap(), None);
        let mut found = database.store.cat_session("s1").await.unwrap().unwrap();
        assert_eq!(found, session("s1"));
        found.state = json!({"history": [{"item_id": "q1", "score": 1}]});
        (found.is_open, found.updated_at) = (false, at(2));
        let mut tx = database.store.begin().await.unwrap();
        assert!(tx.update_cat_session(&found).await.unwrap());
        // Who read it before has the old revision.
        assert!(!tx.update_cat_session(&found).await.unwrap());
        tx.commit().await.unwrap();
        let again = database.store.cat_session("s1").await.unwrap().unwrap();
        assert_eq!(again, CatSession { revision: 1, ..found });
        let mut tx = database.store.begin().await.unwrap();
        tx.erase_student("amy", "erased").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(database.store.cat_session("s1").await.unwrap(), None);
        assert_eq!(database.store.cat_session("s2").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_oldest_tests_are_forgotten_with_banks_that_nobody_uses() {
    on_both(async |database| {
        let bank = json!([{"item_id": "q1", "a": 1.0, "b": 0.0}]);
        let mut tx = database.store.begin().await.unwrap();
        for n in 0..255_u32 {
            // Banks of their own; the newest answers are those of the first.
            let of = CatSession {
                bank_id: format!("b{n:03}"),
                updated_at: at(300 - i64::from(n)),
                ..session(&format!("s{n:03}"))
            };
            tx.add_cat_session(&of, &bank).await.unwrap();
        }
        tx.commit().await.unwrap();
        let store = &database.store;
        store.prune_ledger(Retention::default()).await.unwrap();
        assert!(store.cat_session("s249").await.unwrap().is_some());
        assert!(store.cat_bank("b249").await.unwrap().is_some());
        assert_eq!(store.cat_session("s250").await.unwrap(), None);
        assert_eq!(store.cat_bank("b250").await.unwrap(), None);
        store.prune_ledger(Retention { runs: 2, ..Retention::default() }).await.unwrap();
        assert!(store.cat_session("s001").await.unwrap().is_some());
        assert_eq!(store.cat_session("s002").await.unwrap(), None);
        assert_eq!(store.cat_bank("b002").await.unwrap(), None);
    })
    .await;
}
