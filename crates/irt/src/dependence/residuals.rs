//! Correlations of the residuals of pairs of items.

use crate::residual_fit::{PairSums, Q3};
use crate::result::Ability;

/// Correlations of all pairs with enough students, in a fixed order.
pub(crate) struct Correlations {
    pub(crate) pairs: Vec<Q3>,
}

impl Correlations {
    /// Q3 of every pair of the items `codes` with at least `fewest` students in common, at the EAP abilities of a
    /// calibration. `students` are those of the answers; `residual` gives the position of the item of an answer in
    /// `codes` with what is left of the answer at an ability, `None` for answers that are left out.
    pub(crate) fn of_answers(
        students: &[u32],
        (abilities, n_students): (&[Ability], usize),
        (codes, fewest): (&[u32], u32),
        residual: impl Fn(usize, f64) -> Option<(usize, f64)>,
    ) -> Self {
        let mut theta = vec![None; n_students];
        for ability in abilities {
            theta[ability.student as usize] = Some(ability.theta);
        }
        let mut sums = PairSums::new(codes.len());
        let mut row = 0;
        let mut residuals: Vec<(usize, f64)> = Vec::new();
        for rows in students.chunk_by(|a, b| a == b) {
            let range = row..row + rows.len();
            row = range.end;
            let Some(theta) = theta[rows[0] as usize] else { continue };
            residuals.clear();
            residuals.extend(range.filter_map(|r| residual(r, theta)));
            residuals.sort_by_key(|r| r.0);
            sums.add(&residuals);
        }
        Self { pairs: sums.all(codes, fewest) }
    }

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
