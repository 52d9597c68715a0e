//! Standard errors of the parameters of one item.

use serde::{Deserialize, Serialize};

use super::covariance::{Covariance, ParameterKind};
use super::curves::{CategoryCurves, Form};

/// Standard errors of the parameters of one item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemErrors {
    /// Of the slopes: one, or of nominal categories one a category from the second on. Empty where the slope is
    /// given by the model.
    pub slopes: Vec<f64>,
    /// Of the intercepts.
    pub intercepts: Vec<f64>,
    /// Of the difficulties; empty of nominal categories.
    pub difficulties: Vec<f64>,
    /// Of the guessing probability, where it was estimated.
    pub guessing: Option<f64>,
    /// Covariance of the slopes, intercepts and guessing probability that were estimated, in this order: rows of
    /// the lower triangle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariance: Vec<Vec<f64>>,
}

impl ItemErrors {
    /// From the covariance of a calibration, for an item with these curves; difficulties by the delta method.
    pub fn new(covariance: &Covariance, item: u32, curves: &CategoryCurves) -> Self {
        let rows = covariance.rows_of_item(item);
        let of_kind = |kind: ParameterKind| -> Vec<usize> {
            rows.clone().filter(|row| covariance.parameters[*row].kind == kind).collect()
        };
        let error = |row: &usize| covariance.get(*row, *row).max(0.0).sqrt();
        let (a, d) = (of_kind(ParameterKind::A), of_kind(ParameterKind::D));
        Self {
            slopes: a.iter().map(error).collect(),
            intercepts: d.iter().map(error).collect(),
            difficulties: difficulty_errors(covariance, curves, a.first().copied(), &d),
            guessing: of_kind(ParameterKind::C).first().map(error),
            covariance: rows
                .clone()
                .map(|i| (rows.start..=i).map(|j| covariance.get(i, j)).collect())
                .collect(),
        }
    }

    /// What is wrong with the covariance, if there is one.
    pub fn fault(&self) -> Option<String> {
        let n = self.slopes.len() + self.intercepts.len() + usize::from(self.guessing.is_some());
        if self.covariance.is_empty() {
            return None;
        }
        if self.covariance.len() != n {
            return Some(format!("a covariance of {} rows for {n} errors", self.covariance.len()));
        }
        let whole = |(i, row): (usize, &Vec<f64>)| {
            row.len() == i + 1 && row[i] >= 0.0 && row.iter().all(|x| x.is_finite())
        };
        let fault = self.covariance.iter().enumerate().position(|row| !whole(row));
        fault.map(|row| format!("row {} of the covariance is none of a lower triangle", row + 1))
    }
}

/// b = −(d_k − d_{k−1})/a of partial credit, −d_k/a of others.
fn difficulty_errors(
    covariance: &Covariance,
    curves: &CategoryCurves,
    slope: Option<usize>,
    d: &[usize],
) -> Vec<f64> {
    let Some(a) = curves.slope() else { return Vec::new() };
    let steps = matches!(curves.form(), Form::Adjacent | Form::Rating);
    let of_step = |(k, b): (usize, &f64)| {
        let mut by: Vec<(usize, f64)> = vec![(*d.get(k)?, -1.0 / a)];
        by.extend((steps && k > 0).then(|| (d[k - 1], 1.0 / a)));
        by.extend(slope.map(|slope| (slope, -b / a)));
        let pairs = by.iter().flat_map(|x| by.iter().map(move |y| (x, y)));
        let variance: f64 = pairs.map(|(x, y)| x.1 * y.1 * covariance.get(x.0, y.0)).sum();
        Some(variance.max(0.0).sqrt())
    };
    curves.difficulties().iter().enumerate().filter_map(of_step).collect()
}
