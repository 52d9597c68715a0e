//! A mail server of one test: aiosmtpd, which nobody here wrote.

use std::fmt;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::python::PythonServer;

const SCRIPT: &str = include_str!("smtp.py");
const INSTALL: &str = "no python3 here has the package aiosmtpd; on Debian or Ubuntu run \
    `apt-get install python3-aiosmtpd`, elsewhere `python3 -m pip install aiosmtpd`";

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
    server: PythonServer<Taken>,
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
        let server = PythonServer::start(python, SCRIPT, &argument, read);
        let server =
            server.map_err(|what| SmtpError(format!("the mail server did not start: {what}")))?;
        Ok(Self { port: server.port, server })
    }

    /// The next letter that came; `None` where none came for some seconds.
    pub fn next_letter(&self) -> Option<Taken> {
        self.server.next()
    }

    /// The letters that came so far and were not asked for. A sender that was told "taken" finds its letter here.
    pub fn letters(&self) -> Vec<Taken> {
        self.server.all()
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
