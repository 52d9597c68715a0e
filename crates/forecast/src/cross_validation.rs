//! What each model would have forecast from earlier points of the history.

use serde::{Deserialize, Serialize};

use seedtest_numerics::Silent;

use crate::baseline::{Baseline, Model};
use crate::data::{Data, History};
use crate::fit::fit_history;
use crate::spec::Spec;
use crate::step::{Grid, Step};

/// How a model did on points it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Which model.
    pub model: Model,
    /// Forecast points compared with what came; 0 where the history is too short.
    pub points: usize,
    /// Mean absolute error; `None` without points.
    pub mae: Option<f64>,
    /// Root mean squared error.
    pub rmse: Option<f64>,
    /// Mean absolute error over that of the naive model on the same points; below 1 is better.
    pub relative_mae: Option<f64>,
    /// Share of the points inside the interval.
    pub coverage: Option<f64>,
    /// Mean width of the interval, in the unit of the series.
    pub mean_width: Option<f64>,
}

/// Points a model must have seen before it forecasts.
const FEWEST_SEEN: usize = 8;

/// Rows of the history that forecasts start after: at most `most` of them, evenly over its second half.
fn origins(n: usize, horizon: usize, most: usize) -> Vec<usize> {
    let first = FEWEST_SEEN.max(n / 2);
    let Some(last) = n.checked_sub(horizon).filter(|last| *last >= first) else {
        return Vec::new();
    };
    let count = most.min(last - first + 1);
    let spread = (count - 1).max(1);
    (0..count).map(|i| last - (last - first) * (count - 1 - i) / spread).collect()
}

#[derive(Default)]
struct Tally {
    points: usize,
    sizes: f64,
    squares: f64,
    inside: usize,
    widths: f64,
}

impl Tally {
    fn add(&mut self, value: f64, forecast: (f64, f64, f64)) {
        let (mean, low, high) = forecast;
        let error = value - mean;
        self.points += 1;
        self.sizes += error.abs();
        self.squares += error * error;
        self.inside += usize::from((low..=high).contains(&value));
        self.widths += high - low;
    }

    fn mae(&self) -> Option<f64> {
        (self.points > 0).then(|| self.sizes / self.points as f64)
    }
}

/// Rolling-origin comparison of the models on the same points.
pub(crate) fn compare(
    history: &History,
    spec: &Spec,
    horizon: usize,
    step: Step,
    most_origins: usize,
) -> Vec<Score> {
    let models = [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet];
    let n = history.time.len();
    let origins = origins(n, horizon, most_origins);
    let tallies = models.map(|model| {
        let mut tally = Tally::default();
        for &origin in &origins {
            let ahead = history.part(origin, origin + horizon);
            let Some(forecast) = forecast(history, origin, &ahead, model, spec, step) else {
                // All models on the same points, or not at all.
                return Tally::default();
            };
            for (&value, forecast) in ahead.y.iter().zip(forecast) {
                tally.add(value, forecast);
            }
        }
        tally
    });
    let naive = tallies[0].mae().filter(|mae| *mae > 0.0);
    models
        .into_iter()
        .zip(tallies)
        .map(|(model, tally)| {
            let count = tally.points as f64;
            let known = |value: f64| (tally.points > 0).then(|| value / count);
            Score {
                model,
                points: tally.points,
                mae: tally.mae(),
                rmse: known(tally.squares).map(f64::sqrt),
                relative_mae: tally.mae().zip(naive).map(|(mae, naive)| mae / naive),
                coverage: known(tally.inside as f64),
                mean_width: known(tally.widths),
            }
        })
        .collect()
}

/// Means and interval bounds of the rows after `origin`, from the rows before it.
fn forecast(
    history: &History,
    origin: usize,
    ahead: &Data<'_>,
    model: Model,
    spec: &Spec,
    step: Step,
) -> Option<Vec<(f64, f64, f64)>> {
    let seen = history.part(0, origin);
    if model == Model::Prophet {
        let fit = fit_history(&seen, spec, &mut Silent).ok().filter(|f| f.verdict.usable())?;
        let predicted = fit.predict(&ahead.rows).ok()?;
        let rows = predicted.yhat.iter().zip(&predicted.lower).zip(&predicted.upper);
        return Some(rows.map(|((&y, &low), &high)| (y, low, high)).collect());
    }
    let grid = Grid::new(seen.rows.time, seen.y, step);
    let baseline = Baseline::new(model, &grid, step.cycle())?;
    let reach = baseline.reach(spec.interval_width);
    let last = seen.rows.time[origin - 1];
    let rows = ahead.rows.time.iter();
    Some(
        rows.map(|&time| {
            let steps = step.between(last, time).max(1) as usize;
            let (mean, sd) = baseline.ahead(steps);
            (mean, mean - reach * sd, mean + reach * sd)
        })
        .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::origins;

    #[test]
    fn origins_are_in_the_second_half_and_leave_the_horizon() {
        assert_eq!(origins(104, 4, 10).len(), 10);
        assert_eq!(origins(104, 4, 10)[9], 100);
        assert!(origins(104, 4, 10).iter().all(|o| (52..=100).contains(o)));
        assert_eq!(origins(12, 4, 10), [8]);
        assert!(origins(11, 4, 10).is_empty());
    }
}
