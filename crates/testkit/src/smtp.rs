//! A mail server of one test: aiosmtpd, which nobody here wrote.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("smtp.py");
const INSTALL: &str = "no python3 here has the package aiosmtpd; on Debian or Ubuntu run \
    `apt-get install python3-aiosmtpd`, elsewhere `python3 -m pip install aiosmtpd`";
/// How long a letter may be under way on this machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server does.
#[derive(Debug, Clone, Default)]
pub struct SmtpOptions {
    /// Certificate and key in files; `None` = nothing is encrypted.
    pub certificate: Option<(String, String)>,
    /// Encrypted from the first byte instead of by STARTTLS.
    pub is_wrapped: bool,
    /// User and password it asks for.
    pub login: Option<(String, String)>,
    /// Recipients it refuses for good.
    pub refused: Vec<String>,
    /// Recipients it refuses for now.
    pub later: Vec<String>,
    /// Recipients at whose letter the connection breaks after the letter came and before that is said.
    pub breaks_on: Vec<String>,
}

/// A letter as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Whether the session was encrypted.
    pub encrypted: bool,
    /// Whether the sender logged in.
    pub authenticated: bool,
    /// The letter, byte by byte.
    pub content: Vec<u8>,
}

/// A running mail server; it stops when it is dropped.
pub struct SmtpServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    letters: Receiver<Taken>,
    child: Child,
    _alive: ChildStdin,
}

/// Why a test got no mail server.
#[derive(Debug)]
pub struct SmtpError(String);

impl fmt::Display for SmtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SmtpError {}

impl SmtpServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// Python or its package is missing, and how to get it; the server did not start.
    pub fn start(options: &SmtpOptions) -> Result<Self, SmtpError> {
        let failed = |what: &str| SmtpError(format!("the mail server did not start: {what}"));
        let python = find_python().ok_or_else(|| SmtpError(INSTALL.into()))?;
        let tls = match (&options.certificate, options.is_wrapped) {
            (None, _) => Value::Null,
            (Some(_), true) => json!("tls"),
            (Some(_), false) => json!("starttls"),
        };
        let certificate = options.certificate.clone().unwrap_or_default();
        let (user, password) = options.login.clone().unzip();
        let argument = json!({
            "tls": tls,
            "cert": certificate.0,
            "key": certificate.1,
            "user": user,
            "password": password,
            "refused": options.refused,
            "later": options.later,
            "breaks_on": options.breaks_on,
        });
        let mut child = Command::new(python)
            .args(["-W", "ignore", "-c", SCRIPT, &argument.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error.to_string()))?;
        let (Some(alive), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no pipes"));
        };
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let port = first.parse().map_err(|_| failed("it names no port"))?;
        let (taken, letters) = channel();
        thread::spawn(move || {
            let letters = lines.map_while(Result::ok).filter_map(|line| read(&line));
            // The test may be over before the server is.
            let _ = letters.into_iter().try_for_each(|letter| taken.send(letter));
        });
        Ok(Self { port, letters, child, _alive: alive })
    }

    /// The next letter that came; `None` where none came for some seconds.
    pub fn next_letter(&self) -> Option<Taken> {
        self.letters.recv_timeout(PATIENCE).ok()
    }

    /// The letters that came so far and were not asked for. A sender that was told "taken" finds its letter here.
    pub fn letters(&self) -> Vec<Taken> {
        // What the server said before it answered the sender is in the pipe; reading takes a moment.
        let mut all = Vec::new();
        while let Ok(letter) = self.letters.recv_timeout(Duration::from_millis(500)) {
            all.push(letter);
        }
        all
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(line: &str) -> Option<Taken> {
    let value: Value = serde_json::from_str(line).ok()?;
    let to = value["to"].as_array()?.iter().filter_map(|to| to.as_str().map(str::to_owned));
    Some(Taken {
        from: value["from"].as_str()?.to_owned(),
        to: to.collect(),
        encrypted: value["encrypted"].as_bool()?,
        authenticated: value["authenticated"].as_bool()?,
        content: STANDARD.decode(value["content"].as_str()?).ok()?,
    })
}

/// The first Python that has the package: that of the system where another one stands before it.
fn find_python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let asked = Command::new(python)
            .args(["-c", "import aiosmtpd"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    })
}
