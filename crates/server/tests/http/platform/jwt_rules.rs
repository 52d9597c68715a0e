//! Signed tokens that only look right, and keys that are too weak to tell.

use std::time::{Duration, Instant};

use seedtest_server::{Config, JwtConfig, Server, StartError};
use seedtest_store::{Backend, Store, Target};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::signing::SigningKey;
use super::{Platform, claims};
use crate::service::config;

const PATH: &str = "/analysis/metrics/weekly?user_id=amy&include_empty=true";

#[tokio::test]
async fn an_extension_that_is_critical_is_not_overlooked() {
    let platform = Platform::start(Backend::Sqlite).await;
    let claims = claims("amy", "reports:view");
    for (header, status) in [
        (json!({"alg": "RS256", "typ": "JWT"}), 200),
        (json!({"alg": "RS256", "crit": ["exp"], "exp": 1}), 401),
        (json!({"alg": "RS256", "crit": []}), 401),
        (json!({"alg": "RS256", "crit": null}), 401),
        (json!({"alg": "RS256", "crit": ["b64"], "b64": true}), 401),
    ] {
        let token = platform.key.sign_with_header(&header, &claims);
        assert_eq!(platform.get(&token, PATH).await.0, status, "{header}");
    }
}

#[tokio::test]
async fn a_token_has_one_issuer() {
    let platform = Platform::with(Backend::Sqlite, |config| {
        let jwt = config.jwt.map(|jwt| JwtConfig { issuer: Some("https://school".into()), ..jwt });
        Config { jwt, ..config }
    })
    .await;
    for (issuer, status) in [
        (json!("https://school"), 200),
        (json!(["https://school"]), 401),
        (json!(["https://school", "https://evil"]), 401),
        (json!(["https://evil", "https://school"]), 401),
        (json!({"https://school": true}), 401),
        (json!("https://evil"), 401),
        (json!(null), 401),
    ] {
        let mut claims = claims("amy", "reports:view");
        claims["iss"] = issuer.clone();
        assert_eq!(platform.get(&platform.key.sign(&claims), PATH).await.0, status, "{issuer}");
    }
    // Also where any issuer will do.
    let open = Platform::start(Backend::Sqlite).await;
    for (issuer, status) in [(json!("https://any"), 200), (json!(["https://any"]), 401)] {
        let mut claims = claims("amy", "reports:view");
        claims["iss"] = issuer.clone();
        assert_eq!(open.get(&open.key.sign(&claims), PATH).await.0, status, "{issuer}");
    }
}

#[tokio::test]
async fn a_subject_is_taken_as_it_is_or_not_at_all() {
    let platform = Platform::start(Backend::Sqlite).await;
    for subject in ["", " ", " amy", "amy ", "amy\n", "a\u{0}my", "\u{a0}amy", "a\u{1b}[1my"] {
        let token = platform.token(subject, "reports:view");
        assert_eq!(platform.get(&token, PATH).await.0, 401, "{subject:?}");
    }
    for subject in ["amy", "a my", "예진"] {
        let token = platform.token(subject, "reports:view");
        assert_ne!(platform.get(&token, PATH).await.0, 401, "{subject:?}");
    }
}

#[tokio::test]
async fn keys_that_protect_nothing_are_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    let (good, small) = (SigningKey::of_all(), SigningKey::of_bits(1024));
    let two = format!("{}{}", good.public_pem, good.public_pem);
    for (pem, told) in [
        (good.private_pem.clone(), "private"),
        (small.public_pem.clone(), "1024 bits"),
        (small.private_pem.clone(), "private"),
        (two, "one key"),
        ("no key".into(), "key in PEM"),
    ] {
        let jwt = JwtConfig { public_key: Some(pem), ..JwtConfig::default() };
        let refused = Server::bind(Config { jwt: Some(jwt), ..config() }, store.clone()).await;
        let Some(StartError::Setting { name, reason }) = refused.err() else { panic!("{told}") };
        assert_eq!(name, "JWT_PUBLIC_KEY");
        assert!(reason.contains(told), "{told}: {reason}");
        assert!(!reason.contains("BEGIN"), "{reason}");
    }
}

/// A server of keys that answers the first request at once and later ones never.
async fn publish_once(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            if held.is_empty() {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
            held.push(stream);
        }
    });
    url
}

async fn with_keys(url: String) -> Platform {
    let jwt = |config: Config| {
        let jwt = JwtConfig { jwks_url: Some(url), ..JwtConfig::default() };
        Config { jwt: Some(jwt), ..config }
    };
    Platform::with(Backend::Sqlite, jwt).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_nobody_knows_keep_nobody_else_waiting() {
    let key = SigningKey::of_all();
    let url = publish_once(json!({"keys": [key.published("k1")]}).to_string()).await;
    let platform = with_keys(url).await;
    let claims = claims("amy", "reports:view");
    let known = key.sign_with_id(&claims, "k1");
    assert_eq!(platform.get(&known, PATH).await.0, 200);
    // Beyond the pause in which nobody fetches, so that strangers begin a fetch that hangs.
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    let strangers = (0..20).map(|n| {
        let token = key.sign_with_id(&claims, &format!("unknown-{n}"));
        let platform = &platform;
        async move { platform.get(&token, PATH).await.0 }
    });
    let strangers = futures_util::future::join_all(strangers);
    let valid = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        for _ in 0..5 {
            assert_eq!(platform.get(&known, PATH).await.0, 200);
        }
        began.elapsed()
    };
    let (strangers, waited) = tokio::join!(strangers, valid);
    assert!(strangers.iter().all(|status| [401, 429].contains(status)), "{strangers:?}");
    // A fetch that hangs ends after three seconds.
    assert!(waited < Duration::from_secs(2), "valid users waited {waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sets_that_are_too_large_or_private_or_elsewhere_are_not_used() {
    let key = SigningKey::of_all();
    let mut private = key.published("k1");
    private["d"] = json!("AQAB");
    let small = SigningKey::of_bits(1024).published("k1");
    let padding = "x".repeat(300 << 10);
    for set in [
        json!({"keys": [private]}),
        json!({"keys": [small]}),
        json!({"keys": [key.published("k1")], "padding": padding}),
    ] {
        let platform = with_keys(publish_once(set.to_string()).await).await;
        let token = key.sign_with_id(&claims("amy", "reports:view"), "k1");
        let (status, body) = platform.get(&token, PATH).await;
        assert_eq!((status, &body["error"]), (502, &json!("upstream")), "{body}");
    }
}
