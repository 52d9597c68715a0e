//! `POST /survival/fit`, `POST /survival/predict` and `POST /survival/curves`.

use seedtest_pipeline::{Verification, verify_run};
use serde_json::{Value, json};

use crate::service::{Service, config, json};

/// Students whose silence comes the sooner the less they do; the same every time.
fn rows() -> Vec<Value> {
    (0..120_u32)
        .map(|n| {
            let engagement = f64::from(n * 37 % 100) / 100.0;
            let noise = f64::from(n * 53 % 29);
            let time = 3.0 + 40.0 * engagement + noise;
            json!({
                "user_id": format!("u{n}"), "observed_gap_days": time,
                "event": u32::from(time < 45.0), "A_t": engagement,
                "mean_gap": f64::from(n * 17 % 11),
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_predicts_later_by_its_id_and_as_the_newest() {
    let service = Service::start(config()).await;
    let none = json!({"user_features": [{"user_id": "x", "A_t": 0.5, "mean_gap": 3}]});
    let (status, body) = json(service.post("/survival/predict", none.to_string()).await).await;
    assert_eq!((status, &body["error"]), (409, &json!("no_model")), "{body}");

    let (status, fitted) =
        json(service.post("/survival/fit", json!({"rows": rows()}).to_string()).await).await;
    assert_eq!(status, 200, "{fitted}");
    assert_eq!((&fitted["status"], &fitted["ok"]), (&json!("success"), &json!(true)));
    let run_id = fitted["run_id"].as_str().unwrap();
    for id in [run_id, "latest"] {
        let request = json!({"run_id": id, "time_points": [7, 14],
            "user_features": [{"user_id": "idle", "A_t": 0.05, "mean_gap": 9},
                              {"user_id": "busy", "A_t": 0.95, "mean_gap": 1}]});
        let (status, body) =
            json(service.post("/survival/predict", request.to_string()).await).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["run_id"], run_id);
        assert_eq!(body["risk_rankings"][0]["user_id"], "idle", "{body}");
    }
    let verified = verify_run(&service.store, run_id).await.unwrap();
    assert!(matches!(verified, Verification::Identical { .. }), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_come_unless_they_are_not_wanted() {
    let service = Service::start(config()).await;
    for (wanted, covariates) in [(json!(null), 2), (json!(true), 2), (json!(false), 0)] {
        let request = json!({"rows": rows(), "reasons": wanted});
        let (_, body) = json(service.post("/survival/fit", request.to_string()).await).await;
        let reasons = body["predictions"][0]["reasons"].as_array().map_or(0, Vec::len);
        assert_eq!(reasons, covariates, "{wanted}");
        assert!(body["predictions"][0]["risk_score"].is_number());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fitted_is_told_apart() {
    let service = Service::start(config()).await;
    let post =
        async |request: Value| json(service.post("/survival/fit", request.to_string()).await).await;
    let few = json!({"rows": rows()[..2]});
    let (status, body) = post(few).await;
    assert_eq!((status, &body["status"]), (200, &json!("noop")), "{body}");
    let mut negative = rows();
    negative[3]["observed_gap_days"] = json!(-2);
    let (status, body) = post(json!({"rows": negative})).await;
    assert_eq!(status, 422, "{body}");
    let (status, body) = post(json!({"rows": rows(), "family": "gompertz"})).await;
    assert_eq!(status, 400, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn curves_need_no_covariates() {
    let service = Service::start(config()).await;
    let request = json!({"rows": rows(), "formula": "Surv(observed_gap_days, event) ~ 1"});
    let (status, body) = json(service.post("/survival/curves", request.to_string()).await).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["status"], &body["n_obs"]), (&json!("success"), &json!(120)));
    assert!(body["groups"][0]["median"].is_number(), "{body}");
    let request = json!({"rows": rows(), "group": "class"});
    let (status, body) = json(service.post("/survival/curves", request.to_string()).await).await;
    assert_eq!(status, 400, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_variant_of_a_prediction_gets_the_union() {
    let service = Service::start(config()).await;
    let post = async |request: Value| {
        json(service.post("/survival/predict", request.to_string()).await).await
    };
    let stateless = json!({"rows": rows(), "time": 20, "model": "weibull"});
    let (status, body) = post(stateless).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["survival_prob"].as_array().unwrap().len(), 120);
    assert_eq!(body["risk_rankings"][0]["rank"], 1);
    assert!(body["survival_curves"]["u0"]["7"].is_number(), "{body}");
    let (status, body) = post(json!({"rows": rows()[..4], "time": 20})).await;
    assert_eq!((status, &body["status"]), (200, &json!("noop")), "{body}");
    assert_eq!(body["reason"], "Insufficient data: n = 4, a fit needs 10 rows");
}
