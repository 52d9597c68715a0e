//! Score residuals.

use std::ops::Range;

use seedtest_numerics::vectorized;

use super::panel::Panel;
use super::sums::Sums;
use super::ties::TieSums;
use crate::simd::dot;
use crate::tasks::map_tasks;

/// Risk sets whose sums are work enough for a task.
const SETS_PER_TASK: usize = 512;
/// Sums are stored when sets have at least this many rows on average.
const ROWS_PER_STORED_SET: usize = 8;

/// Score residuals, the contribution of every row to the gradient (Therneau & Grambsch 2000, ch. 4
/// and 7), column by column in standardised units.
pub(crate) struct Scores<'a, 'b> {
    sums: &'b Sums<'a>,
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

/// The same in one risk set, with the hazard times mean of this set alone.
struct SetMean {
    mean: f64,
    increment: f64,
    spared: f64,
}

impl<'a, 'b> Scores<'a, 'b> {
    /// The sums must stand at the maximum, with the hazards carried.
    pub(crate) fn new(sums: &'b Sums<'a>) -> Self {
        let sets = sums.sets;
        let few = sets.n_sets() * ROWS_PER_STORED_SET <= sets.n_rows();
        let kept = if few { sets.n_sets() } else { 0 };
        let stored = map_tasks((0..kept).step_by(SETS_PER_TASK), |begin| {
            let sets = begin..(begin + SETS_PER_TASK).min(kept);
            vectorized(|| sets.map(|set| sums.tie_sums(set)).collect::<Vec<_>>())
        });
        Self { sums, stored: stored.concat() }
    }

    /// Mean of a covariate in every risk set.
    pub(crate) fn means(&self, column: &[f64]) -> Vec<f64> {
        let mut means = vec![0.0; self.sums.sets.n_sets()];
        vectorized(|| self.walk(column, |set, of_set| means[set] = of_set.mean));
        means
    }

    /// ∫ mean of a covariate dH up to every set of its stratum.
    pub(crate) fn hazard_means(&self, column: &[f64]) -> Vec<f64> {
        let mut carried = vec![0.0; self.sums.sets.n_sets()];
        vectorized(|| self.walk(column, |set, of_set| carried[set] = of_set.increment));
        self.carry(&mut carried);
        carried
    }

    /// Sums over the ties of a set.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn ties(&self, set: usize) -> TieSums {
        self.stored.get(set).copied().unwrap_or_else(|| self.sums.tie_sums(set))
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn set_means(&self, column: &[f64]) -> SetMeans {
        let n_sets = self.sums.sets.n_sets();
        let empty = || vec![0.0; n_sets];
        let mut means = SetMeans { mean: empty(), carried: empty(), spared: empty() };
        self.walk(column, |set, of_set| {
            means.mean[set] = of_set.mean;
            means.carried[set] = of_set.increment;
            means.spared[set] = of_set.spared;
        });
        self.carry(&mut means.carried);
        means
    }

    /// Sums increments backward over the sets of every stratum.
    fn carry(&self, increments: &mut [f64]) {
        let mut total = 0.0;
        for set in (0..increments.len()).rev() {
            total += increments[set];
            increments[set] = total;
            if self.sums.starts[set] {
                total = 0.0;
            }
        }
    }

    /// Runs Σ risk·x of a covariate over the risk sets.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn walk(&self, whole: &[f64], mut of_set: impl FnMut(usize, SetMean)) {
        let (sums, sets) = (self.sums, self.sums.sets);
        let mut moment = 0.0;
        for chunk in &sets.chunks {
            let column = &whole[chunk.rows.clone()];
            let start = chunk.rows.start;
            for set in chunk.sets.clone() {
                if sums.starts[set] {
                    moment = 0.0;
                }
                let rows = sets.rows(set);
                let x = &column[rows.start - start..rows.end - start];
                moment += dot(&sums.risk[rows], x);
                for &i in sets.leaving(set) {
                    moment -= sums.risk[i as usize] * whole[i as usize];
                }
                let events = sets.events(set);
                let d = events.len() as f64;
                let ties = self.ties(set);
                if ties.hazard[1] == 0.0 {
                    let mean = moment / sums.set_risk[set];
                    let increment = ties.square[0] * moment;
                    of_set(set, SetMean { mean, increment, spared: 0.0 });
                    continue;
                }
                let x = &column[events.start - start..events.end - start];
                let tied = dot(&sums.risk[events], x);
                let weight = sums.mean_weight(set);
                of_set(
                    set,
                    SetMean {
                        mean: (ties.hazard[0] * moment - ties.hazard[1] * tied) / (d * weight),
                        increment: ties.square[0] * moment - ties.square[1] * tied,
                        spared: ties.square[1] * moment - ties.square[2] * tied,
                    },
                );
            }
        }
    }

    /// Score residuals of covariate `j` at every position.
    pub(crate) fn column(&self, panel: &Panel, j: usize) -> Vec<f64> {
        vectorized(|| self.residuals(panel, j))
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn residuals(&self, panel: &Panel, j: usize) -> Vec<f64> {
        let (sums, sets) = (self.sums, self.sums.sets);
        let column = panel.column(j);
        let means = self.set_means(column);
        let mut residuals = vec![0.0; sets.n_rows()];
        for set in 0..sets.n_sets() {
            let events = sets.events(set);
            let joined = sets.rows(set).start..events.start;
            let spared = means.spared[set];
            let (hazard, mean) = (sums.hazard[set], means.carried[set]);
            expected(&mut residuals, column, &sums.risk, joined, hazard, mean);
            let hazard = hazard - self.ties(set).hazard[1];
            expected(&mut residuals, column, &sums.risk, events.clone(), hazard, mean - spared);
            for i in events {
                residuals[i] += panel.weight(i) * (column[i] - means.mean[set]);
            }
        }
        if let Some(exits) = &sets.exits {
            // What was taken for the time before the rows started is given back.
            for (i, &leaves) in exits.leaves.iter().enumerate() {
                if let Some(before) = sums.hazard_before(leaves as usize) {
                    let mean = means.carried[leaves as usize];
                    residuals[i] += sums.risk[i] * (column[i] * before - mean);
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
