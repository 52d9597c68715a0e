//! `GET /forecast/student` and `POST /forecast/summary`: the chance to reach a score. They stand outside
//! the prefix, among the routes of internal callers, and are opened by their token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use seedtest_kpi::{Missing, Theta, goal_probability_normal};
use seedtest_pipeline::student_goal;
use seedtest_wire::questions::{Chance, ForecastSummary, StudentForecast, SummaryRequest};
use serde_json::json;

use super::request::{Params, invalid};
use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::openapi::{BODY, Operation, Parameter};
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::Shared;

const READ: Access = Access::internal(&[TokenScope::Read]).about(Object::Student);
/// What is sent is all there is.
const SUMMARY: Access = Access::internal(&[TokenScope::Read]);

const MOST_STEPS: u32 = 520;

pub(super) fn routes() -> Routes {
    let student = Operation::new("forecastStudent", "Chance of a student to reach a score")
        .parameter(Parameter::user_id())
        .parameter(
            Parameter::query("target", "Score to reach.")
                .schema(json!({"type": "number"}))
                .required()
                .example(json!(0.5)),
        )
        .parameter(
            Parameter::query("horizon", "Steps ahead; echoed. Default 5.")
                .schema(json!({"type": "integer", "minimum": 1, "maximum": MOST_STEPS})),
        )
        .answer::<StudentForecast>(200, "The chance at the ability as it is.")
        .refusals(&[Code::InvalidParameter, Code::Malformed, Code::NotFound]);
    let summary =
        Operation::new("summariseForecast", "Chance of a normal forecast to reach a score")
            .body::<SummaryRequest>(include_str!("../../requests/forecast_summary.json"))
            .answer::<ForecastSummary>(200, "The chance.")
            .refusals(&BODY)
            .refusals(&[Code::InvalidParameter]);
    Routes::new("Forecast").get("/forecast/student", READ, self::student, student).post(
        "/forecast/summary",
        SUMMARY,
        self::summary,
        summary,
    )
}

/// P = 1 − Φ((target − mean)/sd).
async fn summary(State(app): State<Shared>, request: Request) -> ApiResult<Json<ForecastSummary>> {
    let limits = &app.config.limits;
    let body = receive(request, limits.body, limits, &app.bodies).await?;
    let SummaryRequest { mean, sd, target } = json::read(&body.unpack()?)?;
    for (name, value) in [("mean", mean), ("target", target)] {
        if !value.is_finite() {
            return Err(invalid(name, "a finite number"));
        }
    }
    let forecast = Theta { theta: mean, se: Some(sd) };
    let probability = goal_probability_normal(forecast, target)
        .map_err(|_| invalid("sd", "a finite number above 0"))?;
    let z = (target - mean) / sd;
    if !z.is_finite() {
        return Err(invalid("sd", "a number so large that (target - mean) / sd is finite"));
    }
    Ok(Json(ForecastSummary { status: "success", ok: true, probability, z, mean, sd, target }))
}

/// The ability is taken to stay as it is, so the horizon is echoed and changes nothing; `method`
/// says so.
async fn student(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
) -> ApiResult<Json<StudentForecast>> {
    let user_id = &params.student(&app, &rights).await?;
    let target: Option<f64> = params.parsed("target", "a score")?;
    let target = target.filter(|t| t.is_finite()).ok_or_else(|| invalid("target", "a score"))?;
    let horizon: u32 = params.parsed("horizon", "a whole number from 1 to 520")?.unwrap_or(5);
    if !(1..=MOST_STEPS).contains(&horizon) {
        return Err(invalid("horizon", "a whole number from 1 to 520"));
    }
    let goal =
        student_goal(&app.store, app.config.clock, user_id, target, app.questions.forecast).await;
    let goal = goal?.ok_or_else(|| {
        ApiError::new(Code::NotFound, "not_found").hint("there is no ability of this student yet")
    })?;
    Ok(Json(StudentForecast {
        user_id: user_id.clone(),
        theta: goal.theta,
        se: goal.se,
        target,
        target_theta: goal.target_theta,
        horizon,
        forecast: Chance {
            target,
            horizon,
            probability: goal.probability.ok(),
            method: "normal_without_growth",
            reason: goal.probability.err().map(Missing::code),
        },
    }))
}
