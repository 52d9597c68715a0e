//! The five KPIs of whoever asks.

use serde_json::{Value, json};

use super::school::store_answers;
use super::{BACKENDS, Platform, keys};

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 5e-6, "{value} is not {expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn known_answers_give_known_kpis() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_answers(&platform.service.store, "amy").await;
        let token = platform.token("amy", "exam:read");
        let post = async |path: &str, body: Value| {
            let (status, answer) = platform.post(&token, &format!("/metrics/{path}"), &body).await;
            assert_eq!((status, &answer["reason"]), (200, &Value::Null), "{path}: {answer}");
            answer
        };
        // docs/contract/metrics.md M15; penalties of the older service change nothing.
        let found = post("improvement", json!({"exposure_penalty": 0.9})).await;
        close(&found["improvement_index"], 0.130_145);
        close(&found["exposure_factor"], 2.0 / 3.0);
        close(&found["confidence_factor"], 0.780_865);
        assert_eq!(
            (&found["method"], &found["theta_improvement"]),
            (&json!("accuracy_delta"), &Value::Null)
        );
        let topic = post("improvement", json!({"topic_id": "t1"})).await;
        close(&topic["improvement_index"], 0.5 / 3.0);

        let found = post("efficiency", json!({})).await;
        for (key, expected) in [
            ("efficiency_index", 0.5),
            ("improvement_rate", 0.5),
            ("recent_median_time", 1.0),
            ("earlier_median_time", 2.0),
        ] {
            close(&found[key], expected);
        }
        let found = post("recovery", json!({})).await;
        close(&found["recovery_index"], 1.0 / 3.0);
        assert_eq!(found["weak_concepts"], json!(["t1", "t2"]));
        assert_eq!(
            (&found["total_transitions"], &found["successful_transitions"]),
            (&json!(15), &json!(5))
        );
        let strict = post("recovery", json!({"weakness_threshold": 0.4})).await;
        assert_eq!(strict["weak_concepts"], json!(["t2"]));

        let found = post("engagement", json!({})).await;
        close(&found["session_freq"], 1.0 / 14.0);
        close(&found["learning_interval"], 1.0);
        close(&found["hint_usage"], 1.0);
        close(&found["dwell_time"], 20.0 / 900.0);
        close(&found["engagement_index"], 0.3 / 14.0 + 0.4 + 0.3 * 20.0 / 900.0);
        let alone =
            json!({"session_freq": 5, "learning_interval": 0, "hint_usage": 0, "dwell_time": 0});
        let found = post("engagement", json!({"weights": alone})).await;
        close(&found["engagement_index"], 1.0 / 14.0);

        let found = post("dropout-risk", json!({})).await;
        let mean_gap = (13.0 + 19.0 / 1440.0) / 39.0;
        close(&found["dropout_risk"], 0.3 + 0.25 * mean_gap / 7.0 + 0.12);
        assert_eq!(found["days_since_access"], 7.0);
        assert_eq!(
            (&found["risk_level"], &found["method"]),
            (&json!("medium"), &json!("heuristic"))
        );
        let found = post("dropout-risk", json!({"days_threshold": 7})).await;
        assert_eq!(found["risk_level"], "high");
    }
}

#[tokio::test]
async fn nothing_known_is_null_with_its_reason() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.token("zoe", "exam:read");
    for (path, kpi, reason) in [
        ("improvement", "improvement_index", "no_attempts_recent"),
        ("efficiency", "efficiency_index", "no_response_times_recent"),
        ("recovery", "recovery_index", "nothing_to_recover"),
        ("engagement", "engagement_index", "no_activity"),
        ("dropout-risk", "dropout_risk", "no_activity"),
    ] {
        let url = platform.service.url(&format!("/api/seedtest/metrics/{path}"));
        let empty = platform.service.client.post(url).bearer_auth(&token).send().await.unwrap();
        let (status, answer) = crate::service::json(empty).await;
        assert_eq!((status, &answer[kpi]), (200, &Value::Null), "{path}: {answer}");
        assert_eq!(answer["reason"], reason, "{path}");
    }
    let (status, all) = platform.get(&token, "/metrics/comprehensive").await;
    assert_eq!(status, 200, "{all}");
    assert_eq!(
        keys(&all),
        [
            "calculated_at",
            "dropout_risk",
            "efficiency_index",
            "engagement_index",
            "improvement_index",
            "reasons",
            "recovery_index",
            "topic_abilities",
            "user_id",
        ]
    );
    assert_eq!(all["reasons"]["recovery_index"], "nothing_to_recover");
}

#[tokio::test]
async fn bad_parameters_are_refused() {
    let platform = Platform::start(BACKENDS[0]).await;
    let token = platform.token("amy", "exam:read");
    for (path, body) in [
        ("improvement", json!({"weeks": 0})),
        ("improvement", json!({"weeks": 1_000_000})),
        ("improvement", json!({"topic_id": ""})),
        ("improvement", json!({"weeks": "two"})),
        ("recovery", json!({"weakness_threshold": 1.5})),
        ("engagement", json!({"weights": {"session_freq": -1}})),
        ("dropout-risk", json!({"days_threshold": 0})),
    ] {
        let (status, answer) = platform.post(&token, &format!("/metrics/{path}"), &body).await;
        assert_eq!(status, 400, "{path} {body}: {answer}");
    }
    assert_eq!(platform.get(&token, "/metrics/comprehensive?weeks=x").await.0, 400);
    assert_eq!(platform.get("", "/metrics/comprehensive").await.0, 401);
}
