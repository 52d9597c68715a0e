//! Limits that hold whoever asks: labels of metrics, slow senders, slow readers, too many connections, wrong
//! tokens.

use std::time::{Duration, Instant};

use seedtest_server::{Config, Limits, Patience};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::service::{SECRET, Service, config, json};

const SCORE: &str =
    r#"{"item_params":{"q1":{"a":1,"b":0}},"responses":[{"item_id":"q1","is_correct":true}]}"#;

/// Files that a slow reader asks for: more than the system takes in for one who does not read.
const REQUESTS: usize = 40;

async fn connect(service: &Service) -> TcpStream {
    TcpStream::connect(service.addr).await.unwrap()
}

/// Everything that comes back until the connection ends.
async fn all(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes));
    // A reset leaves what was read.
    let _ = read.await.expect("the connection stays open");
    bytes
}

async fn metrics(service: &Service) -> String {
    service.client.get(service.url("/metrics")).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn what_a_caller_makes_up_is_no_label_of_a_metric() {
    let service = Service::start(config()).await;
    let before = metrics(&service).await.lines().count();
    for n in 0..40 {
        for path in
            ["/healthz", "/irt/score", &format!("/made-up-{n}"), &format!("/v1/runs/made-up-{n}")]
        {
            let mut stream = connect(&service).await;
            let head = format!(
                "MADEUP{n} {path} HTTP/1.1\r\nhost: x\r\nx-request-id: made-up-{n}\r\nconnection: close\r\nauthorization: Bearer {SECRET}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let answer = String::from_utf8_lossy(&all(&mut stream).await).into_owned();
            assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
            assert!(!answer.contains("MADEUP"), "{answer}");
        }
    }
    let text = metrics(&service).await;
    assert!(text.contains("method=\"other\""), "{text}");
    let lower = text.to_lowercase();
    assert!(!lower.contains("madeup") && !lower.contains("made-up"), "{text}");
    // A few series for each route that was met, whatever the number of requests.
    assert!(text.lines().count() < before + 120, "{} lines after {before}", text.lines().count());
}

#[tokio::test]
async fn a_body_has_a_time_in_all() {
    let arrival = Patience { at_first: Duration::from_millis(400), bytes_a_second: 1_000 };
    let service =
        Service::start(Config { limits: Limits { arrival, ..Limits::default() }, ..config() })
            .await;
    let mut stream = connect(&service).await;
    let head = format!(
        "POST /irt/score HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\ncontent-length: 100000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    // Never silent for long, and never fast.
    let dripping = tokio::spawn(async move {
        while writer.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(10), reader.read(&mut answer));
    let n = read.await.expect("the body may drip for ever").unwrap();
    assert!(String::from_utf8_lossy(&answer[..n]).starts_with("HTTP/1.1 408"));
    drop(reader);
    dripping.abort();
    assert_eq!(service.post("/irt/score", SCORE).await.status(), 200);
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_left() {
    // What the buffers of the system take in counts as taken: several MiB, which must not earn seconds.
    let taking = Patience { at_first: Duration::from_millis(300), bytes_a_second: 64 << 20 };
    let service =
        Service::start(Config { limits: Limits { taking, ..Limits::default() }, ..config() }).await;
    let whole = service.client.get(service.url("/docs/swagger-ui-bundle.js")).send().await.unwrap();
    let size = whole.bytes().await.unwrap().len();
    let mut stream = connect(&service).await;
    let request = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n".repeat(REQUESTS);
    stream.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let taken = all(&mut stream).await.len();
    assert!(taken < REQUESTS * size, "{taken} bytes of {REQUESTS} files of {size}");
    assert_eq!(service.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn too_many_connections_are_told_to_come_back() {
    let limits = Limits { connections: 6, connections_of_address: 4, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let mut inside = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(&service).await;
        stream.write_all(b"GET /health").await.unwrap();
        inside.push(stream);
    }
    let mut outside = connect(&service).await;
    outside.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = String::from_utf8_lossy(&all(&mut outside).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
    drop(inside);
    let began = Instant::now();
    while service
        .client
        .get(service.url("/healthz"))
        .send()
        .await
        .map_or(0, |a| a.status().as_u16())
        != 200
    {
        assert!(began.elapsed() < Duration::from_secs(10), "nobody is let in again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn wrong_tokens_are_counted_and_right_ones_are_not_kept_out() {
    let service = Service::start(config()).await;
    let mut refused = Vec::new();
    for n in 0..100 {
        let request =
            service.client.post(service.url("/irt/score")).bearer_auth(format!("wrong {n}"));
        refused.push(request.body(SCORE).send().await.unwrap());
    }
    assert_eq!(refused[0].status(), 401);
    let last = refused.pop().unwrap();
    assert!(last.headers().contains_key("retry-after"));
    let (status, body) = json(last).await;
    assert_eq!((status, &body["error"]), (429, &"rate_limited".into()));
    assert_eq!(service.post("/irt/score", SCORE).await.status(), 200);
}

#[tokio::test]
async fn packed_and_plain_files_say_the_same_again_and_again() {
    let service = Service::start(config()).await;
    for path in ["/openapi.json", "/docs/swagger-ui.css"] {
        let get = || service.client.get(service.url(path));
        let first = get().send().await.unwrap().bytes().await.unwrap();
        assert_eq!(first, get().send().await.unwrap().bytes().await.unwrap(), "{path}");
        let packed = get().header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip", "{path}");
    }
    let front = service.client.get(service.url("/")).send().await.unwrap();
    assert!(front.url().path().ends_with("/docs"), "{}", front.url());
}
