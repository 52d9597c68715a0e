//! `seedtest report preview`: reports in a browser, made again whenever what a school puts in changes.
//!
//! The pages hold personal data: they are served on this machine only, and only under its own name, so that no page
//! of another site can read them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path as FilePath, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::stream;
use seedtest_pipeline::{
    Error, ReportFormat, ReportRequest, Who, customised, customising_files, write_reports,
};
use seedtest_store::Store;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::merged::student_now;
use super::report::{lang, period};
use crate::cli::{Global, PreviewArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// What makes an open page load itself anew once there is a later round than its own.
fn reload(round: u64) -> String {
    format!(
        "<script>new EventSource('/changes?since={round}').onmessage = () => location.reload();</script>"
    )
}

/// What is shown now.
#[derive(Debug, Clone, Default)]
struct Shown {
    /// How often it was made.
    round: u64,
    /// The file to open first.
    first: String,
    /// Why it could not be made.
    fault: Option<String>,
}

#[derive(Clone)]
struct Preview {
    dir: PathBuf,
    shown: watch::Receiver<Shown>,
}

pub(crate) async fn run(
    args: &PreviewArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let dir = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot make a directory: {error}"), None))?;
    let mut request = ReportRequest {
        who: args.student.clone().map_or(Who::All, Who::Student),
        period: period(args.period),
        day: args.week,
        lang: lang(args.lang),
        formats: vec![ReportFormat::Html],
        custom: seedtest_pipeline::Custom::default(),
        out: Some(dir.path().to_owned()),
        base: dir.path().to_owned(),
    };
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), args.port);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let hint = "choose another --port; 0 takes any that is free";
        Failure::new(format!("cannot listen on {address}: {error}"), Some(hint.into()))
    })?;
    let address = listener.local_addr().unwrap_or(address);
    let store = session::open(global).await?;
    session::with(store, async |store| {
        if let Some(given) = &args.student {
            request.who = Who::Student(student_now(store, given, output).await?);
        }
        let (show, shown) = watch::channel(Shown::default());
        let maker = Maker { request, file: args.customise.clone(), show };
        // What cannot be made for want of data is an error; of a fault in the files the page tells.
        maker.make(store).await?;
        output.line(&format!("open http://{address}/ (end with Ctrl-C)"))?;
        let preview = Preview { dir: dir.path().to_owned(), shown };
        let served = axum::serve(listener, router(preview, address));
        tokio::select! {
            ended = served => ended.map_err(|error| Failure::new(error.to_string(), None))?,
            never = maker.keep_making(store) => never?,
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(())
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the pages, again and again.
struct Maker {
    request: ReportRequest,
    file: Option<PathBuf>,
    show: watch::Sender<Shown>,
}

impl Maker {
    async fn make(&self, store: &Store) -> Result<(), Failure> {
        let custom = customised(self.file.as_deref()).map_err(Error::from);
        let now = session::clock()?.now();
        let made = match custom {
            Ok(custom) => {
                let request = ReportRequest { custom, ..self.request.clone() };
                Box::pin(write_reports(store, &request, now)).await
            }
            Err(error) => Err(error),
        };
        let fault = match &made {
            Ok(_) => None,
            // A template can read well and fail over the first page.
            Err(error @ (Error::Customise(_) | Error::Report(_))) => {
                let hint = error.hint().unwrap_or_default();
                Some(format!("{}\n{hint}", chain(error)))
            }
            Err(_) => {
                made?;
                return Ok(());
            }
        };
        let first = made.ok().and_then(|made| Some(made.open.file_name()?.to_str()?.to_owned()));
        self.show.send_modify(|shown| {
            shown.round += 1;
            shown.fault = fault;
            shown.first = first.unwrap_or_else(|| std::mem::take(&mut shown.first));
        });
        Ok(())
    }

    /// Makes them whenever a file changed.
    async fn keep_making(&self, store: &Store) -> Result<(), Failure> {
        let mut seen = self.state_of_files();
        loop {
            tokio::time::sleep(EVERY).await;
            let now = self.state_of_files();
            if now != seen {
                seen = now;
                self.make(store).await?;
            }
        }
    }

    /// What a change of any file changes.
    fn state_of_files(&self) -> Vec<(PathBuf, Option<(SystemTime, u64)>)> {
        let state = |path: PathBuf| {
            let known =
                std::fs::metadata(&path).and_then(|file| Ok((file.modified()?, file.len()))).ok();
            (path, known)
        };
        self.file.iter().flat_map(|file| customising_files(file)).map(state).collect()
    }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

fn router(preview: Preview, address: SocketAddr) -> Router {
    let known = Arc::new([address.to_string(), format!("localhost:{}", address.port())]);
    let guard = from_fn(move |request: Request, next: Next| {
        let known = Arc::clone(&known);
        async move {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            if host.is_some_and(|host| known.iter().any(|known| known == host)) {
                next.run(request).await
            } else {
                StatusCode::FORBIDDEN.into_response()
            }
        }
    });
    Router::new()
        .route("/", get(first))
        .route("/changes", get(changes))
        .route("/{file}", get(page))
        .layer(guard)
        .with_state(preview)
}

async fn first(State(preview): State<Preview>) -> Response {
    let shown = preview.shown.borrow().clone();
    match shown.fault {
        Some(fault) => told(&fault, shown.round),
        None => Redirect::temporary(&format!("/{}", shown.first)).into_response(),
    }
}

async fn page(State(preview): State<Preview>, Path(file): Path<String>) -> Response {
    let shown = preview.shown.borrow().clone();
    if let Some(fault) = shown.fault {
        return told(&fault, shown.round);
    }
    let is_page = FilePath::new(&file).extension().is_some_and(|ending| ending == "html");
    let is_inside = !file.contains(['/', '\\']) && !file.starts_with('.');
    let html = if is_page && is_inside {
        std::fs::read_to_string(preview.dir.join(&file)).ok()
    } else {
        None
    };
    match html {
        Some(html) => {
            html_of(html.replacen("</body>", &format!("{}</body>", reload(shown.round)), 1))
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The round that a page is of.
#[derive(Debug, Deserialize)]
struct Since {
    since: u64,
}

/// A message each time there is a later round, for as long as the browser listens.
async fn changes(State(preview): State<Preview>, Query(of): Query<Since>) -> Response {
    let rounds = stream::unfold((preview.shown, of.since), async |(mut shown, since)| {
        let round = shown.wait_for(|shown| shown.round > since).await.ok()?.round;
        let message = Bytes::from(format!("data: {round}\n\n"));
        Some((Ok::<_, std::convert::Infallible>(message), (shown, round)))
    });
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(rounds)).into_response()
}

fn told(fault: &str, round: u64) -> Response {
    let reload = reload(round);
    let fault = fault.replace('&', "&amp;").replace('<', "&lt;");
    html_of(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>seedtest</title></head>\
         <body><h1>This cannot be shown</h1><pre>{fault}</pre>{reload}</body></html>"
    ))
}

fn html_of(html: String) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, html).into_response()
}
