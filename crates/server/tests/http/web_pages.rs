//! A service without a token, and pages of somebody else in a real Chromium of its machine: what they send
//! changes nothing, and what they ask for they do not get.

use std::path::Path;
use std::process::Command;

use seedtest_server::Config;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::service::{Service, config, json as read};

/// A page that tries what a page can try, and then says so.
const PAGE: &str = r#"<!DOCTYPE html><title>a page of somebody else</title><pre id="done"></pre>
<iframe name="sink"></iframe>
<form id="form" method="post" enctype="text/plain" target="sink" action="SERVICE/v1/events">
<input name='{"kind":"session_finished","user_id":"by-form","key":"' value='"}'></form>
<script>
const event = (user) => JSON.stringify({kind: "session_finished", user_id: user});
const tries = [
  ["plain", {method: "POST", mode: "no-cors", body: event("by-plain")}],
  ["blob", {method: "POST", mode: "no-cors", body: new Blob([event("by-blob")])}],
  ["json", {method: "POST", headers: {"content-type": "application/json"}, body: event("by-json")}],
  ["keepalive", {method: "POST", mode: "no-cors", keepalive: true, body: event("by-keepalive")}],
];
(async () => {
  document.getElementById("form").submit();
  navigator.sendBeacon("SERVICE/v1/events", event("by-beacon"));
  const said = [];
  for (const [name, options] of tries) {
    const answer = await fetch("SERVICE/v1/events", options).then((a) => a.type, () => "failed");
    said.push(`${name}:${answer}`);
  }
  const runs = await fetch("SERVICE/v1/runs").then((a) => a.text(), () => "failed");
  said.push(`runs:${runs}`);
  document.getElementById("done").textContent = `done ${said.join(" ")}`;
})();
</script>"#;

/// The page at an address as the browser has it after a while.
fn dom(profile: &Path, address: &str) -> String {
    let output = Command::new(seedtest_testkit::chromium())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--no-proxy-server", "--host-resolver-rules=MAP evil.example 127.0.0.1"])
        .args(["--virtual-time-budget=20000", "--timeout=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(address)
        .output()
        .expect("the browser does not start");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Serves one page to everybody; its port.
async fn serve(page: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let length = page.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
        }
    });
    port
}

async fn events(service: &Service) -> i64 {
    let (status, counts) =
        read(service.client.get(service.url("/v1/events")).send().await.unwrap()).await;
    assert_eq!(status, 200, "{counts}");
    ["waiting", "done", "dead"].iter().map(|state| counts[state].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_somebody_else_cannot_drive_a_service_without_a_token() {
    let open = Config { tokens: Vec::new(), ..config() };
    let service = Service::start(open).await;
    let port = serve(PAGE.replace("SERVICE", &service.url(""))).await;
    let dir = tempfile::tempdir().unwrap();
    for host in ["127.0.0.1", "evil.example"] {
        let profile = dir.path().join(host);
        let address = format!("http://{host}:{port}/");
        let found = tokio::task::spawn_blocking(move || dom(&profile, &address)).await.unwrap();
        assert!(found.contains("done plain:"), "{found}");
        assert!(found.contains("json:failed") && found.contains("runs:failed"), "{found}");
    }
    assert_eq!(events(&service).await, 0, "a page put an event");
    // The name of somebody else that leads here.
    let profile = dir.path().join("rebound");
    let address = format!("http://evil.example:{}/v1/runs", service.addr.port());
    let found = tokio::task::spawn_blocking(move || dom(&profile, &address)).await.unwrap();
    assert!(found.contains("not called by this name") && !found.contains("\"runs\""), "{found}");
    // A program of this machine is let in: what was refused above was the page.
    let event = json!({"kind": "session_finished", "user_id": "by-program"});
    let put = service.client.post(service.url("/v1/events")).json(&event).send().await.unwrap();
    assert_eq!(put.status(), 202);
    assert_eq!(events(&service).await, 1);
}

#[tokio::test]
async fn without_a_token_a_body_has_to_be_declared_and_with_one_it_need_not() {
    let score = r#"{"item_params":{"q1":{"b":0}},"responses":[{"item_id":"q1","y":1}]}"#;
    let open = Service::start(Config { tokens: Vec::new(), ..config() }).await;
    let url = open.url("/irt/score");
    let plain = open.client.post(&url).body(score).send().await.unwrap();
    let (status, refused) = read(plain).await;
    assert_eq!((status, &refused["error"]), (415, &json!("unsupported_media_type")), "{refused}");
    let declared = open.client.post(&url).header("content-type", "application/json").body(score);
    assert_eq!(declared.send().await.unwrap().status(), 200);
    let elsewhere = open.client.post(&url).header("content-type", "application/json");
    let elsewhere = elsewhere.header("origin", "http://localhost:3000").body(score);
    let (status, refused) = read(elsewhere.send().await.unwrap()).await;
    assert_eq!((status, &refused["error"]), (403, &json!("forbidden")), "{refused}");
    let named = Config { tokens: Vec::new(), hosts: vec!["seedtest.school".into()], ..config() };
    let named = Service::start(named).await;
    for (host, status) in [("seedtest.school", 200), ("other.school", 403)] {
        let answer = named.client.get(named.url("/v1/runs")).header("host", host).send().await;
        assert_eq!(answer.unwrap().status(), status, "{host}");
    }
    let closed = Service::start(config()).await;
    let plain = closed.client.post(closed.url("/irt/score")).bearer_auth(crate::service::SECRET);
    assert_eq!(plain.body(score).send().await.unwrap().status(), 200);
}
