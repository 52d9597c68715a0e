//! Chromium without a window, driven over the pipe of its own protocol.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the browser may take to say anything on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// What a page may ask for beside the service.
const OF_ITS_OWN: [&str; 3] = ["data:", "blob:", "about:"];

/// A running browser; it ends when it is dropped.
pub(super) struct Chromium {
    wire: RefCell<Wire>,
}

/// The two ends of the pipe.
struct Wire {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    calls: u64,
    /// What pages complained of, by the session of the page.
    complaints: Vec<(String, String)>,
    /// Addresses that pages asked for, likewise.
    asked: Vec<(String, String)>,
    _profile: TempDir,
}

impl Chromium {
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The protocol speaks on the file descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(seedtest_testkit::chromium())
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--no-proxy-server", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for message in BufReader::new(from).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap();
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let wire = Wire {
            child,
            to,
            from: receiver,
            calls: 0,
            complaints: Vec::new(),
            asked: Vec::new(),
            _profile: profile,
        };
        Self { wire: RefCell::new(wire) }
    }

    /// What a command of the protocol answers.
    pub(super) fn call(
        &self,
        session: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        self.wire.borrow_mut().call(session, method, params)
    }

    #[track_caller]
    pub(super) fn must(&self, session: &str, method: &str, params: &Value) -> Value {
        self.call(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// A browser context: cookies and a cache of its own.
    pub(super) fn context(&self) -> String {
        let made = self.must("", "Target.createBrowserContext", &json!({}));
        made["browserContextId"].as_str().unwrap().to_owned()
    }

    /// The session of a new tab in a context.
    pub(super) fn tab(&self, context: &str) -> String {
        let tab = json!({"url": "about:blank", "browserContextId": context});
        let made = self.must("", "Target.createTarget", &tab);
        let attach = json!({"targetId": made["targetId"], "flatten": true});
        let attached = self.must("", "Target.attachToTarget", &attach);
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.must(&session, &format!("{domain}.enable"), &json!({}));
        }
        session
    }

    /// What the pages of a tab complained of since this was asked last: faults of scripts, of the policy, of what they
    /// load, and requests to anybody but the service.
    pub(super) fn complaints(&self, session: &str, service: &str) -> Vec<String> {
        let mut wire = self.wire.borrow_mut();
        let mut own = take(&mut wire.complaints, session);
        let is_foreign = |address: &String| {
            !address.starts_with(service) && !OF_ITS_OWN.iter().any(|own| address.starts_with(own))
        };
        let asked = take(&mut wire.asked, session).into_iter().filter(is_foreign);
        own.extend(asked.map(|address| format!("asks {address}")));
        own
    }
}

/// What is of a session.
fn take(all: &mut Vec<(String, String)>, session: &str) -> Vec<String> {
    let (own, others) = std::mem::take(all).into_iter().partition(|(of, _)| of == session);
    *all = others;
    let own: Vec<(String, String)> = own;
    own.into_iter().map(|(_, text)| text).collect()
}

impl Wire {
    fn call(&mut self, session: &str, method: &str, params: &Value) -> Result<Value, String> {
        self.calls += 1;
        let id = self.calls;
        let mut request = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            request["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&request).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let mut message = self.from.recv_timeout(PATIENCE).unwrap();
            if message["id"] != id {
                self.hear(&message);
                continue;
            }
            return match message.get("error") {
                None => Ok(message["result"].take()),
                Some(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
            };
        }
    }

    /// Keeps what has to be known of an event.
    fn hear(&mut self, event: &Value) {
        let session = event["sessionId"].as_str().unwrap_or_default().to_owned();
        let params = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => params["exceptionDetails"].to_string(),
            Some("Log.entryAdded") if is_serious(&params["entry"]["level"]) => {
                params["entry"].to_string()
            }
            Some("Runtime.consoleAPICalled") if is_serious(&params["type"]) => {
                params["args"].to_string()
            }
            Some("Network.requestWillBeSent") => {
                let address = params["request"]["url"].as_str().unwrap_or_default().to_owned();
                self.asked.push((session, address));
                return;
            }
            _ => return,
        };
        self.complaints.push((session, complaint));
    }
}

fn is_serious(level: &Value) -> bool {
    ["error", "warning"].iter().any(|serious| level == serious)
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
