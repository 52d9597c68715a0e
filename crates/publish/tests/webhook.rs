//! Signed requests to a real receiver on this machine, which holds them against the secret with modules of Python.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use seedtest_publish::{Secret, Webhook, WebhookError, WebhookMessage};
use seedtest_testkit::HookServer;
use serde_json::json;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const BODY: &[u8] = "{\"student\":\"김서연\",\"risk\":0.82}".as_bytes();

fn webhook(address: &str, secret: &str) -> Webhook {
    Webhook::new(address, Secret::new(secret), Duration::from_secs(10)).unwrap()
}

fn message(id: &str) -> WebhookMessage<'_> {
    let at: DateTime<Utc> = "2025-06-16T00:30:00Z".parse().unwrap();
    WebhookMessage { id, body: Bytes::from_static(BODY), at }
}

#[tokio::test]
async fn the_receiver_finds_the_signature_of_the_secret_over_time_and_body() {
    let server = HookServer::start(SECRET, &[204], "").unwrap();
    webhook(&server.url("/hooks/a?b=c"), SECRET).post(message("m-1")).await.unwrap();
    let taken = server.next_request().unwrap();
    assert_eq!((&*taken.path, &*taken.delivery), ("/hooks/a?b=c", "m-1"));
    assert_eq!(taken.content_type, "application/json");
    assert_eq!(taken.body, json!({"student": "김서연", "risk": 0.82}));
    assert!(taken.is_verified);
    // What was signed long ago can be told from what is signed now.
    assert!(taken.age > 86_400.0, "{}", taken.age);
    webhook(&server.url("/"), &SECRET.replace('0', "1")).post(message("m-2")).await.unwrap();
    assert!(!server.next_request().unwrap().is_verified, "another secret is another signature");
}

#[tokio::test]
async fn only_an_answer_that_says_so_is_one() {
    let elsewhere = HookServer::start(SECRET, &[200], "").unwrap();
    let server = HookServer::start(SECRET, &[500, 401, 307], &elsewhere.url("/stolen")).unwrap();
    let to = webhook(&server.url("/in/T0/secret"), SECRET);
    for status in [500, 401] {
        let refused = to.post(message("m")).await.unwrap_err();
        assert!(matches!(&refused, WebhookError::Refused { status: s, .. } if *s == status));
        assert!(!refused.to_string().contains("T0"), "{refused}");
    }
    let redirected = to.post(message("m")).await.unwrap_err();
    assert!(matches!(redirected, WebhookError::Redirected { status: 307, .. }), "{redirected}");
    assert!(elsewhere.requests().is_empty(), "nothing goes where a receiver points to");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_receiver_that_is_away_is_told_from_one_that_refuses() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let to = webhook(&format!("http://127.0.0.1:{port}/in/T0/secret"), SECRET);
    let away = to.post(message("m")).await.unwrap_err();
    assert!(matches!(away, WebhookError::Away { .. }), "{away}");
    assert!(!away.to_string().contains("T0"), "{away}");
}
