//! A running service on a port of its own.

use std::net::SocketAddr;

use reqwest::{Client, Response};
use seedtest_server::{Config, Server, Token};
use seedtest_store::{Store, Target};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Ends with the test.
pub(crate) struct Service {
    pub(crate) addr: SocketAddr,
    pub(crate) client: Client,
    pub(crate) store: Store,
    stop: Option<oneshot::Sender<()>>,
    done: Option<JoinHandle<()>>,
    _dir: Option<TempDir>,
}

pub(crate) const SECRET: &str = "open sesame";

/// A set-up with one token on a free port.
pub(crate) fn config() -> Config {
    Config {
        binds: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        tokens: vec![Token::full("TEST_TOKEN", SECRET)],
        ..Config::default()
    }
}

impl Service {
    /// On an embedded database.
    pub(crate) async fn start(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
        Self { _dir: Some(dir), ..Self::on(config, store).await }
    }

    /// On a database of choice, which is migrated.
    pub(crate) async fn on(config: Config, store: Store) -> Self {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        store.migrate().await.unwrap();
        let server = Box::pin(Server::bind(config, store.clone())).await.unwrap();
        let addr = server.addrs()[0];
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let client = Client::builder().no_proxy().build().unwrap();
        Self { addr, client, store, stop: Some(stop), done: Some(done), _dir: None }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Posts text as JSON with the token.
    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.client
            .post(self.url(path))
            .bearer_auth(SECRET)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).bearer_auth(SECRET).send().await.unwrap()
    }

    /// Stops the service and waits until it has ended.
    pub(crate) async fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.done.take().unwrap().await.unwrap();
    }
}

/// Status and body of an answer that is JSON.
pub(crate) async fn json(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}")))
}
