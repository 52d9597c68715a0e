//! Abilities by topic.

use seedtest_server::Config;
use serde_json::{Value, json};

use super::school::store_answers;
use super::theta::store_topic;
use super::{BACKENDS, Platform};

const ABILITY: &str = "/metrics/topic-ability";

#[tokio::test]
async fn an_ability_is_the_mode_of_the_posterior() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.token("amy", "exam:read");
    // One right answer to an item with a = 1, b = 0: the mode solves 1 − 1/(1 + e^−θ) = θ.
    let request =
        json!({"topic_id": "t1", "responses": [{"a": 1, "b": 0, "c": 0, "correct": true}]});
    let (status, found) = platform.post(&token, ABILITY, &request).await;
    assert_eq!((status, &found["method"]), (200, &json!("map_estimation")), "{found}");
    let theta = found["theta"].as_f64().unwrap();
    assert!((theta - 0.401_058).abs() < 1e-6, "{theta}");
    let p = 1.0 / (1.0 + (-theta).exp());
    let se = found["standard_error"].as_f64().unwrap();
    assert!((se - 1.0 / (1.0 + p * (1.0 - p)).sqrt()).abs() < 1e-9, "{se}");

    let prior = json!({"topic_id": "t1", "responses": [], "prior_mean": 0.5, "prior_sd": 2});
    let (_, found) = platform.post(&token, ABILITY, &prior).await;
    assert_eq!((&found["theta"], &found["standard_error"]), (&json!(0.5), &json!(2.0)));
    assert_eq!(found["method"], "prior_only");
    let unusable = json!({"topic_id": "t1", "responses": [{"a": 0, "b": 1, "correct": true}, {"a": 1, "b": 1}]});
    let (_, found) = platform.post(&token, ABILITY, &unusable).await;
    assert_eq!((&found["theta"], &found["method"]), (&Value::Null, &json!("no_valid_items")));
    assert_eq!(found["skipped"], 2);
    for bad in [
        json!({}),
        json!({"topic_id": "t", "prior_sd": 0}),
        json!({"topic_id": "t", "responses": 7}),
    ] {
        assert_eq!(platform.post(&token, ABILITY, &bad).await.0, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_abilities_and_the_weak_topics() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        store_topic(store, "t1", 0.9, "2025-03-01T00:00:00Z").await;
        store_topic(store, "t1", -0.6, "2025-03-05T00:00:00Z").await;
        store_topic(store, "t2", -1.5, "2025-03-05T00:00:00Z").await;
        store_topic(store, "t3", -2.0, "2025-03-05T00:00:00Z").await;
        let token = platform.token("amy", "exam:read");
        let (status, all) = platform.get(&token, "/metrics/topic-abilities").await;
        assert_eq!((status, &all["total_topics"]), (200, &json!(3)), "{all}");
        assert_eq!(
            all["topic_abilities"]["t1"],
            json!({"theta": -0.6, "se": null, "updated_at": "2025-03-05T00:00:00Z"})
        );
        let path = "/metrics/topic-abilities?topic_ids=t1&topic_ids=t3&topic_ids=t9";
        assert_eq!(platform.get(&token, path).await.1["total_topics"], 2);
        let (_, weak) = platform.get(&token, "/metrics/weak-topics").await;
        assert_eq!(weak["total_weak_topics"], 2);
        assert_eq!(
            weak["weak_topics"][0],
            json!({"topic_id": "t2", "theta": -1.5, "se": null, "response_count": 20})
        );
        let path = "/metrics/weak-topics?threshold=-1&min_responses=0";
        let (_, weak) = platform.get(&token, path).await;
        let topics: Vec<_> =
            weak["weak_topics"].as_array().unwrap().iter().map(|t| &t["topic_id"]).collect();
        assert_eq!(topics, ["t3", "t2"]);
        for bad in ["threshold=low", "threshold=NaN", "min_responses=-1"] {
            assert_eq!(platform.get(&token, &format!("/metrics/weak-topics?{bad}")).await.0, 400);
        }
        let (_, nobody) =
            platform.get(&platform.token("zoe", "exam:read"), "/metrics/weak-topics").await;
        assert_eq!(nobody["weak_topics"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counts_as_weak_is_a_setting_where_nobody_asks() {
    let thresholds = [("GAP_THETA_THRESHOLD", "-1.0"), ("DECISION_GAP_SD_THRESHOLD", "0.5")];
    for (set, weak) in [(&thresholds[..1], 1), (&thresholds[..], 0)] {
        let environment =
            set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let platform = Platform::with(BACKENDS[0], |config| Config { environment, ..config }).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        store_topic(store, "t1", -0.6, "2025-03-05T00:00:00Z").await;
        // Its standard error is not known.
        store_topic(store, "t2", -1.5, "2025-03-05T00:00:00Z").await;
        let token = platform.token("amy", "exam:read");
        let (_, found) = platform.get(&token, "/metrics/weak-topics").await;
        assert_eq!(
            (&found["threshold"], &found["total_weak_topics"]),
            (&json!(-1.0), &json!(weak))
        );
        let (_, asked) = platform.get(&token, "/metrics/weak-topics?threshold=0").await;
        assert_eq!(asked["threshold"], json!(0.0));
    }
}
