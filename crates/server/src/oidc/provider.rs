//! The provider: where its parts are (OpenID Connect Discovery 1.0), and a code turned into a token.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::redirect::Policy;
use seedtest_dashboard::ProviderFlow;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use super::identity::Identity;
use crate::config::{JwtConfig, OidcConfig, StartError};
use crate::jwt::{Verifier, sha256_base64};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of an answer.
const LARGEST: usize = 256 << 10;

/// Why a sign-in at the provider did not work. People are told no more than that; the log has the cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderFault {
    /// The browser did not leave from here, or long ago, or came back with nothing.
    #[error("the browser came back from a sign-in that nobody began")]
    NoFlow,
    /// The provider said no.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// It does not answer, or not as it should.
    #[error("the provider: {0}")]
    Answer(String),
    /// Its token does not hold.
    #[error("the token of the provider: {0}")]
    Token(String),
    /// Nobody here knows the person.
    #[error("nobody here knows the person")]
    NotKnown,
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] seedtest_store::Error),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomness,
}

impl From<getrandom::Error> for ProviderFault {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}

/// An identity provider, asked for the first time when somebody wants to sign in there.
pub(crate) struct Provider {
    config: OidcConfig,
    client: reqwest::Client,
    found: OnceCell<Found>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({:?})", self.config)
    }
}

/// Where its parts are, and what checks its tokens.
struct Found {
    described: Described,
    verifier: Verifier,
}

/// What it says of itself.
#[derive(Debug, Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    /// Redirects are not followed: a code goes to the address that the provider names and to nobody else.
    pub(crate) fn new(config: &OidcConfig) -> Result<Self, StartError> {
        let failed = |reason: String| StartError::Setting { name: "OIDC_ISSUER", reason };
        let issuer = Url::parse(&config.issuer).map_err(|error| failed(error.to_string()))?;
        let is_loopback = issuer.host_str().is_some_and(|host| {
            host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        });
        if issuer.scheme() != "https" && !is_loopback {
            return Err(failed("the provider has to be reached by https".into()));
        }
        // A second installation is refused, which is as good: the provider of ciphers is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        let client = client.map_err(|error| failed(error.without_url().to_string()))?;
        Ok(Self { config: config.clone(), client, found: OnceCell::new() })
    }

    async fn found(&self) -> Result<&Found, ProviderFault> {
        self.found.get_or_try_init(|| self.find()).await
    }

    async fn find(&self) -> Result<Found, ProviderFault> {
        let issuer = self.config.issuer.trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let described: Described = read(self.client.get(&address)).await?;
        if described.issuer.trim_end_matches('/') != issuer {
            let message = format!("it calls itself {:?}, not {issuer:?}", described.issuer);
            return Err(ProviderFault::Answer(message));
        }
        let verifier = Verifier::new(&JwtConfig {
            public_key: None,
            jwks_url: Some(described.jwks_uri.clone()),
            issuer: Some(described.issuer.clone()),
            audience: Some(self.config.client_id.clone()),
        });
        let verifier = verifier.map_err(|error| ProviderFault::Answer(error.to_string()))?;
        Ok(Found { described, verifier })
    }

    /// Where a browser goes to sign in.
    pub(super) async fn address_for(
        &self,
        flow: &ProviderFlow,
        return_address: &str,
    ) -> Result<String, ProviderFault> {
        let endpoint = &self.found().await?.described.authorization_endpoint;
        let address = Url::parse(endpoint).map_err(|error| {
            ProviderFault::Answer(format!("its authorization_endpoint {endpoint:?}: {error}"))
        });
        let mut address = address?;
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &*self.config.client_id),
            ("redirect_uri", return_address),
            ("scope", "openid profile email"),
            ("state", &*flow.state),
            ("nonce", &*flow.nonce),
            ("code_challenge", &*sha256_base64(&flow.verifier)),
            ("code_challenge_method", "S256"),
        ]);
        Ok(address.into())
    }

    /// Who came back with a code.
    pub(super) async fn identity(
        &self,
        code: &str,
        flow: &ProviderFlow,
        return_address: &str,
        now: DateTime<Utc>,
    ) -> Result<Identity, ProviderFault> {
        let found = self.found().await?;
        let id = &self.config.client_id;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", return_address),
            ("code_verifier", flow.verifier.as_str()),
        ];
        let mut request = self.client.post(&found.described.token_endpoint);
        match &self.config.client_secret {
            Some(secret) if found.described.wants_secret_in_form() => {
                form.extend([("client_id", id.as_str()), ("client_secret", secret.as_str())]);
            }
            // Both are encoded before they are put into the header (RFC 6749, 2.3.1).
            Some(secret) => request = request.basic_auth(encoded(id), Some(encoded(secret))),
            None => form.push(("client_id", id.as_str())),
        }
        let body: String =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body);
        let tokens: Tokens = read(request).await?;
        let claims = found.verifier.claims_of(&tokens.id_token, now).await;
        let claims = claims.map_err(|error| ProviderFault::Token(error.message))?;
        Identity::of(claims, &found.described.issuer, id, &flow.nonce)
    }
}

impl Described {
    /// Whether it takes the secret of a client in the form only; without a word the header is meant.
    fn wants_secret_in_form(&self) -> bool {
        let known = &self.token_endpoint_auth_methods_supported;
        let takes = |method: &str| known.iter().any(|known| known == method);
        takes("client_secret_post") && !takes("client_secret_basic")
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, ProviderFault> {
    let text = |error: reqwest::Error| ProviderFault::Answer(error.without_url().to_string());
    let mut response = request.send().await.map_err(text)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(text)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(ProviderFault::Answer(format!(
                "the answer is larger than {LARGEST} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        let said: String = String::from_utf8_lossy(&body).chars().take(200).collect();
        return Err(ProviderFault::Answer(format!("{status}: {said}")));
    }
    serde_json::from_slice(&body).map_err(|error| ProviderFault::Answer(error.to_string()))
}
