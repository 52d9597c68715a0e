//! The way of every fit: received, queued, entered in the ledger, fitted, answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use seedtest_families::{
    Answer as FamilyAnswer, FamilyEntry, FitRecord, FitRequest, on_two_threads,
};
use seedtest_pipeline::{Cancel, FitEnd, FitRun, NewFit, fit_run_id};
use seedtest_wire::unknown_field_warning;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::auth::Caller;
use crate::body::{Received, Text, receive};
use crate::config::Limits;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::state::{App, Shared};
use crate::stored_metrics::observe_chains;
use crate::warnings::with_warnings;
use crate::watch::{CancelOnDrop, Listener, Watch, unwanted};
use crate::workers::Place;

/// A request of this many bytes is worth a second thread to read it.
const WORTH_A_THREAD: usize = 32 << 10;

/// What is said of a fit whose line in the ledger is not there or does not say how it ended.
const NOT_IN_LEDGER: &str = "the ledger of runs could not be written: this run cannot be found or repeated, \
    and nothing predicts from it later";

/// What came of a fit: a JSON body, and what the ledger keeps.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    /// `None` when there was too little to fit.
    pub(crate) record: Option<FitRecord>,
    /// What predicts from the fit later.
    pub(crate) model: Option<Box<RawValue>>,
}

impl From<FamilyAnswer> for Answer {
    fn from(answer: FamilyAnswer) -> Self {
        match answer {
            FamilyAnswer::Fitted { json, record, stored, .. } => {
                Self { body: json, record: Some(record), model: stored }
            }
            FamilyAnswer::TooLittle { json } => Self { body: json, record: None, model: None },
        }
    }
}

pub(crate) fn encode(response: &impl Serialize) -> ApiResult<Vec<u8>> {
    serde_json::to_vec(response).map_err(|error| ApiError::internal(&error))
}

