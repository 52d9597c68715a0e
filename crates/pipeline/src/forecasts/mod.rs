//! Weekly I_t as series: of everybody, of a class, of a student.

mod kpis;
mod series;

pub(crate) use kpis::{forecast_kpis, write_forecast_kpis};
pub(crate) use series::{By, Scope, WeeklyImprovement, WeeklySeries};
