//! `POST /growth/fit`, `POST /growth/predict`.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use seedtest_pipeline::{
    Clock, FitAnswer, GROWTH, answer_growth_fit, predict_growth, stored_growth,
};
use seedtest_wire::{
    GrowthFitRequest, GrowthFitResponse, GrowthNoop, GrowthPredictRequest, GrowthPredictResponse,
};

use crate::auth::Caller;
use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::fits::{Answer, Common, Model, Plan, encode, fit_now, json_body};
use crate::json;
use crate::openapi::{BODY, FITTING, Operation, Routes, WORKER};
use crate::state::Shared;
use crate::stored_metrics::observe_chains;
use crate::watch::Watch;

pub(crate) fn routes() -> Routes {
    let fit = Operation::new("growthFit", "Fit growth")
        .description(
            "Scores over weeks with an intercept and a slope for each student, by MCMC; the \
             probability to reach the target at the horizon, with its interval.",
        )
        .body::<GrowthFitRequest>(include_str!("../requests/growth_fit.json"))
        .answer::<GrowthFitResponse>(200, "The fit, or `noop` where there is too little to fit.")
        .or::<GrowthNoop>()
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING);
    let predict = Operation::new("growthPredict", "Probability to reach a score")
        .description(
            "From a mean and a standard deviation, from what is known of one student, or from rows \
             and a stored fit.",
        )
        .body::<GrowthPredictRequest>(include_str!("../requests/growth_predict.json"))
        .answer::<GrowthPredictResponse>(200, "The prediction.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING)
        .refusals(&[Code::NoModel]);
    Routes::new("Growth").post("/growth/fit", self::fit, fit).post(
        "/growth/predict",
        self::predict,
        predict,
    )
}

/// The model behind `/growth/fit`.
pub(crate) const FIT: Model = Model { name: GROWTH, plan };

fn plan(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: GrowthFitRequest = json::typed(text)?;
    let common = Common {
        run_id_format: request.run_id_format.clone(),
        seed: request.seed.map(|seed| seed as i64),
        max_seconds: request.max_seconds,
    };
    let fit = move |run_id: &str, watch: &mut Watch| {
        let answer = answer_growth_fit(&request, run_id, watch);
        let answer = answer.map_err(|error| ApiError::from_pipeline(&error))?;
        if let FitAnswer::Fitted { response, .. } = &answer {
            observe_chains("request", &response.diagnostics, Clock::system().now());
        }
        Answer::of(answer)
    };
    Ok(Plan { common, fit: Box::new(fit) })
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
    let request: GrowthPredictRequest = json::read(&body.unpack()?)?;
    let failed = |error: seedtest_pipeline::Error| ApiError::from_pipeline(&error);
    let stored = stored_growth(&app.store, app.config.clock, &request).await.map_err(failed)?;
    let answer =
        place.run(move || predict_growth(&request, stored.as_ref()).map_err(failed)).await?;
    Ok(json_body(encode(&answer)?))
}
