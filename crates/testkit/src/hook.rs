//! A receiver of signed requests of one test: Python's server, which checks signatures with Python's own modules.

use serde_json::{Value, json};

use crate::python::PythonServer;

const SCRIPT: &str = include_str!("hook.py");

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Hooked {
    /// Its path.
    pub path: String,
    /// Its header `Seedtest-Delivery`.
    pub delivery: String,
    /// Its header `Content-Type`.
    pub content_type: String,
    /// Whether its signature is that of the secret.
    pub is_verified: bool,
    /// How many seconds ago it says that it was signed.
    pub age: f64,
    /// Its body.
    pub body: Value,
}

/// A running receiver; it stops when it is dropped.
pub struct HookServer {
    server: PythonServer<Hooked>,
}

impl HookServer {
    /// Starts a receiver on a free port that knows a secret. It answers with these statuses in their order, and goes on
    /// with the last one; an answer of 3xx points to `location`.
    ///
    /// # Errors
    /// There is no python3, or the receiver did not start.
    pub fn start(secret: &str, statuses: &[u16], location: &str) -> Result<Self, String> {
        let argument = json!({"secret": secret, "statuses": statuses, "location": location});
        let server = PythonServer::start("python3", SCRIPT, &argument, read);
        Ok(Self { server: server.map_err(|what| format!("the receiver did not start: {what}"))? })
    }

    /// Its address with a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.port)
    }

    /// The next request that came; `None` where none came for some seconds.
    pub fn next_request(&self) -> Option<Hooked> {
        self.server.next()
    }

    /// The requests that came so far and were not asked for.
    pub fn requests(&self) -> Vec<Hooked> {
        self.server.all()
    }
}

fn read(line: &str) -> Option<Hooked> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Some(Hooked {
        path: text("path")?,
        delivery: text("delivery")?,
        content_type: text("content_type")?,
        is_verified: value["verified"].as_bool()?,
        age: value["age"].as_f64()?,
        body: serde_json::from_str(value["body"].as_str()?).ok()?,
    })
}
