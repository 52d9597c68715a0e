//! Public keys published as a JSON Web Key Set (RFC 7517), fetched when they are needed and kept
//! for an hour.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::invalid;
use crate::config::StartError;
use crate::error::{ApiError, ApiResult, Code};

const KEPT: Duration = Duration::from_hours(1);
const TIMEOUT: Duration = Duration::from_secs(3);
/// After a fetch nobody fetches again so soon, whatever came of it: a flood of bad tokens does not
/// become a flood of fetches.
const PAUSE: Duration = Duration::from_secs(5);

/// The keys behind one URL.
pub(super) struct PublishedKeys {
    url: String,
    client: reqwest::Client,
    /// Held during a fetch, so that there is one at a time.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: Vec<Key>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

struct Key {
    id: Option<String>,
    key: Arc<DecodingKey>,
}

impl fmt::Debug for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublishedKeys({})", self.url)
    }
}

impl PublishedKeys {
    pub(super) fn at(url: &str) -> Result<Self, StartError> {
        let failed = |reason: String| StartError::Setting { name: "JWT_JWKS_URL", reason };
        reqwest::Url::parse(url).map_err(|error| failed(error.to_string()))?;
        // A second installation is refused, which is as good: the provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { url: url.to_string(), client, cache: Mutex::default() })
    }

    /// The key of this id; without one, the only key there is.
    pub(super) async fn find(&self, id: Option<&str>) -> ApiResult<Arc<DecodingKey>> {
        let mut cache = self.cache.lock().await;
        let fresh = cache.fetched.is_some_and(|at| at.elapsed() < KEPT);
        let known = cache.key(id);
        match known {
            Some(key) if fresh => return Ok(key),
            _ if cache.tried.is_some_and(|at| at.elapsed() < PAUSE) => {}
            _ => self.fetch(&mut cache).await,
        }
        if cache.fetched.is_none() {
            return Err(ApiError::new(Code::Upstream, "the keys of the tokens cannot be fetched")
                .hint("check JWT_JWKS_URL and the service that publishes the keys"));
        }
        cache.key(id).ok_or_else(|| invalid("its key is not published"))
    }

    /// Keys that cannot be fetched again go on being used.
    async fn fetch(&self, cache: &mut Cache) {
        cache.tried = Some(Instant::now());
        match self.get().await {
            Ok(keys) => {
                cache.keys = keys;
                cache.fetched = cache.tried;
            }
            Err(reason) => tracing::warn!(url = self.url, reason, "public keys cannot be fetched"),
        }
    }

    async fn get(&self) -> Result<Vec<Key>, String> {
        let text = |error: reqwest::Error| error.to_string();
        let response = self.client.get(&self.url).send().await.map_err(text)?;
        let response = response.error_for_status().map_err(text)?;
        let body = response.bytes().await.map_err(text)?;
        let set: KeySet = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let keys: Vec<Key> = set.keys.iter().filter_map(rsa_key).collect();
        if keys.is_empty() { Err("there is no RSA key in it".into()) } else { Ok(keys) }
    }
}

impl Cache {
    fn key(&self, id: Option<&str>) -> Option<Arc<DecodingKey>> {
        let found = match id {
            Some(id) => self.keys.iter().find(|key| key.id.as_deref() == Some(id)),
            None => self.keys.first().filter(|_| self.keys.len() == 1),
        };
        found.map(|found| found.key.clone())
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// Keys of other kinds are somebody else's.
fn rsa_key(key: &Value) -> Option<Key> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let signs = text("use").is_none_or(|usage| usage == "sig");
    if text("kty") != Some("RSA") || !signs {
        return None;
    }
    let decoding = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
    Some(Key { id: text("kid").map(str::to_string), key: Arc::new(decoding) })
}
