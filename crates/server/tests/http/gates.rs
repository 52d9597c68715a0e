//! Health, tokens, errors, limits of rate.

use seedtest_server::{Config, Limits, Server, StartError};
use seedtest_store::{Store, Target};

use crate::service::{SECRET, Service, config, json};

const SCORE: &str =
    r#"{"item_params":{"q1":{"a":1,"b":0}},"responses":[{"item_id":"q1","is_correct":true}]}"#;

#[tokio::test]
async fn health_needs_no_token_and_knows_its_aliases() {
    let service = Service::start(config()).await;
    for path in ["/health", "/healthz"] {
        let (status, body) =
            json(service.client.get(service.url(path)).send().await.unwrap()).await;
        assert_eq!((status, &body["status"]), (200, &"ok".into()), "{path}");
        let (status, _) = json(service.get(path).await).await;
        assert_eq!(status, 200);
        let text = service.client.get(service.url(path)).header("accept", "text/plain");
        assert_eq!(text.send().await.unwrap().text().await.unwrap(), "OK");
    }
    let request = service.client.get(service.url("/healthz")).header("host", "r-brms-plumber:80");
    let (_, body) = json(request.send().await.unwrap()).await;
    assert_eq!(body["service"], "r-brms-plumber");
    assert_eq!(body["stan_version"], serde_json::Value::Null);
}

#[tokio::test]
async fn model_routes_want_a_token_in_any_form() {
    let service = Service::start(config()).await;
    let post = || service.client.post(service.url("/irt/score")).body(SCORE);
    let (status, body) = json(post().send().await.unwrap()).await;
    assert_eq!((status, &body["error"]), (401, &"unauthorized".into()));
    assert!(body["request_id"].is_string() && body["timestamp"].is_string());
    let (status, _) = json(post().header("x-internal-token", "wrong").send().await.unwrap()).await;
    assert_eq!(status, 401);
    for (name, value) in [
        ("authorization", format!("Bearer {SECRET}")),
        ("Authorization", format!("bearer {SECRET}")),
        ("x-internal-token", SECRET.to_string()),
    ] {
        let request = post().header(name, value).header("content-type", "application/json");
        assert_eq!(request.send().await.unwrap().status(), 200, "{name}");
    }
}

#[tokio::test]
async fn a_public_address_without_a_token_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    store.migrate().await.unwrap();
    let open = Config { binds: vec!["0.0.0.0:0".parse().unwrap()], ..Config::default() };
    let refused = Server::bind(open.clone(), store.clone()).await;
    assert!(matches!(refused.err(), Some(StartError::OpenToAll { .. })));
    assert!(Server::bind(Config { insecure: true, ..open }, store).await.is_ok());
}

#[tokio::test]
async fn errors_have_the_form_of_the_contract() {
    let service = Service::start(config()).await;
    for (path, status, word) in
        [("/nowhere", 404, "not_found"), ("/irt/score", 405, "method_not_allowed")]
    {
        let (found, body) = json(service.get(path).await).await;
        assert_eq!((found, &body["error"]), (status, &word.into()), "{path}");
        assert_eq!((&body["status"], &body["ok"]), (&"error".into(), &false.into()));
    }
    let id = service.client.get(service.url("/nowhere")).header("x-request-id", "my-id-7");
    let response = id.send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "my-id-7");
    assert_eq!(json(response).await.1["request_id"], "my-id-7");
}

#[tokio::test]
async fn one_caller_cannot_ask_without_end() {
    let limits = Limits { rate: 0.5, burst: 2.0, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    for _ in 0..2 {
        assert_eq!(service.post("/irt/score", SCORE).await.status(), 200);
    }
    let refused = service.post("/irt/score", SCORE).await;
    assert!(refused.headers().contains_key("retry-after"));
    let (status, body) = json(refused).await;
    assert_eq!((status, &body["error"]), (429, &"rate_limited".into()));
    assert_eq!(service.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn cross_origin_calls_are_off_unless_asked_for() {
    let preflight = |service: &Service| {
        service
            .client
            .request(reqwest::Method::OPTIONS, service.url("/irt/score"))
            .header("origin", "https://school.example")
            .header("access-control-request-method", "POST")
            .send()
    };
    let closed = Service::start(config()).await;
    let answer = preflight(&closed).await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    let cors_origins = vec!["https://school.example".to_string()];
    let open = Service::start(Config { cors_origins, ..config() }).await;
    let answer = preflight(&open).await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://school.example");
}

#[tokio::test]
async fn metrics_count_requests() {
    let service = Service::start(config()).await;
    service.post("/irt/score", SCORE).await;
    let text = service.client.get(service.url("/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    assert!(text.contains("http_requests_total{"), "{text}");
    assert!(text.contains("endpoint=\"/irt/score\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_know_the_last_success_of_a_job_and_the_chains_of_a_fit() {
    let service = Service::start(config()).await;
    let (status, run) = json(service.post("/v1/runs?job=verify-counts", "{}").await).await;
    assert_eq!(status, 202, "{run}");
    let path = format!("/v1/runs/{}", run["run_id"].as_str().unwrap());
    for _ in 0..200 {
        let (_, run) = json(service.get(&path).await).await;
        if run["run_status"] == "done" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let rows: Vec<serde_json::Value> = (0..60_u32)
        .map(|n| {
            let score = f64::from(n * 37 % 19) / 19.0 + 0.1 * f64::from(n % 6);
            serde_json::json!({"student": format!("s{}", n / 6), "week": n % 6, "score": score})
        })
        .collect();
    let fit = serde_json::json!({"rows": rows, "iter": 400, "chains": 2});
    let (status, fitted) = json(service.post("/growth/fit", fit.to_string()).await).await;
    assert_eq!(status, 200, "{fitted}");
    let text = service.client.get(service.url("/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    for expected in [
        "seedtest_job_last_success_timestamp_seconds{job=\"verify-counts\"}",
        "seedtest_ledger_job_runs{job=\"verify-counts\",status=\"done\"} 1",
        "seedtest_mcmc_rhat_max{source=\"request\"} ",
        "seedtest_mcmc_divergences{source=\"request\"} ",
        "seedtest_outbox_events{state=\"waiting\"} 0",
        "# HELP seedtest_fits_total ",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[tokio::test]
async fn a_trace_of_the_caller_is_kept_as_the_id() {
    let service = Service::start(config()).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let request = service.client.get(service.url("/nowhere")).header("traceparent", parent);
    assert_eq!(json(request.send().await.unwrap()).await.1["request_id"], trace);
}
