//! The whole service in this process, asked without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Uri};
use http_body_util::BodyExt;
use seedtest_pipeline::Clock;
use seedtest_server::{Config, Limits, Server};
use seedtest_store::{Store, Target};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::kinds::Kind;
use super::seeds::seeds;

/// Without a name to be called by, every request is refused before it is read.
const HOST: &str = "localhost";

/// Answers requests; keeps what they store.
pub(crate) struct Answering {
    runtime: Runtime,
    router: Router,
    _server: Arc<Server>,
    _dir: Option<TempDir>,
}

impl Answering {
    /// On an embedded database of its own.
    pub(crate) fn embedded() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::Sqlite { path: dir.path().join("t.db") };
        Self { _dir: Some(dir), ..Self::on(&target) }
    }

    /// A service that trusts everybody, cuts fits short, and has a growth and a survival fit to
    /// predict from.
    pub(crate) fn on(target: &Target) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(async {
            let store = Store::open(target).await.unwrap();
            store.migrate().await.unwrap();
            Server::bind(config(), store).await.unwrap()
        });
        let (router, server) = (server.router(), Arc::new(server));
        let answering = Self { runtime, router, _server: server, _dir: None };
        for name in ["growthFit", "survivalFit"] {
            let kind = Kind::named(name);
            for seed in seeds(kind) {
                answering.check(kind, seed.as_bytes());
            }
        }
        answering
    }

    /// Status and body of the answer; `None` when the bytes are no query of an address.
    pub(crate) fn answer(&self, kind: Kind, bytes: &[u8]) -> Option<(u16, String)> {
        let request = if kind.query {
            let query = std::str::from_utf8(bytes).ok()?;
            let uri: Uri = format!("{}?{query}", kind.path).parse().ok()?;
            Request::get(uri).header("host", HOST).body(Body::empty())
        } else {
            // Without a token only what is declared as JSON is read.
            let request = Request::post(kind.path).header("host", HOST);
            let request = request.header("content-type", "application/json");
            request.body(Body::from(bytes.to_vec()))
        };
        let answer = self.router.clone().oneshot(request.unwrap());
        let (status, body) = self.runtime.block_on(async {
            let answer = answer.await.unwrap();
            (answer.status().as_u16(), answer.into_body().collect().await.unwrap().to_bytes())
        });
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Refuses an answer that is the fault of the service: 500, 502 and 503. A fit that ran out of
    /// its time (504) and a feature that is switched off (501) are none.
    pub(crate) fn check(&self, kind: Kind, bytes: &[u8]) {
        let Some((status, body)) = self.answer(kind, bytes) else { return };
        let fault = [500, 502, 503].contains(&status);
        assert!(!fault, "{} {status}: {body}\nto: {}", kind.path, String::from_utf8_lossy(bytes));
    }
}

fn config() -> Config {
    let limits = Limits { max_seconds: 0.1, workers: 1, queue: 10_000, ..Limits::default() };
    let clock = Clock::fixed("2025-03-12T10:00:00Z".parse().unwrap());
    Config {
        binds: Vec::new(),
        local_dev: true,
        local_role: "admin".into(),
        limits,
        clock,
        ..Config::default()
    }
}
