//! `/v1/runs`: fits and jobs in the background.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fits::observations;
use crate::service::{Service, config, json};

pub(crate) async fn ended(service: &Service, run_id: &str) -> Value {
    for _ in 0..400 {
        let (status, body) = json(service.get(&format!("/v1/runs/{run_id}")).await).await;
        assert_eq!(status, 200, "{body}");
        if !["queued", "running"].contains(&body["run_status"].as_str().unwrap()) {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the run does not end");
}

async fn start(service: &Service, query: &str, body: String) -> String {
    let answer = service.post(&format!("/v1/runs?{query}"), body).await;
    let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_string());
    let (status, body) = json(answer).await;
    assert_eq!((status, &body["ok"]), (202, &true.into()), "{body}");
    let run_id = body["run_id"].as_str().unwrap().to_string();
    assert_eq!(location.unwrap(), format!("/v1/runs/{run_id}"));
    run_id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fit_in_the_background_has_the_result_of_the_synchronous_one() {
    let service = Service::start(config()).await;
    let request = json!({"observations": observations(60, 6), "model": "Rasch"}).to_string();
    let (_, now) = json(service.post("/irt/calibrate", request.clone()).await).await;
    let run_id = start(&service, "model=irt", request).await;
    let run = ended(&service, &run_id).await;
    assert_eq!(run["run_status"], "done", "{run}");
    assert_eq!(run["result"]["items"], now["items"]);
    assert_eq!(run["result"]["fit_meta"]["run_id"], run_id.as_str());
    let events = service.get(&format!("/v1/runs/{run_id}/events")).await.text().await.unwrap();
    assert!(events.contains("event: done"), "{events}");
    let (_, listed) = json(service.get("/v1/runs?limit=5").await).await;
    assert!(listed["runs"].as_array().unwrap().iter().any(|r| r["run_id"] == run_id.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_and_a_run_can_be_cancelled() {
    let service = Service::start(config()).await;
    let request = json!({
        "observations": observations(400, 40), "model": "3PL", "max_iter": 1_000_000, "tol": 1e-300,
    });
    let run_id = start(&service, "model=irt", request.to_string()).await;
    let mut events = service.get(&format!("/v1/runs/{run_id}/events")).await;
    let mut text = String::new();
    while !text.contains("event: progress") {
        text.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains("\"iteration\":"), "{text}");
    let path = service.url(&format!("/v1/runs/{run_id}"));
    let delete = || service.client.delete(&path).bearer_auth(crate::service::SECRET).send();
    assert_eq!(delete().await.unwrap().status(), 202);
    assert_eq!(ended(&service, &run_id).await["run_status"], "cancelled");
    assert_eq!(delete().await.unwrap().status(), 409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_run_and_failures_are_told() {
    let service = Service::start(config()).await;
    let run_id = start(&service, "job=verify-counts", "{}".into()).await;
    let run = ended(&service, &run_id).await;
    assert_eq!(run["kind"], "job");
    assert!(run["result"]["log"].is_array(), "{run}");
    let run_id = start(&service, "model=irt", r#"{"observations":[]}"#.into()).await;
    let run = ended(&service, &run_id).await;
    assert_eq!(
        (&run["run_status"], &run["error_detail"]["error"]),
        (&"failed".into(), &"no_observations".into())
    );
    for (path, status) in [
        ("/v1/runs?model=nothing", 400),
        ("/v1/runs?job=nothing", 400),
        ("/v1/runs", 400),
        ("/v1/runs?job=verify-counts&model=irt", 400),
    ] {
        assert_eq!(json(service.post(path, "{}").await).await.0, status, "{path}");
    }
    // What would be refused when it runs is refused before it is accepted.
    for (query, body, told) in [
        ("job=mirt-calibrate", json!({"model": "5PL"}), "model"),
        ("job=mirt-calibrate", json!({"max-iter": "many"}), "max-iter"),
        ("job=verify-counts", json!({"as-of": "2999-01-01"}), "lies in the future"),
        ("job=verify-counts", json!({"as-of": "soon"}), "as-of"),
        ("job=features-backfill", json!({}), "features-backfill needs from"),
        ("job=features-backfill", json!({"from": "2025-03-05", "to": "2025-03-01"}), "lies after"),
        ("job=features-backfill", json!({"from": "2025-03-05", "user": "a\u{0}b"}), "U+0000"),
        ("job=compute-daily-kpis", json!({"to": "2025-03-01"}), "to needs from"),
        ("job=compute-daily-kpis", json!({"from": "2999-01-01", "to": "2999-02-01"}), "the future"),
        ("job=generate-weekly-report", json!({"format": "docx", "dry-run": true}), "format"),
        (
            "job=generate-weekly-report",
            json!({"week": "2999-01-01", "dry-run": true}),
            "the future",
        ),
        ("job=generate-weekly-report", json!({}), "S3_BUCKET"),
        ("model=irt", json!({"observations": [], "model": "5PL"}), "model"),
        ("model=irt", json!({"observations": [], "max_seconds": 0.0}), "max_seconds"),
        ("model=irt", json!({"observations": 7}), "observations"),
    ] {
        let answer = service.post(&format!("/v1/runs?{query}"), body.to_string()).await;
        let (status, refused) = json(answer).await;
        assert_eq!(status, 400, "{query} {body}: {refused}");
        let said = format!("{} {}", refused["message"], refused["hint"]);
        assert!(said.contains(told) && !said.contains("--"), "{query} {body}: {said}");
    }
    for body in ["not json", "[", r#"{"observations":[],"observations":[]}"#] {
        assert_eq!(json(service.post("/v1/runs?model=irt", body).await).await.0, 400, "{body}");
    }
    let (_, listed) = json(service.get("/v1/runs").await).await;
    assert_eq!(listed["runs"].as_array().unwrap().len(), 2, "{listed}");
    let stray = service.post("/v1/runs?job=verify-counts", r#"{"nonsense":1}"#).await;
    assert_eq!(json(stray).await.0, 400);
    let sql = "/v1/runs/x'%20OR%201=1;--";
    assert_eq!(json(service.get(sql).await).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_the_same_to_every_route_and_after_a_restart() {
    let mut service = Service::start(config()).await;
    let request = json!({"observations": observations(30, 5), "model": "Rasch"}).to_string();
    let run_id = start(&service, "model=irt", request).await;
    let failed = start(&service, "model=irt", r#"{"observations":[]}"#.into()).await;
    let before = [ended(&service, &run_id).await, ended(&service, &failed).await];
    service.stop().await;
    let next = Service::on(config(), service.store.clone()).await;
    let after = [ended(&next, &run_id).await, ended(&next, &failed).await];
    assert_eq!(before, after);
    assert!(before[0]["result"]["items"].is_array(), "{}", before[0]);
    for run in [&run_id, &failed] {
        let word = ended(&next, run).await["run_status"].as_str().unwrap().to_owned();
        let events = next.get(&format!("/v1/runs/{run}/events")).await.text().await.unwrap();
        assert!(events.contains(&format!("event: {word}")), "{events}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_kept_by_their_bytes() {
    let service = Service::start(config()).await;
    let request = json!({"observations": observations(30, 5), "model": "Rasch"}).to_string();
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run_id = start(&service, "model=irt", request.clone()).await;
        let run = ended(&service, &run_id).await;
        runs.push((run_id, run["result"].to_string().len() as u64));
    }
    let bytes = 2 * runs.iter().map(|(_, bytes)| bytes + 100).max().unwrap();
    let kept = seedtest_store::Retention { bytes, ..seedtest_store::Retention::default() };
    service.store.prune_ledger(kept).await.unwrap();
    let oldest = ended(&service, &runs[0].0).await;
    assert_eq!((&oldest["run_status"], oldest.get("result")), (&"done".into(), None), "{oldest}");
    assert!(ended(&service, &runs[2].0).await["result"].is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_run_can_be_cancelled_and_keeps_its_id() {
    let limits = seedtest_server::Limits { workers: 1, ..seedtest_server::Limits::default() };
    let service = Service::start(seedtest_server::Config { limits, ..config() }).await;
    let endless = json!({
        "observations": observations(400, 40), "model": "3PL", "max_iter": 1_000_000, "tol": 1e-300,
    });
    let running = start(&service, "model=irt", endless.to_string()).await;
    let jobs = [
        start(&service, "job=verify-counts", "{}".into()).await,
        start(&service, "model=irt", endless.to_string()).await,
    ];
    let delete = async |run: &str| {
        let path = service.url(&format!("/v1/runs/{run}"));
        let request = service.client.delete(path).bearer_auth(crate::service::SECRET);
        request.send().await.unwrap().status()
    };
    for run in &jobs {
        assert_eq!(delete(run).await, 202);
        let events = service.get(&format!("/v1/runs/{run}/events")).await.text().await.unwrap();
        assert!(events.contains("event: cancelled"), "{events}");
        assert_eq!(ended(&service, run).await["run_status"], "cancelled");
        assert_eq!(delete(run).await, 409);
    }
    assert_eq!(delete(&running).await, 202);
    assert_eq!(ended(&service, &running).await["run_status"], "cancelled");
    for run in &jobs {
        assert_eq!(ended(&service, run).await["run_status"], "cancelled");
    }
}

#[tokio::test]
async fn a_limit_of_the_list_is_a_number_or_told_to_be_one() {
    let service = Service::start(config()).await;
    for limit in ["-1", "many", "1.5", "99999999999"] {
        let (status, body) = json(service.get(&format!("/v1/runs?limit={limit}")).await).await;
        assert_eq!((status, &body["error"]), (400, &"invalid_parameter".into()), "{body}");
        assert_eq!(body["message"], "invalid limit");
        assert_eq!(body["hint"], "limit is a whole number from 1 to 200");
    }
    for query in ["limit=", "limit=0", "limit=500", "limit=1&limit=2"] {
        let (status, body) = json(service.get(&format!("/v1/runs?{query}")).await).await;
        assert_eq!(status, 200, "{query}: {body}");
    }
}
