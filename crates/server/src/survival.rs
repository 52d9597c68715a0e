//! `POST /survival/fit`, `POST /survival/predict`, `POST /survival/curves`.

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use axum::routing::post;
use seedtest_pipeline::{
    SURVIVAL, answer_survival_fit, predict_survival_request, stored_survival,
    survival_curves_request,
};
use seedtest_wire::{SurvivalCurvesRequest, SurvivalFitRequest, SurvivalPredictRequest};

use crate::auth::Caller;
use crate::body::receive;
use crate::error::{ApiError, ApiResult};
use crate::fits::{Answer, Model, Plan, encode, fit_now, json_body};
use crate::json;
use crate::state::Shared;
use crate::watch::Watch;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/survival/fit", post(fit))
        .route("/survival/predict", post(predict))
        .route("/survival/curves", post(curves))
}

/// The model behind `/survival/fit`.
pub(crate) const FIT: Model = Model { name: SURVIVAL, plan };

fn plan(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: SurvivalFitRequest = json::typed(text)?;
    Ok(Box::new(move |run_id, watch| {
        let answer = answer_survival_fit(&request, run_id, watch);
        Answer::of(answer.map_err(|error| ApiError::from_pipeline(&error))?)
    }))
}

async fn fit(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    fit_now(&app, &caller, body, FIT).await
}

async fn predict(State(app): State<Shared>, request: Request) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let place = app.workers.enter()?;
    let request: SurvivalPredictRequest = json::read(&body.unpack()?)?;
    let failed = |error: seedtest_pipeline::Error| ApiError::from_pipeline(&error);
    let stored = if request.rows.is_empty() {
        stored_survival(&app.store, app.config.clock, &request).await.map_err(failed)?
    } else {
        None
    };
    let (mut watch, waiting) = Watch::of_caller(&app);
    let answer = place
        .run(move || {
            predict_survival_request(&request, stored.as_ref(), &mut watch).map_err(failed)
        })
        .await?;
    waiting.answered();
    Ok(json_body(encode(&answer)?))
}

async fn curves(State(app): State<Shared>, request: Request) -> ApiResult<Response> {
    let limits = &app.config.limits;
    let body = receive(request, limits.fit_body, limits, &app.bodies).await?;
    let place = app.workers.enter()?;
    let request: SurvivalCurvesRequest = json::read(&body.unpack()?)?;
    let failed = |error: seedtest_pipeline::Error| ApiError::from_pipeline(&error);
    let answer = place.run(move || survival_curves_request(&request).map_err(failed)).await?;
    Ok(json_body(encode(&answer)?))
}
