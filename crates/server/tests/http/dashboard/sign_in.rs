//! In and out: passwords, sessions, invitations.

use chrono::TimeDelta;
use seedtest_dashboard::Config as Pages;
use seedtest_pipeline::Role;
use seedtest_server::Config;
use seedtest_store::StoredSession;

use super::browser::Browser;
use super::{
    PASSWORD, add, config_at_now, invitation, known, now, operator, person, service, service_with,
};

const COOKIE: &str = "seedtest_session";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_off_until_there_is_an_account() {
    let service = service(&[]).await;
    let mut browser = Browser::at(&service);
    assert_eq!(browser.get("/").await.location.as_deref(), Some("docs"));
    let shown = browser.get("/home").await;
    assert_eq!(shown.status, 404);
    assert!(shown.text.contains("there is no route /home"), "{}", shown.text);
    add(&service.store, &operator("anna")).await;
    known(&service).await;
    assert_eq!(browser.get("/").await.location.as_deref(), Some("home"));
    let shown = browser.get("/home?x=1").await;
    assert_eq!(
        (shown.status, shown.location.as_deref()),
        (303, Some("/sign-in?next=%2Fhome%3Fx%3D1"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_nobody_wants_stay_off() {
    let dashboard = Pages { off: true, ..Pages::default() };
    let service = crate::service::Service::start(Config { dashboard, ..config_at_now() }).await;
    add(&service.store, &operator("anna")).await;
    let mut browser = Browser::at(&service);
    for path in ["/sign-in", "/home", "/account"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_login_are_told_the_same() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::at(&service);
    let mut told = Vec::new();
    for (login, password) in [("anna", "wrong password here"), ("nobody", PASSWORD), ("an na", "x")]
    {
        let fields = [("login", login), ("password", password)];
        let shown = browser.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(shown.status, 401, "{login}");
        assert!(!browser.cookies.contains_key(COOKIE));
        let page = shown.text.replace(&format!("value=\"{login}\""), "");
        told.push(page);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[1], told[2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_kept_by_a_cookie_that_scripts_do_not_see_and_ends_with_the_sign_out() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::at(&service);
    let shown = browser.sign_in("ANNA ").await;
    assert_eq!((shown.status, shown.location.as_deref()), (303, Some("/home")));
    let cookie = shown.cookies.iter().find(|cookie| cookie.starts_with(COOKIE)).unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let secret = browser.cookies[COOKIE].clone();
    assert!(service.store.web_session(&secret).await.unwrap().is_none(), "stored as it is");
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["cache-control"], "no-store");
    let left = browser.submit("/account", "/sign-out", &[]).await;
    assert_eq!((left.status, left.location.as_deref()), (303, Some("/sign-in")));
    assert!(!browser.cookies.contains_key(COOKIE));
    // Whoever kept the cookie has nothing of it.
    browser.cookies.insert(COOKIE.into(), secret);
    assert_eq!(browser.get("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_the_cookie_goes_over_nothing_else() {
    let public_url = Some("https://seedtest.school.example".to_owned());
    let dashboard = Pages { public_url, ..Pages::default() };
    let config = Config { dashboard, ..config_at_now() };
    let service = service_with(config, &[operator("anna")]).await;
    let mut browser = Browser::at(&service);
    let shown = browser.sign_in("anna").await;
    let cookie = shown.cookies.iter().find(|cookie| cookie.contains(COOKIE)).unwrap();
    assert!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_somebody_else_began_is_not_gone_on_with() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::at(&service);
    // What an attacker may have put into the browser before.
    let planted = "ab".repeat(32);
    browser.cookies.insert(COOKIE.into(), planted.clone());
    browser.sign_in("anna").await;
    let secret = browser.cookies[COOKIE].clone();
    assert_ne!(secret, planted);
    // Signed in again, the session before is over.
    let mut other = Browser::at(&service);
    other.cookies.insert(COOKIE.into(), secret.clone());
    assert_eq!(other.get("/account").await.status, 200);
    let token = other.form_token().await;
    let again = [("csrf", token.as_str()), ("login", "anna"), ("password", PASSWORD)];
    let shown = other.post_raw("/sign-in", &again).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    assert_ne!(other.cookies[COOKIE], secret);
    other.cookies.insert(COOKIE.into(), secret);
    assert_eq!(other.get("/account").await.status, 303);
}

/// SHA-256 of a secret, as it is stored.
fn digest(secret: &str) -> String {
    seedtest_digest::sha256_hex(&[secret.as_bytes()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_after_silence_and_after_their_time() {
    let anna = operator("anna");
    let service = service(std::slice::from_ref(&anna)).await;
    for (secret, seen, ends, lives) in [
        ("a", TimeDelta::minutes(119), TimeDelta::hours(1), true),
        ("b", TimeDelta::minutes(120), TimeDelta::hours(1), false),
        ("c", TimeDelta::minutes(1), TimeDelta::zero(), false),
        ("d", TimeDelta::minutes(1), TimeDelta::seconds(1), true),
    ] {
        let secret = secret.repeat(64);
        let session = StoredSession {
            digest: digest(&secret),
            account_id: Some(anna.account_id.clone()),
            user_id: None,
            claims: None,
            created_at: now() - TimeDelta::hours(3),
            seen_at: now() - seen,
            expires_at: now() + ends,
        };
        let mut tx = service.store.begin().await.unwrap();
        tx.add_session(&session).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = Browser::at(&service);
        browser.cookies.insert(COOKIE.into(), secret.clone());
        let status = browser.get("/account").await.status;
        assert_eq!(status, if lives { 200 } else { 303 }, "{session:?}");
        if lives {
            let stored = service.store.web_session(&digest(&secret)).await.unwrap().unwrap();
            assert_eq!(stored.seen_at, now());
            assert_eq!(stored.expires_at, now() + ends, "being seen prolongs nothing");
        }
    }
    // The next sign-in forgets those that are over.
    Browser::of(&service, "anna").await;
    assert!(service.store.web_session(&digest(&"b".repeat(64))).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_sets_a_password_once_and_in_time() {
    let tom = person("tom", Role::Teacher, &["7a"], &[]);
    let service = service(&[operator("anna"), tom.clone()]).await;
    let mut browser = Browser::at(&service);
    assert_eq!(
        browser.sign_in("tom").await.status,
        401,
        "no password opens an account without one"
    );
    let over = invitation(&service.store, &tom, TimeDelta::zero()).await;
    assert_eq!(browser.get(&over).await.status, 404);
    let link = invitation(&service.store, &tom, TimeDelta::days(7)).await;
    assert_eq!(browser.get(&over).await.status, 404);
    for (new, repeated) in
        [("short", "short"), (PASSWORD, "correct horse"), ("tom tom tom tom", "tom tom tom tom")]
    {
        let fields = [("new_password", new), ("repeated_password", repeated)];
        assert_eq!(browser.submit(&link, &link, &fields).await.status, 422, "{new}");
    }
    let fields = [("new_password", PASSWORD), ("repeated_password", PASSWORD)];
    let token = browser.get(&link).await.form_token();
    let shown = browser.submit(&link, &link, &fields).await;
    assert_eq!((shown.status, shown.location.as_deref()), (303, Some("/home")));
    assert_eq!(browser.get("/account").await.status, 200);
    // Once.
    let mut other = Browser::at(&service);
    assert_eq!(other.get(&link).await.status, 404);
    let again = [("csrf", token.as_str()), fields[0], fields[1]];
    assert!([403, 404].contains(&other.post_raw(&link, &again).await.status));
    Browser::of(&service, "tom").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_signs_out_every_other_browser() {
    let service = service(&[operator("anna")]).await;
    let mut here = Browser::of(&service, "anna").await;
    let mut there = Browser::of(&service, "anna").await;
    let new = "another long password";
    let fields =
        |old, new| [("old_password", old), ("new_password", new), ("repeated_password", new)];
    let wrong = here.submit("/account", "/account/password", &fields("wrong", new)).await;
    assert_eq!(wrong.status, 422);
    let changed = here.submit("/account", "/account/password", &fields(PASSWORD, new)).await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    assert_eq!(here.get("/account").await.status, 200);
    assert_eq!(there.get("/account").await.status, 303);
    assert_eq!(there.sign_in("anna").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_was_left_open_is_signed_out_from_another_one() {
    let service = service(&[operator("anna"), operator("olga")]).await;
    let mut here = Browser::of(&service, "anna").await;
    let mut there = Browser::of(&service, "anna").await;
    let mut olga = Browser::of(&service, "olga").await;
    let page = here.get("/account").await.text;
    let listed = page.split("name=\"session\" value=\"").skip(1);
    let ids: Vec<&str> = listed.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), 1, "this browser has no button: {page}");
    // What is somebody else's is not there.
    let session = [("session", ids[0])];
    assert_eq!(olga.submit("/account", "/account/sessions", &session).await.status, 404);
    assert_eq!(there.get("/account").await.status, 200);
    assert_eq!(here.submit("/account", "/account/sessions", &session).await.status, 303);
    assert_eq!(there.get("/account").await.status, 303);
    assert_eq!(here.get("/account").await.status, 200);
    // Scripts of pages learn the token of the session that is open, and who is signed out learns that.
    let told = here.get("/session").await.text;
    assert!(told.contains(&here.form_token().await), "{told}");
    assert_eq!(there.get("/session").await.text, "{\"csrf\":null}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_guesses_has_to_wait_and_somebody_else_has_not() {
    let service = service(&[operator("anna"), operator("olga")]).await;
    let mut browser = Browser::at(&service);
    let token = browser.get("/sign-in").await.form_token();
    for _ in 0..5 {
        let fields = [("csrf", token.as_str()), ("login", "anna"), ("password", "guessed")];
        assert_eq!(browser.post_raw("/sign-in", &fields).await.status, 401);
    }
    // Even the right one, now.
    let fields = [("csrf", token.as_str()), ("login", "Anna"), ("password", PASSWORD)];
    let shown = browser.post_raw("/sign-in", &fields).await;
    assert_eq!(shown.status, 429, "{}", shown.text);
    assert!(shown.headers.contains_key("retry-after"));
    Browser::of(&service, "olga").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_is_out_at_once() {
    let service = service(&[operator("anna"), operator("olga")]).await;
    let mut olga = Browser::of(&service, "olga").await;
    let account = service.store.account_of_login("olga").await.unwrap().unwrap();
    let mut tx = service.store.begin().await.unwrap();
    tx.disable_account(&account.account_id, Some(now())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(olga.get("/account").await.status, 303);
    assert_eq!(olga.sign_in("olga").await.status, 401);
}
