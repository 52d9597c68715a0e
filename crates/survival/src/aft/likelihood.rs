//! Log-likelihood of right-censored times and its derivatives.

use std::ops::Range;

use seedtest_numerics::{Derivatives, Interrupt, exp, ln};

use super::distribution::{Distribution, LogValue};
use crate::data::Data;
use crate::error::Error;
use crate::standard::StandardColumn;
use crate::tasks::map_tasks;

const ROWS_PER_TASK: usize = 4096;
/// Residuals beyond this leave the range of numbers.
const LARGEST_RESIDUAL: f64 = 600.0;

/// Log-likelihood of right-censored times.
pub(crate) struct Likelihood<'a> {
    pub(crate) data: &'a Data<'a>,
    pub(crate) distribution: Distribution,
    /// The covariates that take part.
    pub(crate) columns: Vec<StandardColumn>,
    log_time: Vec<f64>,
    /// Ends a point in the middle.
    interrupt: Interrupt,
}

impl<'a> Likelihood<'a> {
    pub(crate) fn new(
        data: &'a Data<'a>,
        distribution: Distribution,
        columns: Vec<StandardColumn>,
        interrupt: &Interrupt,
    ) -> Self {
        let log_time = data.stop.iter().map(|&t| ln(t)).collect();
        Self { data, distribution, columns, log_time, interrupt: interrupt.clone() }
    }

    /// Why there are no derivatives where the search begins.
    pub(crate) fn nothing(&self) -> Error {
        if let Err(interrupted) = self.interrupt.check() {
            return interrupted.into();
        }
        Error::of_offsets(self.data.offset, "ln(time)")
    }

    /// Number of parameters: intercept, covariates and, where there is one, ln σ.
    pub(crate) fn n_parameters(&self) -> usize {
        1 + self.columns.len() + usize::from(self.distribution.has_scale())
    }

    /// Positions of the coefficients of covariates.
    pub(crate) fn coefficients(&self) -> Range<usize> {
        1..1 + self.columns.len()
    }

    /// Intercept and ln σ of a rough fit without covariates.
    pub(crate) fn start(&self) -> Vec<f64> {
        let n = self.log_time.len() as f64;
        let mean = self.log_time.iter().sum::<f64>() / n;
        let square = |t: &f64| (t - mean) * (t - mean);
        let sd = (self.log_time.iter().map(square).sum::<f64>() / n).sqrt();
        let mut start = vec![0.0; self.n_parameters()];
        start[0] = mean;
        if self.distribution.has_scale() {
            let last = start.len() - 1;
            start[last] = ln(sd.max(0.1));
        }
        start
    }

    /// Value and derivatives; `None` where the numbers leave their range, or when interrupted.
    pub(crate) fn derivatives(&self, parameters: &[f64]) -> Option<Derivatives> {
        let starts = (0..self.log_time.len()).step_by(ROWS_PER_TASK);
        let parts = map_tasks(starts, |begin| {
            self.interrupt.check().ok()?;
            self.part(parameters, begin)
        });
        let mut total = Derivatives::zero(parameters.len());
        for part in parts {
            total.add(&part?);
        }
        total.value.is_finite().then_some(total)
    }

    /// Σ over clusters of the squared sums of their scores, row-major, at parameters where the derivatives
    /// exist; `of_row` gives the cluster of every row.
    pub(crate) fn squared_scores(
        &self,
        parameters: &[f64],
        of_row: &[u32],
        n_clusters: usize,
    ) -> Vec<f64> {
        let (q, scale) = (parameters.len(), self.scale(parameters));
        let mut scores = vec![0.0; q * n_clusters];
        let mut x = vec![1.0; self.columns.len() + 1];
        for (row, &cluster) in of_row.iter().enumerate() {
            let score = &mut scores[cluster as usize * q..][..q];
            if let Some((row, value)) = self.row(parameters, scale, row, &mut x) {
                row.add_score(value, self.distribution.has_scale(), score);
            }
        }
        let mut squares = vec![0.0; q * q];
        for score in scores.chunks_exact(q) {
            for (j, a) in score.iter().enumerate() {
                for (entry, b) in squares[j * q..].iter_mut().zip(score) {
                    *entry += a * b;
                }
            }
        }
        squares
    }

    fn part(&self, parameters: &[f64], begin: usize) -> Option<Derivatives> {
        let scale = self.scale(parameters);
        let mut total = Derivatives::zero(parameters.len());
        let mut x = vec![1.0; self.columns.len() + 1];
        for row in begin..(begin + ROWS_PER_TASK).min(self.log_time.len()) {
            let (row, value) = self.row(parameters, scale, row, &mut x)?;
            row.add(value, self.distribution.has_scale(), &mut total);
        }
        Some(total)
    }

    /// ln σ and σ.
    fn scale(&self, parameters: &[f64]) -> [f64; 2] {
        let last = self.columns.len() + 1;
        let log_scale = if self.distribution.has_scale() { parameters[last] } else { 0.0 };
        [log_scale, exp(log_scale)]
    }

    /// A row with its log-likelihood and the derivatives of that in the residual; `x` is room for the
    /// covariates behind a 1. `None` where the residual leaves its range.
    fn row<'x>(
        &self,
        parameters: &[f64],
        [log_scale, scale]: [f64; 2],
        row: usize,
        x: &'x mut [f64],
    ) -> Option<(Row<'x>, LogValue)> {
        for (x, column) in x[1..].iter_mut().zip(&self.columns) {
            *x = column.value(self.data, row);
        }
        let offset = self.data.offset.map_or(0.0, |o| o[row]);
        let location = offset + x.iter().zip(parameters).map(|(x, b)| x * b).sum::<f64>();
        let z = (self.log_time[row] - location) / scale;
        if z.is_nan() || z.abs() > LARGEST_RESIDUAL {
            return None;
        }
        let event = self.data.event[row] == 1;
        let mut value = if event {
            self.distribution.log_density(z)
        } else {
            self.distribution.log_survival(z)
        };
        if event {
            value.value -= log_scale + self.log_time[row];
        }
        Some((Row { x, z, scale, event, weight: self.data.weight(row) }, value))
    }
}

struct Row<'a> {
    x: &'a [f64],
    z: f64,
    scale: f64,
    event: bool,
    weight: f64,
}

impl Row<'_> {
    fn add(&self, value: LogValue, has_scale: bool, total: &mut Derivatives) {
        let q = total.gradient.len();
        let (w, z, scale) = (self.weight, self.z, self.scale);
        total.value += w * value.value;
        let curvature = -w * value.second / (scale * scale);
        self.add_score(value, has_scale, &mut total.gradient);
        for (j, xj) in self.x.iter().enumerate() {
            for (k, xk) in self.x[..=j].iter().enumerate() {
                total.information[j * q + k] += curvature * xj * xk;
            }
        }
        if !has_scale {
            return;
        }
        let last = (q - 1) * q;
        let mixed = -w * (value.first + z * value.second) / scale;
        for (k, xk) in self.x.iter().enumerate() {
            total.information[last + k] += mixed * xk;
        }
        total.information[last + q - 1] -= w * (z * z * value.second + z * value.first);
    }

    /// Adds the first derivatives.
    fn add_score(&self, value: LogValue, has_scale: bool, score: &mut [f64]) {
        let slope = -self.weight * value.first / self.scale;
        for (s, x) in score.iter_mut().zip(self.x) {
            *s += slope * x;
        }
        if has_scale {
            let events = f64::from(u8::from(self.event));
            score[self.x.len()] += self.weight * (-self.z * value.first - events);
        }
    }
}