/// A body of JSON that is already encoded.
pub(crate) fn json_body(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Answer {
    /// The same with more warnings in its body.
    fn with(self, warnings: &[String]) -> Self {
        Self { body: with_warnings(self.body, warnings), ..self }
    }
}

/// One request for a fit.
pub(crate) struct Job {
    pub(crate) app: Shared,
    pub(crate) family: &'static FamilyEntry,
    pub(crate) actor: String,
    pub(crate) gone: Cancel,
    pub(crate) listener: Option<Listener>,
}

/// Fits a model for a caller who waits for the answer.
pub(crate) async fn fit_now(
    app: &Shared,
    caller: &Caller,
    request: Request,
    family: &'static FamilyEntry,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let place = app.workers.enter()?;
    let gone = Cancel::default();
    let guard = CancelOnDrop::new(&gone);
    let actor = caller.name.clone();
    let job = Job { app: app.clone(), family, actor, gone, listener: None };
    let answer = job.run(place, body).await?;
    guard.answered();
    Ok(json_body(answer.body))
}

impl Job {
    /// Waits for a worker and fits there.
    pub(crate) async fn run(self, place: Place, body: Received) -> ApiResult<Answer> {
        let arrived = Instant::now();
        let until = Arc::new(OnceLock::new());
        let unwanted = unwanted(&self.app, &self.gone, &until);
        place.run_while_wanted(unwanted, move || self.answer(body, arrived, &until)).await
    }

    fn answer(
        self,
        body: Received,
        arrived: Instant,
        until: &OnceLock<Instant>,
    ) -> ApiResult<Answer> {
        if self.gone.is_cancelled() {
            return Err(ApiError::new(Code::Cancelled, "the caller went away"));
        }
        if self.app.stopping.is_cancelled() {
            return Err(stopped_before_it_began());
        }
        let text = Arc::new(body.unpack()?);
        let request = self.read(&text)?;
        let common = &request.common;
        let deadline = deadline(&self.app, common.max_seconds, arrived)?;
        let _ = until.set(deadline);
        let mut warnings = unread(&request);
        warnings.extend(capped(&self.app, common.max_seconds));
        let now = self.app.config.clock.now();
        let uuid = common.run_id_format.as_deref().is_some_and(|f| f.eq_ignore_ascii_case("uuid"));
        let run_id = fit_run_id(self.family.name, now, uuid);
        let opening = self.open(run_id.clone(), &text, common.seed);
        let (app, gone) = (self.app.clone(), self.gone.clone());
        let answer = self.fit(request, &run_id, deadline);
        let run = Handle::current().block_on(opening).ok().flatten();
        if !close(&app, run, &answer, gone.is_cancelled(), None) {
            warnings.push(NOT_IN_LEDGER.to_string());
        }
        answer.map(|answer| answer.with(&warnings))
    }

    /// Fits what was accepted as `run_id`, on a worker; what comes of it is in the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be written: the run then waits as before.
    pub(crate) fn work_on(self, run_id: &str, request: &str) -> ApiResult<()> {
        let runtime = Handle::current();
        let (app, gone) = (self.app.clone(), self.gone.clone());
        let parsed = self.read(request.as_bytes());
        let seed = parsed.as_ref().ok().and_then(|parsed| parsed.common.seed);
        let fit = NewFit {
            run_id: run_id.to_string(),
            model: self.family.name,
            actor: self.actor.clone(),
            request,
            seed,
        };
        let begun = FitRun::begin(&app.store, app.config.clock, fit);
        // Cancelled meanwhile, which its line says.
        let Some(run) = runtime.block_on(begun)? else { return Ok(()) };
        let answer = parsed.and_then(|parsed| {
            // Its time begins with it: nobody waited for it to leave the queue.
            let deadline = deadline(&app, parsed.common.max_seconds, Instant::now())?;
            let mut warnings = unread(&parsed);
            warnings.extend(capped(&app, parsed.common.max_seconds));
            self.fit(parsed, run_id, deadline).map(|answer| answer.with(&warnings))
        });
        let failure = answer.as_ref().err().and_then(|error| error_text(error, &app));
        let body = answer.as_ref().ok().and_then(|answer| std::str::from_utf8(&answer.body).ok());
        close(&app, Some(run), &answer, gone.is_cancelled(), body.or(failure.as_deref()));
        Ok(())
    }

    fn fit(self, request: FitRequest<'_>, run_id: &str, deadline: Instant) -> ApiResult<Answer> {
        let mut watch = Watch::new(&self.app, self.gone, deadline, self.listener);
        let began = Instant::now();
        // A panic ends the fit, and its line in the ledger, not more.
        let answer = catch_unwind(AssertUnwindSafe(|| request.fit(run_id, &mut watch)));
        let Ok(answer) = answer else {
            metrics::counter!("seedtest_panics_total").increment(1);
            return Err(ApiError::internal(&"a fit panicked"));
        };
        if let Ok(FamilyAnswer::Fitted { chains: Some(chains), .. }) = &answer {
            observe_chains("request", chains, self.app.config.clock.now());
        }
        let answer = answer.map(Answer::from).map_err(ApiError::from);
        observe(self.family.name, &answer, began.elapsed());
        answer
    }

    /// Reads the request, and meanwhile looks whether it is ambiguous.
    fn read<'a>(&self, text: &'a [u8]) -> ApiResult<FitRequest<'a>> {
        let large = text.len() >= WORTH_A_THREAD;
        let read = || Ok(self.family.read(json::text(text)?)?);
        let (request, checked) = on_two_threads(large, read, || json::check(text));
        checked?;
        request
    }

    /// Begins the run's line in the ledger, while the fit goes on. A ledger that cannot be written does
    /// not keep anybody from a result.
    fn open(
        &self,
        run_id: String,
        text: &Arc<Text>,
        seed: Option<i64>,
    ) -> JoinHandle<Option<FitRun>> {
        let (app, actor, model) = (self.app.clone(), self.actor.clone(), self.family.name);
        let text = text.clone();
        let opening = async move {
            let request = std::str::from_utf8(&text).unwrap_or_default();
            let fit = NewFit { run_id, model, actor, request, seed };
            let opened = FitRun::open(&app.store, app.config.clock, fit).await;
            opened.inspect_err(|error| tracing::error!(%error, "no line in the ledger")).ok()
        };
        Handle::current().spawn(opening.in_current_span())
    }
}

