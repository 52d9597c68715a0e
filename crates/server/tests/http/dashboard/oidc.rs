//! Signing in at an identity provider: a small one of this test's own, which checks what it is sent as providers do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use reqwest::Url;
use seedtest_dashboard::Config as Pages;
use seedtest_pipeline::Role;
use seedtest_server::{Config, OidcConfig};
use seedtest_store::Account;
use serde_json::{Value, json};

use super::browser::{Browser, Shown};
use super::{config_at_now, now, operator, person, service_with};
use crate::platform::signing::SigningKey;
use crate::service::Service;

const CLIENT: &str = "seedtest";
const SECRET: &str = "of the client: a+b";
const PUBLIC: &str = "http://seedtest.school.example";

/// What a code stands for: claims, challenge, return address.
type Code = (Value, String, String);

/// A provider on a port of its own.
#[derive(Clone)]
struct Provider {
    issuer: String,
    key: Arc<SigningKey>,
    /// Another key than the published one.
    signs_with: Arc<Mutex<Option<Arc<SigningKey>>>>,
    /// What the codes stand for.
    codes: Arc<Mutex<HashMap<String, Code>>>,
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = Arc::new(SigningKey::generate());
        let provider = Self { issuer, key, signs_with: Arc::default(), codes: Arc::default() };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    fn config(&self) -> Config {
        let dashboard = Pages { public_url: Some(PUBLIC.into()), ..Pages::default() };
        let oidc = OidcConfig {
            issuer: self.issuer.clone(),
            client_id: CLIENT.into(),
            client_secret: Some(SECRET.into()),
            name: "School login".into(),
        };
        Config { dashboard, oidc: Some(oidc), ..config_at_now() }
    }

