//! `/metrics/*`: the five KPIs of whoever asks, over windows of choice. A number that cannot be
//! computed is null, with the reason beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use schemars::JsonSchema;
use seedtest_kpi::{CHURN_HORIZON_DAYS, EngagementWeights, Missing};
use seedtest_pipeline::{ChurnRisk, WindowKpis, Windowing, risk_level};
use seedtest_wire::questions::{
    Comprehensive, DropoutRisk, Efficiency, Engagement, Improvement, KpiRequest, Recovery, Weights,
};
use serde_json::json;

use super::request::{Params, body_or_default, id, instant, invalid};
use super::topics::topic_abilities_of;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter};
use crate::routing::{Access, Object, Routes};
use crate::state::{App, Shared};

const USER: Access = Access::signed_in().about(Object::Own);

const MOST_WEEKS: u32 = 52;
const DEFAULT_HORIZON_DAYS: f64 = CHURN_HORIZON_DAYS as f64;

pub(super) fn routes() -> Routes {
    let comprehensive = Operation::new("comprehensive", "All KPIs of the caller")
        .parameter(
            Parameter::query("weeks", "Length of each of the two windows. Default 2.")
                .schema(json!({"type": "integer", "minimum": 1, "maximum": MOST_WEEKS}))
                .example(json!(2)),
        )
        .answer::<Comprehensive>(200, "The KPIs; those that are null have a reason.")
        .refusals(&[Code::InvalidParameter, Code::Malformed]);
    Routes::new("Metrics")
        .post(
            "/metrics/improvement",
            USER,
            improvement,
            kpi::<Improvement>("improvement", "Improvement I_t"),
        )
        .post(
            "/metrics/efficiency",
            USER,
            efficiency,
            kpi::<Efficiency>("efficiency", "Efficiency E_t"),
        )
        .post("/metrics/recovery", USER, recovery, kpi::<Recovery>("recovery", "Recovery R_t"))
        .post(
            "/metrics/engagement",
            USER,
            engagement,
            kpi::<Engagement>("engagement", "Engagement A_t"),
        )
        .post(
            "/metrics/dropout-risk",
            USER,
            dropout_risk,
            kpi::<DropoutRisk>("dropoutRisk", "Dropout risk S"),
        )
        .get("/metrics/comprehensive", USER, self::comprehensive, comprehensive)
}

fn kpi<T: JsonSchema>(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(id, summary)
        .description("A KPI of the caller over two windows, the recent one and the one before.")
        .optional_body::<KpiRequest>(include_str!("../../requests/kpi.json"))
        .answer::<T>(200, "The KPI; null with a `reason` where it cannot be computed.")
        .refusals(&BODY)
}

type User = Extension<Arc<Principal>>;

/// The weights of a request with a sum of 1.
fn scaled(weights: Weights) -> ApiResult<EngagementWeights> {
    let Weights { session_freq, learning_interval, hint_usage, dwell_time } = weights;
    let all = [session_freq, learning_interval, hint_usage, dwell_time];
    let sum: f64 = all.iter().sum();
    if all.iter().any(|weight| *weight < 0.0) || !sum.is_finite() || sum <= 0.0 {
        return Err(invalid("weights", "four numbers of 0 or more, not all of them 0"));
    }
    Ok(EngagementWeights {
        frequency: session_freq / sum,
        closeness: learning_interval / sum,
        independence: hint_usage / sum,
        dwell: dwell_time / sum,
    })
}

async fn load(app: &App, user: &Principal, request: &KpiRequest) -> ApiResult<WindowKpis> {
    let user_id = id(Some(&user.user_id), "user_id")?;
    let weeks = request.weeks.unwrap_or(2);
    if !(1..=MOST_WEEKS).contains(&weeks) {
        return Err(invalid("weeks", "a whole number from 1 to 52"));
    }
    let topic = request.topic_id.as_deref().map(|topic| id(Some(topic), "topic_id")).transpose()?;
    let windows = Windowing {
        days: 7 * weeks,
        topic_id: topic,
        session_gap_minutes: app.questions.session_gap_minutes,
    };
    let kpis = WindowKpis::load(&app.store, app.config.clock, user_id, windows).await;
    kpis.map_err(ApiError::from)
}

async fn improvement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Improvement>> {
    let request: KpiRequest = body_or_default(&app, request).await?;
    let kpis = load(&app, &user, &request).await?;
    let found = kpis.improvement(app.questions.use_theta);
    let known = found.ok();
    Ok(Json(Improvement {
        improvement_index: known.map(|found| found.value),
        theta_improvement: kpis.theta_change(),
        exposure_factor: known.map(|found| found.exposure),
        confidence_factor: known.map(|found| found.confidence),
        method: known.map(|found| found.method.code()),
        reason: reason(found.err()),
    }))
}

