//! Correlations of the residuals of pairs of items.

use crate::item_parameters::ItemParameters;
use crate::residual_fit::{PairSums, Q3, residual};
use crate::responses::Responses;
use crate::result::Fit;

/// Correlations of all pairs with enough students, in a fixed order.
pub(crate) struct Correlations {
    pub(crate) pairs: Vec<Q3>,
}

impl Correlations {
    /// Mean over the pairs.
    pub(super) fn mean(&self) -> f64 {
        self.pairs.iter().map(|pair| pair.q3).sum::<f64>() / self.pairs.len() as f64
    }

    /// The correlation of a pair.
    pub(super) fn of(&self, first: u32, second: u32) -> Option<f64> {
        let at = self.pairs.binary_search_by_key(&(second, first), |p| (p.second, p.first)).ok()?;
        Some(self.pairs[at].q3)
    }
}

/// Q3 of every pair of calibrated items with at least `fewest` students in common, at the EAP
/// abilities of the calibration.
pub(super) fn residual_correlations(
    data: &Responses<'_>,
    found: &Fit,
    fewest: u32,
) -> Correlations {
    let mut place: Vec<Option<usize>> = vec![None; data.n_items];
    let mut codes = Vec::with_capacity(found.items.len());
    let mut parameters = Vec::with_capacity(found.items.len());
    for (position, item) in found.items.iter().enumerate() {
        place[item.item as usize] = Some(position);
        codes.push(item.item);
        parameters.push(ItemParameters::from(item));
    }
    let mut theta = vec![None; data.n_students];
    for ability in &found.abilities {
        theta[ability.student as usize] = Some(ability.theta);
    }
    let mut sums = PairSums::new(codes.len());
    let mut row = 0;
    let mut residuals: Vec<(usize, f64)> = Vec::new();
    for rows in data.student.chunk_by(|a, b| a == b) {
        let range = row..row + rows.len();
        row = range.end;
        let Some(theta) = theta[rows[0] as usize] else { continue };
        residuals.clear();
        residuals.extend(range.filter_map(|r| {
            let position = place[data.item[r] as usize]?;
            Some((position, residual(&parameters[position], data.correct[r] == 1, theta)))
        }));
        residuals.sort_by_key(|r| r.0);
        sums.add(&residuals);
    }
    Correlations { pairs: sums.all(&codes, fewest) }
}
