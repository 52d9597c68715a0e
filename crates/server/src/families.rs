//! Routes of the model families: what each of them fits, and what else it is asked.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use seedtest_families::{
    Error, FAMILIES, FamilyEntry, Question, QuestionRoute, Route, Shapes, StoredFit,
};
use seedtest_numerics::{Observer, Silent};
use seedtest_pipeline::{Cancel, FoundFit, stored_fit};
use seedtest_store::RunKind;
use seedtest_wire::unknown_field_warning;
use tokio::runtime::Handle;

use crate::auth::Caller;
use crate::body::receive;
use crate::error::{ApiResult, Code};
use crate::fits::{capped, deadline, fit_now, json_body};
use crate::json;
use crate::openapi::{BODY, Operation, WORKER};
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};
use crate::warnings::with_warnings;
use crate::watch::{CancelOnDrop, Watch, unwanted};

const FIT: Access = Access::internal(&[TokenScope::Fit]).writing();
/// Whose stored fit it starts from decides.
const ASK: Access = Access::internal(&[TokenScope::Read, TokenScope::Fit]).about(Object::Run);

pub(crate) fn routes() -> Routes {
    FAMILIES.iter().fold(Routes::new("Models"), |all, family| all.merge(of_family(family)))
}

fn of_family(family: &'static FamilyEntry) -> Routes {
    let fit = move |app: State<Shared>, caller: Extension<Caller>, request: Request| {
        fit(app, caller, request, family)
    };
    let fits = std::iter::once(&family.fit).chain(family.also);
    let fitting = fits.fold(Routes::new(family.title), |routes, route| {
        routes.post(route.path, FIT, fit, operation(route))
    });
    family.questions.iter().fold(fitting, |routes, question| {
        let ask = move |app: State<Shared>, rights: Extension<Arc<Rights>>, request: Request| {
            ask(app, rights, request, family, question)
        };
        routes.post(question.route.path, ASK, ask, operation(&question.route))
    })
}

fn operation(route: &Route) -> Operation {
    let Shapes { request, answer, others } = route.shapes;
    let refusals: Vec<Code> = route.refusals.iter().copied().map(Code::from).collect();
    Operation::new(route.operation, route.summary)
        .description(route.description)
        .body_of(request, route.examples)
        .answer_of(
            route.answer,
            std::iter::once(answer).chain(others.into_iter().flatten()).collect(),
        )
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&refusals)
}

async fn fit(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
    family: &'static FamilyEntry,
) -> ApiResult<Response> {
    fit_now(&app, &caller, request, family).await
}

/// Answers on a worker, which reads the request too: a long one holds up nobody else. Small ones that
/// take microseconds do not wait for fits.
async fn ask(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
    family: &'static FamilyEntry,
    question: &'static QuestionRoute,
) -> ApiResult<Response> {
    // Whether there is anything to ask for is known later, in the request.
    rights.runs_of();
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let arrived = Instant::now();
    if body.len() <= question.at_once && !body.is_packed() {
        let text = body.unpack()?;
        let question = read(&text, question)?;
        deadline(&app, question.max_seconds, arrived)?;
        return Ok(json_body(answer(question, |_| Ok(FoundFit::None), &mut Silent)?));
    }
    let place = app.workers.enter()?;
    let gone = Cancel::default();
    let waiting = CancelOnDrop::new(&gone);
    let until = Arc::new(OnceLock::new());
    let unwanted = unwanted(&app, &gone, &until);
    let of_worker = app.clone();
    let work = move || {
        let text = body.unpack()?;
        let question = read(&text, question)?;
        let deadline = deadline(&of_worker, question.max_seconds, arrived)?;
        let _ = until.set(deadline);
        let mut watch = Watch::new(&of_worker, gone, deadline, None);
        let stored = |about: &StoredFit| {
            Handle::current().block_on(stored_for(&of_worker, &rights, family.name, about))
        };
        let capped = capped(&of_worker, question.max_seconds);
        Ok(with_warnings(answer(question, stored, &mut watch)?, capped.as_slice()))
    };
    let answer = place.run_while_wanted(unwanted, work).await?;
    waiting.answered();
    Ok(json_body(answer))
}

/// Reads the text of a question.
fn read<'a>(text: &'a [u8], route: &QuestionRoute) -> ApiResult<Question<'a>> {
    json::check(text)?;
    Ok((route.read)(json::text(text)?)?)
}

/// The stored fit of a question, where the caller may have it: those of jobs are everybody's, those of requests
/// belong to who sent them.
async fn stored_for(
    app: &App,
    rights: &Rights,
    family: &str,
    about: &StoredFit,
) -> ApiResult<FoundFit> {
    if let Some(run_id) = about.run_id() {
        let run = app.store.run(run_id).await?;
        if let Some(run) = run.filter(|run| run.start.kind == RunKind::Fit) {
            rights.run(&run.start.actor)?;
        }
    }
    let actor = rights.runs_of();
    Ok(stored_fit(&app.store, app.config.clock, family, about, actor).await?)
}

fn answer(
    question: Question<'_>,
    stored: impl FnOnce(&StoredFit) -> ApiResult<FoundFit>,
    observer: &mut dyn Observer,
) -> ApiResult<Vec<u8>> {
    let found = question.about.as_ref().map(stored).transpose()?.unwrap_or(FoundFit::None);
    let (model, not_converged) = match found {
        FoundFit::Model(model) => (Some(model), None),
        FoundFit::NoneConverged { run_id, status } => (None, Some((run_id, status))),
        FoundFit::None => (None, None),
    };
    let unknown: Vec<String> =
        question.unknown_fields.iter().map(|field| unknown_field_warning(field)).collect();
    let answer = question.answer(model, observer);
    let answer = answer.map_err(|error| match (error, not_converged) {
        (Error::NoStoredModel { family, .. }, Some((run_id, status))) => {
            Error::NoneConverged { family, run_id, status }
        }
        (error, _) => error,
    })?;
    Ok(with_warnings(answer, &unknown))
}