/// A warning for every field of a request that nobody reads.
fn unread(request: &FitRequest<'_>) -> Vec<String> {
    request.unknown_fields.iter().map(|field| unknown_field_warning(field)).collect()
}

fn stopped_before_it_began() -> ApiError {
    ApiError::new(Code::Cancelled, "the service stopped before the fit began")
        .hint("send the request again")
}

/// What a caller who asks later for a run that failed is told.
pub(crate) fn error_text(error: &ApiError, app: &App) -> Option<String> {
    serde_json::to_string(&error.body(None, app.config.clock.now())).ok()
}

/// Whether the line of the ledger says how the fit ended.
fn close(
    app: &App,
    run: Option<FitRun>,
    answer: &ApiResult<Answer>,
    gone: bool,
    told: Option<&str>,
) -> bool {
    let Some(run) = run else { return false };
    let end = match answer {
        _ if gone => FitEnd::Cancelled,
        Ok(Answer { record: Some(record), model, .. }) => FitEnd::Done(record, model.as_deref()),
        Ok(Answer { record: None, .. }) => FitEnd::Noop,
        Err(error) if error.code == Code::Cancelled => FitEnd::Interrupted,
        Err(error) => FitEnd::Failed(&error.message),
    };
    let told = told.filter(|_| !gone);
    let closed = Handle::current().block_on(run.close(&app.store, end, told));
    closed.inspect_err(|error| tracing::error!(%error, "a line of the ledger stays open")).is_ok()
}

/// What to say of a request that wants more time than there is.
pub(crate) fn capped(app: &App, wanted: Option<f64>) -> Option<String> {
    let longest = app.config.limits.max_seconds;
    let wanted = wanted.filter(|&wanted| wanted > longest)?;
    Some(format!("max_seconds: is {wanted}; the service gives a request {longest} s"))
}

/// When the answer is wanted: after the time the request allows, or the service.
pub(crate) fn deadline(app: &App, wanted: Option<f64>, arrived: Instant) -> ApiResult<Instant> {
    let longest = app.config.limits.max_seconds;
    let seconds = wanted.unwrap_or(longest);
    let least = Limits::LEAST_SECONDS;
    if seconds.is_nan() || wanted.is_some() && seconds < least {
        let message = format!("max_seconds: is {seconds:?}, it must be at least {least}");
        return Err(ApiError::new(Code::InvalidParameter, message));
    }
    let budget = Duration::from_secs_f64(seconds.min(longest));
    let deadline = arrived + budget;
    if Instant::now() >= deadline {
        let message = format!("no worker became free within {seconds} s");
        return Err(ApiError::new(Code::Deadline, message).hint(
            "allow more with max_seconds, or send the request when the service is less busy",
        ));
    }
    Ok(deadline)
}

fn observe(model: &'static str, answer: &ApiResult<Answer>, took: Duration) {
    let verdict = match answer {
        Ok(Answer { record: Some(record), .. }) => {
            record.verdict["status"].as_str().unwrap_or("unknown").to_string()
        }
        Ok(Answer { record: None, .. }) => "noop".to_string(),
        Err(error) => error.code.word().to_string(),
    };
    metrics::counter!("seedtest_fits_total", "model" => model, "verdict" => verdict).increment(1);
    metrics::histogram!("seedtest_fit_seconds", "model" => model).record(took.as_secs_f64());
}
