//! Public keys published as a JSON Web Key Set (RFC 7517), fetched in the background: before they grow
//! old, and when a token names one that is not known.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::invalid;
use super::rsa_key::{check_modulus, is_private};
use crate::config::StartError;
use crate::error::{ApiError, ApiResult, Code};

const KEPT: Duration = Duration::from_hours(1);
const TIMEOUT: Duration = Duration::from_secs(3);
/// After a fetch nobody fetches again so soon, whatever came of it: a flood of bad tokens does not
/// become a flood of fetches.
const PAUSE: Duration = Duration::from_secs(5);
/// Keys that could not be fetched yet are asked for again after so long.
const AGAIN: Duration = Duration::from_secs(30);
/// Most bytes of a key set.
const LARGEST: usize = 256 << 10;

/// The keys behind one URL.
pub(super) struct PublishedKeys {
    shared: Arc<Shared>,
    /// How many fetches have ended.
    fetches: watch::Receiver<u64>,
}

struct Shared {
    url: String,
    client: reqwest::Client,
    cache: RwLock<Cache>,
    /// Somebody wants a key that is not there.
    wanted: Notify,
}

#[derive(Default)]
struct Cache {
    keys: Vec<Key>,
    fetched: bool,
    tried: Option<Instant>,
}

struct Key {
    id: Option<String>,
    key: Arc<DecodingKey>,
}

impl fmt::Debug for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublishedKeys({})", self.shared.url)
    }
}

impl PublishedKeys {
    /// Begins to fetch; ends with the last handle. Redirects are not followed: keys come from the
    /// address that was set up and from nowhere else.
    pub(super) fn at(url: &str) -> Result<Self, StartError> {
        let failed = |reason: String| StartError::Setting { name: "JWT_JWKS_URL", reason };
        reqwest::Url::parse(url).map_err(|error| failed(error.to_string()))?;
        // A second installation is refused, which is as good: the provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .build()
            .map_err(|error| failed(error.without_url().to_string()))?;
        let url = url.to_string();
        let shared =
            Arc::new(Shared { url, client, cache: RwLock::default(), wanted: Notify::new() });
        let (ended, fetches) = watch::channel(0);
        tokio::spawn(keep_fresh(shared.clone(), ended));
        Ok(Self { shared, fetches })
    }

    /// The key of this id; without one, the only key there is. Who names a key that is known never waits.
    pub(super) async fn find(&self, id: Option<&str>) -> ApiResult<Arc<DecodingKey>> {
        let mut fetches = self.fetches.clone();
        // From here on: a fetch that ends while the keys are looked through is one to look again after.
        fetches.mark_unchanged();
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        if self.shared.pause().is_none() {
            self.shared.wanted.notify_one();
            let _ = tokio::time::timeout(TIMEOUT, fetches.changed()).await;
        }
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        if self.shared.read(|cache| cache.fetched) {
            return Err(invalid("its key is not published"));
        }
        Err(ApiError::new(Code::Upstream, "the keys of the tokens cannot be fetched")
            .hint("check JWT_JWKS_URL and the service that publishes the keys"))
    }

    fn known(&self, id: Option<&str>) -> Option<Arc<DecodingKey>> {
        self.shared.read(|cache| cache.key(id))
    }
}

/// Fetches now, and again when the keys have grown old or somebody wants another one, until nobody holds
/// them any more.
async fn keep_fresh(shared: Arc<Shared>, ended: watch::Sender<u64>) {
    loop {
        shared.fetch().await;
        ended.send_modify(|fetches| *fetches += 1);
        let age = if shared.read(|cache| cache.fetched) { KEPT } else { AGAIN };
        let next = async {
            let _ = tokio::time::timeout(age, shared.wanted.notified()).await;
        };
        tokio::select! {
            () = next => {}
            () = ended.closed() => return,
        }
        if let Some(pause) = shared.pause() {
            tokio::time::sleep(pause).await;
        }
    }
}

impl Shared {
    fn read<T>(&self, of: impl FnOnce(&Cache) -> T) -> T {
        of(&self.cache.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Cache)) {
        change(&mut self.cache.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// How long the last fetch is still too near.
    fn pause(&self) -> Option<Duration> {
        self.read(|cache| PAUSE.checked_sub(cache.tried?.elapsed()))
    }

    /// Keys that cannot be fetched again go on being used.
    async fn fetch(&self) {
        match self.get().await {
            Ok(keys) => self.write(|cache| {
                *cache = Cache { keys, fetched: true, tried: Some(Instant::now()) };
            }),
            Err(reason) => {
                tracing::warn!(url = self.url, reason, "public keys cannot be fetched");
                self.write(|cache| cache.tried = Some(Instant::now()));
            }
        }
    }

    async fn get(&self) -> Result<Vec<Key>, String> {
        let text = |error: reqwest::Error| error.without_url().to_string();
        let mut response = self.client.get(&self.url).send().await.map_err(text)?;
        if !response.status().is_success() {
            return Err(format!("the answer is {}", response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(text)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(format!("the set is larger than {LARGEST} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        let set: KeySet = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let keys: Vec<Key> = set.keys.iter().filter_map(rsa_key).collect();
        if keys.is_empty() { Err("there is no RSA key to use in it".into()) } else { Ok(keys) }
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

/// Keys of other kinds are somebody else's; those that protect nothing are not used.
fn rsa_key(key: &Value) -> Option<Key> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let signs = text("use").is_none_or(|usage| usage == "sig");
    if text("kty") != Some("RSA") || !signs {
        return None;
    }
    let id = text("kid").map(str::to_string);
    if is_private(key) {
        tracing::error!(kid = id, "a published key is private: it is not used");
        return None;
    }
    if let Err(reason) = check_modulus(text("n")?) {
        tracing::error!(kid = id, reason, "a published key is not used");
        return None;
    }
    let decoding = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
    Some(Key { id, key: Arc::new(decoding) })
}
