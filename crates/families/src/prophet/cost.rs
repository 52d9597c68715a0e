//! What a forecast takes.

use seedtest_forecast::{Changepoints, Toggle};
use seedtest_ingest::Table;
use seedtest_numerics::Cost;

use super::spec::Spec;
use crate::cost::{ANSWERED, NUMBER};

/// Harmonics of a seasonality whose number is not given: those of a year.
const USUAL_HARMONICS: usize = 10;
/// Copies of the features of a series: those of the fit, of the points to come, and in the order of the search.
const COPIES_OF_FEATURES: f64 = 4.0;

/// What a forecast of a table takes; `future` are the rows to forecast, where they are not just the next
/// points.
pub(super) fn of_fit(rows: &Table, future: Option<&Table>, spec: &Spec) -> Cost {
    of_points(rows.n_rows, future, spec)
}

/// The same for a series of so many points.
pub(super) fn of_points(points: usize, future: Option<&Table>, spec: &Spec) -> Cost {
    let (known, prophet) = (points as f64, &spec.plan.prophet);
    let points = future.map_or(spec.plan.horizon, |table| table.n_rows) as f64;
    let all = ("rows and points to come", known + points);
    let features = ("features", features(spec));
    let components =
        8 + prophet.seasonalities.len() + prophet.regressors.len() + prophet.holidays.len();
    Cost::new()
        .and("features of a series", &[all, features], COPIES_OF_FEATURES * NUMBER)
        .and("a covariance", &[features, ("features again", features.1)], 3.0 * NUMBER)
        .and("simulated paths", &[("paths", prophet.paths as f64), ("points", points)], NUMBER)
        .and("components", &[all, ("components", components as f64)], ANSWERED)
}

/// Most features of the curve.
fn features(spec: &Spec) -> f64 {
    let prophet = &spec.plan.prophet;
    let harmonics = |toggle: Toggle| match toggle {
        Toggle::Off => 0,
        Toggle::Order(order) => order,
        Toggle::Auto | Toggle::On => USUAL_HARMONICS,
    };
    let usual =
        [prophet.yearly, prophet.weekly, prophet.daily].map(harmonics).iter().sum::<usize>();
    let own = prophet.seasonalities.iter().map(|seasonality| seasonality.order).sum::<usize>();
    let days = |holiday: &seedtest_forecast::Holiday| {
        (holiday.upper_window - holiday.lower_window).unsigned_abs() as f64 + 1.0
    };
    let changes = match &prophet.changepoints {
        Changepoints::Automatic { count, .. } => *count,
        Changepoints::At(times) => times.len(),
    };
    let holidays = prophet.holidays.iter().map(days).sum::<f64>();
    2.0 * (usual as f64 + own as f64)
        + holidays
        + changes as f64
        + prophet.regressors.len() as f64
        + 2.0
}
