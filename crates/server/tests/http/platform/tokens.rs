//! Who is let in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seedtest_server::{Config, JwtConfig, Server, StartError};
use seedtest_store::{Backend, Store, Target};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::signing::SigningKey;
use super::{Platform, at, claims};
use crate::service::{config, json as read};

const PATH: &str = "/analysis/metrics/weekly?user_id=amy&include_empty=true";

#[tokio::test]
async fn without_a_token_there_is_a_401_that_says_how() {
    let platform = Platform::start(Backend::Sqlite).await;
    let url = platform.service.url(&format!("/api/seedtest{PATH}"));
    let client = &platform.service.client;
    for request in [client.get(&url), client.get(&url).header("authorization", "Basic x")] {
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let (status, body) = read(response).await;
        assert_eq!((status, &body["message"]), (401, &json!("Missing Authorization")));
        assert_eq!(body["error"], "unauthorized");
    }
    // The token of the model routes is none of the platform.
    let (status, _) = platform.get(crate::service::SECRET, PATH).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn any_of_the_scopes_opens_and_others_do_not() {
    let platform = Platform::start(Backend::Sqlite).await;
    for scope in ["reports:view", "x analysis:run"] {
        let (status, body) = platform.get(&platform.token("amy", scope), PATH).await;
        assert_eq!((status, body), (200, json!([])), "{scope}");
    }
    for scope in ["", "reports", "exam:write"] {
        let (status, body) = platform.get(&platform.token("amy", scope), PATH).await;
        assert_eq!((status, &body["error"]), (403, &json!("insufficient_scope")), "{scope}");
    }
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let jwt = |config: Config| {
        let issuer = Some("https://login.example".to_string());
        let jwt = JwtConfig { issuer, audience: Some("seedtest".into()), ..config.jwt.unwrap() };
        Config { jwt: Some(jwt), ..config }
    };
    let platform = Platform::with(Backend::Sqlite, jwt).await;
    let mut good = claims("amy", "reports:view");
    good["iss"] = json!("https://login.example");
    good["aud"] = json!(["other", "seedtest"]);
    let status = async |token: &str| platform.get(token, PATH).await.0;
    assert_eq!(status(&platform.key.sign(&good)).await, 200);
    let now = at(super::NOW).timestamp();
    for (name, value) in [
        ("exp", json!(now - 61)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("nbf", json!(now + 61)),
        ("iss", json!("https://elsewhere.example")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", Value::Null),
        ("sub", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        assert_eq!(status(&platform.key.sign(&bad)).await, 401, "{name}: {value}");
    }
    assert_eq!(status(&SigningKey::generate().sign(&good)).await, 401);
    for token in ["x", "x.y.z", "eyJhbGciOiJub25lIn0.e30.", &"a".repeat(20_000)] {
        assert_eq!(status(token).await, 401);
    }
    // The public key as the secret of another algorithm.
    let secret = jsonwebtoken::EncodingKey::from_secret(platform.key.public_pem.as_bytes());
    let forged = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &good, &secret).unwrap();
    assert_eq!(status(&forged).await, 401);
}

#[tokio::test]
async fn published_keys_are_fetched_once() {
    let key = SigningKey::generate();
    let set = json!({"keys": [{"kty": "EC", "kid": "e"}, key.published("k1")]}).to_string();
    let (url, fetches) = publish(set).await;
    let jwt = |config: Config| {
        let jwt = JwtConfig { jwks_url: Some(url), ..JwtConfig::default() };
        Config { jwt: Some(jwt), ..config }
    };
    let platform = Platform::with(Backend::Sqlite, jwt).await;
    let claims = claims("amy", "reports:view");
    let token = key.sign_with_id(&claims, "k1");
    let calls = (0..8).map(|_| platform.get(&token, PATH));
    for (status, body) in futures_util::future::join_all(calls).await {
        assert_eq!(status, 200, "{body}");
    }
    assert_eq!(platform.get(&key.sign(&claims), PATH).await.0, 200);
    assert_eq!(platform.get(&key.sign_with_id(&claims, "k2"), PATH).await.0, 401);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_a_fault_behind_the_service() {
    let jwt = |config: Config| {
        let jwks_url = Some("http://127.0.0.1:9/keys".to_string());
        Config { jwt: Some(JwtConfig { jwks_url, ..JwtConfig::default() }), ..config }
    };
    let platform = Platform::with(Backend::Sqlite, jwt).await;
    let (status, body) = platform.get(&platform.token("amy", "reports:view"), PATH).await;
    assert_eq!((status, &body["error"]), (502, &json!("upstream")));
}

#[tokio::test]
async fn a_developer_needs_no_token_but_a_given_one_is_checked() {
    let dev = |config: Config| Config { local_dev: true, jwt: None, ..config };
    let platform = Platform::with(Backend::Sqlite, dev).await;
    let status = async |path: &str| {
        let url = platform.service.url(&format!("/api/seedtest{path}"));
        platform.service.client.get(&url).send().await.unwrap().status()
    };
    // A student, unless the set-up says otherwise.
    assert_eq!(status(&PATH.replace("amy", "dev-user")).await, 200);
    assert_eq!(status(PATH).await, 403);
    assert_eq!(platform.get("made-up", PATH).await.0, 401);
}

#[tokio::test]
async fn a_set_up_that_cannot_work_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    store.migrate().await.unwrap();
    let jwt = |pem: &str| JwtConfig { public_key: Some(pem.into()), ..JwtConfig::default() };
    let bad_key = Config { jwt: Some(jwt("no key")), ..config() };
    let bad_prefix = Config { api_prefix: "api".into(), ..config() };
    for (config, setting) in [(bad_key, "JWT_PUBLIC_KEY"), (bad_prefix, "API_PREFIX")] {
        let refused = Server::bind(config, store.clone()).await.err().unwrap();
        assert!(matches!(refused, StartError::Setting { name, .. } if name == setting));
    }
    let binds = vec!["0.0.0.0:0".parse().unwrap()];
    let open = Config { binds, local_dev: true, ..config() };
    let refused = Server::bind(open, store).await.err().unwrap();
    assert!(matches!(refused, StartError::DevOpenToAll { .. }));
}

#[tokio::test]
async fn the_prefix_can_be_another() {
    let moved = |config: Config| Config { api_prefix: "/v2/".into(), ..config };
    let platform = Platform::with(Backend::Sqlite, moved).await;
    let token = platform.token("amy", "reports:view");
    assert_eq!(platform.get(&token, PATH).await.0, 404);
    let url = platform.service.url(&format!("/v2{PATH}"));
    let answer = platform.service.client.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// A server that answers every request with `body` and counts them.
async fn publish(body: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let fetches = Arc::new(AtomicUsize::new(0));
    let counter = fetches.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
    });
    (url, fetches)
}
