//! What the answers so far say of the ability.

use seedtest_numerics::{exp, square};
use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::next::Answered;
use crate::polytomous::{CategoryCurves, estimate_ability};
use crate::priors::Normal;
use crate::score::{ScoreMethod, ScoreSpec};

/// The ability after the answers so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate that items are picked at.
    pub theta: f64,
    /// Its standard error; `None` where the method has none yet, as maximum likelihood after only right answers.
    pub se: Option<f64>,
    /// Whether the estimate is the posterior mean because the method asked for has no value.
    pub fallback: bool,
    /// Fisher information of the items given, at the estimate.
    pub information: f64,
}

/// Normalised weights over the nodes of a bank.
#[derive(Debug, Clone)]
pub(super) struct Posterior {
    pub(super) weights: Vec<f64>,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Posterior {
    /// From a prior and answers. Where curves of absurd size leave nothing of a likelihood, the prior.
    pub(super) fn new(bank: &Bank, answers: &[(u32, usize)], prior: Normal) -> Self {
        let density = |node: &f64| -0.5 * square((node - prior.mean) / prior.sd);
        let of_prior: Vec<f64> = bank.nodes.iter().map(density).collect();
        let mut logs = of_prior.clone();
        for &(item, category) in answers {
            for (log, own) in logs.iter_mut().zip(bank.log_p(item, category)) {
                *log += own;
            }
        }
        let usable = |logs: &[f64]| {
            logs.iter().all(|log| !log.is_nan()) && logs.iter().any(|log| log.is_finite())
        };
        let logs = if usable(&logs) { logs } else { of_prior };
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut weights: Vec<f64> = logs.iter().map(|log| exp(log - largest)).collect();
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        let mean = weights.iter().zip(&bank.nodes).map(|(w, x)| w * x).sum::<f64>();
        let variance = weights.iter().zip(&bank.nodes).map(|(w, x)| w * square(x - mean)).sum();
        Self { weights, mean, variance }
    }

    /// Probability of an ability above a cut: whole nodes, and the part of the one that the cut goes through.
    pub(super) fn above(&self, bank: &Bank, cut: f64) -> f64 {
        let half = 0.5 * (bank.nodes[1] - bank.nodes[0]);
        let part = |node: f64| ((node + half - cut) / (2.0 * half)).clamp(0.0, 1.0);
        self.weights.iter().zip(&bank.nodes).map(|(w, node)| w * part(*node)).sum()
    }
}

/// The estimate by a method, from the answers so far.
pub(super) fn estimate(
    bank: &Bank,
    history: &[Answered],
    answers: &[(u32, usize)],
    (prior, method): (Normal, ScoreMethod),
    posterior: &Posterior,
) -> Estimate {
    let own = if method == ScoreMethod::Eap || answers.is_empty() {
        None
    } else {
        let curves = |(item, category): &(u32, usize)| -> (&CategoryCurves, usize) {
            (&bank.items[*item as usize].curves, *category)
        };
        let answers: Vec<(&CategoryCurves, usize)> = answers.iter().map(curves).collect();
        let spec = ScoreSpec { method, ..ScoreSpec::default() };
        Some(estimate_ability(&answers, prior, &spec))
    };
    let (theta, se, fallback) = match own {
        None => (posterior.mean, Some(posterior.variance.sqrt()), false),
        Some(Ok((theta, se))) => (theta, Some(se), false),
        Some(Err(_)) => (posterior.mean, None, true),
    };
    // A sum of nothing is -0 otherwise.
    let information = history.iter().fold(0.0, |sum, of| sum + bank.information(of.item, theta));
    Estimate { theta, se, fallback, information }
}
