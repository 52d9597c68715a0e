//! `POST /growth/fit`, `POST /growth/predict`.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use seedtest_families::FitAnswer;
use seedtest_families::growth::{NAME, answer_growth_fit, predict_growth};
use seedtest_pipeline::{Clock, stored_growth};
use seedtest_wire::{
    GrowthFitRequest, GrowthFitResponse, GrowthNoop, GrowthPredictRequest, GrowthPredictResponse,
};
use tokio::runtime::Handle;

use crate::auth::Caller;
use crate::error::{ApiResult, Code};
use crate::fits::{Answer, Common, Model, Plan, encode, fit_now, on_worker};
use crate::json;
use crate::openapi::{BODY, FITTING, Operation, WORKER};
use crate::routing::{Access, Routes};
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
    Routes::new("Growth").post("/growth/fit", Access::internal(), self::fit, fit).post(
        "/growth/predict",
        Access::internal(),
        self::predict,
        predict,
    )
}

/// The model behind `/growth/fit`.
pub(crate) const FIT: Model = Model { name: NAME, plan };

fn plan(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: GrowthFitRequest = json::typed(text)?;
    let common = Common {
        run_id_format: request.run_id_format.clone(),
        seed: request.seed.map(|seed| seed as i64),
        max_seconds: request.max_seconds,
    };
    // The instant only stands beside a gauge; the clock of the service does not reach a plan yet.
    #[allow(clippy::disallowed_methods)]
    let fit = move |run_id: &str, watch: &mut Watch| {
        let answer = answer_growth_fit(&request, run_id, watch);
        let answer = answer?;
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
    fit_now(&app, &caller, request, FIT).await
}

async fn predict(State(app): State<Shared>, request: Request) -> ApiResult<Response> {
    on_worker(&app, request, |text, app, _| {
        let request: GrowthPredictRequest = json::read(text)?;
        let stored = stored_growth(&app.store, app.config.clock, &request);
        let stored = Handle::current().block_on(stored)?;
        encode(&predict_growth(&request, stored.as_ref())?)
    })
    .await
}
