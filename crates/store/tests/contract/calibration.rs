//! Writing a calibration.

use seedtest_store::{Calibration, Error, ItemParams, UserAbility};
use serde_json::json;

use crate::attempts::at;
use crate::backends::{BACKENDS, migrated, on_both};

fn run(run_id: &str, fitted: i64, abilities: &[(&str, f64, Option<f64>)]) -> Calibration {
    Calibration {
        run_id: run_id.to_owned(),
        fitted_at: at(fitted),
        model: "2PL".to_owned(),
        version: "v1".to_owned(),
        items: vec![
            ItemParams { item_id: "q2".into(), params: json!({"a": 1.25, "b": -0.5}) },
            ItemParams { item_id: "q1".into(), params: json!({"a": 0.1, "b": fitted as f64}) },
        ],
        abilities: abilities
            .iter()
            .map(|&(user, theta, se)| UserAbility {
                user_id: user.into(),
                theta,
                se,
                n_answers: None,
            })
            .collect(),
        model_spec: json!({"model": "2PL", "linking_constants": {"A": 1.0, "B": 0.0}}),
        metrics: json!({"loglik": -123.456_789_012_345_67}),
    }
}

#[tokio::test]
async fn a_run_comes_back_as_it_was_written() {
    on_both(async |database| {
        assert_eq!(database.store.latest_fit_meta().await.unwrap(), None);
        let written = run("r1", 5, &[("b", -0.1, None), ("a", 1.0 / 3.0, Some(0.25))]);
        let mut tx = database.store.begin().await.unwrap();
        tx.write_calibration(&written).await.unwrap();
        tx.commit().await.unwrap();

        let abilities = database.store.latest_abilities().await.unwrap();
        let found: Vec<_> = abilities.iter().map(|a| (&*a.user_id, a.theta, a.se)).collect();
        assert_eq!(found, [("a", 1.0 / 3.0, Some(0.25)), ("b", -0.1, None)]);
        assert_eq!(abilities[0].run_id.as_deref(), Some("r1"));
        assert_eq!(abilities[0].fitted_at, at(5));
        let items = database.store.latest_item_params().await.unwrap();
        assert_eq!(items[1].item_id, "q2");
        assert_eq!(items[1].params, json!({"a": 1.25, "b": -0.5}));
        assert_eq!(items[1].model.as_deref(), Some("2PL"));
        let meta = database.store.latest_fit_meta().await.unwrap().unwrap();
        assert_eq!((meta.run_id, meta.fitted_at), ("r1".to_owned(), at(5)));
        assert_eq!(meta.model_spec, written.model_spec);
        assert_eq!(meta.metrics, written.metrics);
    })
    .await;
}

#[tokio::test]
async fn runs_are_history_and_the_newest_one_is_shown() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        tx.write_calibration(&run("new", 20, &[("a", 2.0, None)])).await.unwrap();
        tx.write_calibration(&run("old", 10, &[("a", 1.0, None), ("b", 0.5, None)])).await.unwrap();
        let mut online = run("online", 30, &[("b", 0.75, Some(0.5))]);
        online.version = "online".to_owned();
        online.items.clear();
        tx.write_calibration(&online).await.unwrap();
        tx.commit().await.unwrap();

        let latest = database.store.latest_abilities().await.unwrap();
        let found: Vec<_> = latest.iter().map(|a| (&*a.user_id, a.theta, &*a.version)).collect();
        assert_eq!(found, [("a", 2.0, "v1"), ("b", 0.75, "online")]);
        let items = database.store.latest_item_params().await.unwrap();
        assert_eq!(items[0].params["b"], json!(20.0));
        assert_eq!(database.store.latest_fit_meta().await.unwrap().unwrap().run_id, "online");
        let history = database.store.ability_history(at(10), at(20)).await.unwrap();
        let found: Vec<_> = history.iter().map(|p| (&*p.user_id, p.theta, p.fitted_at)).collect();
        assert_eq!(found, [("a", 1.0, at(10)), ("b", 0.5, at(10))]);
        // The view keeps one row per version; P reads mean and sd from it.
        let view = "SELECT CAST(count(*) AS text) FROM ability_estimates WHERE mean = theta";
        assert_eq!(database.text(view).await, "3");
    })
    .await;
}

#[tokio::test]
async fn writing_a_run_twice_leaves_one() {
    on_both(async |database| {
        let once = run("r1", 5, &[("a", 0.5, Some(0.25))]);
        for _ in 0..2 {
            let mut tx = database.store.begin().await.unwrap();
            tx.write_calibration(&once).await.unwrap();
            tx.commit().await.unwrap();
        }
        let counts = database.store.table_counts().await.unwrap();
        for expected in [("mirt_ability", 1), ("mirt_item_params", 2), ("mirt_fit_meta", 1)] {
            assert!(counts.contains(&expected), "{expected:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn numbers_that_are_none_are_refused() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        let nan = run("r", 1, &[("a", 0.0, None), ("b", f64::NAN, None)]);
        let error = tx.write_calibration(&nan).await.unwrap_err();
        assert!(matches!(error, Error::BadValue { row: 1, column: "theta", .. }), "{error}");
        let infinite = run("r", 1, &[("a", 0.0, Some(f64::INFINITY))]);
        let error = tx.write_calibration(&infinite).await.unwrap_err();
        assert!(matches!(error, Error::BadValue { row: 0, column: "se", .. }), "{error}");
        let twice = run("r", 1, &[("a", 0.0, None), ("a", 1.0, None)]);
        let error = tx.write_calibration(&twice).await.unwrap_err();
        assert!(matches!(error, Error::BadValue { row: 1, column: "user_id", .. }), "{error}");
        tx.commit().await.unwrap();
        assert_eq!(database.store.latest_fit_meta().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn json_is_stored_as_json_and_not_as_text() {
    for backend in BACKENDS {
        let database = migrated(backend).await;
        let mut tx = database.store.begin().await.unwrap();
        tx.write_calibration(&run("r", 1, &[("a", 0.0, None)])).await.unwrap();
        tx.commit().await.unwrap();
        let slope =
            "SELECT CAST(params ->> 'a' AS text) FROM mirt_item_params WHERE item_id = 'q2'";
        assert_eq!(database.text(slope).await, "1.25", "{backend}");
        let constants = "SELECT CAST(model_spec -> 'linking_constants' ->> 'A' AS text) \
             FROM mirt_fit_meta";
        assert_eq!(database.text(constants).await, "1.0", "{backend}");
    }
}
