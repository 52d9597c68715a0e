//! What those try who should not: forms of other sites, ways to other hosts, names that are scripts, sessions that are
//! over.

use reqwest::Method;
use seedtest_dashboard::entries;
use seedtest_pipeline::Role;
use seedtest_server::Config;
use seedtest_store::Account;

use super::browser::{Browser, form};
use super::{PASSWORD, config_at_now, operator, person, service, with_a_password};
use crate::service::SECRET;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_without_the_token_of_its_own_session_changes_nothing() {
    let service = service(&[operator("anna"), operator("olga")]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut olga = Browser::of(&service, "olga").await;
    let (own, of_other) = (anna.form_token().await, olga.form_token().await);
    let guest = Browser::at(&service).get("/sign-in").await.form_token();
    for token in ["", "x", &of_other, &guest] {
        let shown = anna.post_raw("/account/language", &[("csrf", token), ("lang", "ko")]).await;
        assert_eq!(shown.status, 403, "{token}");
    }
    let lang = async || service.store.account_of_login("anna").await.unwrap().unwrap().lang;
    assert_eq!(lang().await, None);
    // With the right token, from elsewhere: no page of another site has it, and if it had, browsers tell.
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let body = form(&[("csrf", &own), ("lang", "ko")]);
        let request = anna.request(Method::POST, "/account/language").header(name, value);
        let shown = anna.send(request.header("content-type", FORM).body(body)).await;
        assert_eq!(shown.status, 403, "{name}: {value}");
    }
    // As JSON or a text, which pages may send unasked, there are no fields.
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let body = form(&[("csrf", &own), ("lang", "ko")]);
        let request = anna.request(Method::POST, "/account/language").header("content-type", kind);
        assert_eq!(anna.send(request.body(body)).await.status, 403, "{kind}");
    }
    assert_eq!(lang().await, None);
    let shown = anna.post_raw("/account/language", &[("csrf", &own), ("lang", "ko")]).await;
    assert_eq!(shown.status, 303);
    assert_eq!(lang().await.as_deref(), Some("ko"));
}

