//! A simulated school, and somebody who visits its pages.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use seedtest_dashboard::{Config, Dashboard, router};
use seedtest_pipeline::{
    Cancel, Clock, Configuration, DemoSpec, JobContext, JobLog, Lang, LogFormat, Settings,
    find_job, run_demo, run_job,
};
use seedtest_store::{Store, Target};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::must_be_plain;

/// A school with everything computed.
pub(crate) struct School {
    pub(crate) store: Store,
    dir: TempDir,
}

/// Forty students over six weeks.
pub(crate) async fn school() -> School {
    let dir = tempfile::tempdir().unwrap();
    let spec =
        DemoSpec { students: 40, weeks: 6, seed: 7, dir: dir.path().join("demo"), lang: Lang::En };
    let path = spec.dir.join("seedtest.db");
    // Jobs stay on one thread.
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Handle::current();
        let (cancel, mut log) = (Cancel::default(), io::sink());
        runtime.block_on(run_demo(&spec, &cancel, &mut log, &mut |_| {})).map(drop)
    })
    .await
    .unwrap()
    .unwrap();
    let store = Store::open(&Target::Sqlite { path }).await.unwrap();
    School { store, dir }
}

impl School {
    /// Writes anew what pages show.
    pub(crate) async fn refresh(&self) {
        let entry = find_job("refresh-dashboard").unwrap();
        let settings = Settings::resolve(entry, |_| None, |_| None).unwrap();
        let clock = Clock::system();
        let mut written = Vec::new();
        let log = &mut JobLog::new(&mut written, LogFormat::Text, clock, false);
        let (store, settings) = (&self.store, &settings);
        let context = JobContext { store, clock, settings, log, actor: "test", in_round: false };
        let outcome = Box::pin(run_job(entry, context)).await.unwrap();
        assert!(outcome.rows > 0);
    }
}

/// A browser: it keeps its cookie.
pub(crate) struct Visit {
    router: Router,
    cookie: Option<String>,
    /// The token of the page that was seen last.
    token: Option<String>,
}

impl Visit {
    pub(crate) fn of(school: &School, config: Config) -> Self {
        let config =
            Config { uploads: school.dir.path().join("uploads"), lang: Lang::En, ..config };
        let questions = Configuration::read(|_| None).unwrap();
        let dashboard =
            Dashboard::new(school.store.clone(), Clock::system(), questions, config).unwrap();
        Self { router: router(&Arc::new(dashboard)), cookie: None, token: None }
    }

    async fn ask(&mut self, request: axum::http::request::Builder, body: Body) -> Response<Body> {
        let request = match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let request = request.header(header::HOST, "127.0.0.1").body(body).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        if let Some(set) = answer.headers().get(header::SET_COOKIE) {
            self.cookie = Some(set.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Response<Body> {
        self.ask(Request::get(path), Body::empty()).await
    }

    /// A page as it is, with its token kept.
    pub(crate) async fn page(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        let status = answer.status();
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        // Templates write a slash as a reference, which means the same.
        let html = text(answer).await.replace("&#x2f;", "/");
        assert_eq!(status, 200, "{path}: {html}");
        must_be_plain(path, &html);
        if let Some((_, rest)) = html.split_once("name=\"csrf\" value=\"") {
            self.token = rest.split_once('"').map(|(token, _)| token.to_owned());
        }
        html
    }

    pub(crate) async fn status(&mut self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    /// The status, and where it leads.
    pub(crate) async fn moved(&mut self, path: &str) -> (u16, String) {
        let answer = self.get(path).await;
        (answer.status().as_u16(), location(&answer))
    }

    /// A file with its media type.
    pub(crate) async fn file(&mut self, path: &str) -> (Vec<u8>, String) {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert!(
            answer.headers()[header::CONTENT_DISPOSITION]
                .to_str()
                .unwrap()
                .starts_with("attachment")
        );
        (to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec(), kind)
    }

    /// What scripts of its pages send along; empty where nobody is signed in.
    pub(crate) async fn token(&mut self) -> String {
        let answer = self.get("/session").await;
        assert_eq!(answer.status(), 200);
        let session: serde_json::Value = serde_json::from_str(&text(answer).await).unwrap();
        session["csrf"].as_str().unwrap_or_default().to_owned()
    }

    /// A form, with the token; the status and where it leads.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let token = self.token.clone().expect("no page with a form was seen");
        let fields = fields.iter().copied().chain([("csrf", token.as_str())]);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self.ask(form(path), Body::from(body)).await;
        (answer.status().as_u16(), location(&answer))
    }

    pub(crate) async fn send_without_token(&mut self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(form(path), Body::from(body)).await.status().as_u16()
    }

    /// A file as a script sends it.
    pub(crate) async fn upload(&mut self, path: &str, token: &str, content: &str) -> (u16, String) {
        let request = Request::post(path).header("x-csrf-token", token);
        let answer = self.ask(request, Body::from(content.to_owned())).await;
        (answer.status().as_u16(), text(answer).await)
    }
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn location(answer: &Response<Body>) -> String {
    let location = answer.headers().get(header::LOCATION);
    location.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

async fn text(answer: Response<Body>) -> String {
    String::from_utf8(to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec()).unwrap()
}
