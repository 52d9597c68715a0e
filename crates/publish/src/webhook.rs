//! What happened, told to another system: a request that the receiver can hold against a secret.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use seedtest_digest::hmac_hex;
use seedtest_fault::FaultKind;

use crate::secret::Secret;

/// The header with the instant of the request and its signature: `t=SECONDS,v1=HEX`.
pub const SIGNATURE: &str = "Seedtest-Signature";
/// The header with the name of the message: the same message sent twice has the same one.
pub const DELIVERY: &str = "Seedtest-Delivery";
/// Shortest secret, bytes: that of 128 random bits in hexadecimal.
const SHORTEST_SECRET: usize = 32;

/// Why a message was not taken. `server` is scheme, host and port: a path may open something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// An address to which nothing is sent.
    #[error("the address of the webhook cannot be used: {reason}")]
    BadAddress {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A secret that is none.
    #[error("the secret of the webhook is shorter than {SHORTEST_SECRET} bytes")]
    ShortSecret,
    /// The client cannot be made.
    #[error("requests to {server} cannot be made: {reason}")]
    SetUp {
        /// The receiver.
        server: String,
        /// Why.
        reason: String,
    },
    /// No answer came; whether the message was taken is not known.
    #[error("{server} did not answer: {reason}")]
    Away {
        /// The receiver.
        server: String,
        /// Why.
        reason: String,
    },
    /// An answer that does not say that the message was taken.
    #[error("{server} answered {status}")]
    Refused {
        /// The receiver.
        server: String,
        /// The status.
        status: u16,
    },
    /// An answer that points elsewhere, where nothing is sent.
    #[error("{server} answered {status}, and redirects are not followed")]
    Redirected {
        /// The receiver.
        server: String,
        /// The status.
        status: u16,
    },
}

impl WebhookError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "write it as https://host/path, without user and password",
            Self::ShortSecret => {
                "make one with `openssl rand -hex 32` and give the receiver the same"
            }
            Self::SetUp { .. } | Self::Away { .. } => {
                "check the address and that the receiver runs"
            }
            Self::Redirected { .. } => {
                "set the address that it points to, where it is one to trust"
            }
            Self::Refused { .. } => {
                "look into the log of the receiver; it has to answer 200 to 299"
            }
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadAddress { .. } | Self::ShortSecret | Self::SetUp { .. } => FaultKind::SetUp,
            Self::Away { .. } | Self::Refused { .. } | Self::Redirected { .. } => {
                FaultKind::Upstream
            }
        }
    }
}

/// A message to another system.
#[derive(Debug, Clone)]
pub struct WebhookMessage<'a> {
    /// Its name.
    pub id: &'a str,
    /// What it says, as JSON.
    pub body: Bytes,
    /// When it is sent.
    pub at: DateTime<Utc>,
}

/// Sends messages to one address.
#[derive(Debug, Clone)]
pub struct Webhook {
    client: Client,
    url: Url,
    secret: Secret,
    server: String,
}

impl Webhook {
    /// Prepares to send; nobody is asked yet. An answer may take as long as `patience`.
    ///
    /// # Errors
    /// A [`WebhookError`] for an address that is none of the web or that holds credentials, or for a short secret.
    pub fn new(address: &str, secret: Secret, patience: Duration) -> Result<Self, WebhookError> {
        let bad = |reason| WebhookError::BadAddress { reason };
        let url = Url::parse(address.trim()).map_err(|_| bad("it is no address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it begins with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it holds a user or a password"));
        }
        let Some(host) = url.host_str() else { return Err(bad("it names no host")) };
        if secret.reveal().len() < SHORTEST_SECRET {
            return Err(WebhookError::ShortSecret);
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let server = format!("{}://{host}{port}", url.scheme());
        // A second installation is refused, which is as good: the provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Where a receiver points to is nobody's setting: a message goes to the address or nowhere.
        let client = Client::builder().redirect(Policy::none()).timeout(patience).build();
        let client = client.map_err(|error| WebhookError::SetUp {
            server: server.clone(),
            reason: chain(error),
        })?;
        Ok(Self { client, url, secret, server })
    }

    /// Sends a message; when it returns without an error, the receiver has taken it.
    ///
    /// # Errors
    /// [`WebhookError::Away`] or [`WebhookError::Refused`].
    pub async fn post(&self, message: WebhookMessage<'_>) -> Result<(), WebhookError> {
        let signature = signature(&self.secret, message.at.timestamp(), &message.body);
        let request = self
            .client
            .post(self.url.clone())
            .header("Content-Type", "application/json")
            .header(SIGNATURE, signature)
            .header(DELIVERY, message.id)
            .body(message.body);
        // What it says beside its status is not read.
        let server = self.server.clone();
        let answer = match request.send().await {
            Ok(answer) => answer.status(),
            Err(error) => return Err(WebhookError::Away { server, reason: chain(error) }),
        };
        let status = answer.as_u16();
        if answer.is_success() {
            Ok(())
        } else if answer.is_redirection() {
            Err(WebhookError::Redirected { server, status })
        } else {
            Err(WebhookError::Refused { server, status })
        }
    }
}

/// The value of the header: the seconds since 1970 and HMAC-SHA-256 of `SECONDS.BODY`.
fn signature(secret: &Secret, seconds: i64, body: &[u8]) -> String {
    let mut signed = format!("{seconds}.").into_bytes();
    signed.extend_from_slice(body);
    format!("t={seconds},v1={}", hmac_hex(secret.reveal().as_bytes(), &signed))
}

/// The error with its causes and without the address, whose path may open something.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_signature() {
        // Python 3.11: hmac.new(b"0123456789abcdef0123456789abcdef", b'1700000000.{"id":1}', "sha256").hexdigest()
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        assert_eq!(
            signature(&secret, 1_700_000_000, br#"{"id":1}"#),
            "t=1700000000,v1=d6989efa5d36e098e7cd61bcf899746c0d8e82e6a6092b9b76579c2efd9729bf"
        );
    }

    #[test]
    fn only_an_address_of_the_web_without_credentials_is_one() {
        let of = |address: &str, secret: &str| {
            Webhook::new(address, Secret::new(secret), Duration::from_secs(1)).map(|of| of.server)
        };
        let secret = "x".repeat(SHORTEST_SECRET);
        let shown = of("https://hooks.example:8443/services/T0/secret", &secret);
        assert_eq!(shown.as_deref(), Ok("https://hooks.example:8443"));
        for address in [
            "",
            "hooks.example",
            "file:///etc/passwd",
            "ftp://a/",
            "https://u:p@a/",
            "https://u@a/",
        ] {
            let found = of(address, &secret);
            assert!(matches!(found, Err(WebhookError::BadAddress { .. })), "{address}: {found:?}");
        }
        assert_eq!(of("https://a/", &secret[1..]), Err(WebhookError::ShortSecret));
    }
}
