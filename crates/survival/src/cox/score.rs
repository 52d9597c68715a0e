use std::ops::Range;

use rayon::prelude::*;

use super::partial::Partial;
use super::ties::TieSums;
use crate::simd::{dot, vectorized};

/// Sums are stored when sets have at least this many rows on average.
const ROWS_PER_STORED_SET: usize = 8;

/// Score residuals, the contribution of every row to the gradient (Therneau & Grambsch 2000, ch. 4
/// and 7), column by column in standardised units.
pub(crate) struct Scores<'a, 'b> {
    partial: &'b Partial<'a>,
    /// Sums of every set; empty when there are so many sets that they are cheaper to compute again.
    stored: Vec<TieSums>,
}

/// What one covariate is expected to be in every risk set.
struct SetMeans {
    /// Mean over the risk set, averaged over the ties.
    mean: Vec<f64>,
    /// Hazard times mean from every set to the end of its stratum.
    carried: Vec<f64>,
    /// The part of it that Efron's method spares the events of the set.
    spared: Vec<f64>,
}

impl<'a, 'b> Scores<'a, 'b> {
    /// The partial likelihood must stand at its maximum, with the hazards carried.
    pub(crate) fn new(partial: &'b Partial<'a>) -> Self {
        let sets = partial.sets;
        let few = sets.n_sets() * ROWS_PER_STORED_SET <= sets.n_rows();
        let kept = if few { sets.n_sets() } else { 0 };
        let stored = (0..kept).into_par_iter().map(|set| vectorized(|| partial.tie_sums(set)));
        Self { partial, stored: stored.collect() }
    }

    /// Mean of covariate `j` in every risk set.
    pub(crate) fn means(&self, j: usize) -> Vec<f64> {
        self.set_means(j).mean
    }

    /// ∫ mean of covariate `j` dH up to every set of its stratum.
    pub(crate) fn hazard_means(&self, j: usize) -> Vec<f64> {
        self.set_means(j).carried
    }

    /// Sums over the ties of a set.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn ties(&self, set: usize) -> TieSums {
        self.stored.get(set).copied().unwrap_or_else(|| self.partial.tie_sums(set))
    }

    fn set_means(&self, j: usize) -> SetMeans {
        vectorized(|| self.walk(j))
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn walk(&self, j: usize) -> SetMeans {
        let (partial, sets) = (self.partial, self.partial.sets);
        let n_sets = sets.n_sets();
        let starts = sets.starts();
        let mut mean = vec![0.0; n_sets];
        let mut carried = vec![0.0; n_sets];
        let mut spared = vec![0.0; if partial.efron { n_sets } else { 0 }];
        let mut moment = 0.0;
        let whole = partial.panel.column(j);
        for chunk in &sets.chunks {
            let column = &whole[chunk.rows.clone()];
            let start = chunk.rows.start;
            for set in chunk.sets.clone() {
                if starts[set] {
                    moment = 0.0;
                }
                let rows = sets.rows(set);
                let x = &column[rows.start - start..rows.end - start];
                moment += dot(&partial.risk[rows], x);
                for &i in sets.leaving(set) {
                    moment -= partial.risk[i as usize] * whole[i as usize];
                }
                let events = sets.events(set);
                let d = events.len() as f64;
                let ties = self.ties(set);
                if ties.hazard[1] == 0.0 {
                    mean[set] = moment / partial.set_risk[set];
                    carried[set] = ties.square[0] * moment;
                    continue;
                }
                let x = &column[events.start - start..events.end - start];
                let tied = dot(&partial.risk[events], x);
                let weight = partial.mean_weight(set);
                mean[set] = (ties.hazard[0] * moment - ties.hazard[1] * tied) / (d * weight);
                carried[set] = ties.square[0] * moment - ties.square[1] * tied;
                spared[set] = ties.square[1] * moment - ties.square[2] * tied;
            }
        }
        let mut total = 0.0;
        for set in (0..n_sets).rev() {
            total += carried[set];
            carried[set] = total;
            if starts[set] {
                total = 0.0;
            }
        }
        SetMeans { mean, carried, spared }
    }

    /// Score residuals of covariate `j` at every position.
    pub(crate) fn column(&self, j: usize) -> Vec<f64> {
        vectorized(|| self.residuals(j))
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn residuals(&self, j: usize) -> Vec<f64> {
        let (partial, sets) = (self.partial, self.partial.sets);
        let means = self.set_means(j);
        let column = partial.panel.column(j);
        let mut residuals = vec![0.0; sets.n_rows()];
        for set in 0..sets.n_sets() {
            let events = sets.events(set);
            let joined = sets.rows(set).start..events.start;
            let spared = means.spared.get(set).copied().unwrap_or(0.0);
            let (hazard, mean) = (partial.hazard[set], means.carried[set]);
            expected(&mut residuals, column, &partial.risk, joined, hazard, mean);
            let hazard = hazard - self.ties(set).hazard[1];
            expected(&mut residuals, column, &partial.risk, events.clone(), hazard, mean - spared);
            for i in events {
                residuals[i] += partial.panel.weight(i) * (column[i] - means.mean[set]);
            }
        }
        if let Some(exits) = &sets.exits {
            // What was taken for the time before the rows started is given back.
            for (i, &leaves) in exits.leaves.iter().enumerate() {
                if let Some(before) = partial.hazard_before(leaves as usize) {
                    let mean = means.carried[leaves as usize];
                    residuals[i] += partial.risk[i] * (column[i] * before - mean);
                }
            }
        }
        residuals
    }
}

/// Minus what the rows were expected to contribute under a hazard and its integral times the mean.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn expected(
    residuals: &mut [f64],
    column: &[f64],
    risk: &[f64],
    rows: Range<usize>,
    hazard: f64,
    mean: f64,
) {
    let columns = column[rows.clone()].iter().zip(&risk[rows.clone()]);
    for (out, (x, risk)) in residuals[rows].iter_mut().zip(columns) {
        *out = -risk * (x * hazard - mean);
    }
}
