//! What each model would have forecast from earlier points of the history.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Control, Interrupt, Observer, Progress, beta_cdf};

use crate::baseline::{Baseline, Model};
use crate::data::{History, Rows};
use crate::fit::fit_history;
use crate::seasonality::resolve;
use crate::spec::Spec;
use crate::step::Grid;
use crate::uncertainty::Uncertainty;
use crate::widening::{Miss, Widening, coverage};

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
    /// Share of the points inside the interval as it is published, the widening found without the
    /// forecast a point is of.
    pub coverage: Option<f64>,
    /// Mean width of the interval as it is published, in the unit of the series.
    pub mean_width: Option<f64>,
    /// What the model's own interval is multiplied by to be published, on average over how far ahead, ≥ 1: how
    /// much larger than it says its errors were.
    pub widening: f64,
    /// The factor of each lead.
    #[serde(skip)]
    pub(crate) by_lead: Widening,
}

impl Score {
    /// A warning where fewer points lay inside the intervals than chance explains.
    pub(crate) fn warning(&self, width: f64) -> Option<String> {
        /// Probability of so few of independent points.
        const CHANCE: f64 = 0.01;
        let (points, coverage) = (self.points as f64, self.coverage?);
        let inside = (coverage * points).round();
        if inside >= points * width || beta_cdf(points - inside, inside + 1.0, 1.0 - width) > CHANCE
        {
            return None;
        }
        Some(format!(
            "the {}% intervals held only {:.0}% of {} held-out points: what comes may lie further off than they say",
            100.0 * width,
            100.0 * coverage,
            self.points
        ))
    }
}

/// Points a model must have seen before it forecasts.
const FEWEST_SEEN: usize = 8;

/// A forecast that is made again from the past: from the rows before `origin`, of the rows `ahead`.
struct Trial {
    origin: usize,
    ahead: Vec<usize>,
}

/// Places ahead that are tried: those to be forecast, as far as a quarter of the history (and the first
/// of them at any rate).
fn leads(grid: &Grid, future: &Rows<'_>, last: i64) -> Vec<usize> {
    let later = future.time.iter().filter(|time| **time > last);
    let mut leads: Vec<usize> = later.map(|&time| grid.lead(time)).collect();
    leads.sort_unstable();
    leads.dedup();
    let first = leads.first().copied().unwrap_or(1);
    let most = grid.values.len().div_ceil(4).max(first);
    leads.retain(|lead| *lead <= most);
    if leads.is_empty() { vec![1] } else { leads }
}

/// Rows from which on a part of the history has the seasonalities of the whole, so that what is compared
/// is what is published.
fn alike(spec: &Spec, time: &[i64]) -> usize {
    let all = resolve(spec, time).len();
    let rows: Vec<usize> = (1..=time.len()).collect();
    1 + rows.partition_point(|&n| resolve(spec, &time[..n]).len() < all)
}

/// At most `most` of the forecasts that the history from row `first` on (its second half, at any rate)
/// can be compared with, evenly over it.
fn trials(grid: &Grid, leads: &[usize], first: usize, most: usize) -> Vec<Trial> {
    let positions = &grid.positions;
    let n = positions.len();
    let end = grid.values.len() - 1;
    let furthest = leads.last().copied().unwrap_or(1);
    let from = |origin: usize| {
        let start = positions[origin - 1];
        let row = |lead: &usize| positions.binary_search(&(start + lead)).ok();
        Trial { origin, ahead: leads.iter().filter_map(row).collect() }
    };
    let reaches = |origin: &usize| positions[origin - 1] + furthest <= end;
    let mut possible: Vec<Trial> = (FEWEST_SEEN.max(n / 2).max(first)..n)
        .filter(reaches)
        .map(from)
        .filter(|trial| !trial.ahead.is_empty())
        .collect();
    let Some(last) = possible.len().checked_sub(1) else { return possible };
    let count = most.min(last + 1);
    let spread = (count - 1).max(1);
    let chosen: Vec<usize> = (0..count).map(|i| last - last * (count - 1 - i) / spread).collect();
    let mut index = 0;
    possible.retain(|_| {
        index += 1;
        chosen.binary_search(&(index - 1)).is_ok()
    });
    possible
}

#[derive(Default)]
struct Tally {
    sizes: f64,
    squares: f64,
    /// Widths of the intervals as the model says them.
    own_widths: Vec<f64>,
    misses: Vec<Miss>,
}

impl Tally {
    fn add(&mut self, (origin, lead): (usize, usize), value: f64, forecast: (f64, f64, f64)) {
        let (mean, low, high) = forecast;
        let error = value - mean;
        self.sizes += error.abs();
        self.squares += error * error;
        self.own_widths.push(high - low);
        let half = if error < 0.0 { mean - low } else { high - mean };
        self.misses.push(Miss { origin, lead, error: error.abs(), half });
    }

    /// Sum of the widths as they are published.
    fn widths(&self, widening: &Widening) -> f64 {
        let pairs = self.misses.iter().zip(&self.own_widths);
        pairs.map(|(miss, width)| width * widening.at(miss.lead)).sum()
    }

    fn known(&self, sum: f64) -> Option<f64> {
        (!self.misses.is_empty()).then(|| sum / self.misses.len() as f64)
    }
}

