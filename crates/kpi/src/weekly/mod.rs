//! The KPI row of a student and a week: what it holds, and its one form as JSON.

mod json;
mod row;

pub use json::{
    FIELDS, Field, KeyGroup, NotFinite, REASONS, keys_of, reasons_with_churn, reasons_with_goal,
};
pub use row::{
    Basis, ChurnKpi, FittedAt, FittedGroup, ForecastKpi, GoalKpi, Number, SlopeKpi, SlopeUnit,
    Source, WeeklyKpis,
};
