//! `GET /analysis/metrics/weekly`: the KPIs of a student, week by week.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use seedtest_store::WeeklyKpi;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::params::Params;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{Operation, Parameter, Routes};
use crate::state::Shared;

/// The KPIs of the contract.
const KPIS: [&str; 6] = ["I_t", "E_t", "R_t", "A_t", "P", "S"];

pub(super) fn routes() -> Routes {
    let weekly = Operation::new("weeklyKpis", "KPIs of a student, week by week")
        .parameter(Parameter::user_id())
        .parameter(
            Parameter::query(
                "weeks",
                "Most weeks; beyond the bounds the nearest counts. Default 4.",
            )
            .schema(json!({"type": "integer", "minimum": 1, "maximum": 12}))
            .example(json!(8)),
        )
        .parameter(Parameter::switch(
            "include_empty",
            "Whether no weeks are an empty list, not 404.",
        ))
        .parameter(Parameter::switch("extended", "Whether `kpis` has every key of the row."))
        .answer::<Vec<StudentKpis>>(200, "Newest first.")
        .refusals(&[Code::InvalidParameter, Code::NotFound])
        .scopes(&["reports:view", "analysis:run"]);
    Routes::new("Analysis").get("/analysis/metrics/weekly", self::weekly, weekly)
}

/// One week of a student.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StudentKpis {
    user_id: String,
    /// Monday of the week.
    week_start: NaiveDate,
    /// I_t, E_t, R_t, A_t, P and S; null when unknown.
    #[schemars(schema_with = "six_kpis")]
    kpis: Map<String, Value>,
}

impl StudentKpis {
    /// `extended` keeps every key of the row; otherwise there are the six KPIs, null when unknown.
    pub(super) fn new(row: WeeklyKpi, extended: bool) -> Self {
        let mut kpis = row.kpis;
        if !extended {
            kpis.retain(|key, _| KPIS.contains(&key.as_str()));
        }
        for key in KPIS {
            kpis.entry(key).or_insert(Value::Null);
        }
        Self { user_id: row.user_id, week_start: row.week_start, kpis }
    }
}

fn six_kpis(_: &mut SchemaGenerator) -> Schema {
    let number = json!({"type": ["number", "null"]});
    let properties: Map<String, Value> =
        KPIS.into_iter().map(|kpi| (kpi.to_string(), number.clone())).collect();
    json_schema!({"type": "object", "properties": properties, "required": KPIS})
}

async fn weekly(
    State(app): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<Vec<StudentKpis>>> {
    principal.require_any(&["reports:view", "analysis:run"])?;
    let user_id = params.user_id()?;
    let weeks: i64 = params.parsed("weeks", "a whole number from 1 to 12")?.unwrap_or(4);
    let weeks = weeks.clamp(1, 12) as u32;
    let extended = params.switch("extended");
    let today = app.config.clock.today();
    let rows = app.store.student_weekly_kpi(user_id, NaiveDate::default(), today, weeks).await?;
    if rows.is_empty() && !params.switch("include_empty") {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("there are no KPIs of this student yet; POST /analysis/metrics/recompute"));
    }
    Ok(Json(rows.into_iter().map(|row| StudentKpis::new(row, extended)).collect()))
}
