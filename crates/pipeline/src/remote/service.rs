use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::joblog::JobLog;
use crate::settings::Settings;

/// A model service at another address, with the retries of the contract.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// What runs there, for the log.
    name: &'static str,
    base_url: String,
    token: Option<String>,
    timeout: Duration,
    attempts: u64,
    delay: f64,
}

impl Service {
    /// The IRT service of the settings; `None` when no address is set and models run in process.
    pub(crate) fn irt(settings: &Settings) -> Option<Self> {
        Self::of(settings, "IRT")
    }

    /// The service of the settings under the name it has in the log.
    pub(crate) fn of(settings: &Settings, name: &'static str) -> Option<Self> {
        let base_url = settings.text("base-url")?.trim_end_matches('/').to_string();
        Some(Self {
            name,
            base_url,
            token: settings.text("token").map(str::to_string),
            timeout: Duration::from_secs(settings.count("timeout-secs").unwrap_or(20).max(1)),
            attempts: settings.count("max-retries").unwrap_or(3).max(1),
            delay: settings.number("retry-delay-secs").unwrap_or(5.0).clamp(0.0, 3600.0),
        })
    }

    /// Posts a request. An answer that cannot be had is asked for again after `delay`, 2·`delay`, …
    /// seconds; a request the service refuses as wrong (4xx) is not.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        log: &mut JobLog<'_>,
    ) -> Result<Value, Error> {
        let client = client(self.timeout)?;
        let url = format!("{}{path}", self.base_url);
        let mut attempt = 1;
        loop {
            let failure = match self.once(&client, &url, body).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Failure { reason, retry } = failure;
            let (of, name) = (self.attempts, self.name);
            log.warn(&format!("R {name} service call failed (attempt {attempt}/{of}): {reason}"))
                .map_err(Error::log)?;
            if !retry || attempt == self.attempts {
                log.line_with(
                    "ERROR",
                    &format!("R {name} service call failed after {attempt} attempts: {reason}"),
                )
                .map_err(Error::log)?;
                return Err(Error::Service { url, reason });
            }
            let wait = self.delay * attempt as f64;
            log.info(&format!("Retrying in {wait:.1} seconds...")).map_err(Error::log)?;
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
            attempt += 1;
        }
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
        let response = request.send().await.map_err(|error| Failure::again(chain(&error)))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| Failure::again(chain(&error)))?;
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

fn client(timeout: Duration) -> Result<reqwest::Client, Error> {
    // A second installation is refused, which is as good: the provider is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .build()
        .map_err(|error| Error::Service { url: String::new(), reason: chain(&error) })
}

/// The error with its causes, which say more than "error sending request".
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
