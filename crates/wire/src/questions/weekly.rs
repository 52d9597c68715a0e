//! The KPIs of a student week by week, as they are stored, and how they are computed anew
//! (docs/contract/http-api.md H16).

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The KPIs of the contract.
pub const SIX_KPIS: [&str; 6] = ["I_t", "E_t", "R_t", "A_t", "P", "S"];

/// What each of them is, in the same order; `docs/models/kpi.md` has the formulas.
const MEANINGS: [&str; 6] = [
    "Improvement, −1 to 1: change from one fortnight to the next, shrunk where it rests on few answers.",
    "Efficiency, 0 to 1: by what part the time of right answers became shorter.",
    "Recovery, 0 to 1: right answers among those to what was answered wrong before.",
    "Engagement, 0 to 1, from sessions, gaps, hints and time.",
    "Probability of reaching the goal, 0 to 1.",
    "Risk of staying away, 0 to 1.",
];

/// One week of a student.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StudentKpis {
    /// Student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// I_t, E_t, R_t, A_t, P and S; null when unknown.
    #[schemars(schema_with = "six_kpis")]
    pub kpis: Map<String, Value>,
}

fn six_kpis(_: &mut SchemaGenerator) -> Schema {
    let number = |meaning: &str| json!({"type": ["number", "null"], "description": meaning});
    let properties: Map<String, Value> = SIX_KPIS
        .into_iter()
        .zip(MEANINGS)
        .map(|(kpi, meaning)| (kpi.to_string(), number(meaning)))
        .collect();
    json_schema!({"type": "object", "properties": properties, "required": SIX_KPIS})
}

/// `POST /analysis/metrics/recompute`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RecomputeRequest {
    /// Student.
    #[schemars(required)]
    pub user_id: Option<String>,
    /// A day of the week, YYYY-MM-DD, not in the future. Default: this week.
    pub week_start: Option<String>,
}

/// `POST /metrics/weekly/recompute`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct EverybodyRequest {
    /// Weeks in which somebody counts as active, 1 to 52. Default 1.
    pub weeks_window: Option<u32>,
    /// Most students, 1 or more. Default: all.
    pub limit_users: Option<u32>,
}

/// How many weeks are stored now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EverybodyAnswer {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Students who were active in the window or have an ability.
    pub users_considered: u64,
    /// Students whose week is stored now.
    pub users_processed: u64,
}
