//! Baseline hazards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::panel::Panel;
use super::score::Scores;
use super::sums::Sums;
use crate::data::Data;
use crate::risk_sets::RiskSets;
use crate::tasks::map_columns;

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
    /// Part of the variance of the cumulative hazard that is not due to the coefficients; empty in a
    /// fit without bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) variance: Vec<f64>,
    /// ∫ (mean of the standardised covariates over the risk set) dH, one column per coefficient; empty
    /// in a fit without bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) hazard_means: Vec<Vec<f64>>,
}

impl Baseline {
    /// Index of the last jump at or before a time; `None` before the first.
    pub(crate) fn index(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|t| *t <= time).checked_sub(1)
    }

    /// The hazard alone: a few columns fewer to store.
    pub(crate) fn without_bounds(&self) -> Self {
        Self {
            stratum: self.stratum,
            time: self.time.clone(),
            hazard: self.hazard.clone(),
            last: self.last,
            variance: Vec::new(),
            hazard_means: Vec::new(),
        }
    }

    /// Cumulative hazard at the means of the covariates.
    pub fn hazard_at(&self, time: f64) -> f64 {
        self.index(time).map_or(0.0, |k| self.hazard[k])
    }
}

/// Baselines of all strata at the point where the sums stand. Covariates are let go as soon as their part
/// is there: with distinct times the parts are as large as the columns.
pub(crate) fn baselines(
    data: &Data<'_>,
    sums: &Sums<'_>,
    scores: &Scores<'_, '_>,
    mut panel: Panel,
) -> Vec<Baseline> {
    let sets = sums.sets;
    let last = last(data);
    let mut columns: Vec<Vec<Vec<f64>>> = Vec::with_capacity(panel.p);
    while panel.p > 0 {
        let begin = panel.p.saturating_sub(rayon::current_num_threads());
        columns.extend(map_columns((begin..panel.p).rev(), sets.n_rows(), |j| {
            by_stratum(scores.hazard_means(panel.column(j)), sets)
        }));
        panel.truncate(begin);
    }
    columns.reverse();
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
                hazard: increasing().map(|set| sums.hazard[set]).collect(),
                variance: increasing().map(summed).collect(),
                hazard_means: columns.iter_mut().map(|c| std::mem::take(&mut c[at])).collect(),
            }
        })
        .collect()
}

/// The values of every stratum in the order of increasing times.
fn by_stratum(mut values: Vec<f64>, sets: &RiskSets) -> Vec<Vec<f64>> {
    if sets.strata.len() == 1 {
        values.reverse();
        return vec![values];
    }
    sets.strata.iter().map(|s| values[s.clone()].iter().rev().copied().collect()).collect()
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
