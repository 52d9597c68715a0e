//! Sums over risk sets at one point.

use seedtest_numerics::vectorized;

use super::panel::split_sets;
use super::ties::TieSums;
use crate::risk_sets::{Chunk, RiskSets};
use crate::tasks::map_tasks;

/// Sums over ties are kept when there are at most this many risk sets: computing them again takes longer
/// than reading them as long as they stay in the cache.
const MOST_SETS_KEPT: usize = 4096;

/// Sums over risk sets at one point. They need no covariates, so these can be let go before them.
pub(crate) struct Sums<'a> {
    pub(crate) sets: &'a RiskSets,
    pub(crate) efron: bool,
    /// Linear predictor of every position.
    pub(crate) eta: Vec<f64>,
    /// Weight times e^eta of every position.
    pub(crate) risk: Vec<f64>,
    /// Risk of every set.
    pub(crate) set_risk: Vec<f64>,
    /// Risk of the events of every set.
    pub(crate) event_risk: Vec<f64>,
    /// Mean weight of the events of every set; empty without weights.
    event_weight: Vec<f64>,
    /// Hazard from every set to the end of its stratum, that is, at times up to its own.
    pub(crate) hazard: Vec<f64>,
    /// Factor of the terms of every set; empty for the likelihood itself.
    multiplier: Vec<f64>,
    /// Sums over the ties of every set; empty where they are not kept.
    ties: Vec<TieSums>,
    pub(crate) starts: Vec<bool>,
}

impl<'a> Sums<'a> {
    pub(crate) fn new(sets: &'a RiskSets, weights: Option<&[f64]>, efron: bool) -> Self {
        let (n, k) = (sets.n_rows(), sets.n_sets());
        let mean_weight = |set: usize, weights: &[f64]| {
            let events = sets.events(set);
            let d = events.len() as f64;
            weights[events].iter().sum::<f64>() / d
        };
        let event_weight = weights.map(|w| (0..k).map(|set| mean_weight(set, w)).collect());
        Self {
            sets,
            efron,
            eta: vec![0.0; n],
            risk: vec![0.0; n],
            set_risk: vec![0.0; k],
            event_risk: vec![0.0; k],
            event_weight: event_weight.unwrap_or_default(),
            hazard: vec![0.0; k],
            multiplier: Vec::new(),
            ties: Vec::new(),
            starts: sets.starts(),
        }
    }

    /// Mean weight of the events of a set.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn mean_weight(&self, set: usize) -> f64 {
        self.event_weight.get(set).copied().unwrap_or(1.0)
    }

    /// Sums over the ties of a set.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn tie_sums(&self, set: usize) -> TieSums {
        self.ties.get(set).copied().unwrap_or_else(|| self.sum_ties(set))
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn sum_ties(&self, set: usize) -> TieSums {
        let weight = self.mean_weight(set) * self.multiplier.get(set).copied().unwrap_or(1.0);
        let (risk, event_risk) = (self.set_risk[set], self.event_risk[set]);
        TieSums::new(self.efron, risk, event_risk, self.sets.n_events[set], weight)
    }

    /// Sums the risk of joining rows to the risk of the sets.
    pub(crate) fn carry_risk(&mut self) {
        let mut total = 0.0;
        for set in 0..self.sets.n_sets() {
            if self.starts[set] {
                total = 0.0;
            }
            total += self.set_risk[set];
            // With exits the difference can fall below the risk of the events by rounding.
            self.set_risk[set] = f64::max(total, self.event_risk[set]);
        }
        self.keep_ties();
    }

    /// Puts a factor to the terms of every set; an empty one takes it away.
    pub(crate) fn multiply(&mut self, factors: Vec<f64>) {
        self.multiplier = factors;
        self.keep_ties();
    }

    fn keep_ties(&mut self) {
        let n_sets = self.sets.n_sets();
        if n_sets > MOST_SETS_KEPT {
            return;
        }
        let mut ties = std::mem::take(&mut self.ties);
        ties.clear();
        vectorized(|| ties.extend((0..n_sets).map(|set| self.sum_ties(set))));
        self.ties = ties;
    }

    /// Sums the hazard backward over the sets of every stratum.
    pub(crate) fn carry_hazard(&mut self) {
        let mut hazard = std::mem::take(&mut self.hazard);
        let parts = split_sets(&mut hazard, &self.sets.chunks);
        map_tasks(parts.into_iter().zip(&self.sets.chunks), |(part, chunk)| {
            vectorized(|| {
                for (h, set) in part.iter_mut().zip(chunk.sets.clone()) {
                    *h = self.tie_sums(set).hazard[0];
                }
            });
        });
        let mut total = 0.0;
        for set in (0..hazard.len()).rev() {
            total += hazard[set];
            hazard[set] = total;
            if self.starts[set] {
                total = 0.0;
            }
        }
        self.hazard = hazard;
    }

    /// Hazard at the times of the sets from one on that a row leaves at; `None` when it stays to the end
    /// of its stratum.
    pub(crate) fn hazard_before(&self, leaves: usize) -> Option<f64> {
        let stays = leaves == self.sets.n_sets() || self.starts[leaves];
        if stays { None } else { Some(self.hazard[leaves]) }
    }

    /// Hazard the row at a position was exposed to: up to its end, without the part of the hazard of
    /// its own set that Efron's method spares events, and without what was before its start.
    fn exposure(&self, position: usize, set: usize, spared: f64) -> f64 {
        let leaves = self.sets.exits.as_ref().map(|exits| exits.leaves[position] as usize);
        let before = leaves.and_then(|leaves| self.hazard_before(leaves)).unwrap_or(0.0);
        self.hazard[set] - before - spared
    }

    /// Risk times exposure of every row of a chunk.
    pub(crate) fn exposed_risk(&self, chunk: &Chunk, ties: &[TieSums]) -> Vec<f64> {
        let start = chunk.rows.start;
        let mut exposed = self.risk[chunk.rows.clone()].to_vec();
        for (set, ties) in chunk.sets.clone().zip(ties) {
            let rows = self.sets.rows(set);
            let events = self.sets.events(set);
            if self.sets.exits.is_none() {
                let (joined, tied) = (rows.start - start..events.start - start, events);
                exposed[joined].iter_mut().for_each(|e| *e *= self.hazard[set]);
                let spared = self.hazard[set] - ties.hazard[1];
                exposed[tied.start - start..tied.end - start].iter_mut().for_each(|e| *e *= spared);
                continue;
            }
            for position in rows {
                let spared = if position >= events.start { ties.hazard[1] } else { 0.0 };
                exposed[position - start] *= self.exposure(position, set, spared);
            }
        }
        exposed
    }
}
