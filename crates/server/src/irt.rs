//! `POST /irt/calibrate`, `POST /irt/score`.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use seedtest_families::irt::{NAME, ScoreAnswer, answer_calibrate, answer_score};
use seedtest_wire::{CalibrateRequest, CalibrateResponse, Noop, ScoreRequest, ScoreResponse};

use crate::auth::Caller;
use crate::body::{Received, receive};
use crate::error::{ApiResult, Code};
use crate::fits::{Answer, Common, Model, Plan, encode, fit_now, json_body};
use crate::json;
use crate::openapi::{BODY, FITTING, Operation, WORKER};
use crate::routing::{Access, Routes};
use crate::state::Shared;
use crate::watch::Watch;

/// Larger score requests go to a worker, so that they do not hold up small ones.
const SCORED_AT_ONCE: usize = 64 << 10;

pub(crate) fn routes() -> Routes {
    let calibrate = Operation::new("calibrate", "Calibrate items")
        .description(
            "Item parameters and abilities by marginal maximum likelihood: Rasch, 2PL, 3PL; with \
             anchors on their scale.",
        )
        .body::<CalibrateRequest<'_>>(include_str!("../requests/calibrate.json"))
        .answer::<CalibrateResponse>(
            200,
            "The calibration; `fit_meta.verdict` says whether it converged.",
        )
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING)
        .refusals(&[Code::NoObservations]);
    let score = Operation::new("score", "Score answers")
        .description("Abilities of one or several students from known item parameters.")
        .body::<ScoreRequest<'_>>(include_str!("../requests/score.json"))
        .answer::<ScoreResponse>(
            200,
            "The abilities, or `noop` where no answer is to a known item.",
        )
        .or::<Noop>()
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::UnusableData]);
    Routes::new("Item response models")
        .post("/irt/calibrate", Access::internal(), self::calibrate, calibrate)
        .post("/irt/score", Access::internal(), self::score, score)
}

/// The model behind `/irt/calibrate`.
pub(crate) const CALIBRATE: Model = Model { name: NAME, plan: plan_calibrate };

fn plan_calibrate(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: CalibrateRequest<'_> = json::typed(text)?;
    let common = Common {
        run_id_format: request.run_id_format.as_deref().map(str::to_owned),
        seed: request.seed,
        max_seconds: request.max_seconds,
    };
    let fit = move |run_id: &str, watch: &mut Watch| {
        let answer = answer_calibrate(&request, run_id, watch)?;
        Answer::fitted(&answer.response, answer.record)
    };
    Ok(Plan { common, fit: Box::new(fit) })
}

async fn calibrate(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Response> {
    fit_now(&app, &caller, request, CALIBRATE).await
}

async fn score(State(app): State<Shared>, request: Request) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let scored = if body.len() <= SCORED_AT_ONCE && !body.is_packed() {
        answer(body)?
    } else {
        app.workers.enter()?.run(move || answer(body)).await?
    };
    Ok(json_body(scored))
}

fn answer(body: Received) -> ApiResult<Vec<u8>> {
    let text = body.unpack()?;
    let request: ScoreRequest<'_> = json::read(&text)?;
    match answer_score(&request)? {
        ScoreAnswer::Scored(response) => encode(&response),
        ScoreAnswer::Noop { reason } => encode(&Noop::new(reason)),
    }
}
