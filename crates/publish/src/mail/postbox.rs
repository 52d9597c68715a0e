//! A server that takes letters.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::time::timeout;

use super::error::MailError;
use super::letter::{Letter, message};
use crate::secret::Secret;

/// How a session with a server is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Encrypted from its first byte (port 465).
    Tls,
    /// Begun in plain and encrypted before anything is said (port 587); without it there is no session.
    StartTls,
    /// Not at all: only to a server on this machine.
    None,
}

impl Security {
    /// The port where nobody chose one.
    pub fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// A server that takes letters, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpPlace {
    /// Its name; its certificate must be of it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How sessions are guarded.
    pub security: Security,
    /// Certificates in PEM that are trusted beside those of the system.
    pub roots: Option<Vec<u8>>,
    /// User and password; `None` = the server asks for none.
    pub login: Option<(String, Secret)>,
    /// Whom the letters are from: an address, or `NAME <ADDRESS>`.
    pub from: String,
    /// How long a letter, or the beginning of a session, may take.
    pub patience: Duration,
}

/// Sends letters through one server.
#[derive(Debug, Clone)]
pub struct Postbox {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
    patience: Duration,
}

impl Postbox {
    /// Prepares to send; nobody is asked yet.
    ///
    /// # Errors
    /// [`MailError::SetUp`] where the server cannot be used as it is set up.
    pub fn new(place: &SmtpPlace) -> Result<Self, MailError> {
        let server = format!("{}:{}", place.host, place.port);
        let set_up = |reason: String| MailError::SetUp { server: server.clone(), reason };
        let from: Mailbox = place
            .from
            .parse()
            .map_err(|_| set_up(format!("{:?} is nobody to write from", place.from)))?;
        if place.security == Security::None && !is_here(&place.host) {
            let reason = "letters would travel unencrypted to another machine";
            return Err(set_up(reason.into()));
        }
        let tls = match place.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(tls(place).map_err(set_up)?),
            Security::Tls => Tls::Wrapper(tls(place).map_err(set_up)?),
        };
        // "Dangerous" is what it does by itself; encryption is chosen in the next line.
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(place.host.clone())
                .port(place.port)
                .tls(tls)
                .timeout(Some(place.patience))
                .pool_config(PoolConfig::new().max_size(1));
        if let Some((user, password)) = &place.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().into()));
        }
        Ok(Self { transport: builder.build(), from, server, patience: place.patience })
    }

    /// Whom letters are from, without the name.
    pub fn from_address(&self) -> String {
        self.from.email.to_string()
    }

    /// How messages call the server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Opens a session, which the first letter uses.
    ///
    /// # Errors
    /// [`MailError::Away`] or [`MailError::Refused`].
    pub async fn open(&self) -> Result<(), MailError> {
        let away = |reason: String| MailError::Away { server: self.server.clone(), reason };
        match timeout(self.patience, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(away("no session".into())),
            // Nothing is under way yet.
            Ok(Err(error)) => Err(match self.failure(&error) {
                MailError::Unknown { reason, .. } => away(reason),
                other => other,
            }),
            Err(_) => Err(away(self.silence())),
        }
    }

    /// Sends a letter; when it returns without an error, the server has taken it.
    ///
    /// # Errors
    /// A [`MailError`], which says whether the letter is certainly still here.
    pub async fn send(&self, letter: &Letter<'_>) -> Result<(), MailError> {
        let message = message(letter, &self.from)?;
        // The transport waits for an answer as long as there is a connection.
        match timeout(self.patience, self.transport.send(message)).await {
            Ok(sent) => sent.map(|_| ()).map_err(|error| self.failure(&error)),
            Err(_) => {
                Err(MailError::Unknown { server: self.server.clone(), reason: self.silence() })
            }
        }
    }

    fn silence(&self) -> String {
        format!("no answer within {} s", self.patience.as_secs_f64())
    }

    fn failure(&self, error: &SmtpError) -> MailError {
        let (server, reason) = (self.server.clone(), chain(error));
        if error.is_permanent() || error.is_transient() {
            return MailError::Refused { server, reason, for_good: error.is_permanent() };
        }
        // Its kind is not to be had otherwise; a test with a server that is gone holds it to that.
        let did_not_connect = error.to_string().starts_with("Connection error");
        if did_not_connect || error.is_tls() || error.is_client() || error.is_transport_shutdown() {
            return MailError::Away { server, reason };
        }
        MailError::Unknown { server, reason }
    }
}

fn tls(place: &SmtpPlace) -> Result<TlsParameters, String> {
    let failed = |error: SmtpError| chain(&error);
    let mut builder = TlsParameters::builder(place.host.clone());
    if let Some(pem) = &place.roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(failed)?);
    }
    builder.build_rustls().map_err(failed)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The error with the cause that says most. Servers repeat addresses, never passwords.
fn chain(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error).and_then(std::error::Error::source);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
