//! A database that is away: the service says so at once, lives on, and works again when it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use seedtest_store::{Store, Target};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::service::{SECRET, Service, config, json};

/// Passes connections on to a server of PostgreSQL, or takes none.
async fn switch(server: String) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let on = Arc::new(AtomicBool::new(true));
    let passes = on.clone();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            if !passes.load(Ordering::SeqCst) {
                continue;
            }
            let (server, passes) = (server.clone(), passes.clone());
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await.unwrap();
                let off = async {
                    while passes.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                    () = off => {}
                }
            });
        }
    });
    (port, on)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_told_at_once_and_comes_back_by_itself() {
    let url = seedtest_testkit::postgres_database().unwrap();
    let (before, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (port, on) = switch(server.to_string()).await;
    let target = Target::parse(&format!("{before}@127.0.0.1:{port}/{database}")).unwrap();
    let service = Service::on(config(), Store::open(&target).await.unwrap()).await;
    let ask = |path: &str| {
        let request = service.client.get(service.url(path)).bearer_auth(SECRET);
        async move { request.timeout(Duration::from_secs(10)).send().await.unwrap() }
    };
    assert_eq!(ask("/readyz").await.status(), 200);
    assert_eq!(ask("/v1/runs").await.status(), 200);
    on.store(false, Ordering::SeqCst);
    // Until the switch has seen it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..3 {
        let away = ask("/v1/runs").await;
        let says_when = away.headers().contains_key("retry-after");
        let (status, body) = json(away).await;
        assert_eq!((status, &body["error"]), (503, &"unavailable".into()), "{body}");
        assert!(says_when, "{body}");
        // Who waits longer than the probes do is ready again too late.
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert_eq!(ask("/readyz").await.status(), 503);
    assert_eq!(ask("/livez").await.status(), 200);
    // What needs no database goes on.
    let score = r#"{"item_params":{"q1":{"b":0}},"responses":[{"item_id":"q1","y":1}]}"#;
    assert_eq!(service.post("/irt/score", score).await.status(), 200);
    on.store(true, Ordering::SeqCst);
    let began = Instant::now();
    while ask("/readyz").await.status() != 200 || ask("/v1/runs").await.status() != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "the service does not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
