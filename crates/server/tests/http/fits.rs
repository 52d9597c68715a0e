//! `POST /irt/calibrate` and `POST /irt/score`, every form.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use seedtest_store::{RunFilter, RunStatus};
use serde_json::{Value, json};

use crate::service::{Service, config, json};

/// Answers of a made-up class, the same every time.
pub(crate) fn observations(students: usize, items: usize) -> Vec<Value> {
    let mut state = 7_u64;
    let mut rows = Vec::new();
    for student in 0..students {
        for item in 0..items {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let able = student as f64 / students as f64;
            let hard = item as f64 / items as f64;
            let right = (state >> 33) as f64 / f64::from(1_u32 << 31) < 0.5 + 0.8 * (able - hard);
            rows.push(json!({
                "user_id": format!("u{student}"), "item_id": item, "is_correct": right,
                "responded_at": "2025-01-06T10:00:00Z",
            }));
        }
    }
    rows
}

#[tokio::test]
async fn a_calibration_has_both_shapes_of_items_and_enters_the_ledger() {
    let service = Service::start(config()).await;
    let request = json!({"observations": observations(80, 9), "model": "2pl", "priors": "weak"});
    let (status, body) = json(service.post("/irt/calibrate", request.to_string()).await).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["status"], &body["ok"]), (&"success".into(), &true.into()));
    assert_eq!(body["items"].as_array().unwrap().len(), 9);
    assert_eq!(body["item_params"][0]["params"]["a"], body["items"][0]["a"]);
    assert_eq!(body["abilities"].as_array().unwrap().len(), 80);
    let constants = &body["fit_meta"]["linking_constants"];
    assert_eq!((&constants["A"], &constants["slope"]), (&json!(1.0), &json!(1.0)));
    let runs =
        service.store.runs(RunFilter { name: Some("irt"), actor: None, limit: 5 }).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].start.run_id, body["fit_meta"]["run_id"].as_str().unwrap());
    assert_eq!((runs[0].status, runs[0].start.actor.as_str()), (RunStatus::Done, "TEST_TOKEN"));
    let run = service.store.run(&runs[0].start.run_id).await.unwrap().unwrap();
    assert_eq!(run.request.as_deref(), Some(request.to_string().as_str()));
}

#[tokio::test]
async fn rows_matrix_and_packed_bodies_give_the_same_items() {
    let service = Service::start(config()).await;
    let rows = observations(60, 6);
    let matrix: Vec<Vec<u8>> = rows
        .chunks(6)
        .map(|row| row.iter().map(|r| u8::from(r["is_correct"] == true)).collect())
        .collect();
    let as_rows = json!({"rows": rows, "model": "Rasch"}).to_string();
    let as_matrix =
        json!({"responses": matrix, "item_ids": [0, 1, 2, 3, 4, 5], "model": "rasch"}).to_string();
    let (_, first) = json(service.post("/irt/calibrate", as_rows.clone()).await).await;
    let (_, second) = json(service.post("/irt/calibrate", as_matrix).await).await;
    let (first_b, second_b) = (first["items"][3]["b"].as_f64(), second["items"][3]["b"].as_f64());
    assert!((first_b.unwrap() - second_b.unwrap()).abs() < 1e-6);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(as_rows.as_bytes()).unwrap();
    let packed = service
        .client
        .post(service.url("/irt/calibrate"))
        .bearer_auth(crate::service::SECRET)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .header("accept-encoding", "gzip")
        .body(gzip.finish().unwrap());
    let answer = packed.send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text)
        .unwrap();
    let third: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(third["items"], first["items"]);
}

#[tokio::test]
async fn a_hundred_thousand_answers_fit_into_one_request() {
    let service = Service::start(config()).await;
    let request = json!({"observations": observations(2_000, 50), "model": "Rasch"}).to_string();
    assert!(request.len() > 8_000_000);
    let (status, body) = json(service.post("/irt/calibrate", request).await).await;
    assert_eq!(status, 200, "{body:.300}");
    assert_eq!(body["fit_meta"]["metrics"]["n"], 100_000);
    assert_eq!(body["abilities"].as_array().unwrap().len(), 2_000);
}

