//! Tokens of internal callers: what each opens, whose runs it sees, and how they come and go while the
//! service runs.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use seedtest_server::{Config, Server, StartError, endpoints};
use seedtest_store::{Store, StoredToken, Target};
use serde_json::{Value, json};

use crate::platform::{BACKENDS, NOW, Platform, at};
use crate::service::{SECRET, config, json as read};

fn stored(id: &str, name: &str, scopes: &str) -> StoredToken {
    StoredToken {
        token_id: id.into(),
        name: name.into(),
        digest: sha256(&secret(id)),
        scopes: scopes.into(),
        created_at: at(NOW),
        expires_at: None,
        revoked_at: None,
    }
}

/// The secret of the token with an id, which may be empty: blanks around a secret do not count.
fn secret(id: &str) -> String {
    format!("the secret of {id:?}")
}

fn sha256(text: &str) -> String {
    seedtest_digest::sha256_hex(&[text.as_bytes()])
}

async fn add(store: &Store, token: &StoredToken) {
    let mut tx = store.begin().await.unwrap();
    tx.add_token(token).await.unwrap();
    tx.commit().await.unwrap();
}

async fn revoke(store: &Store, which: &str) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.revoke_tokens(which, at(NOW)).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn send(
    platform: &Platform,
    secret: &str,
    (method, path, body): (&str, &str, &str),
) -> (u16, Value) {
    let url = platform.service.url(path);
    let method: Method = method.to_uppercase().parse().unwrap();
    let request = platform.service.client.request(method, url).bearer_auth(secret);
    let request = request.header("content-type", "application/json").body(body.to_string());
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

const SCORE: (&str, &str, &str) =
    ("post", "/irt/score", r#"{"item_params": {"q": {"a": 1, "b": 0}}, "responses": []}"#);

/// Every service without a token of the set-up.
async fn without_set_up(backend: seedtest_store::Backend) -> Platform {
    Platform::with(backend, |config| Config { tokens: Vec::new(), ..config }).await
}

/// The scopes a route of internal callers is opened by.
fn opened_by(method: &str, path: &str) -> &'static [&'static str] {
    match (method, path) {
        ("post", "/v1/events" | "/xapi/statements" | "/caliper/events") => &["events"],
        ("get", "/v1/events") => &["events", "read"],
        (_, path) if path.starts_with("/cat/") => &["read", "fit"],
        ("post", "/v1/runs") => &["fit", "jobs"],
        ("delete", _) => &["fit", "jobs", "operator"],
        ("get", path) if path.starts_with("/v1/runs") => &["read", "fit", "jobs", "operator"],
        (_, "/report/generate") => &["jobs"],
        (_, path) if path.ends_with("/fit") || path.ends_with("/fit_progress") => &["fit"],
        (_, "/irt/calibrate") => &["fit"],
        (_, "/survival/curves" | "/irt/score") => &["read", "fit"],
        (_, path) if path.ends_with("/predict") => &["read", "fit"],
        _ => &["read"],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_opens_its_routes_and_no_others() {
    let platform = without_set_up(BACKENDS[0]).await;
    let scopes = ["read", "fit", "jobs", "events", "operator", "", "write"];
    for scope in scopes {
        add(&platform.service.store, &stored(scope, scope, scope)).await;
    }
    let mut routes = 0;
    for endpoint in endpoints("/api/seedtest").unwrap() {
        if endpoint.access != "internal" {
            continue;
        }
        routes += 1;
        let path = endpoint.path.replace("{run_id}", "no-such-run");
        for scope in scopes {
            let asked = (endpoint.method, path.as_str(), "{}");
            let (status, answer) = send(&platform, &secret(scope), asked).await;
            let refused = status == 403 && answer["error"] == "insufficient_scope";
            let opens = opened_by(endpoint.method, &endpoint.path).contains(&scope);
            assert!(refused != opens, "{scope}: {asked:?} {status} {answer}");
        }
    }
    assert!(routes > 20, "{routes}");
}

/// What is told of a job that a token asks for: `None` where it is let in.
async fn asked_for_job(
    platform: &Platform,
    id: &str,
    job: &str,
    settings: &Value,
) -> Option<String> {
    let path = format!("/v1/runs?job={job}");
    let asked = ("post", &*path, &*settings.to_string());
    let (status, answer) = send(platform, &secret(id), asked).await;
    if status == 403 {
        return Some(answer["hint"].as_str().unwrap().to_string());
    }
    assert!([202, 400].contains(&status), "{id} {job} {settings}: {status} {answer}");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_away_or_sends_elsewhere_is_the_operators() {
    let platform = without_set_up(BACKENDS[0]).await;
    for token in [
        stored("j", "cron", "read,fit,jobs,events"),
        stored("o", "oscar", "operator"),
        stored("b", "root", "jobs,operator"),
    ] {
        add(&platform.service.store, &token).await;
    }
    let (mut let_go, mut elsewhere) = (Vec::new(), Vec::new());
    for job in seedtest_pipeline::JOBS {
        let dry = json!({"dry-run": true});
        // The scope operator alone starts nothing.
        assert!(asked_for_job(&platform, "o", job.name, &dry).await.is_some());
        if job.is_of_operator() {
            let told = asked_for_job(&platform, "j", job.name, &dry).await.unwrap();
            assert!(told.contains("operator"), "{told}");
            assert_eq!(asked_for_job(&platform, "b", job.name, &dry).await, None);
            let_go.push(job.name);
            continue;
        }
        for setting in job.settings.iter().filter(|setting| setting.operator && setting.flag) {
            // Even one that says nothing, and whatever it says.
            for value in [Value::Null, json!("s3://bucket-of-somebody"), json!(1)] {
                let mut given = dry.clone();
                given[setting.key] = value;
                let told = asked_for_job(&platform, "j", job.name, &given).await;
                let told = told.unwrap_or_else(|| panic!("{} {given} is let in", job.name));
                assert!(told.contains(setting.key) && told.contains("operator"), "{told}");
            }
            elsewhere.push((job.name, setting.key));
        }
    }
    assert_eq!(let_go, ["prune"]);
    for (job, setting) in [
        ("generate-weekly-report", "to"),
        ("generate-weekly-report", "endpoint"),
        ("generate-weekly-report-batch", "customise"),
        ("mail-weekly-report", "smtp-host"),
        ("mail-weekly-report", "smtp-roots"),
        ("mail-weekly-report", "from"),
        ("send-alerts", "mail-to"),
        ("send-alerts", "smtp-host"),
        ("send-alerts", "students"),
        ("send-alerts", "alert-threshold"),
    ] {
        assert!(elsewhere.contains(&(job, setting)), "{job} {setting}");
    }
    // The ledger is as it was.
    let (status, list) = send(&platform, &secret("b"), ("get", "/v1/runs?name=prune", "")).await;
    assert_eq!((status, list["runs"].as_array().unwrap().len()), (200, 1), "{list}");
}

/// Settings of jobs that take an address or the path of a file, and are no operator's: none, so that a new one
/// is thought about.
#[test]
fn no_address_and_no_file_is_named_by_a_job_token() {
    use seedtest_pipeline::{Accepts, Kind};
    for job in seedtest_pipeline::JOBS {
        for setting in job.settings.iter().filter(|setting| setting.flag && !setting.operator) {
            let is_address = matches!(setting.kind, Kind::Address | Kind::Secret)
                || matches!(setting.accepts, Accepts::Web);
            let words = ["file", "director", "address", "url", "host", "path"];
            let is_named = words.iter().any(|word| {
                setting.help.to_lowercase().contains(word) || setting.key.contains(word)
            });
            assert!(!is_address && !is_named, "{} {}: {}", job.name, setting.key, setting.help);
        }
    }
}

/// The id of a run that a token starts.
async fn start_run(platform: &Platform, secret: &str) -> String {
    let asked = ("post", "/v1/runs?model=irt", r#"{"responses": [[1,0],[0,1],[1,1]]}"#);
    let (status, run) = send(platform, secret, asked).await;
    assert_eq!(status, 202, "{run}");
    run["run_id"].as_str().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_sees_follows_and_cancels_its_own_runs_and_an_operator_all() {
    for backend in BACKENDS {
        let platform = without_set_up(backend).await;
        let store = &platform.service.store;
        for token in [
            stored("a", "alpha", "read,fit,jobs"),
            stored("a2", "alpha", "read,fit,jobs"),
            stored("b", "beta", "read,fit,jobs,events"),
            stored("o", "oscar", "operator"),
        ] {
            add(store, &token).await;
        }
        let run_id = start_run(&platform, &secret("a")).await;
        let show = format!("/v1/runs/{run_id}");
        let follow = format!("{show}/events");
        // Its own, also by another token of the same name; and following it waits for its end.
        for own in ["a", "a2", "o"] {
            let (status, events) = send(&platform, &secret(own), ("get", &follow, "")).await;
            assert_eq!(status, 200, "{events}");
            assert_eq!(send(&platform, &secret(own), ("get", &show, "")).await.0, 200);
            // It has ended, which is all that keeps it from being cancelled.
            assert_eq!(send(&platform, &secret(own), ("delete", &show, "")).await.0, 409);
        }
        for asked in [("get", &*show, ""), ("get", &*follow, ""), ("delete", &*show, "")] {
            let (status, refused) = send(&platform, &secret("b"), asked).await;
            assert_eq!(
                (status, &refused["message"]),
                (403, &json!("forbidden_owner")),
                "{asked:?}"
            );
        }
        let listed = async |id: &str| {
            let (status, list) = send(&platform, &secret(id), ("get", "/v1/runs", "")).await;
            assert_eq!(status, 200, "{list}");
            list["runs"].as_array().unwrap().len()
        };
        assert_eq!((listed("a").await, listed("b").await, listed("o").await), (1, 0, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_of_the_ledger_are_their_actors_after_a_restart_too() {
    let platform = without_set_up(BACKENDS[0]).await;
    let store = &platform.service.store;
    for id in ["a", "b"] {
        add(store, &stored(id, id, "read,fit")).await;
    }
    let request = r#"{"responses": [[1,0],[0,1],[1,1]]}"#;
    let (status, fitted) = send(&platform, &secret("a"), ("post", "/irt/calibrate", request)).await;
    assert_eq!(status, 200, "{fitted}");
    // A fit that was waited for is no live run: it is in the ledger alone.
    let path = format!("/v1/runs/{}", fitted["fit_meta"]["run_id"].as_str().unwrap());
    assert_eq!(send(&platform, &secret("a"), ("get", &path, "")).await.0, 200);
    assert_eq!(send(&platform, &secret("b"), ("get", &path, "")).await.0, 403);
    assert_eq!(send(&platform, &secret("b"), ("delete", &path, "")).await.0, 403);
}

/// Families that predict from a stored fit: where they fit, and where they are asked.
const PREDICTING: [(&str, &str); 6] = [
    ("/growth/fit", "/growth/predict"),
    ("/survival/fit", "/survival/predict"),
    ("/lmm/fit", "/lmm/predict"),
    ("/glmm/fit", "/glmm/predict"),
    ("/prophet/fit", "/prophet/predict"),
    ("/cluster/fit", "/cluster/predict"),
];

#[test]
fn every_route_that_predicts_is_in_the_table() {
    let all = endpoints("/api/seedtest").unwrap();
    let predicting = all.iter().filter(|e| e.path.ends_with("/predict") && !e.mirrors);
    // Segments have two names.
    for endpoint in predicting.filter(|e| e.path != "/clustering/predict") {
        assert!(PREDICTING.iter().any(|(_, ask)| *ask == endpoint.path), "{}", endpoint.path);
    }
}

/// The examples of a body, as the description has them.
async fn examples(platform: &Platform, path: &str) -> Vec<Value> {
    let (_, document) = send(platform, "", ("get", "/openapi.json", "")).await;
    let body = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
    let examples = body["examples"].as_object().unwrap().values();
    examples.map(|example| example["value"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_fit_of_somebody_else_predicts_nothing() {
    let platform = without_set_up(BACKENDS[0]).await;
    for token in [
        stored("a", "alpha", "read,fit"),
        stored("a2", "alpha", "read,fit"),
        stored("b", "beta", "read,fit"),
        stored("o", "oscar", "read,operator"),
    ] {
        add(&platform.service.store, &token).await;
    }
    for (fit, ask) in PREDICTING {
        let request = examples(&platform, fit).await[0].to_string();
        let (status, fitted) = send(&platform, &secret("a"), ("post", fit, &request)).await;
        assert_eq!(status, 200, "{fit}: {fitted}");
        let run_id = fitted["run_id"].as_str().unwrap_or_else(|| panic!("{fit}: {fitted}"));
        let of_stored =
            examples(&platform, ask).await.into_iter().find(|q| q["run_id"].is_string());
        let mut question = of_stored.unwrap();
        question["run_id"] = run_id.into();
        let named = question.to_string();
        for (id, expected) in [("a", 200), ("a2", 200), ("o", 200), ("b", 403)] {
            let (status, answer) = send(&platform, &secret(id), ("post", ask, &named)).await;
            assert_eq!(status, expected, "{ask} by {id}: {answer}");
            assert!(status == 200 || answer["message"] == "forbidden_owner", "{ask}: {answer}");
        }
        // The newest fit is the newest of one's own; where none is named, too.
        for run_id in [Some("latest"), None] {
            question["run_id"] = run_id.into();
            let (status, answer) =
                send(&platform, &secret("b"), ("post", ask, &question.to_string())).await;
            let refused = (409, &json!("no_model"));
            assert_eq!((status, &answer["error"]), refused, "{ask} {run_id:?}: {answer}");
        }
        question["run_id"] = "no-such-run".into();
        let asked = question.to_string();
        let (status, answer) = send(&platform, &secret("b"), ("post", ask, &asked)).await;
        assert_eq!((status, &answer["error"]), (409, &json!("no_model")), "{ask}: {answer}");
    }
}

/// Waits, for the time the page of security promises, until a token is answered so.
async fn becomes(platform: &Platform, secret: &str, expected: u16) {
    let until = Instant::now() + Duration::from_secs(2);
    loop {
        let (status, answer) = send(platform, secret, SCORE).await;
        if status == expected {
            return;
        }
        assert!(Instant::now() < until, "{status}, not {expected}: {answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_come_and_go_without_a_restart() {
    for backend in BACKENDS {
        let platform = without_set_up(backend).await;
        let store = &platform.service.store;
        // Without any token the local service is open; from the first one on it is not.
        assert_eq!(send(&platform, "", SCORE).await.0, 200);
        add(store, &stored("old", "front", "read")).await;
        becomes(&platform, "", 401).await;
        becomes(&platform, &secret("old"), 200).await;
        // Rotation: both hold, then the new one alone.
        add(store, &stored("new", "front", "read")).await;
        becomes(&platform, &secret("new"), 200).await;
        assert_eq!(send(&platform, &secret("old"), SCORE).await.0, 200);
        revoke(store, "old").await;
        becomes(&platform, &secret("old"), 401).await;
        assert_eq!(send(&platform, &secret("new"), SCORE).await.0, 200);
        // A service whose tokens were all taken back is closed, not open.
        revoke(store, "new").await;
        becomes(&platform, &secret("new"), 401).await;
        assert_eq!(send(&platform, "", SCORE).await.0, 401);
    }
}

#[tokio::test]
async fn a_service_that_cannot_know_its_tokens_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    // Not even where the set-up has one: those of the database may have been taken back.
    for tokens in [Vec::new(), config().tokens] {
        let refused = Server::bind(Config { tokens, ..config() }, store.clone()).await.err();
        assert!(matches!(refused, Some(StartError::Tokens(_))), "{refused:?}");
    }
    store.migrate().await.unwrap();
    assert!(Server::bind(config(), store).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_opens_nothing() {
    let platform = Platform::start(BACKENDS[0]).await;
    let now: DateTime<Utc> = at(NOW);
    for (id, ends) in [("gone", now), ("there", now + TimeDelta::seconds(1))] {
        let token = StoredToken { expires_at: Some(ends), ..stored(id, id, "read") };
        add(&platform.service.store, &token).await;
    }
    becomes(&platform, &secret("there"), 200).await;
    let (status, refused) = send(&platform, &secret("gone"), SCORE).await;
    assert_eq!((status, &refused["error"]), (401, &json!("unauthorized")));
    // Neither does the digest of a secret, which is what a reader of the database has.
    assert_eq!(send(&platform, &sha256(&secret("there")), SCORE).await.0, 401);
    // The token of the set-up holds beside those of the database.
    assert_eq!(read(platform.service.post("/irt/score", SCORE.2).await).await.0, 200);
    assert_eq!(send(&platform, SECRET, SCORE).await.0, 200);
}