async fn efficiency(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Efficiency>> {
    let request: KpiRequest = body_or_default(&app, request).await?;
    let found = load(&app, &user, &request).await?.efficiency();
    let known = found.ok();
    let seconds = |ms: f64| ms / 1000.0;
    Ok(Json(Efficiency {
        efficiency_index: known.map(|found| found.value),
        recent_median_time: known.map(|found| seconds(found.recent_ms)),
        earlier_median_time: known.map(|found| seconds(found.previous_ms)),
        improvement_rate: known.map(|found| found.raw),
        method: "median_time_of_right_answers",
        reason: reason(found.err()),
    }))
}

async fn recovery(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Recovery>> {
    let request: KpiRequest = body_or_default(&app, request).await?;
    let threshold = request.weakness_threshold.unwrap_or(0.6);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(invalid("weakness_threshold", "a number from 0 to 1"));
    }
    let kpis = load(&app, &user, &request).await?;
    let found = kpis.recovery();
    Ok(Json(Recovery {
        recovery_index: found.ok().map(|found| found.value),
        weak_concepts: kpis.weak_before(threshold).into_iter().map(str::to_string).collect(),
        total_transitions: found.map_or(0, |found| found.n),
        successful_transitions: found.map_or(0, |found| found.right),
        method: "retries_of_wrong_answers",
        reason: reason(found.err()),
    }))
}

async fn engagement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Engagement>> {
    let request: KpiRequest = body_or_default(&app, request).await?;
    let weights = scaled(request.weights.unwrap_or_default())?;
    let found = load(&app, &user, &request).await?.engagement(Some(weights));
    let components = found.ok().map(|(_, components)| components);
    Ok(Json(Engagement {
        engagement_index: found.ok().map(|(engagement, _)| engagement.value),
        session_freq: components.map(|parts| parts.frequency),
        learning_interval: components.and_then(|parts| parts.closeness),
        hint_usage: components.and_then(|parts| parts.independence),
        dwell_time: components.and_then(|parts| parts.dwell),
        method: "weighted_components",
        reason: reason(found.err()),
    }))
}

async fn dropout_risk(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<DropoutRisk>> {
    let request: KpiRequest = body_or_default(&app, request).await?;
    let horizon = request.days_threshold.unwrap_or(DEFAULT_HORIZON_DAYS);
    if horizon <= 0.0 {
        return Err(invalid("days_threshold", "a number of days above 0"));
    }
    let ChurnRisk { risk, method, days_silent } = load(&app, &user, &request).await?.churn(horizon);
    Ok(Json(DropoutRisk {
        dropout_risk: risk.ok(),
        days_since_access: days_silent,
        risk_level: risk.ok().map(risk_level),
        method,
        reason: reason(risk.err()),
    }))
}

async fn comprehensive(
    State(app): State<Shared>,
    Extension(user): User,
    params: Params,
) -> ApiResult<Json<Comprehensive>> {
    let weeks = params.parsed("weeks", "a whole number from 1 to 52")?;
    let request = KpiRequest { weeks, ..KpiRequest::default() };
    let found = load(&app, &user, &request).await?;
    let mut reasons = BTreeMap::new();
    let mut known = |name, kpi: Result<f64, Missing>| match kpi {
        Ok(kpi) => Some(kpi),
        Err(missing) => {
            reasons.insert(name, missing.code());
            None
        }
    };
    let improvement = found.improvement(app.questions.use_theta);
    Ok(Json(Comprehensive {
        user_id: user.user_id.clone(),
        improvement_index: known("improvement_index", improvement.map(|found| found.value)),
        efficiency_index: known("efficiency_index", found.efficiency().map(|found| found.value)),
        recovery_index: known("recovery_index", found.recovery().map(|found| found.value)),
        engagement_index: known(
            "engagement_index",
            found.engagement(None).map(|(found, _)| found.value),
        ),
        dropout_risk: known("dropout_risk", found.churn(DEFAULT_HORIZON_DAYS).risk),
        topic_abilities: topic_abilities_of(&app, &user.user_id, &[]).await?,
        reasons,
        calculated_at: instant(app.config.clock.now()),
    }))
}

fn reason(missing: Option<Missing>) -> Option<&'static str> {
    missing.map(Missing::code)
}
