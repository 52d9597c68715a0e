//! Values of a fitted model at any times, with their components and intervals.

use seedtest_numerics::normal_quantile;

use crate::data::{Data, Rows};
use crate::error::Error;
use crate::fit::Fit;
use crate::interval::{FutureChanges, LEAST_CHANGE, half_width};
use crate::problem::{Curve, Problem};
use crate::simulate::{LogisticPoint, bends};
use crate::spec::{Growth, Mode};
use crate::uncertainty::Uncertainty;

/// One component at every row.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Name of the seasonality, holiday or regressor.
    pub name: String,
    /// How it enters.
    pub mode: Mode,
    /// In the unit of the series if additive, as a share of the trend if multiplicative.
    pub values: Vec<f64>,
}

/// Predicted values, by row, in the order the rows were given.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Most probable curve.
    pub yhat: Vec<f64>,
    /// Lower end of the interval of `spec.interval_width`.
    pub lower: Vec<f64>,
    /// Upper end.
    pub upper: Vec<f64>,
    /// Trend alone.
    pub trend: Vec<f64>,
    /// Sum of the additive components.
    pub additive_terms: Vec<f64>,
    /// Sum of the multiplicative components, as a share of the trend.
    pub multiplicative_terms: Vec<f64>,
    /// Every component.
    pub components: Vec<Component>,
}

impl Fit {
    /// Predicts the given rows, of the past or the future.
    ///
    /// Past the last observation the interval widens by the changes of the slope that may come: as
    /// many a unit of time, and as large, as the history had. It says nothing of the uncertainty of the
    /// coefficients themselves, and the noise knows no capacity (as in Prophet).
    pub fn predict(&self, rows: &Rows<'_>) -> Result<Prediction, Error> {
        rows.validate()?;
        let problem = self.problem(rows)?;
        let sigmas = vec![self.sigma_obs; problem.n()];
        Ok(self.predicted(rows, &problem, &sigmas))
    }

    /// The same with intervals that allow for what is not known of the coefficients, too.
    pub(crate) fn predict_with(
        &self,
        rows: &Rows<'_>,
        uncertainty: &Uncertainty,
    ) -> Result<Prediction, Error> {
        let problem = self.problem(rows)?;
        let sigmas = uncertainty.sigmas(&problem, self.spec.interval_width);
        Ok(self.predicted(rows, &problem, &sigmas))
    }

