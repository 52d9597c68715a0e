//! `POST /survival/fit`, `POST /survival/predict`, `POST /survival/curves`.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use seedtest_families::survival::{
    NAME, answer_survival_fit, predict_survival_request, survival_curves_request,
};
use seedtest_pipeline::stored_survival;
use seedtest_wire::{
    SurvivalCurvesRequest, SurvivalCurvesResponse, SurvivalFitRequest, SurvivalFitResponse,
    SurvivalNoop, SurvivalPredictRequest, SurvivalPredictResponse,
};
use tokio::runtime::Handle;

use crate::auth::Caller;
use crate::error::{ApiResult, Code};
use crate::fits::{Answer, Common, Model, Plan, encode, fit_now, on_worker};
use crate::json;
use crate::openapi::{BODY, FITTING, Operation, WORKER};
use crate::routing::{Access, Routes};
use crate::state::Shared;
use crate::watch::Watch;

pub(crate) fn routes() -> Routes {
    let fit = Operation::new("survivalFit", "Fit a survival model")
        .description(
            "Cox regression and parametric families; the risk of the event by the horizon, with \
             the contribution of each covariate.",
        )
        .body::<SurvivalFitRequest>(include_str!("../requests/survival_fit.json"))
        .answer::<SurvivalFitResponse>(200, "The fit, or `noop` where there is too little to fit.")
        .or::<SurvivalNoop>()
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING);
    let predict = Operation::new("survivalPredict", "Predict survival")
        .description(
            "Survival of rows at times, from a stored fit or from one made for the rows of the \
             request.",
        )
        .body::<SurvivalPredictRequest>(include_str!("../requests/survival_predict.json"))
        .answer::<SurvivalPredictResponse>(
            200,
            "The prediction, or `noop` with too few rows to fit.",
        )
        .or::<SurvivalNoop>()
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING)
        .refusals(&[Code::NoModel]);
    let curves = Operation::new("survivalCurves", "Survival without covariates")
        .description("Kaplan–Meier by group, or Aalen–Johansen where ends compete; log-rank test.")
        .body::<SurvivalCurvesRequest>(include_str!("../requests/survival_curves.json"))
        .answer::<SurvivalCurvesResponse>(200, "The curves, or `noop` where there is nothing.")
        .or::<SurvivalNoop>()
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&FITTING);
    Routes::new("Churn")
        .post("/survival/fit", Access::internal(), self::fit, fit)
        .post("/survival/predict", Access::internal(), self::predict, predict)
        .post("/survival/curves", Access::internal(), self::curves, curves)
}

/// The model behind `/survival/fit`.
pub(crate) const FIT: Model = Model { name: NAME, plan };

fn plan(text: &[u8]) -> ApiResult<Plan<'_>> {
    let request: SurvivalFitRequest = json::typed(text)?;
    let common = Common {
        run_id_format: request.run_id_format.clone(),
        seed: request.seed.map(|seed| seed as i64),
        max_seconds: request.max_seconds,
    };
    let fit = move |run_id: &str, watch: &mut Watch| {
        let answer = answer_survival_fit(request, run_id, watch);
        Answer::of(answer?)
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
    on_worker(&app, request, |text, app, watch| {
        let request: SurvivalPredictRequest = json::read(text)?;
        let stored = if request.rows.is_empty() {
            let stored = stored_survival(&app.store, app.config.clock, &request);
            Handle::current().block_on(stored)?
        } else {
            None
        };
        encode(&predict_survival_request(&request, stored.as_ref(), watch)?)
    })
    .await
}

async fn curves(State(app): State<Shared>, request: Request) -> ApiResult<Response> {
    on_worker(&app, request, |text, _, _| {
        let request: SurvivalCurvesRequest = json::read(text)?;
        encode(&survival_curves_request(&request)?)
    })
    .await
}
