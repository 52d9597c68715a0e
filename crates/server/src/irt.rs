//! `POST /irt/calibrate`, `POST /irt/score`.

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use axum::routing::post;
use seedtest_pipeline::{ScoreAnswer, answer_calibrate, answer_score};
use seedtest_wire::{CalibrateRequest, ScoreRequest};
use serde_json::json;

use crate::auth::Caller;
use crate::body::{Received, receive};
use crate::error::ApiResult;
use crate::fits::{Answer, Model, Plan, encode, fit_now, json_body};
use crate::json;
use crate::state::Shared;

/// Larger score requests go to a worker, so that they do not hold up small ones.
const SCORED_AT_ONCE: usize = 64 << 10;

pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/irt/calibrate", post(calibrate)).route("/irt/score", post(score))
}

/// The model behind `/irt/calibrate`.
pub(crate) const CALIBRATE: Model = Model { name: "irt", plan: plan_calibrate };

fn plan_calibrate(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: CalibrateRequest<'_> = json::typed(text)?;
    Ok(Box::new(move |run_id, watch| {
        let answer = answer_calibrate(&request, run_id, watch)?;
        Answer::fitted(&answer.response, answer.record)
    }))
}

async fn calibrate(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    fit_now(&app, &caller, body, CALIBRATE).await
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
        ScoreAnswer::Noop { reason } => {
            encode(&json!({"status": "noop", "ok": true, "reason": reason}))
        }
    }
}