    fn predicted(&self, rows: &Rows<'_>, problem: &Problem, sigmas: &[f64]) -> Prediction {
        let theta = self.theta();
        let curve = problem.curve(&theta);
        let scale = self.layout.y_scale;
        let offset = |row| self.layout.offset(rows, row);
        let unscaled = |values: Vec<f64>| -> Vec<f64> {
            values.iter().enumerate().map(|(row, v)| v * scale + offset(row)).collect()
        };
        let yhat = unscaled(curve.fitted().collect());
        let bounds = self.bounds(problem, &theta, &curve, sigmas);
        let shifted = |end: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            yhat.iter().zip(&bounds).map(|(y, b)| y + scale * end(b)).collect()
        };
        Prediction {
            lower: shifted(|b| b.0),
            upper: shifted(|b| b.1),
            components: self.components(problem),
            additive_terms: curve.added.iter().map(|a| a * scale).collect(),
            multiplicative_terms: curve.multiplier.iter().map(|m| m - 1.0).collect(),
            trend: unscaled(curve.trend),
            yhat,
        }
    }

    /// Simulated values at the given rows: changes of the slope after the history and noise. Path i
    /// depends on the seed and i only.
    pub fn simulate(
        &self,
        rows: &Rows<'_>,
        paths: std::ops::Range<u64>,
        seed: u64,
    ) -> Result<Vec<Vec<f64>>, Error> {
        // The noise has streams of its own, past those of the bends.
        const NOISE: u64 = 1 << 63;
        rows.validate()?;
        let problem = self.problem(rows)?;
        let theta = self.theta();
        let curve = problem.curve(&theta);
        let line = problem.line(&theta);
        let ahead: Vec<f64> = problem.t.iter().map(|t| t - 1.0).collect();
        let changes = self.future_changes();
        let path = |path: u64| -> Vec<f64> {
            let bends = bends(changes, &ahead, seed, path);
            let mut noise = seedtest_numerics::Stream::new(seed, NOISE | path);
            let row = |row: usize| {
                let trend = match self.spec.growth {
                    Growth::Logistic => {
                        problem.cap[row] * seedtest_numerics::logistic(line[row] + bends[row])
                    }
                    _ => line[row] + bends[row],
                };
                let mean = trend * curve.multiplier[row] + curve.added[row];
                let scaled = mean + self.sigma_obs * noise.normal();
                scaled * self.layout.y_scale + self.layout.offset(rows, row)
            };
            (0..ahead.len()).map(row).collect()
        };
        Ok(paths.map(path).collect())
    }

    pub(crate) fn problem(&self, rows: &Rows<'_>) -> Result<Problem, Error> {
        self.layout.problem(&Data { rows: rows.clone(), y: &[] }, &self.spec)
    }

    /// As many changes a unit of time as the history could have had, as large as they were.
    pub(crate) fn future_changes(&self) -> FutureChanges {
        let count = self.delta.len() as f64;
        let sizes: f64 = self.delta.iter().map(|d| d.abs()).sum();
        FutureChanges { rate: count, scale: sizes / count.max(1.0) + LEAST_CHANGE }
    }

    /// Lower and upper end of the interval relative to the curve, scaled.
    fn bounds(
        &self,
        problem: &Problem,
        theta: &[f64],
        curve: &Curve,
        sigmas: &[f64],
    ) -> Vec<(f64, f64)> {
        let changes = self.future_changes();
        let ahead: Vec<f64> = problem.t.iter().map(|t| t - 1.0).collect();
        let width = self.spec.interval_width;
        let noise = normal_quantile(0.5 + 0.5 * width);
        let simulated = self.simulated_bends(changes, &ahead);
        let line = if simulated.is_empty() { Vec::new() } else { problem.line(theta) };
        let of_row = |row: usize| {
            let (multiplier, sigma) = (curve.multiplier[row], sigmas[row]);
            if ahead[row] <= 0.0 {
                return (-noise * sigma, noise * sigma);
            }
            if simulated.is_empty() {
                let half = half_width(changes, ahead[row], multiplier, sigma, width);
                return (-half, half);
            }
            let point = LogisticPoint { line: line[row], cap: problem.cap[row], multiplier };
            let bends: Vec<f64> = simulated.iter().map(|path| path[row]).collect();
            point.interval(&bends, sigma, width)
        };
        (0..ahead.len()).map(of_row).collect()
    }

    fn simulated_bends(&self, changes: FutureChanges, ahead: &[f64]) -> Vec<Vec<f64>> {
        if self.spec.growth != Growth::Logistic || ahead.iter().all(|a| *a <= 0.0) {
            return Vec::new();
        }
        (0..self.spec.paths as u64).map(|p| bends(changes, ahead, self.spec.seed, p)).collect()
    }

    fn components(&self, problem: &Problem) -> Vec<Component> {
        let n = problem.n();
        let parts = self.layout.parts(&self.spec);
        let of_part = |part: crate::layout::Part| {
            let mut values = vec![0.0; n];
            let columns = &problem.features[part.columns.start * n..part.columns.end * n];
            crate::linear_algebra::add_product(columns, &self.beta[part.columns], &mut values);
            if part.mode == Mode::Additive {
                for v in &mut values {
                    *v *= self.layout.y_scale;
                }
            }
            Component { name: part.name, mode: part.mode, values }
        };
        parts.into_iter().map(of_part).collect()
    }
}