/// Rolling-origin comparison of the models on the same points, as far ahead as the rows of the future; and whether
/// the observer ended it, after fewer origins.
pub(crate) fn compare(
    (history, grid, cycle): (&History, &Grid, Option<usize>),
    spec: &Spec,
    future: &Rows<'_>,
    most_origins: usize,
    observer: &mut dyn Observer,
) -> (Vec<Score>, bool) {
    let models = [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet];
    let last = history.time[history.time.len() - 1];
    let leads = leads(grid, future, last);
    let mut trials = trials(grid, &leads, alike(spec, &history.time), most_origins);
    if trials.is_empty() {
        trials = self::trials(grid, &leads, 0, most_origins);
    }
    let mut tallies = models.map(|_| Some(Tally::default()));
    let mut is_stopped = false;
    let most = trials.len() as u64;
    let closing = observer.closing();
    for (number, trial) in (1..).zip(&trials) {
        let of = |(model, tally): (Model, &Option<Tally>)| {
            tally.as_ref()?;
            forecast((history, grid, cycle), trial, (model, spec), &closing)
        };
        let made: Vec<_> = models.into_iter().zip(&tallies).map(of).collect();
        // Models that were fitted in a hurry are not compared.
        is_stopped = closing.is_raised();
        if is_stopped {
            break;
        }
        for (made, tally) in made.into_iter().zip(&mut tallies) {
            // All models on the same points, or not at all.
            let (Some(known), Some(made)) = (tally.as_mut(), made) else {
                *tally = None;
                continue;
            };
            for (&row, forecast) in trial.ahead.iter().zip(made) {
                let lead = grid.positions[row] - grid.positions[trial.origin - 1];
                known.add((trial.origin, lead), history.y[row], forecast);
            }
        }
        let naive = tallies[0].as_ref();
        let objective = naive.and_then(|naive| naive.known(naive.sizes)).unwrap_or(0.0);
        let progress =
            Progress { iteration: number, max_iterations: most, objective, max_gradient: None };
        is_stopped = number < most && observer.progress(&progress) == Control::Stop;
        if is_stopped {
            break;
        }
    }
    let tallies = tallies.map(Option::unwrap_or_default);
    let naive = tallies[0].known(tallies[0].sizes).filter(|mae| *mae > 0.0);
    let score = |(model, tally): (Model, Tally)| {
        let mae = tally.known(tally.sizes);
        let by_lead = Widening::of(&tally.misses, spec.interval_width);
        let widths = tally.widths(&by_lead);
        Score {
            model,
            points: tally.misses.len(),
            mae,
            rmse: tally.known(tally.squares).map(f64::sqrt),
            relative_mae: mae.zip(naive).map(|(mae, naive)| mae / naive),
            coverage: coverage(&tally.misses, spec.interval_width),
            mean_width: tally.known(widths),
            widening: by_lead.mean(),
            by_lead,
        }
    };
    (models.into_iter().zip(tallies).map(score).collect(), is_stopped)
}

/// Means and interval bounds of the rows ahead, from the rows before the origin.
fn forecast(
    (history, grid, cycle): (&History, &Grid, Option<usize>),
    trial: &Trial,
    (model, spec): (Model, &Spec),
    closing: &Interrupt,
) -> Option<Vec<(f64, f64, f64)>> {
    if model == Model::Prophet {
        let seen = history.part(0, trial.origin);
        let fit = fit_history(&seen, spec, &mut closing.clone());
        let fit = fit.ok().filter(|f| f.verdict.usable())?;
        let known = Uncertainty::new(&fit, &seen).ok()?;
        let (first, last) = trial.ahead.first().zip(trial.ahead.last())?;
        let ahead = history.part(*first, last + 1);
        let predicted = fit.predict_with(&ahead.rows, &known).ok()?;
        let rows = trial.ahead.iter().map(|row| row - first);
        let point = |row: usize| (predicted.yhat[row], predicted.lower[row], predicted.upper[row]);
        return Some(rows.map(point).collect());
    }
    let seen = grid.part(trial.origin);
    let baseline = Baseline::new(model, &seen, cycle)?;
    let reach = baseline.reach(spec.interval_width);
    let start = grid.positions[trial.origin - 1];
    let point = |row: &usize| {
        let (mean, sd) = baseline.ahead(grid.positions[*row] - start);
        (mean, mean - reach * sd, mean + reach * sd)
    };
    Some(trial.ahead.iter().map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::{leads, trials};
    use crate::data::Rows;
    use crate::step::{Grid, Step};

    fn days(n: usize) -> Grid {
        let time: Vec<i64> = (0..n as i64).map(|d| d * 86_400).collect();
        Grid::new(&time, &vec![0.0; n], &Step::DAY)
    }

    fn origins(n: usize, horizon: usize) -> Vec<usize> {
        let leads: Vec<usize> = (1..=horizon).collect();
        trials(&days(n), &leads, 0, 10).iter().map(|trial| trial.origin).collect()
    }

    #[test]
    fn origins_are_in_the_second_half_and_leave_the_horizon() {
        assert_eq!(origins(104, 4).len(), 10);
        assert_eq!(origins(104, 4)[9], 100);
        assert!(origins(104, 4).iter().all(|o| (52..=100).contains(o)));
        assert_eq!(origins(12, 4), [8]);
        assert!(origins(11, 4).is_empty());
    }

    #[test]
    fn weeks_ahead_of_days_are_seven_places_each() {
        let time = [7, 14, 21, 28].map(|d| (99 + d) * 86_400);
        let found = leads(&days(100), &Rows::new(&time), 99 * 86_400);
        assert_eq!(found, [7, 14, 21]);
        let trials = trials(&days(100), &found, 0, 3);
        assert_eq!(trials[0].ahead, [56, 63, 70]);
        // Further than a quarter of the history: the first of them alone.
        let found = leads(&days(20), &Rows::new(&time), 19 * 86_400);
        assert_eq!(found.len(), 1);
    }
}
