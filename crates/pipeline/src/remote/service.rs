//! Calls to a model service, with their retries.

use std::time::Duration;

use serde_json::Value;

use seedtest_fault::without_credentials;

use crate::error::Error;
use crate::registry::{JobLog, Settings};

/// Calls before giving up, where nobody chose.
pub(crate) const CALLS: u32 = 3;
/// Wait before the second call, where nobody chose.
pub(crate) const FIRST_WAIT_SECONDS: f64 = 5.0;

/// A model service at another address, with the retries of the contract.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// What runs there, for the log.
    name: &'static str,
    /// Environment variable that holds the address.
    variable: Option<&'static str>,
    base_url: String,
    /// The address for messages: without credentials.
    shown_url: String,
    token: Option<String>,
    timeout: Duration,
    attempts: u64,
    delay: f64,
}

impl Service {
    /// The service of the settings under the name it has in the log; `None` when no address is set
    /// and models run in process.
    ///
    /// # Errors
    /// For a job without a setting of how long to wait.
    pub(crate) fn of(settings: &Settings, name: &'static str) -> Result<Option<Self>, Error> {
        let Some(base_url) = settings.text("base-url") else { return Ok(None) };
        // Not every job has settings of how often to ask.
        let attempts = settings.count("max-retries").unwrap_or(u64::from(CALLS));
        let delay = settings.number("retry-delay-secs").unwrap_or(FIRST_WAIT_SECONDS);
        Ok(Some(Self {
            name,
            variable: settings.variable("base-url"),
            base_url: base_url.trim_end_matches('/').to_string(),
            shown_url: without_credentials(base_url.trim_end_matches('/'), false),
            token: settings.owned("token"),
            timeout: Duration::from_secs(settings.count("timeout-secs")?.max(1)),
            attempts: attempts.max(1),
            delay: delay.clamp(0.0, 3600.0),
        }))
    }

    /// Posts a request. An answer that cannot be had is asked for again after `delay`, 2·`delay`, …
    /// seconds; a request the service refuses as wrong (4xx) is not.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        log: &mut JobLog<'_>,
    ) -> Result<Value, Error> {
        let client = self.client()?;
        let url = format!("{}{path}", self.base_url);
        let shown = format!("{}{path}", self.shown_url);
        let mut attempt = 1;
        loop {
            let failure = match self.once(&client, &url, body).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Failure { reason, retry } = failure;
            let (of, name) = (self.attempts, self.name);
            log.warn(&format!("R {name} service call failed (attempt {attempt}/{of}): {reason}"));
            if !retry || attempt == self.attempts {
                log.line_with(
                    "ERROR",
                    &format!("R {name} service call failed after {attempt} attempts: {reason}"),
                );
                return Err(Error::Service { url: shown, reason, variable: self.variable });
            }
            let wait = self.delay * attempt as f64;
            log.info(&format!("Retrying in {wait:.1} seconds..."));
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
            attempt += 1;
        }
    }

    fn client(&self) -> Result<reqwest::Client, Error> {
        // A second installation is refused, which is as good: the provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().timeout(self.timeout).build().map_err(|error| Error::Service {
            url: self.shown_url.clone(),
            reason: chain(error),
            variable: self.variable,
        })
    }

    async fn once(
        &self,
        client: &reqwest::Client,
        url: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let mut request = client.post(url).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token).header("X-Internal-Token", token);
        }
        let response = request.send().await.map_err(|error| Failure::again(chain(error)))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| Failure::again(chain(error)))?;
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        let message = answer.as_ref().and_then(|a| a.get("message")).and_then(Value::as_str);
        let shown = message.map_or_else(|| text.chars().take(200).collect(), str::to_string);
        if status.is_client_error() && status.as_u16() != 429 {
            return Err(Failure { reason: format!("{status}: {shown}"), retry: false });
        }
        if !status.is_success() {
            return Err(Failure::again(format!("{status}: {shown}")));
        }
        // The services this contract comes from answered 200 with an error inside.
        match answer {
            Some(answer) if answer.get("status").and_then(Value::as_str) != Some("error") => {
                Ok(answer)
            }
            _ => Err(Failure::again(format!("{status}: {shown}"))),
        }
    }
}

struct Failure {
    reason: String,
    retry: bool,
}

impl Failure {
    fn again(reason: String) -> Self {
        Self { reason, retry: true }
    }
}

/// The error with its causes, which say more than "error sending request", and without the address,
/// which may hold credentials.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// How long a service may take to say that it is well.
const HEALTH_PATIENCE: Duration = Duration::from_secs(3);

/// Whether a model service answers at `base_url`; else why not, without the address: it may hold
/// credentials.
pub(crate) async fn answers(base_url: &str) -> Result<(), String> {
    // A second installation is refused, which is as good: the provider is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(HEALTH_PATIENCE).build();
    let url = format!("{}/healthz", base_url.trim_end_matches('/'));
    let reason = chain;
    let response = client.map_err(reason)?.get(url).send().await.map_err(reason)?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("answers {status}")) }
}
