//! Fits that take long: budgets, callers that go away, a full queue, the end of the service.

use std::time::Duration;

use seedtest_server::{Config, Limits};
use seedtest_store::{RunFilter, RunKind, RunStart, RunStatus, Store, Target};
use serde_json::json;

use crate::fits::observations;
use crate::runs::ended;
use crate::service::{Service, config, json};

/// A calibration of many iterations that never meets its tolerance.
fn endless() -> String {
    let request = json!({
        "observations": observations(400, 40), "model": "3PL", "max_iter": 1_000_000, "tol": 1e-300,
    });
    request.to_string()
}

async fn wait_for_status(service: &Service, status: RunStatus) {
    for _ in 0..400 {
        let runs = service
            .store
            .runs(RunFilter { name: Some("irt"), actor: None, limit: 1 })
            .await
            .unwrap();
        if runs.first().is_some_and(|run| run.status == status) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no run became {}", status.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_budget_returns_the_best_fit_so_far() {
    let service = Service::start(config()).await;
    let request = endless().replacen('{', r#"{"max_seconds":2,"#, 1);
    let (status, body) = json(service.post("/irt/calibrate", request).await).await;
    assert_eq!((status, &body["truncated"]), (200, &true.into()), "{body}");
    assert_eq!(body["fit_meta"]["verdict"]["status"], "truncated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fit_nobody_waits_for_is_cancelled_and_scores_go_on_meanwhile() {
    let service = Service::start(config()).await;
    let impatient = service
        .client
        .post(service.url("/irt/calibrate"))
        .bearer_auth(crate::service::SECRET)
        .timeout(Duration::from_secs(3))
        .body(endless());
    let gone = tokio::spawn(impatient.send());
    wait_for_status(&service, RunStatus::Running).await;
    let score = r#"{"item_params":{"1":{"b":0}},"responses":[{"item_id":"1","y":1}]}"#;
    assert_eq!(service.post("/irt/score", score).await.status(), 200);
    assert!(gone.await.unwrap().is_err());
    wait_for_status(&service, RunStatus::Cancelled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_when_to_come_back() {
    let limits = Limits { workers: 1, queue: 0, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let first = service.post("/irt/calibrate", endless().replacen('{', r#"{"max_seconds":3,"#, 1));
    let second = async {
        wait_for_status(&service, RunStatus::Running).await;
        service.post("/irt/calibrate", endless()).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.status(), 200);
    assert_eq!(second.headers()["retry-after"], "5");
    assert_eq!(json(second).await.0, 429);
}

async fn begin(service: &Service) -> String {
    let (status, body) = json(service.post("/v1/runs?model=irt", endless()).await).await;
    assert_eq!(status, 202, "{body}");
    body["run_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_service_waits_for_runs_in_the_background() {
    let limits = Limits { workers: 1, grace: Duration::from_millis(200), ..Limits::default() };
    let mut service = Service::start(Config { limits, ..config() }).await;
    let running = begin(&service).await;
    wait_for_status(&service, RunStatus::Running).await;
    let waiting = begin(&service).await;
    service.stop().await;
    let run = service.store.run(&running).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Done);
    assert_eq!(run.end.unwrap().verdict.unwrap()["status"], "truncated");
    let run = service.store.run(&waiting).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Queued);

    let next = Service::on(config(), service.store.clone()).await;
    for _ in 0..400 {
        let (_, body) = json(next.get(&format!("/v1/runs/{waiting}")).await).await;
        if body["run_status"] == "running" && body["progress"]["iteration"].is_number() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the queued run is not taken up by the next service");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_service_leaves_no_run_that_runs_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::Sqlite { path: dir.path().join("t.db") };
    let killed = Store::open(&target).await.unwrap();
    killed.migrate().await.unwrap();
    let start = |run_id: &str| RunStart {
        run_id: run_id.into(),
        kind: RunKind::Fit,
        name: "irt".into(),
        actor: "a test".into(),
        program_version: "0.1.0".into(),
        spec: json!({}),
        seed: None,
        started_at: config().clock.now(),
    };
    killed.open_run(&start("irt-left-behind"), None).await.unwrap();
    let request = json!({"observations": observations(30, 5), "model": "Rasch"}).to_string();
    killed.queue_run(&start("irt-queued"), Some(&request)).await.unwrap();
    // Nothing is closed while the process that may work on it is there.
    let second = Service::on(config(), Store::open(&target).await.unwrap()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for (run, status) in [("irt-left-behind", "running"), ("irt-queued", "queued")] {
        let (_, body) = json(second.get(&format!("/v1/runs/{run}")).await).await;
        assert_eq!(body["run_status"], status, "{body}");
    }
    drop((second, killed));

    let third = Service::on(config(), Store::open(&target).await.unwrap()).await;
    let done = ended(&third, "irt-queued").await;
    assert_eq!(done["run_status"], "done", "{done}");
    assert_eq!(done["result"]["fit_meta"]["run_id"], "irt-queued");
    let lost = ended(&third, "irt-left-behind").await;
    assert_eq!(lost["run_status"], "interrupted", "{lost}");
    assert!(lost["error_detail"]["message"].as_str().unwrap().contains("the process ended"));
    // Every route knows the run as long as it is kept.
    let events = third.get("/v1/runs/irt-left-behind/events").await.text().await.unwrap();
    assert!(events.contains("event: interrupted"), "{events}");
    let path = third.url("/v1/runs/irt-left-behind");
    let delete = third.client.delete(path).bearer_auth(crate::service::SECRET).send();
    assert_eq!(delete.await.unwrap().status(), 409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_service_hands_back_what_it_has() {
    let limits = Limits { grace: Duration::from_millis(200), ..Limits::default() };
    let mut service = Service::start(Config { limits, ..config() }).await;
    let url = service.url("/irt/calibrate");
    let request = service.client.post(url).bearer_auth(crate::service::SECRET).body(endless());
    let running = tokio::spawn(request.send());
    wait_for_status(&service, RunStatus::Running).await;
    // A busy machine needs a moment until there is something to hand back.
    tokio::time::sleep(Duration::from_secs(2)).await;
    service.stop().await;
    let (status, body) = json(running.await.unwrap().unwrap()).await;
    assert_eq!((status, &body["truncated"]), (200, &true.into()));
}
