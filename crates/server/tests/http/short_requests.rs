//! What is answered at once, whatever models are being fitted.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::platform::school::store_answers;
use crate::platform::{BACKENDS, Platform};
use crate::service::{Service, config, json as read};

/// Keeps every thread that models share from other work, until it is dropped.
struct AllBusy {
    _holds: Vec<Sender<()>>,
}

impl AllBusy {
    fn now() -> Self {
        let (begun, all_begun) = channel();
        let n = rayon::current_num_threads();
        let hold = |_| {
            let (hold, held) = channel::<()>();
            let begun = begun.clone();
            rayon::spawn(move || {
                let _ = begun.send(());
                // Ends with the sender.
                let _ = held.recv();
            });
            hold
        };
        let holds = (0..n).map(hold).collect();
        assert_eq!(all_begun.iter().take(n).count(), n);
        Self { _holds: holds }
    }
}

async fn post(service: &Service, path: &str, body: &Value) -> Value {
    let answer = service.post(path, body.to_string());
    let answer = tokio::time::timeout(Duration::from_secs(20), answer).await;
    let (status, found) = read(answer.unwrap_or_else(|_| panic!("{path} waits"))).await;
    assert_eq!(status, 200, "{path}: {found}");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scores_do_not_wait_for_the_threads_of_models() {
    let service = Service::start(config()).await;
    let params: Value = (0..400).map(|i| (format!("q{i}"), json!({"a": 1.0, "b": 0.1}))).collect();
    let of_student = |s| (0..4).map(move |k| (s, (7 * s + 101 * k) % 400));
    let rows = (0..200).flat_map(of_student);
    let responses: Vec<Value> = rows
        .map(|(s, i)| json!({"user_id": format!("s{s}"), "item_id": format!("q{i}"), "y": s % 2}))
        .collect();
    let request = json!({"item_params": params, "responses": responses});
    assert!(request.to_string().len() < 64 << 10);
    let _busy = AllBusy::now();
    let found = post(&service, "/irt/score", &request).await;
    assert_eq!(found["scores"].as_array().unwrap().len(), 200, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_about_one_student_do_not_wait_for_the_threads_of_models() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_answers(&platform.service.store, "amy").await;
        let _busy = AllBusy::now();
        let request = json!({"student_id": "amy"});
        for path in
            ["/improvement/index", "/score/topic-theta", "/risk/churn", "/recommend/next-topics"]
        {
            post(&platform.service, path, &request).await;
        }
    }
}
