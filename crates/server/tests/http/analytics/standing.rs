//! Where a student stands.

use seedtest_server::Config;
use seedtest_store::{SurvivalRiskRow, TopicTheta};
use serde_json::{Value, json};

use super::{close, post, store_kpis};
use crate::platform::school::store_answers;
use crate::platform::theta::{store_overall, store_topic};
use crate::platform::{BACKENDS, Platform, at, keys};

#[tokio::test]
async fn abilities_by_topic_and_what_is_not_known() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_topic(store, "t1", 0.9, "2025-03-01T00:00:00Z").await;
        store_topic(store, "t1", -0.5, "2025-03-05T00:00:00Z").await;
        let copied = TopicTheta {
            user_id: "amy".into(),
            topic_id: "t2".into(),
            theta: 0.25,
            se: Some(0.5),
            model: "copied".into(),
            version: None,
            run_id: None,
            fitted_at: at("2025-03-05T00:00:00Z"),
        };
        let mut tx = store.begin().await.unwrap();
        tx.write_topic_thetas(&[copied]).await.unwrap();
        tx.commit().await.unwrap();

        let request = json!({"student_id": "amy", "topic_ids": []});
        let (status, found) = post(&platform, "/score/topic-theta", &request).await;
        assert_eq!(status, 200, "{found}");
        assert_eq!(found["theta_scores"], json!({"t1": -0.5, "t2": 0.25}));
        assert_eq!(found["se"], json!({"t1": null, "t2": 0.5}));
        assert_eq!(found["reasons"], json!({"t1": "no_standard_error"}));
        assert_eq!(found["warnings"], json!(["t2: repeats the ability over all topics"]));
        assert_eq!((&found["status"], &found["ok"]), (&json!("success"), &json!(true)));
        assert_eq!(found["timestamp"], "2025-03-12T10:00:00.000Z");

        let request = json!({"user_id": "amy", "topic_ids": ["t2", "t9"]});
        let (_, found) = post(&platform, "/score/topic-theta", &request).await;
        assert_eq!(found["theta_scores"], json!({"t2": 0.25, "t9": null}));
        assert_eq!(found["reasons"], json!({"t9": "not_estimated_yet"}));
    }
}

#[tokio::test]
async fn improvement_over_a_window_of_choice() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_answers(&platform.service.store, "amy").await;
        let request = json!({"student_id": "amy"});
        let (status, found) = post(&platform, "/improvement/index", &request).await;
        assert_eq!(status, 200, "{found}");
        // docs/contract/metrics.md M15.
        close(&found["I_t"], 0.130_145);
        assert_eq!(
            (&found["trend"], &found["method"]),
            (&json!("stable"), &json!("accuracy_delta"))
        );
        assert_eq!((&found["window_days"], &found["reason"]), (&json!(14), &Value::Null));

        // The last three days hold no answer.
        let request = json!({"student": "amy", "window_days": 3});
        let (_, found) = post(&platform, "/improvement/index", &request).await;
        assert_eq!((&found["I_t"], &found["trend"]), (&Value::Null, &Value::Null));
        assert_eq!(found["reason"], "no_attempts_recent");
    }
}

#[tokio::test]
async fn a_risk_stands_among_the_others_or_says_that_there_are_none() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_answers(&platform.service.store, "amy").await;
        let request = json!({"student_id": "amy"});
        let (status, alone) = post(&platform, "/risk/churn", &request).await;
        assert_eq!(status, 200, "{alone}");
        assert_eq!((&alone["method"], &alone["alert"]), (&json!("heuristic"), &json!(false)));
        assert_eq!(
            (&alone["risk_percentile"], &alone["reason"]),
            (&Value::Null, &json!("no_others"))
        );
        assert_eq!(alone["threshold"], 0.7);
        // Of 0.1, 0.2, 0.9 and her own (about 0.49), two lie below: (2 + 1/2) / 4.
        let own = alone["risk_score"].clone();
        for (user, risk) in
            [("ben", json!(0.1)), ("cat", json!(0.2)), ("dan", json!(0.9)), ("amy", own)]
        {
            store_kpis(&platform, user, "2025-03-10", json!({ "S": risk })).await;
        }
        let (_, among) = post(&platform, "/risk/churn", &request).await;
        assert_eq!(among["risk_percentile"], 62.5, "{among}");
    }
}

#[tokio::test]
async fn the_risk_of_the_survival_fit_comes_first() {
    let threshold = [("DECISION_CHURN_ALERT_THRESHOLD".to_string(), "0.8".to_string())];
    let set = |config| Config { environment: threshold.into_iter().collect(), ..config };
    let platform = Platform::with(BACKENDS[0], set).await;
    let row = SurvivalRiskRow {
        user_id: "amy".into(),
        run_id: "r".into(),
        risk_score: 0.75,
        hazard_ratio: Some(2.0),
        rank_percentile: Some(0.875),
        survival: json!({}),
        updated_at: at("2025-03-12T05:00:00Z"),
    };
    let mut tx = platform.service.store.begin().await.unwrap();
    tx.write_survival_risks(&[row]).await.unwrap();
    tx.commit().await.unwrap();
    let kpis = json!({"S": 0.75, "S_source": "survival", "S_fitted_at": "2025-03-12T05:00:00Z"});
    store_kpis(&platform, "amy", "2025-03-10", kpis).await;
    let (_, found) = post(&platform, "/risk/churn", &json!({"student_id": "amy"})).await;
    assert_eq!((&found["method"], &found["risk_score"]), (&json!("survival"), &json!(0.75)));
    assert_eq!((&found["risk_percentile"], &found["alert"]), (&json!(87.5), &json!(false)));
    assert_eq!(found["threshold"], 0.8);
    assert_eq!(
        keys(&found),
        [
            "alert",
            "method",
            "ok",
            "reason",
            "risk_percentile",
            "risk_score",
            "status",
            "student_id",
            "threshold",
            "timestamp"
        ]
    );
}

#[tokio::test]
async fn what_is_not_known_of_a_student_has_no_value() {
    let platform = Platform::start(BACKENDS[0]).await;
    store_overall(&platform.service.store, "ben", 0.5, "2025-03-06T00:00:00Z").await;
    let request = json!({"student_id": "ben"});
    let (_, found) = post(&platform, "/score/topic-theta", &request).await;
    assert_eq!(found["theta_scores"], json!({}));
    let (_, found) = post(&platform, "/risk/churn", &request).await;
    assert_eq!(
        (&found["risk_score"], &found["alert"], &found["reason"]),
        (&Value::Null, &Value::Null, &json!("no_activity"))
    );
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let platform = Platform::start(BACKENDS[0]).await;
    for (path, body) in [
        ("/score/topic-theta", json!({})),
        ("/score/topic-theta", json!({"student_id": ""})),
        ("/score/topic-theta", json!({"student_id": " "})),
        ("/score/topic-theta", json!({"student_id": "a", "topic_ids": "t"})),
        ("/score/topic-theta", json!({"student_id": "a".repeat(10_000)})),
        ("/improvement/index", json!({"student_id": "a", "window_days": 0})),
        ("/improvement/index", json!({"student_id": "a", "window_days": 4_000})),
        ("/risk/churn", json!({"student_id": ["a"]})),
    ] {
        let (status, answer) = post(&platform, path, &body).await;
        assert_eq!((status, &answer["ok"]), (400, &json!(false)), "{path}: {answer}");
    }
}