#[tokio::test]
async fn every_form_of_item_parameters_scores_the_same() {
    let service = Service::start(config()).await;
    let item = json!({"item_id": "7", "a": 1.2, "b": -0.3, "c": 0.1});
    let mut thetas = Vec::new();
    for params in [
        json!({"7": {"a": 1.2, "b": -0.3, "c": 0.1}}),
        json!({"items": [item]}),
        json!([item]),
        json!({"item_params": [{"item_id": "7", "params": {"a": 1.2, "b": -0.3, "c": 0.1}}]}),
    ] {
        let request =
            json!({"item_params": params, "responses": [{"question_id": 7, "correct": 1}]});
        let (status, body) = json(service.post("/irt/score", request.to_string()).await).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["se"], body["standard_error"]);
        assert_eq!(body["scores"][0]["theta"], body["theta"]);
        thetas.push(body["theta"].as_f64().unwrap());
    }
    assert!(thetas.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn several_students_have_no_common_ability_and_no_usable_item_is_a_noop() {
    let service = Service::start(config()).await;
    let two = r#"{"item_params":{"1":{"b":0}},"method":"map","responses":[
        {"user_id":"a","item_id":"1","is_correct":true},{"user_id":"b","item_id":"1","is_correct":0}]}"#;
    let (_, body) = json(service.post("/irt/score", two).await).await;
    assert_eq!((&body["theta"], &body["method"]), (&Value::Null, &"MAP".into()));
    assert_eq!(body["scores"].as_array().unwrap().len(), 2);
    let none = r#"{"item_params":{"1":{"b":0}},"responses":[{"item_id":"9","is_correct":true}]}"#;
    let (status, body) = json(service.post("/irt/score", none).await).await;
    assert_eq!((status, &body["status"]), (200, &"noop".into()));
    let three =
        r#"{"item_params":{"1":{"b":0}},"model":"3PL","responses":[{"item_id":"1","y":1}]}"#;
    let (_, guessing) = json(service.post("/irt/score", three).await).await;
    let (_, plain) = json(service.post("/irt/score", three.replace("3PL", "2PL")).await).await;
    assert!(guessing["theta"].as_f64() < plain["theta"].as_f64());
}

#[tokio::test]
async fn bad_requests_say_what_is_wrong() {
    let service = Service::start(config()).await;
    for (path, body, status, word) in [
        ("/irt/calibrate", "{}", 400, "no_observations"),
        ("/irt/calibrate", r#"{"observations":[]}"#, 400, "no_observations"),
        (
            "/irt/calibrate",
            r#"{"observations":[{"item_id":1,"is_correct":1}]}"#,
            400,
            "invalid_parameter",
        ),
        (
            "/irt/calibrate",
            r#"{"observations":[{"user_id":1,"item_id":1,"is_correct":1}],"model":"4PL"}"#,
            400,
            "invalid_parameter",
        ),
        (
            "/irt/calibrate",
            r#"{"observations":[{"user_id":1,"item_id":1,"is_correct":1}]}"#,
            422,
            "unusable_data",
        ),
        ("/irt/calibrate", r#"{"responses":[[0,1],[1]]}"#, 400, "invalid_parameter"),
        ("/irt/calibrate", r#"{"observations":7}"#, 400, "malformed"),
        ("/irt/calibrate", r#"{"max_seconds":-1}"#, 400, "invalid_parameter"),
        ("/survival/fit", r#"{"max_seconds":1e-300}"#, 400, "invalid_parameter"),
        ("/irt/score", r#"{"responses":[]}"#, 400, "invalid_parameter"),
        (
            "/irt/score",
            r#"{"item_params":{},"responses":[],"method":"XX"}"#,
            400,
            "invalid_parameter",
        ),
        (
            "/irt/score",
            r#"{"item_params":{},"responses":[],"prior_sd":0}"#,
            400,
            "invalid_parameter",
        ),
        ("/irt/score", "[1]", 400, "malformed"),
    ] {
        let (found, answer) = json(service.post(path, body).await).await;
        assert_eq!((found, &answer["error"]), (status, &word.into()), "{body}: {answer}");
        assert!(!answer["message"].as_str().unwrap().is_empty());
    }
}
