//! `POST /growth/fit` and `POST /growth/predict`.

use seedtest_pipeline::{Verification, verify_run};
use serde_json::{Value, json};

use crate::service::{Service, config, json};

/// Students on lines of their own, with scatter that is the same every time.
fn rows(students: u32) -> Vec<Value> {
    let scatter = |n: u32| f64::from(n.wrapping_mul(2_654_435_761) % 1_000) / 1_000.0 - 0.5;
    (0..students * 6)
        .map(|n| {
            let (student, week) = (n / 6, n % 6);
            let level = 0.8 * scatter(student * 7 + 3);
            let slope = 0.05 + 0.1 * scatter(student * 13 + 5);
            let score = level + slope * f64::from(week) + 0.4 * scatter(n * 31 + 1);
            json!({"student_id": format!("s{student}"), "week": week, "score": score})
        })
        .collect()
}

fn fit_request(students: u32) -> Value {
    json!({"data": rows(students), "n_samples": 500, "n_warmup": 300, "n_chains": 2,
        "target_score": 0.5, "horizon_weeks": 4, "seed": 7})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_predicts_later_and_can_be_repeated() {
    let service = Service::start(config()).await;
    let (status, fitted) =
        json(service.post("/growth/fit", fit_request(20).to_string()).await).await;
    assert_eq!(status, 200, "{fitted}");
    let week = &fitted["posterior_summary"]["week"];
    assert!(week["q2.5"].as_f64() < week["q97.5"].as_f64(), "{week}");
    assert_eq!(fitted["predictions"].as_object().unwrap().len(), 20);
    let run_id = fitted["run_id"].as_str().unwrap();

    let features = json!({"run_id": run_id, "target_score": 0.5,
        "user_features": {"current_score": 0.4, "trend": 0.05, "weeks_remaining": 4}});
    let (status, body) = json(service.post("/growth/predict", features.to_string()).await).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["run_id"], run_id);
    let probability = body["probability"].as_f64().unwrap();
    assert!(body["lower"].as_f64().unwrap() <= probability, "{body}");
    let verified = verify_run(&service.store, run_id).await.unwrap();
    assert!(matches!(verified, Verification::Identical { .. }), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn predictions_without_a_fit_and_faults() {
    let service = Service::start(config()).await;
    let post = async |path: &str, request: Value| {
        json(service.post(path, request.to_string()).await).await
    };
    let (status, body) =
        post("/growth/predict", json!({"mu": 0.0, "sigma": 1.0, "target": 0.0})).await;
    assert_eq!(status, 200, "{body}");
    assert!((body["probability"].as_f64().unwrap() - 0.5).abs() < 1e-12, "{body}");
    let features = json!({"target_score": 0.5,
        "user_features": {"current_score": 0.4, "trend": 0.05, "weeks_remaining": 4}});
    let (status, body) = post("/growth/predict", features).await;
    assert_eq!((status, &body["error"]), (409, &json!("no_model")), "{body}");
    let few = json!({"data": rows(1)});
    let (status, body) = post("/growth/fit", few).await;
    assert_eq!((status, &body["status"]), (200, &json!("noop")), "{body}");
    let mut wrong = fit_request(4);
    wrong["n_chains"] = json!(0);
    let (status, body) = post("/growth/fit", wrong).await;
    assert!(status == 400 || status == 422, "{status} {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_that_did_not_converge_answers_only_by_its_name() {
    let service = Service::start(config()).await;
    let post = async |path: &str, request: &Value| {
        json(service.post(path, request.to_string()).await).await
    };
    let mut few = fit_request(8);
    (few["n_samples"], few["n_warmup"]) = (json!(20), json!(20));
    let (status, fitted) = post("/growth/fit", &few).await;
    assert_eq!((status, &fitted["converged"]), (200, &json!(false)), "{fitted}");
    let run_id = fitted["run_id"].as_str().unwrap();
    let row = json!([{"student": "new", "week": 5, "score": 0.3}]);
    for mut request in [json!({"rows": row}), json!({"rows": row, "run_id": "latest"})] {
        let (status, body) = post("/growth/predict", &request).await;
        assert_eq!((status, &body["error"]), (409, &json!("no_model")), "{body}");
        assert!(body["message"].as_str().unwrap().contains(run_id), "{body}");
        request["run_id"] = json!(run_id);
        let (status, body) = post("/growth/predict", &request).await;
        assert_eq!((status, &body["run_id"]), (200, &json!(run_id)), "{body}");
    }
    // What needs no stored fit is answered without one.
    let normal = json!({"mu": 0.0, "sigma": 1.0, "target": 0.0});
    assert_eq!(post("/growth/predict", &normal).await.0, 200);
}