    /// Somebody signs in at the provider: from where the browser was sent to the code it comes back with.
    fn sign_in(&self, sent_to: &str, claims: &Value) -> String {
        let address = Url::parse(sent_to).unwrap();
        assert_eq!(address.path(), "/authorise");
        let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(
            (asked["response_type"].as_str(), asked["client_id"].as_str()),
            ("code", CLIENT)
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let mut all = json!({
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": now().timestamp() + 60,
            "nonce": asked["nonce"],
        });
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        let of_code = (all, asked["code_challenge"].clone(), asked["redirect_uri"].clone());
        codes.insert(code.clone(), of_code);
        let state: String = form_urlencoded::byte_serialize(asked["state"].as_bytes()).collect();
        let back = asked["redirect_uri"].strip_prefix(PUBLIC).unwrap();
        format!("{back}?code={code}&state={state}")
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let of = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": of("/authorise"),
        "token_endpoint": of("/token"),
        "jwks_uri": of("/keys"),
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    Json(json!({"keys": [provider.key.published("k1")]}))
}

/// Once for a code, to who has the secret of the client and the verifier of the challenge.
async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, StatusCode> {
    // seedtest:of+the+client%3A+a%2Bb
    let expected = "Basic c2VlZHRlc3Q6b2YrdGhlK2NsaWVudCUzQSthJTJCYg==";
    if headers.get("authorization").is_none_or(|given| given != expected) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let given: HashMap<String, String> =
        form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let found = provider.codes.lock().unwrap().remove(&given["code"]);
    let (claims, challenge, redirect) = found.ok_or(StatusCode::BAD_REQUEST)?;
    let hash = seedtest_digest::sha256(given["code_verifier"].as_bytes());
    let proof = crate::platform::signing::base64url(&hash);
    if proof != challenge || redirect != given["redirect_uri"] {
        return Err(StatusCode::BAD_REQUEST);
    }
    let other = provider.signs_with.lock().unwrap().clone();
    let token = other.unwrap_or(provider.key).sign_with_id(&claims, "k1");
    Ok(Json(json!({"id_token": token, "token_type": "Bearer"})))
}

/// A service whose people sign in at the provider.
async fn with_provider(accounts: &[Account]) -> (Provider, Service) {
    let provider = Provider::start().await;
    let service = service_with(provider.config(), accounts).await;
    (provider, service)
}

/// From the link on the page of the sign-in to what the service makes of somebody with these claims.
async fn try_in(provider: &Provider, browser: &mut Browser, next: &str, claims: &Value) -> Shown {
    let sent = browser.get(&format!("/sign-in/provider{next}")).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let back = provider.sign_in(&sent.location.unwrap(), claims);
    browser.get(&back).await
}

fn leads(shown: &Shown) -> (u16, &str) {
    (shown.status, shown.location.as_deref().unwrap_or_default())
}

const NOT_KNOWN: (u16, &str) = (303, "/sign-in?problem=not_known");
const FAILED: (u16, &str) = (303, "/sign-in?problem=failed");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invited_person_gets_in_by_a_verified_address_and_stays_known() {
    let tom = person("tom@school.example", Role::Teacher, &["7a"], &[]);
    let (provider, service) = with_provider(&[operator("anna"), tom]).await;
    let mut browser = Browser::at(&service);
    let page = browser.get("/sign-in?next=%2Faccount").await;
    assert!(page.text.contains("School login"), "{}", page.text);
    let claims = |sub: &str, mail: &str, verified: Value| json!({"sub": sub, "email": mail, "email_verified": verified, "name": "Tom"});
    for verified in [json!(false), Value::Null, json!("true")] {
        let said = claims("t1", "tom@school.example", verified);
        let shown = try_in(&provider, &mut browser, "", &said).await;
        assert_eq!(leads(&shown), NOT_KNOWN, "{said}");
    }
    let said = claims("t1", "Tom@School.example", json!(true));
    let shown = try_in(&provider, &mut browser, "?next=%2Faccount", &said).await;
    assert_eq!(leads(&shown), (303, "/account"));
    let page = browser.get("/account").await;
    assert!(page.status == 200 && page.text.contains("tom@school.example"), "{}", page.text);
    assert!(!browser.cookies.contains_key("seedtest_provider"));
    // From now on it is the subject that counts: another address of mail is the same person, and the address of
    // another subject is not.
    let mut other = Browser::at(&service);
    let shown = try_in(&provider, &mut other, "", &claims("t1", "x@y.example", json!(true))).await;
    assert_eq!(leads(&shown), (303, "/home"));
    let mut other = Browser::at(&service);
    let said = claims("t2", "tom@school.example", json!(true));
    assert_eq!(leads(&try_in(&provider, &mut other, "", &said).await), NOT_KNOWN);
    let told = other.get("/sign-in?problem=not_known").await;
    assert!(told.text.contains("role=\"alert\""), "{}", told.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_names_a_role_is_enough_and_one_that_names_none_is_not() {
    let (provider, service) = with_provider(&[]).await;
    super::roles::store_roster(&service.store).await;
    let mut browser = Browser::at(&service);
    let none = json!({"sub": "kim"});
    assert_eq!(leads(&try_in(&provider, &mut browser, "", &none).await), NOT_KNOWN);
    let said = json!({"sub": "kim", "name": "Kim", "role": "guardian", "student_ids": ["amy"]});
    assert_eq!(leads(&try_in(&provider, &mut browser, "", &said).await), (303, "/home"));
    assert_eq!(browser.get("/students/amy").await.status, 200);
    assert_eq!(browser.get("/students/eve").await.status, 404);
    assert_eq!(browser.get("/accounts").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_does_not_get_in_by_the_provider() {
    let mut tom = person("tom@school.example", Role::Teacher, &["7a"], &[]);
    tom.disabled_at = Some(now());
    let (provider, service) = with_provider(&[tom]).await;
    let mut browser = Browser::at(&service);
    let said =
        json!({"sub": "t", "email": "tom@school.example", "email_verified": true, "role": "admin"});
    assert_eq!(leads(&try_in(&provider, &mut browser, "", &said).await), NOT_KNOWN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_for_another_sign_in_or_service_is_refused() {
    let (provider, service) = with_provider(&[]).await;
    let mut browser = Browser::at(&service);
    let good = json!({"sub": "root", "role": "admin"});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for claims in [
        with("nonce", json!("0".repeat(64))),
        with("nonce", Value::Null),
        with("aud", json!("another service")),
        with("iss", json!("http://evil.example")),
        with("exp", json!(now().timestamp() - 3600)),
        with("azp", json!("another service")),
        with("sub", json!("")),
    ] {
        let shown = try_in(&provider, &mut browser, "", &claims).await;
        assert_eq!(leads(&shown), FAILED, "{claims}");
        assert!(!browser.cookies.contains_key("seedtest_session"), "{claims}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_published_keys_do_not_fit_is_refused() {
    let provider = Provider::start().await;
    // Its token comes with another key than it publishes.
    let forger = Arc::new(SigningKey::generate());
    let service = service_with(provider.config(), &[]).await;
    let mut browser = Browser::at(&service);
    *provider.signs_with.lock().unwrap() = Some(forger);
    let said = json!({"sub": "root", "role": "admin"});
    assert_eq!(leads(&try_in(&provider, &mut browser, "", &said).await), FAILED);
    *provider.signs_with.lock().unwrap() = None;
    assert_eq!(leads(&try_in(&provider, &mut browser, "", &said).await), (303, "/home"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_somebody_else_asked_for_signs_nobody_in() {
    let (provider, service) = with_provider(&[]).await;
    let mut attacker = Browser::at(&service);
    let mut victim = Browser::at(&service);
    let sent = attacker.get("/sign-in/provider").await.location.unwrap();
    let back = provider.sign_in(&sent, &json!({"sub": "attacker", "role": "student"}));
    assert_eq!(leads(&victim.get(&back).await), FAILED);
    assert!(!victim.cookies.contains_key("seedtest_session"));
    // Nor with a cookie of the victim's own sign-in.
    victim.get("/sign-in/provider").await;
    assert_eq!(leads(&victim.get(&back).await), FAILED);
    for query in ["", "?code=x", "?state=x", "?error=access_denied&state=x"] {
        let shown = attacker.get(&format!("/sign-in/provider/callback{query}")).await;
        assert_eq!(leads(&shown), FAILED, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_leads_to_no_other_host() {
    let (provider, service) = with_provider(&[]).await;
    let said = json!({"sub": "kim", "role": "student"});
    for next in ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example"] {
        let mut browser = Browser::at(&service);
        let shown = try_in(&provider, &mut browser, &format!("?next={next}"), &said).await;
        assert_eq!(leads(&shown), (303, "/home"), "{next}");
    }
    // What comes back in `state` is what was sent there, or nothing.
    let mut browser = Browser::at(&service);
    let sent = browser.get("/sign-in/provider?next=%2Faccount").await.location.unwrap();
    let back = provider.sign_in(&sent, &said);
    let forged = back.replace("account", "%2Fevil.example");
    assert_ne!(forged, back);
    assert_eq!(leads(&browser.get(&forged).await), FAILED);
}

#[test]
fn a_provider_needs_to_know_where_browsers_come_back() {
    let oidc = OidcConfig {
        issuer: "https://login.school.example".into(),
        client_id: CLIENT.into(),
        client_secret: None,
        name: "x".into(),
    };
    let config = Config { oidc: Some(oidc), ..config_at_now() };
    let faults = config.faults();
    assert!(faults.iter().any(|fault| fault.to_string().contains("--public-url")), "{faults:?}");
}
