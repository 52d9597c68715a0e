//! Simple models any other has to beat: the last value, the value a cycle ago, exponential smoothing.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::leverage::leverages;
use crate::smoothing::{Innovation, Smoothing, fit_smoothing};
use crate::step::{Grid, Step};
use crate::student::central_quantile;

/// A model of the table of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The last value.
    Naive,
    /// The value of the same place in the last cycle.
    SeasonalNaive,
    /// Exponential smoothing with a level or a damped trend.
    DampedTrend,
    /// Prophet's model.
    Prophet,
}

impl Model {
    /// Its word in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal_naive",
            Self::DampedTrend => "damped_trend",
            Self::Prophet => "prophet",
        }
    }
}

/// A fitted simple model: how far each observation was from what the ones before it said, and what comes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Baseline {
    /// Error of each observation, masked ones too; `None` where nothing precedes it.
    pub(crate) errors: Vec<Option<Innovation>>,
    /// Errors the model was fitted to.
    fitted: usize,
    /// Estimated parameters.
    pub(crate) parameters: usize,
    /// Standard deviation of a single step.
    pub(crate) sigma: f64,
    /// How the forecast goes on.
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// The last cycle (one value for the naive model).
    Repeat(Vec<f64>),
    Smoothing(Smoothing),
}

/// Observations a baseline can be fitted to.
const FEWEST: usize = 3;
/// Cycles of the grid that one to repeat and one to compare it with take.
const CYCLES: usize = 2;

impl Baseline {
    /// `None` where the series is too short for the model.
    pub(crate) fn new(model: Model, grid: &Grid, cycle: Option<usize>) -> Option<Self> {
        if grid.positions.len() < FEWEST {
            return None;
        }
        match model {
            Model::Naive => Some(repeat(grid, 1)),
            Model::SeasonalNaive => {
                cycle.filter(|&c| grid.values.len() >= CYCLES * c).map(|c| repeat(grid, c))
            }
            Model::DampedTrend => {
                let smoothing = fit_smoothing(&grid.values);
                let rows = grid.positions.iter().zip(&grid.observed);
                let masked = |(&at, &value): (&usize, &f64)| {
                    let (mean, variance) = smoothing.expected(at);
                    Innovation { error: value - mean, variance }
                };
                let errors = rows.map(|row| smoothing.errors[*row.0].or_else(|| Some(masked(row))));
                Some(Self {
                    errors: errors.collect(),
                    fitted: smoothing.errors.iter().flatten().count(),
                    parameters: smoothing.parameters(),
                    sigma: smoothing.sigma,
                    kind: Kind::Smoothing(smoothing),
                })
            }
            Model::Prophet => None,
        }
    }

    /// Why there is no such model of `points` observations.
    pub(crate) fn refusal(model: Model, points: usize, step: &Step) -> Error {
        match (model, step.cycle()) {
            (Model::SeasonalNaive, None) => {
                Error::NoCycle { model: model.name(), step: step.clone() }
            }
            (Model::SeasonalNaive, Some(cycle)) => {
                Error::TooFew { points, required: CYCLES * cycle }
            }
            _ => Error::TooFew { points, required: FEWEST },
        }
    }

    /// Value and standard deviation `ahead` (≥ 1) steps after the last observation.
    pub(crate) fn ahead(&self, ahead: usize) -> (f64, f64) {
        match &self.kind {
            Kind::Repeat(cycle) => {
                let value = cycle[(ahead - 1) % cycle.len()];
                let cycles = ahead.div_ceil(cycle.len()) as f64;
                (value, self.sigma * cycles.sqrt())
            }
            Kind::Smoothing(s) => {
                (s.ahead(ahead), self.sigma * s.uncertain_variance_factor(ahead).sqrt())
            }
        }
    }

    /// What the fit takes away of the error of each observation, and its parameters.
    pub(crate) fn leverages(&self, grid: &Grid) -> (Vec<f64>, f64) {
        match &self.kind {
            Kind::Repeat(_) => (vec![0.0; grid.positions.len()], self.parameters as f64),
            Kind::Smoothing(fit) => {
                let found = leverages(&grid.values, fit);
                let of_rows = grid.positions.iter().map(|&at| found.of_places[at]).collect();
                (of_rows, found.parameters as f64)
            }
        }
    }

    fn degrees_of_freedom(&self) -> f64 {
        self.fitted.saturating_sub(self.parameters).max(1) as f64
    }

    /// Standard deviations in half an interval of this probability, by Student's t.
    pub(crate) fn reach(&self, width: f64) -> f64 {
        central_quantile(width, self.degrees_of_freedom())
    }
}

/// Each value repeats the one a cycle ago; over a gap, the last known of its place.
fn repeat(grid: &Grid, cycle: usize) -> Baseline {
    let mut last: Vec<Option<(f64, usize)>> = vec![None; cycle];
    let mut errors = Vec::with_capacity(grid.positions.len());
    for (row, (&at, &value)) in grid.positions.iter().zip(&grid.observed).enumerate() {
        let place = &mut last[at % cycle];
        errors.push(place.map(|(before, when)| {
            let cycles = ((at - when) / cycle).max(1) as f64;
            Innovation { error: value - before, variance: cycles }
        }));
        if grid.is_followed(row) {
            *place = Some((value, at));
        }
    }
    let rows = errors.iter().enumerate().filter(|(row, _)| grid.is_followed(*row));
    let followed: Vec<Innovation> = rows.filter_map(|(_, error)| *error).collect();
    let count = followed.len();
    let sizes = followed.iter().map(|e| e.standardized());
    let squares: f64 = sizes.map(|e| e * e).sum();
    // A place never seen gets the value before it.
    let end = grid.values.len();
    let mut known = grid.values.iter().rev().flatten().copied().next().unwrap_or(0.0);
    let next = (end..end + cycle)
        .map(|at| {
            known = last[at % cycle].map_or(known, |(value, _)| value);
            known
        })
        .collect();
    Baseline {
        errors,
        fitted: count,
        parameters: 0,
        sigma: (squares / count.max(1) as f64).sqrt(),
        kind: Kind::Repeat(next),
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Innovation, Model};
    use crate::step::{Grid, Step};

    #[test]
    fn a_cycle_repeats() {
        let time: Vec<i64> = (0..8).map(|d| d * 86_400).collect();
        let y = [1.0, 2.0, 3.0, 4.0, 2.0, 3.0, 4.0, 5.0];
        let grid = Grid::new(&time, &y, &Step::DAY);
        let model = Baseline::new(Model::SeasonalNaive, &grid, Some(4)).unwrap();
        assert_eq!(model.ahead(1), (2.0, 1.0));
        assert_eq!(model.ahead(6), (3.0, 2f64.sqrt()));
        let one = Innovation { error: 1.0, variance: 1.0 };
        assert_eq!(model.errors[3..5], [None, Some(one)]);
        let naive = Baseline::new(Model::Naive, &grid, None).unwrap();
        assert_eq!(naive.ahead(3).0, 5.0);
        assert!(Baseline::new(Model::SeasonalNaive, &grid, Some(5)).is_none());
    }
}
