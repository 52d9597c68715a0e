//! The platform routes: signed tokens, and every route with what it refuses.

pub(crate) mod exams;
mod forecast;
mod jwt_rules;
mod kpis;
mod merged;
mod ownership;
mod rows;
mod runs;
pub(crate) mod school;
pub(crate) mod signing;
pub(crate) mod theta;
mod tokens;
mod topics;
mod weekly;

use chrono::{DateTime, Utc};
use reqwest::Response;
use seedtest_pipeline::Clock;
use seedtest_server::{Config, JwtConfig};
use seedtest_store::{Backend, Store, Target};
use serde_json::{Value, json};

use crate::service::{Service, config, json as read};
use signing::SigningKey;

/// A Wednesday.
pub(crate) const NOW: &str = "2025-03-12T10:00:00Z";

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A running service that trusts `key`, standing at [`NOW`].
pub(crate) struct Platform {
    pub(crate) service: Service,
    pub(crate) key: &'static SigningKey,
    _dir: tempfile::TempDir,
}

pub(crate) const BACKENDS: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

impl Platform {
    pub(crate) async fn start(backend: Backend) -> Self {
        Self::with(backend, |config| config).await
    }

    pub(crate) async fn with(backend: Backend, change: impl FnOnce(Config) -> Config) -> Self {
        let key = SigningKey::of_all();
        let dir = tempfile::tempdir().unwrap();
        let target = match backend {
            Backend::Sqlite => Target::Sqlite { path: dir.path().join("t.db") },
            Backend::Postgres => {
                Target::parse(&seedtest_testkit::postgres_database().unwrap()).unwrap()
            }
        };
        let jwt = JwtConfig { public_key: Some(key.public_pem.clone()), ..JwtConfig::default() };
        let config = Config { jwt: Some(jwt), clock: Clock::fixed(at(NOW)), ..config() };
        let store = Store::open(&target).await.unwrap();
        let service = Service::on(change(config), store).await;
        Self { service, key, _dir: dir }
    }

    /// A token of `user` with these scopes that holds for an hour.
    pub(crate) fn token(&self, user: &str, scope: &str) -> String {
        self.key.sign(&claims(user, scope))
    }

    /// The same for a role: `student`, `teacher`, `org_admin`, `admin`.
    pub(crate) fn token_as(&self, user: &str, role: &str, scope: &str) -> String {
        let mut claims = claims(user, scope);
        claims["role"] = json!(role);
        self.key.sign(&claims)
    }

    /// A token of an administrator.
    pub(crate) fn admin(&self, scope: &str) -> String {
        self.token_as("t", "admin", scope)
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        read(self.get_raw(token, path).await).await
    }

    pub(crate) async fn get_raw(&self, token: &str, path: &str) -> Response {
        let url = self.service.url(&format!("/api/seedtest{path}"));
        self.service.client.get(url).bearer_auth(token).send().await.unwrap()
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = self.service.url(&format!("/api/seedtest{path}"));
        let request = self.service.client.post(url).bearer_auth(token).json(body);
        read(request.send().await.unwrap()).await
    }
}

pub(crate) fn claims(user: &str, scope: &str) -> Value {
    json!({"sub": user, "scope": scope, "org_id": 1, "exp": at(NOW).timestamp() + 3_600})
}

/// The keys of an object in their order of the alphabet.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
