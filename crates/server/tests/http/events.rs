//! `POST /v1/events`: durable, dealt with soon, once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::service::{Service, config, json};

async fn counts(service: &Service) -> Value {
    json(service.get("/v1/events").await).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_accepted_once_and_dealt_with() {
    let service = Service::start(config()).await;
    let event = json!({"kind": "session_finished", "user_id": "u1", "session_id": "v1",
        "at": "2025-01-06T10:00:00Z"});
    let (status, first) = json(service.post("/v1/events", event.to_string()).await).await;
    assert_eq!(status, 202, "{first}");
    assert_eq!(first["new"], true);
    let (_, again) = json(service.post("/v1/events", event.to_string()).await).await;
    assert_eq!((&again["new"], &again["event_id"]), (&json!(false), &first["event_id"]));
    for _ in 0..200 {
        if counts(&service).await["done"] == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the event was never dealt with: {}", counts(&service).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_nobody_can_deal_with_are_refused() {
    let service = Service::start(config()).await;
    for event in [
        json!({"kind": "sunrise", "user_id": "u1"}),
        json!({"kind": "session_finished", "user_id": " "}),
        json!({"kind": "session_finished", "user_id": "u1", "at": "2999-01-01T00:00:00Z"}),
        json!({"kind": "session_finished"}),
    ] {
        let (status, body) = json(service.post("/v1/events", event.to_string()).await).await;
        assert_eq!(status, 400, "{event}: {body}");
    }
}
