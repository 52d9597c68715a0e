//! What answers say of what was asked: fields that nobody reads, requests without their rows, students whom
//! nobody knows, a ledger that could not be written.

use serde_json::{Value, json};

use crate::analytics::post;
use crate::platform::school::store_answers;
use crate::platform::{BACKENDS, Platform};
use crate::service::{Service, config, json as read};

fn warnings(body: &Value) -> String {
    body["warnings"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_nobody_reads_is_named() {
    let service = Service::start(config()).await;
    let points: Vec<Value> = (0..40).map(|n| json!({"a": n % 7, "b": n % 5})).collect();
    let series: Vec<Value> =
        (1..29).map(|day| json!({"ds": format!("2025-01-{day:02}"), "y": day % 7})).collect();
    for (path, request, field) in [
        (
            "/irt/score",
            json!({"item_params": {"q": {"b": 0}}, "responses": [{"item_id": "q", "y": 1}], "metod": "wle"}),
            "metod",
        ),
        ("/cluster/fit", json!({"rows": points, "k": 2, "n_inti": 5}), "n_inti"),
        ("/prophet/fit", json!({"rows": series, "options": {"n_chngepoints": 2}}), "n_chngepoints"),
        ("/growth/predict", json!({"mean": 0, "sd": 1, "target": 0, "horizn": 3}), "horizn"),
    ] {
        let (status, body) = read(service.post(path, request.to_string()).await).await;
        assert_eq!(status, 200, "{path}: {body:.300}");
        assert!(warnings(&body).contains(field), "{path}: {}", warnings(&body));
    }
    let run = service.post("/v1/runs?model=irt&modle=growth", r#"{"observations":[]}"#).await;
    let (_, body) = read(run).await;
    assert!(warnings(&body).contains("modle"), "{body}");
}

#[tokio::test]
async fn what_is_known_is_not_complained_of() {
    let service = Service::start(config()).await;
    let request = r#"{"item_params":{"q":{"b":0}},"responses":[{"item_id":"q","y":1}]}"#;
    let (_, body) = read(service.post("/irt/score", request).await).await;
    assert_eq!(body["warnings"], json!([]), "{body}");
}

#[tokio::test]
async fn a_request_without_its_rows_is_a_mistake() {
    let service = Service::start(config()).await;
    for path in [
        "/irt/calibrate",
        "/growth/fit",
        "/survival/fit",
        "/lmm/fit",
        "/prophet/fit",
        "/cluster/fit",
    ] {
        let (status, body) = read(service.post(path, "{}").await).await;
        assert_eq!((status, &body["error"]), (400, &json!("no_observations")), "{path}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_of_the_process_cannot_be_sent() {
    let service = Service::start(config()).await;
    let mut tried = 0;
    for job in seedtest_pipeline::JOBS {
        for setting in job.settings.iter().filter(|setting| !setting.flag) {
            let request = json!({ setting.key: "1" }).to_string();
            let (status, body) =
                read(service.post(&format!("/v1/runs?job={}", job.name), request).await).await;
            assert_eq!(
                (status, &body["error"]),
                (400, &json!("invalid_parameter")),
                "{}: {body}",
                setting.key
            );
            tried += 1;
        }
    }
    assert!(tried > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_whom_nobody_knows_is_not_found() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_answers(&platform.service.store, "amy").await;
        for path in
            ["/improvement/index", "/score/topic-theta", "/risk/churn", "/recommend/next-topics"]
        {
            let (status, _) = post(&platform, path, &json!({"student_id": "amy"})).await;
            assert_eq!(status, 200, "{path}");
            let (status, body) = post(&platform, path, &json!({"student_id": "nobody"})).await;
            assert_eq!((status, &body["error"]), (404, &json!("not_found")), "{path}: {body}");
        }
        let goal = json!({"student_id": "nobody", "target_score": 0.5});
        assert_eq!(post(&platform, "/goal/attainment", &goal).await.0, 404);
    }
}
