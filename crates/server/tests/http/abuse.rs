//! Hostile and broken requests: a 4xx each, and the service lives on.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use seedtest_server::{Config, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::service::{SECRET, Service, config, json};

#[tokio::test]
async fn hostile_json_is_malformed() {
    let service = Service::start(config()).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(
        r#"{{"item_params":{{}},"responses":[{{"item_id":"{}","y":1}}]}}"#,
        "x".repeat(10_000)
    );
    for body in [
        deep.as_str(),
        long.as_str(),
        r#"{"item_params":{"a":{"b":NaN}},"responses":[]}"#,
        r#"{"item_params":{"a":{"b":Infinity}},"responses":[]}"#,
        r#"{"item_params":{"a":{"b":1e999}},"responses":[]}"#,
        r#"{"item_params":{},"item_params":{},"responses":[]}"#,
        r#"{"item_params":{"q":{"b":1},"q":{"b":2}},"responses":[]}"#,
        "{\"item_params\":{\"\u{0}\":1}",
        "not json",
        "",
        "{}{}",
    ] {
        for path in ["/irt/score", "/irt/calibrate"] {
            let (status, answer) = json(service.post(path, body.to_string()).await).await;
            assert!((400..500).contains(&status), "{path} {status}: {answer}");
        }
    }
    assert_eq!(service.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn a_refusal_does_not_send_a_megabyte_back() {
    let service = Service::start(config()).await;
    let long = "x".repeat(1_000_000);
    let row = |i: u32| serde_json::json!({"student": i, "time": 1 + i % 9, "event": i % 2});
    let rows: Vec<_> = (0..100).map(row).collect();
    for (path, body) in [
        ("/irt/score", serde_json::json!({"item_params": {}, "responses": [], "method": long})),
        ("/irt/calibrate", serde_json::json!({"observations": [], "model": long})),
        (
            "/survival/fit",
            serde_json::json!({"rows": rows, "formula": format!("Surv(time, event) ~ {long}")}),
        ),
        ("/prophet/fit", serde_json::json!({"rows": [{"ds": long, "y": 1}]})),
        (
            "/growth/predict",
            serde_json::json!({"run_id": long, "user_features": {"current_score": 1}}),
        ),
        ("/forecast/summary", serde_json::json!({"mean": long, "sd": 1, "target": 0})),
        ("/v1/events", serde_json::json!({"kind": long, "user_id": "a"})),
    ] {
        let answer = service.post(path, body.to_string()).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        let sent = answer.text().await.unwrap();
        assert!(sent.len() < 6_000, "{path}: {} bytes", sent.len());
        assert!(sent.contains("\"hint\"") || sent.contains("\"message\""), "{path}: {sent}");
    }
}

#[tokio::test]
async fn bodies_have_a_limit_declared_chunked_or_packed() {
    let limits = Limits { fit_body: 100_000, body: 100_000, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let large = "x".repeat(200_000);
    let (status, _) = json(service.post("/irt/score", large.clone()).await).await;
    assert_eq!(status, 413);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 50_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let packed = service
        .client
        .post(service.url("/irt/calibrate"))
        .bearer_auth(SECRET)
        .header("content-encoding", "gzip")
        .body(bomb);
    assert_eq!(packed.send().await.unwrap().status(), 413);
    let mut raw = TcpStream::connect(service.addr).await.unwrap();
    let head = format!(
        "POST /irt/score HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    raw.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    for _ in 0..8 {
        if raw.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    assert!(answer(&mut raw).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn wrong_types_and_encodings_are_refused() {
    let service = Service::start(config()).await;
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "text/plain"),
        ("content-encoding", "br"),
    ] {
        let request = service.client.post(service.url("/irt/score")).bearer_auth(SECRET);
        let answer = request.header(name, value).body("{}").send().await.unwrap();
        assert_eq!(json(answer).await.0, 415, "{name}: {value}");
    }
}

#[tokio::test]
async fn slow_and_broken_connections_end() {
    let limits = Limits {
        header_time: Duration::from_millis(300),
        body_silence: Duration::from_millis(300),
        ..Limits::default()
    };
    let service = Service::start(Config { limits, ..config() }).await;
    let mut silent_header = TcpStream::connect(service.addr).await.unwrap();
    silent_header.write_all(b"POST /irt/score HTT").await.unwrap();
    let said = answer(&mut silent_header).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    let mut silent_body = TcpStream::connect(service.addr).await.unwrap();
    let head = format!(
        "POST /irt/score HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\ncontent-length: 100\r\n\r\n{{"
    );
    silent_body.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut silent_body).await.starts_with("HTTP/1.1 408"));
    let mut flood = TcpStream::connect(service.addr).await.unwrap();
    let headers = "x-a: b\r\n".repeat(5_000);
    let _ = flood.write_all(format!("GET /healthz HTTP/1.1\r\n{headers}\r\n").as_bytes()).await;
    assert!(answer(&mut flood).await.starts_with("HTTP/1.1 431"));
    assert_eq!(service.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn paths_lead_nowhere_else() {
    let service = Service::start(config()).await;
    for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/irt/..%2fscore", "//"] {
        let mut raw = TcpStream::connect(service.addr).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        raw.write_all(head.as_bytes()).await.unwrap();
        assert!(answer(&mut raw).await.starts_with("HTTP/1.1 404"), "{path}");
    }
}

#[tokio::test]
async fn two_hosts_are_no_host() {
    let service = Service::start(config()).await;
    let open = Service::start(Config { tokens: Vec::new(), ..config() }).await;
    for service in [&service, &open] {
        for (first_line, hosts, status) in [
            ("GET /livez HTTP/1.1", &["127.0.0.1", "evil.example"][..], "400"),
            ("GET /livez HTTP/1.1", &["127.0.0.1", "127.0.0.1"], "400"),
            ("GET /no-such-route HTTP/1.1", &["a", "b"], "400"),
            ("GET /livez HTTP/1.1", &["127.0.0.1"], "200"),
            ("GET /livez HTTP/1.0", &[], "200"),
            ("GET /livez HTTP/1.1", &[], "400"),
            ("GET http://127.0.0.1/livez HTTP/1.1", &[], "400"),
        ] {
            let mut raw = TcpStream::connect(service.addr).await.unwrap();
            let hosts: Vec<String> = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
            let head = format!("{first_line}\r\n{}connection: close\r\n\r\n", hosts.concat());
            raw.write_all(head.as_bytes()).await.unwrap();
            let said = answer(&mut raw).await;
            assert_eq!(said.split(' ').nth(1), Some(status), "{head}: {said}");
        }
    }
    // On an open service the name in the first line counts.
    let mut raw = TcpStream::connect(open.addr).await.unwrap();
    let head =
        b"GET http://evil.example/livez HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    raw.write_all(head).await.unwrap();
    assert!(answer(&mut raw).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn every_answer_tells_a_browser_to_make_nothing_more_of_it() {
    let service = Service::start(config()).await;
    for (path, status) in [
        ("/livez", 200),
        ("/docs", 200),
        ("/openapi.json", 200),
        ("/metrics", 200),
        ("/v1/runs", 200),
        ("/no-such-route", 404),
        ("/v1/runs/none", 404),
        ("/irt/score", 405),
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        // What is somebody's, and refusals, stay nowhere.
        let is_kept = ["/livez", "/docs", "/openapi.json", "/metrics"].contains(&path);
        assert!(is_kept || header("cache-control") == Some("no-store"), "{path}");
    }
    let stranger = service.client.get(service.url("/v1/runs")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert_eq!(stranger.headers()["x-content-type-options"], "nosniff");
}

/// Who sends a request has fields, not flags.
#[tokio::test]
async fn no_answer_names_a_flag_of_the_command_line() {
    let service = Service::start(config()).await;
    let row = |i: u32| serde_json::json!({"student": i, "time": 1 + i % 9, "event": i % 2, "x": i});
    let rows: Vec<_> = (0..60).map(row).collect();
    let growth: Vec<_> = (0..40)
        .map(|i| serde_json::json!({"student_id": i % 8, "week": i / 8, "score": 1.5 + f64::from(i)}))
        .collect();
    for (path, body) in [
        ("/irt/calibrate", serde_json::json!({"observations": [], "model": "5PL"})),
        ("/irt/calibrate", serde_json::json!({"observations": []})),
        ("/irt/score", serde_json::json!({"item_params": {}, "responses": [], "method": "x"})),
        (
            "/survival/fit",
            serde_json::json!({"rows": rows, "formula": "Surv(time, event) ~ nothing"}),
        ),
        ("/survival/fit", serde_json::json!({"rows": rows, "ties": "x"})),
        ("/growth/fit", serde_json::json!({"rows": growth, "n_chains": 0})),
        ("/growth/fit", serde_json::json!({"rows": growth, "n_samples": 0})),
        ("/growth/predict", serde_json::json!({"user_features": {}})),
        (
            "/lmm/fit",
            serde_json::json!({"rows": growth, "formula": "score ~ nothing + (1|student_id)"}),
        ),
        ("/prophet/fit", serde_json::json!({"rows": [{"ds": "soon", "y": 1}]})),
        ("/cluster/fit", serde_json::json!({"rows": [], "method": "x"})),
        ("/v1/runs?job=mirt-calibrate", serde_json::json!({"model": "5PL"})),
        ("/v1/runs?job=mail-weekly-report", serde_json::json!({"format": "x"})),
        (
            "/growth/predict",
            serde_json::json!({"run_id": "none", "user_features": {"current_score": 1}}),
        ),
    ] {
        let (_, answer) = json(service.post(path, body.to_string()).await).await;
        for key in ["message", "hint"] {
            let said = answer[key].as_str().unwrap_or_default();
            assert!(!said.contains(" --") && !said.starts_with("--"), "{path}: {answer}");
        }
    }
    let limits = Limits { fit_body: 1_000, body: 1_000, ..Limits::default() };
    let small = Service::start(Config { limits, ..config() }).await;
    let (status, refused) = json(small.post("/irt/score", "x".repeat(5_000)).await).await;
    assert!(status == 413 && !refused.to_string().contains("--"), "{refused}");
}

/// The first bytes that come back, nothing when the connection is closed.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut bytes));
    let n = read.await.expect("the connection stays open").unwrap_or(0);
    String::from_utf8_lossy(&bytes[..n]).into_owned()
}