/// Whatever can be sent, of a page or of none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_takes_a_form_that_is_not_of_its_own() {
    let service = service(&[operator("anna")]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let own = anna.form_token().await;
    let sent = entries().into_iter().filter(|page| page.method == "POST");
    let paths: Vec<String> = sent.map(|page| page.path.replace(['{', '}'], "")).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        let fields = [("topic", "t"), ("note", "x"), ("kind", "seen")];
        for token in [None, Some("0".repeat(64))] {
            let mut all = fields.to_vec();
            all.extend(token.as_deref().map(|token| ("csrf", token)));
            assert_eq!(anna.post_raw(&path, &all).await.status, 403, "{path} {token:?}");
        }
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        {
            let request = anna.request(Method::POST, &path).header(name, value);
            let request = request.header("content-type", FORM).header("x-csrf-token", &own);
            let shown = anna.send(request.body(form(&fields))).await;
            assert_eq!(shown.status, 403, "{path} {name}");
        }
    }
    assert_eq!(anna.get("/account").await.status, 200, "nothing was done, not even signing out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_an_earlier_session_is_shown_again_and_not_taken() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::of(&service, "anna").await;
    let before = browser.form_token().await;
    let again = [("csrf", before.as_str()), ("login", "anna"), ("password", PASSWORD)];
    assert_eq!(browser.post_raw("/sign-in", &again).await.status, 303);
    let post = |browser: &Browser, path: &str, site: &str, fields: &[(&str, &str)]| {
        let request = browser.request(Method::POST, path).header("sec-fetch-site", site);
        request.header("content-type", FORM).body(form(fields))
    };
    let typed = [("csrf", before.as_str()), ("lang", "ko"), ("note", "a<b>")];
    let request = post(&browser, "/account/language", "same-origin", &typed);
    let shown = browser.send(request).await;
    assert_eq!(shown.status, 409, "{}", shown.text);
    assert!(shown.text.contains("name=\"lang\" value=\"ko\"") && !shown.text.contains("a<b>"));
    let lang = async || service.store.account_of_login("anna").await.unwrap().unwrap().lang;
    assert_eq!(lang().await, None);
    let token = shown.form_token();
    let sent = browser.post_raw("/account/language", &[("csrf", &token), ("lang", "ko")]).await;
    assert_eq!((sent.status, lang().await.as_deref()), (303, Some("ko")));
    // Passwords are not shown again, what has no fields is not sent again, and pages of others have nothing shown.
    let password = [("csrf", before.as_str()), ("old_password", PASSWORD)];
    for (path, site, fields) in [
        ("/account/password", "same-origin", &password[..]),
        ("/sign-out", "same-origin", &typed[..1]),
        ("/account/language", "none", &typed),
        ("/account/language", "same-site", &typed),
    ] {
        let request = post(&browser, path, site, fields);
        assert_eq!(browser.send(request).await.status, 403, "{path} {site}");
    }
    assert_eq!(browser.get("/account").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_in_to_an_account_of_somebody_elses_choice() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::at(&service);
    let fields = [("login", "anna"), ("password", PASSWORD)];
    assert_eq!(browser.post_raw("/sign-in", &fields).await.status, 403);
    let of_attacker = Browser::at(&service).get("/sign-in").await.form_token();
    let fields = [("csrf", of_attacker.as_str()), fields[0], fields[1]];
    assert_eq!(browser.post_raw("/sign-in", &fields).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_leads_to_no_other_host() {
    let service = service(&[operator("anna")]).await;
    for (next, leads) in [
        ("/account?x=1", "/account?x=1"),
        ("//evil.example/", "/home"),
        ("/\\evil.example/", "/home"),
        ("https://evil.example/", "/home"),
        ("javascript:alert(1)", "/home"),
        ("/a\r\nset-cookie: x=y", "/home"),
    ] {
        let mut browser = Browser::at(&service);
        let query = form(&[("next", next)]);
        let page = browser.get(&format!("/sign-in?{query}")).await;
        assert!(!page.text.contains("evil.example"), "{next}");
        let token = page.form_token();
        let fields =
            [("csrf", token.as_str()), ("next", next), ("login", "anna"), ("password", PASSWORD)];
        let shown = browser.post_raw("/sign-in", &fields).await;
        assert_eq!((shown.status, shown.location.as_deref()), (303, Some(leads)), "{next:?}");
        // Who is signed in already is sent on likewise.
        let shown = browser.get(&format!("/sign-in?{query}")).await;
        assert_eq!((shown.status, shown.location.as_deref()), (303, Some(leads)), "{next:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_texts_and_no_scripts() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    let named = Account {
        name: format!("{SCRIPT}\"'><img src=x onerror=alert(1)>"),
        ..with_a_password(person("tom", Role::Teacher, &[SCRIPT], &[]))
    };
    let service = service(&[operator("anna"), named]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut tom = Browser::of(&service, "tom").await;
    let mut guest = Browser::at(&service);
    let typed = [("login", SCRIPT), ("password", "x")];
    for shown in [
        anna.get("/accounts").await,
        tom.get("/account").await,
        guest.submit("/sign-in", "/sign-in", &typed).await,
        guest.get("/sign-in?next=%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E").await,
        anna.get("/classes/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await,
        anna.get("/no-such-page?%3Cscript%3Ealert(1)%3C/script%3E").await,
    ] {
        assert!(!shown.text.contains("<script>alert"), "{}", shown.text);
        assert!(!shown.text.contains("<img src=x"), "{}", shown.text);
        let policy = shown.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
        assert_eq!(shown.headers["x-frame-options"], "DENY");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_when_the_session_was_over_is_sent_after_the_next_sign_in() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::of(&service, "anna").await;
    let token = browser.form_token().await;
    browser.cookies.remove("seedtest_session");
    let fields = [("csrf", token.as_str()), ("lang", "ko"), ("note", "a<b>&\"c")];
    let late = browser.post_raw("/account/language", &fields).await;
    assert_eq!(late.status, 401);
    assert!(
        late.text.contains("name=\"resume_path\" value=\"/account/language\"")
            || late.text.contains("&#x2f;account&#x2f;language"),
        "{}",
        late.text
    );
    // What the sign-in form carries along.
    let carried = form(&[("lang", "ko"), ("note", "a<b>&\"c")]);
    let own = late.form_token();
    let sign_in = [
        ("csrf", own.as_str()),
        ("login", "anna"),
        ("password", PASSWORD),
        ("resume_path", "/account/language"),
        ("resume_fields", carried.as_str()),
    ];
    let offered = browser.post_raw("/sign-in", &sign_in).await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    assert!(offered.text.contains("name=\"lang\" value=\"ko\""), "{}", offered.text);
    assert!(!offered.text.contains("a<b>"), "{}", offered.text);
    let lang = async || service.store.account_of_login("anna").await.unwrap().unwrap().lang;
    assert_eq!(lang().await, None, "nothing is sent by itself");
    let token = offered.form_token();
    let sent = browser.post_raw("/account/language", &[("csrf", &token), ("lang", "ko")]).await;
    assert_eq!(sent.status, 303);
    assert_eq!(lang().await.as_deref(), Some("ko"));
    // A wrong password on the way loses nothing.
    browser.cookies.clear();
    let page = browser.get("/sign-in").await.form_token();
    let wrong = [
        ("csrf", page.as_str()),
        ("login", "anna"),
        ("password", "wrong"),
        ("resume_path", "/account/language"),
        ("resume_fields", carried.as_str()),
    ];
    let again = browser.post_raw("/sign-in", &wrong).await;
    assert_eq!(again.status, 401);
    assert!(again.text.contains("resume_fields"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_megabytes_is_refused() {
    let service = service(&[operator("anna")]).await;
    let mut browser = Browser::of(&service, "anna").await;
    let token = browser.form_token().await;
    let large = "x".repeat(300 << 10);
    let shown = browser.post_raw("/account/language", &[("csrf", &token), ("x", &large)]).await;
    assert_eq!(shown.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_take_the_session_as_well_with_its_rights_and_its_token() {
    let tom = with_a_password(person("tom", Role::Teacher, &["7a"], &[]));
    let service = service(&[operator("anna"), tom]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut tom = Browser::of(&service, "tom").await;
    let mut guest = Browser::at(&service);
    assert_eq!(anna.get("/v1/runs").await.status, 200);
    assert_eq!(tom.get("/v1/runs").await.status, 403);
    assert_eq!(guest.get("/v1/runs").await.status, 401);
    let token = anna.form_token().await;
    let post = |browser: &Browser| {
        let body = r#"{"item_params":{"q1":{"a":1,"b":0}},"responses":[{"item_id":"q1","is_correct":true}]}"#;
        let request = browser.request(Method::POST, "/irt/score");
        request.header("content-type", "application/json").body(body)
    };
    let request = post(&anna);
    assert_eq!(anna.send(request).await.status, 403);
    let request = post(&anna).header("x-csrf-token", &token);
    assert_eq!(anna.send(request).await.status, 200);
    let request =
        post(&anna).header("x-csrf-token", &token).header("origin", "https://evil.example");
    assert_eq!(anna.send(request).await.status, 403);
    let request = post(&guest).header("x-internal-token", SECRET);
    assert_eq!(guest.send(request).await.status, 200);
    // Of the platform's routes a teacher has those about students of theirs.
    let of_student = "/api/seedtest/analysis/metrics/weekly?include_empty=true&user_id=eve";
    assert_eq!(anna.get(of_student).await.status, 200);
    assert_eq!(tom.get(of_student).await.status, 403);
    assert_eq!(tom.get("/api/seedtest/metrics/comprehensive").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_accounts_a_service_without_tokens_is_open_to_nobody() {
    let config = Config { tokens: Vec::new(), ..config_at_now() };
    let service = super::service_with(config, &[operator("anna")]).await;
    let mut guest = Browser::at(&service);
    assert_eq!(guest.get("/v1/runs").await.status, 401);
    let mut anna = Browser::of(&service, "anna").await;
    assert_eq!(anna.get("/v1/runs").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demonstration_is_for_this_machine_and_pages_of_others_do_not_reach_it() {
    let dashboard = seedtest_dashboard::Config { open: true, ..Default::default() };
    let config = Config { tokens: Vec::new(), dashboard, ..config_at_now() };
    let public =
        Config { binds: vec!["0.0.0.0:0".parse().unwrap()], insecure: true, ..config.clone() };
    assert!(public.faults().iter().any(|fault| fault.to_string().contains("--demo")));
    let service = crate::service::Service::start(config).await;
    let mut browser = Browser::at(&service);
    assert_eq!(browser.get("/account").await.status, 200);
    let request = browser.request(Method::GET, "/account").header("host", "evil.example");
    assert_eq!(browser.send(request).await.status, 403);
    assert_eq!(
        browser.post_raw("/accounts", &[("login", "x"), ("role", "operator")]).await.status,
        403
    );
}
