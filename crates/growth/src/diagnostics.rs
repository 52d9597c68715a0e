//! How the sampling went: R̂, effective sample sizes, divergences, energy.

use seedtest_numerics::{
    bulk_ess, energy_bfmi, mcse_mean, mcse_sd, quantile, split_rhat, tail_ess,
};
use serde::{Deserialize, Serialize};

use crate::draws::{Draw, Parameter};
use crate::nuts::Chain;
use crate::spec::Spec;

/// R̂ past which the chains do not agree.
const MOST_RHAT: f64 = 1.05;
/// Bulk ESS below which means are too rough.
pub(crate) const LEAST_ESS: f64 = 400.0;
/// E-BFMI below which the energy is badly explored (Betancourt 2016).
const LEAST_BFMI: f64 = 0.3;

/// A parameter's posterior. Numbers that cannot be computed (too few draws) are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ParameterSummary {
    /// Which parameter.
    pub parameter: Parameter,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// 2.5 % quantile.
    pub q2_5: f64,
    /// Median.
    pub q50: f64,
    /// 97.5 % quantile.
    pub q97_5: f64,
    /// Rank-normalised split R̂ (Vehtari et al. 2021).
    pub rhat: Option<f64>,
    /// Bulk effective sample size.
    pub ess_bulk: Option<f64>,
    /// Tail effective sample size.
    pub ess_tail: Option<f64>,
    /// Monte Carlo standard error of the mean.
    pub mcse_mean: Option<f64>,
    /// Monte Carlo standard error of the standard deviation.
    pub mcse_sd: Option<f64>,
}

/// How the sampling went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// Largest R̂ of all parameters and the log-posterior.
    pub rhat_max: Option<f64>,
    /// Smallest bulk ESS.
    pub ess_bulk_min: Option<f64>,
    /// Smallest tail ESS.
    pub ess_tail_min: Option<f64>,
    /// Divergent transitions after warm-up.
    pub divergences: u32,
    /// Transitions that reached the greatest depth.
    pub depth_hits: u32,
    /// Smallest E-BFMI of a chain.
    pub bfmi_min: Option<f64>,
    /// Kept draws of all chains.
    pub draws: usize,
    /// Leapfrog steps of all chains, warm-up included.
    pub leapfrogs: u64,
    /// Mean step size.
    pub step_size: f64,
}

pub(crate) fn summarize(parameter: Parameter, draws: &[Vec<Draw>]) -> ParameterSummary {
    let values = values(draws, |draw| parameter.of_draw(draw));
    let chains: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let mut all = values.concat();
    all.sort_by(f64::total_cmp);
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let squares: f64 = all.iter().map(|x| (x - mean) * (x - mean)).sum();
    let at = |p| quantile(&all, p).unwrap_or(f64::NAN);
    ParameterSummary {
        parameter,
        mean,
        sd: (squares / (n - 1.0).max(1.0)).sqrt(),
        q2_5: at(0.025),
        q50: at(0.5),
        q97_5: at(0.975),
        rhat: split_rhat(&chains),
        ess_bulk: bulk_ess(&chains),
        ess_tail: tail_ess(&chains),
        mcse_mean: mcse_mean(&chains),
        mcse_sd: mcse_sd(&chains),
    }
}

pub(crate) fn diagnose(
    parameters: &[ParameterSummary],
    draws: &[Vec<Draw>],
    chains: &[Chain],
    spec: &Spec,
) -> Diagnostics {
    // Chains that agree in every parameter can still differ in how likely their draws are.
    let density = values(draws, |draw| draw.ln_posterior);
    let density: Vec<&[f64]> = density.iter().map(Vec::as_slice).collect();
    let of = |one: fn(&ParameterSummary) -> Option<f64>, density: Option<f64>| -> Vec<f64> {
        parameters.iter().map(one).chain([density]).flatten().collect()
    };
    let transitions = || chains.iter().flat_map(|chain| &chain.transitions);
    let energy = |chain: &Chain| {
        let energies: Vec<f64> = chain.transitions.iter().map(|made| made.energy).collect();
        energy_bfmi(&energies)
    };
    let count = |n: usize| n as u32;
    Diagnostics {
        rhat_max: of(|one| one.rhat, split_rhat(&density)).into_iter().reduce(f64::max),
        ess_bulk_min: of(|one| one.ess_bulk, bulk_ess(&density)).into_iter().reduce(f64::min),
        ess_tail_min: of(|one| one.ess_tail, tail_ess(&density)).into_iter().reduce(f64::min),
        divergences: count(transitions().filter(|made| made.divergent).count()),
        depth_hits: count(
            transitions().filter(|made| made.depth >= spec.sampling.max_depth).count(),
        ),
        bfmi_min: chains.iter().filter_map(energy).reduce(f64::min),
        draws: chains.iter().map(|chain| chain.ln_density.len()).sum(),
        leapfrogs: chains.iter().map(|chain| chain.leapfrogs).sum(),
        step_size: chains.iter().map(|chain| chain.step).sum::<f64>() / chains.len() as f64,
    }
}

fn values(draws: &[Vec<Draw>], of: impl Fn(&Draw) -> f64) -> Vec<Vec<f64>> {
    draws.iter().map(|chain| chain.iter().map(&of).collect()).collect()
}

impl Diagnostics {
    /// The chains agree and none diverged.
    pub(crate) fn is_reliable(&self) -> bool {
        self.divergences == 0 && self.rhat_max.is_some_and(|rhat| rhat <= MOST_RHAT)
    }

    /// Enough effective draws for means to be quoted.
    pub(crate) fn is_precise(&self) -> bool {
        self.ess_bulk_min.is_some_and(|ess| ess >= LEAST_ESS)
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(rhat) = self.rhat_max.filter(|&rhat| rhat > MOST_RHAT) {
            warnings.push(format!("R̂ is {rhat:.3}: the chains do not agree"));
        }
        if let Some(ess) = self.ess_bulk_min.filter(|&ess| ess < LEAST_ESS) {
            warnings.push(format!("the smallest bulk ESS is {ess:.0}: means are rough below 400"));
        }
        if self.rhat_max.is_none() {
            warnings.push("too few draws for R̂".to_string());
        }
        if self.divergences > 0 {
            warnings.push(format!("{} divergent transitions", self.divergences));
        }
        if let Some(bfmi) = self.bfmi_min.filter(|&bfmi| bfmi < LEAST_BFMI) {
            warnings.push(format!("E-BFMI is {bfmi:.2}: the tails are badly explored"));
        }
        if self.depth_hits > 0 {
            warnings.push(format!("{} transitions reached the greatest depth", self.depth_hits));
        }
        warnings
    }
}
