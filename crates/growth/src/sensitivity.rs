//! How much the posterior owes to its priors.

use seedtest_numerics::{Sensitivity, ln, mean_ess, power_scaling_sensitivity};

use crate::draws::{Draw, Parameter};
use crate::family::{Effects, Family};
use crate::fit::Fit;
use crate::joint::{LEAST_DF, ln_prior_of_df};
use crate::prior::PriorSet;

/// How a parameter answers to a stronger or weaker prior and to a stronger or weaker likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSensitivity {
    /// The parameter.
    pub parameter: Parameter,
    /// To all priors of the population's parameters together.
    pub prior: Sensitivity,
    /// To the likelihood.
    pub likelihood: Sensitivity,
}

impl ParameterSensitivity {
    /// Distance past which a component matters (Kallioinen et al. 2024, section 3).
    pub const THRESHOLD: f64 = 0.05;

    /// What the two distances mean together; `None` when the prior does not matter.
    pub fn remark(&self) -> Option<&'static str> {
        if self.prior.distance < Self::THRESHOLD {
            None
        } else if self.likelihood.distance < Self::THRESHOLD {
            Some("the prior carries this parameter: the data say little about it")
        } else {
            Some("prior and data pull this parameter apart: look at the prior")
        }
    }
}

impl Fit {
    /// Power-scaling sensitivity of every parameter (Kallioinen, Paananen, Bürkner, Vehtari 2024).
    /// Empty without draws.
    pub fn sensitivity(&self) -> Vec<ParameterSensitivity> {
        let draws = self.draws();
        if draws.is_empty() {
            return Vec::new();
        }
        let inside = self.inside().concat();
        let priors = self.priors.in_units(&self.units);
        let prior: Vec<f64> = inside.iter().map(|draw| self.ln_prior(&priors, draw)).collect();
        let likelihood: Vec<f64> = inside
            .iter()
            .zip(&prior)
            .map(|(draw, prior)| draw.ln_posterior - prior - self.ln_jacobian(draw))
            .collect();
        let parameters: Vec<Parameter> = self.parameters.iter().map(|p| p.parameter).collect();
        let values: Vec<Vec<f64>> = parameters
            .iter()
            .map(|parameter| draws.iter().map(|draw| parameter.of_draw(draw)).collect())
            .collect();
        let quantities: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let efficiency = self.efficiency();
        let to_prior = power_scaling_sensitivity(&prior, &quantities, efficiency);
        let to_likelihood = power_scaling_sensitivity(&likelihood, &quantities, efficiency);
        let joined = parameters.into_iter().zip(to_prior).zip(to_likelihood);
        joined
            .map(|((parameter, prior), likelihood)| ParameterSensitivity {
                parameter,
                prior,
                likelihood,
            })
            .collect()
    }

    /// Effective over actual number of draws of the log-posterior.
    fn efficiency(&self) -> f64 {
        let of_chain = |chain: &Vec<Draw>| chain.iter().map(|draw| draw.ln_posterior).collect();
        let values: Vec<Vec<f64>> = self.chains.iter().map(of_chain).collect();
        let chains: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let draws = values.iter().map(Vec::len).sum::<usize>() as f64;
        mean_ess(&chains).map_or(1.0, |ess| (ess / draws).min(1.0))
    }

    /// Log-density of the priors in the parameters they are written for, all in the units of the
    /// sampler.
    fn ln_prior(&self, priors: &PriorSet, draw: &Draw) -> f64 {
        let effects = self.spec.effects;
        let mut total = priors.intercept.ln_density(draw.intercept_centred).0
            + priors.week.ln_density(draw.week).0
            + priors.sd_intercept.ln_density(draw.sd_intercept).0;
        if effects.has_slope() {
            total += priors.sd_week.ln_density(draw.sd_week).0;
        }
        if effects == Effects::Correlated {
            total += (priors.lkj - 1.0) * ln(1.0 - draw.cor * draw.cor);
        }
        if self.spec.family.has_sigma() {
            total += priors.sigma.ln_density(draw.sigma).0;
        }
        total + draw.df.map_or(0.0, |df| ln_prior_of_df(df).0)
    }

    /// Log-Jacobian of the unconstrained scale, see `layout`.
    fn ln_jacobian(&self, draw: &Draw) -> f64 {
        let effects = self.spec.effects;
        let mut total = ln(draw.sd_intercept);
        if effects.has_slope() {
            total += ln(draw.sd_week);
        }
        if effects == Effects::Correlated {
            total += ln(1.0 - draw.cor * draw.cor);
        }
        if self.spec.family.has_sigma() {
            total += ln(draw.sigma);
        }
        match self.spec.family {
            Family::Student => total + draw.df.map_or(0.0, |df| ln(df - LEAST_DF)),
            _ => total,
        }
    }
}
