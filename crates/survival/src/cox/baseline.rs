use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::partial::Partial;
use super::score::Scores;
use crate::data::Data;

/// Cumulative baseline hazard of one stratum, at the means of the covariates: a step function that
/// jumps at the times of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Code of the stratum (0 without strata).
    pub stratum: u32,
    /// Times of events, increasing.
    pub time: Vec<f64>,
    /// Cumulative hazard at and after every time, for a row at the means with offset 0 (Breslow's
    /// estimator, with Efron's sums where ties are treated by Efron).
    pub hazard: Vec<f64>,
    /// End of the longest observation: nothing is known after it.
    pub last: f64,
    /// Part of the variance of the cumulative hazard that is not due to the coefficients.
    pub(crate) variance: Vec<f64>,
    /// ∫ (mean of the standardised covariates over the risk set) dH, one column per coefficient.
    pub(crate) hazard_means: Vec<Vec<f64>>,
}

impl Baseline {
    /// Index of the last jump at or before a time; `None` before the first.
    pub(crate) fn index(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|t| *t <= time).checked_sub(1)
    }

    /// Cumulative hazard at the means of the covariates.
    pub fn hazard_at(&self, time: f64) -> f64 {
        self.index(time).map_or(0.0, |k| self.hazard[k])
    }
}

/// Baselines of all strata at the point where the likelihood stands.
pub(crate) fn baselines(
    data: &Data<'_>,
    partial: &Partial<'_>,
    scores: &Scores<'_, '_>,
) -> Vec<Baseline> {
    let sets = partial.sets;
    let last = last(data);
    // One column of every stratum after the other, so that no second copy of all of them is made.
    let mut columns: Vec<Vec<Vec<f64>>> = (0..partial.panel.p)
        .into_par_iter()
        .map(|j| {
            let means = scores.hazard_means(j);
            sets.strata.iter().map(|s| means[s.clone()].iter().rev().copied().collect()).collect()
        })
        .collect();
    let strata = sets.strata.iter().zip(&sets.stratum_codes).enumerate();
    strata
        .map(|(at, (stratum, &code))| {
            let increasing = || stratum.clone().rev();
            let mut variance = 0.0;
            let summed = |set: usize| {
                variance += scores.ties(set).square[0];
                variance
            };
            Baseline {
                stratum: code,
                last: last.get(&code).copied().unwrap_or(0.0),
                time: increasing().map(|set| sets.time[set]).collect(),
                hazard: increasing().map(|set| partial.hazard[set]).collect(),
                variance: increasing().map(summed).collect(),
                hazard_means: columns.iter_mut().map(|c| std::mem::take(&mut c[at])).collect(),
            }
        })
        .collect()
}

/// End of the longest observation of every stratum.
fn last(data: &Data<'_>) -> BTreeMap<u32, f64> {
    let Some(strata) = data.strata else {
        return BTreeMap::from([(0, data.stop.iter().copied().fold(0.0, f64::max))]);
    };
    let mut last = BTreeMap::new();
    for (&code, &stop) in strata.iter().zip(data.stop) {
        let longest = last.entry(code).or_insert(stop);
        *longest = stop.max(*longest);
    }
    last
}
