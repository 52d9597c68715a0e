//! A series, forecast.

use rayon::prelude::*;
use seedtest_forecast::{
    Component, Forecast, Holiday, Model, Observer, Plan, SchoolCalendar, Silent, Status, Step,
    Verdict, forecast,
};
use seedtest_ingest::Table;
use seedtest_wire::ProphetNoop;

use super::series::{Holds, Series};
use super::spec::Spec;
use crate::digest::result_digest;
use crate::error::Error;
use crate::family::{Outcome, run_id_of};

/// A forecast, or why there is none.
pub(super) type FitOutcome = Outcome<Fitted, ProphetNoop>;

const DAY: i64 = 86_400;

/// A forecast with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// What was asked for.
    pub spec: Spec,
    /// The observations in the order of time.
    pub series: Series,
    /// The forecast.
    pub forecast: Forecast,
    /// Components of Prophet's model over the future, and its trend; empty for other models.
    pub(super) components: Vec<Component>,
    pub(super) trend: Vec<f64>,
    /// Hexadecimal digest of series and plan: equal inputs, equal digest.
    pub input_digest: String,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Forecasts the series of a table; `future` are the rows to forecast, where they are not just the next
/// points.
///
/// # Errors
/// For columns, times, values or options the models cannot use.
pub fn fit(
    table: &Table,
    future: Option<&Table>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    if table.n_rows == 0 && table.columns.is_empty() {
        return Ok(too_little("no rows".into(), 0));
    }
    let series = Series::of(table, spec, Holds::Past)?;
    // Dates to come are written as those of the past, which may say more of their order.
    let date_format = spec.date_format.as_deref().or(series.taken_for.order).map(str::to_owned);
    let spec = Spec { date_format, ..spec.clone() };
    let future = future.map(|table| Series::of(table, &spec, Holds::Future)).transpose()?;
    fit_series(series, future, &spec, observer)
}

/// Forecasts many plain series side by side, in their order; what is wrong with one does not stop the
/// others.
pub fn fit_many(
    series: &[(&[i64], &[f64])],
    spec: &Spec,
) -> Vec<Result<Outcome<Fitted, ProphetNoop>, Error>> {
    let one = |(time, y): &(&[i64], &[f64])| {
        fit_series(Series::of_values(time, y), None, spec, &mut Silent)
    };
    series.par_iter().map(one).collect()
}

/// Forecasts a series that was read already.
pub(super) fn fit_series(
    series: Series,
    future: Option<Series>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    let n = series.time.len();
    let own = Step::of(&series.time);
    let step = spec.freq.map(|freq| freq.step(&series.time));
    let (plan, mut warnings) = with_calendar(spec, &series, &own, step);
    warnings.extend(spec.notes.clone());
    warnings.extend(series.taken_for.note.clone());
    let next = next_times(&series, &plan, &own);
    let future = match future {
        Some(future) => future,
        None => Series::of_times(next.clone(), spec)?,
    };
    if series.dropped > 0 {
        warnings.push(format!("{} rows without a value were left out", series.dropped));
    }
    let rows = future.data().rows;
    // Plain points are left to the kernel, which checks the horizon first.
    let is_plain =
        future.cap.is_none() && future.regressors.is_empty() && future.conditions.is_empty();
    let is_next = is_plain && future.time == next;
    let found = forecast(&series.data(), (!is_next).then_some(&rows), &plan, observer);
    let forecast = match found {
        Ok(forecast) => forecast,
        Err(error) if error.is_noop() => return Ok(too_little(error.to_string(), n)),
        Err(error) => return Err(series.blame(error)),
    };
    let (components, trend) = match &forecast.prophet {
        Some(fit) if forecast.model_used == Model::Prophet => {
            let predicted = fit.predict(&rows).map_err(Error::from)?;
            (predicted.components, predicted.trend)
        }
        _ => (Vec::new(), Vec::new()),
    };
    warnings.extend(forecast.warnings.clone());
    let input_digest = result_digest(&(&series, &future, spec))?;
    let spec = spec.clone();
    let fitted = Fitted { spec, series, forecast, components, trend, input_digest, warnings };
    Ok(Outcome::Fitted(Box::new(fitted)))
}

fn too_little(reason: String, n_obs: usize) -> FitOutcome {
    Outcome::TooLittle(ProphetNoop { status: "noop".into(), ok: true, reason, n_obs })
}

fn next_times(series: &Series, plan: &Plan, own: &Step) -> Vec<i64> {
    /// More points than the kernel forecasts.
    const MOST: usize = 1_001;
    let step = plan.step.as_ref().unwrap_or(own);
    let last = series.time.last().copied().unwrap_or(0);
    (1..=plan.horizon.min(MOST) as i64).map(|ahead| step.after(last, ahead)).collect()
}

/// The plan with the effects of the calendar: days of a series of days, points that hold one of a
/// longer step.
fn with_calendar(
    spec: &Spec,
    series: &Series,
    own: &Step,
    step: Option<Step>,
) -> (Plan, Vec<String>) {
    let mut plan = Plan { step, ..spec.plan.clone() };
    let days_a_point = match own {
        Step::Seconds(seconds) => (seconds / DAY).max(1),
        Step::Slots(_) => 1,
        Step::Months(_) | Step::MonthEnds(_) => {
            let unused = spec.calendar != SchoolCalendar::default();
            let warning = "the calendar is not used: a month holds most of its days";
            return (plan, unused.then(|| warning.to_owned()).into_iter().collect());
        }
    };
    let Some((first, last)) = series.time.first().zip(series.time.last()) else {
        return (plan, Vec::new());
    };
    let end = plan.step.as_ref().unwrap_or(own).after(*last, plan.horizon.min(1_000) as i64);
    let (first, last) = (first.div_euclid(DAY), end.div_euclid(DAY));
    let effects = spec.calendar.holidays(first, last, days_a_point);
    let given: Vec<String> = plan.prophet.holidays.iter().map(|h| h.name.clone()).collect();
    let is_new = |holiday: &Holiday| !given.contains(&holiday.name);
    plan.prophet.holidays.extend(effects.into_iter().filter(is_new));
    (plan, Vec::new())
}

impl Fitted {
    /// Identity of a fit that nobody gave a name: equal rows and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("prophet", &self.input_digest)
    }

    /// How the fit behind the published numbers ended; models that step ahead have nothing to
    /// converge.
    pub fn verdict(&self) -> Verdict {
        let of_prophet = self.forecast.prophet.as_ref().map(|fit| &fit.verdict);
        let of_baseline = || Verdict {
            status: Status::Converged,
            iterations: 0,
            objective: 0.0,
            max_gradient: None,
            condition_number: None,
            next_action: None,
        };
        let verdict = of_prophet.filter(|_| self.forecast.model_used == Model::Prophet);
        let verdict = verdict.cloned().unwrap_or_else(of_baseline);
        if !(self.forecast.is_stopped && verdict.converged()) {
            return verdict;
        }
        Verdict {
            status: Status::Truncated { reason: "stopped".into() },
            next_action: Some("raise `max_seconds`".into()),
            ..verdict
        }
    }
}
