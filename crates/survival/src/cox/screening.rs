//! What can be said about covariates before the fit.

use std::collections::BinaryHeap;

use seedtest_numerics::{Cholesky, Derivatives};

use super::panel::Panel;
use crate::data::Data;
use crate::radix::number_key;
use crate::risk_sets::RiskSets;
use crate::standard::{Moments, Standard, StandardColumn};
use crate::tasks::map_columns;
use crate::warning::Warning;

/// Standard deviations outside this range get a warning.
const READABLE: std::ops::Range<f64> = 1e-4..1e5;
/// Means this many standard deviations away from zero leave too few digits.
const FAR_MEAN: f64 = 1e8;
/// Information per event below which a standardised covariate says nothing.
const NO_INFORMATION: f64 = 1e-12;
const EVENTS_PER_COVARIATE: usize = 10;

/// Covariates that vary at all, with warnings about the others and about scales.
pub(crate) fn varying(data: &Data<'_>, moments: &[Moments]) -> (Standard, Vec<Warning>) {
    let mut standard = Standard::default();
    let mut warnings = Vec::new();
    for (index, &Moments { mean, sd, constant }) in moments.iter().enumerate() {
        let covariate = data.covariates[index].name.to_owned();
        if constant {
            warnings.push(Warning::Constant { covariate });
            continue;
        }
        if mean.abs() > FAR_MEAN * sd {
            warnings.push(Warning::LargeMean { covariate, mean, sd });
        } else if !READABLE.contains(&sd) {
            warnings.push(Warning::Scale { covariate, sd });
        }
        standard.columns.push(StandardColumn { index, mean, sd });
    }
    (standard, warnings)
}

/// Positions of the covariates that carry information of their own, judged by the information at
/// β = 0, with warnings about the others.
pub(crate) fn informative(
    data: &Data<'_>,
    standard: &Standard,
    at_zero: &Derivatives,
    n_events: usize,
) -> (Vec<usize>, Vec<Warning>) {
    let p = standard.columns.len();
    let name = |j: usize| data.covariates[standard.columns[j].index].name.to_owned();
    let entry = |j: usize, k: usize| at_zero.information[j.max(k) * p + j.min(k)];
    let says_nothing = |j: &usize| entry(*j, *j) <= NO_INFORMATION * n_events as f64;
    let (silent, rest): (Vec<usize>, Vec<usize>) = (0..p).partition(says_nothing);
    let mut warnings: Vec<Warning> =
        silent.into_iter().map(|j| Warning::NoInformation { covariate: name(j) }).collect();
    let factor = Cholesky::new(submatrix(&at_zero.information, p, &rest), rest.len());
    let dropped = factor.dropped();
    for &d in dropped {
        // The combination that reproduces the column solves the normal equations.
        let mut combination: Vec<f64> = rest.iter().map(|&k| entry(rest[d], k)).collect();
        factor.solve(&mut combination);
        let sd = |j: usize| standard.columns[j].sd;
        let in_units = rest.iter().zip(&combination).map(|(&k, c)| (k, c * sd(rest[d]) / sd(k)));
        let visible = in_units.filter(|(k, c)| (c * sd(*k) / sd(rest[d])).abs() > 1e-6);
        warnings.push(Warning::Collinear {
            covariate: name(rest[d]),
            combination: visible.map(|(k, c)| (name(k), c)).collect(),
        });
    }
    let kept = rest.iter().enumerate().filter(|(i, _)| !dropped.contains(i));
    (kept.map(|(_, &j)| j).collect(), warnings)
}

/// Rows and columns `kept` of the lower triangle of a p × p matrix.
pub(crate) fn submatrix(matrix: &[f64], p: usize, kept: &[usize]) -> Vec<f64> {
    let q = kept.len();
    let mut out = vec![0.0; q * q];
    for (a, &j) in kept.iter().enumerate() {
        for (b, &k) in kept[..=a].iter().enumerate() {
            out[a * q + b] = matrix[j.max(k) * p + j.min(k)];
        }
    }
    out
}

/// Whether the event is 1{time ≥ k}: every event is later than every censoring.
pub(crate) fn degenerate_event(data: &Data<'_>) -> Option<Warning> {
    let (mut first_event, mut last_censoring) = (f64::INFINITY, f64::NEG_INFINITY);
    for (&time, &event) in data.stop.iter().zip(data.event) {
        if event == 1 {
            first_event = first_event.min(time);
        } else {
            last_censoring = last_censoring.max(time);
        }
        // Nearly always seen after a few rows.
        if first_event <= last_censoring {
            return None;
        }
    }
    let degenerate = last_censoring > f64::NEG_INFINITY && first_event > last_censoring;
    degenerate.then_some(Warning::DegenerateEventDefinition { last_censoring, first_event })
}

/// Warnings about the numbers of events and rows.
pub(crate) fn sizes(data: &Data<'_>, covariates: usize, sets: &RiskSets) -> Vec<Warning> {
    let events = data.n_events();
    let few = events < EVENTS_PER_COVARIATE * covariates;
    let few = few.then_some(Warning::FewEvents { events, covariates });
    let all = (events == data.n()).then_some(Warning::NoCensoring);
    let never = sets.never.len();
    let never = (never > 0).then_some(Warning::NeverAtRisk { rows: never });
    few.into_iter().chain(all).chain(never).collect()
}

/// Covariates by which the likelihood has no maximum: every event has the largest value of all rows
/// at risk with it, or every event the smallest.
pub(crate) fn separating(panel: &Panel, sets: &RiskSets) -> Vec<usize> {
    let separates =
        |&j: &usize| always_extreme(panel, sets, j, 1.0) || always_extreme(panel, sets, j, -1.0);
    let found = map_columns(0..panel.p, sets.n_rows(), |j| separates(&j).then_some(j));
    found.into_iter().flatten().collect()
}

/// Whether `sign` times covariate j of every event is the largest among the rows at risk.
fn always_extreme(panel: &Panel, sets: &RiskSets, j: usize, sign: f64) -> bool {
    // Rows at risk by value; rows that have left are dropped when they come to the top.
    let mut at_risk: BinaryHeap<(u64, u32)> = BinaryHeap::new();
    let mut largest = f64::NEG_INFINITY;
    let starts = sets.starts();
    let column = panel.column(j);
    let value = |i: usize| sign * column[i];
    for chunk in &sets.chunks {
        for set in chunk.sets.clone() {
            if starts[set] {
                at_risk.clear();
                largest = f64::NEG_INFINITY;
            }
            if let Some(exits) = &sets.exits {
                at_risk.extend(sets.rows(set).map(|i| (number_key(value(i)), i as u32)));
                while at_risk.peek().is_some_and(|(_, i)| exits.leaves[*i as usize] as usize <= set)
                {
                    at_risk.pop();
                }
                let top = at_risk.peek().map_or(0, |(key, _)| *key);
                if sets.events(set).any(|i| number_key(value(i)) < top) {
                    return false;
                }
                continue;
            }
            largest = sets.rows(set).map(value).fold(largest, f64::max);
            if sets.events(set).any(|i| value(i) < largest) {
                return false;
            }
        }
    }
    true
}
