//! What to fit, and with which sampler settings.

use seedtest_numerics::DEFAULT_SEED;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::family::{Effects, Family};
use crate::prior::{Place, Prior, Priors};

/// How the posterior is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Chains, 1..=64.
    pub chains: usize,
    /// Iterations of adaptation a chain, thrown away; 0..=100 000.
    pub warmup: usize,
    /// Kept draws a chain, 1..=100 000.
    pub draws: usize,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Mean acceptance the step size aims at, 0.5..1.
    pub target_accept: f64,
    /// Doublings of a trajectory at most, 1..=15.
    pub max_depth: u32,
}

impl Sampling {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self {
        chains: 4,
        warmup: 1000,
        draws: 1000,
        seed: DEFAULT_SEED,
        target_accept: 0.8,
        max_depth: 10,
    };
}

impl Default for Sampling {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A growth model: `score ~ week + (effects | student)`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spec {
    /// Distribution of the scores.
    pub family: Family,
    /// What varies between students.
    pub effects: Effects,
    /// Priors.
    pub priors: Priors,
    /// Sampling.
    pub sampling: Sampling,
}

const MOST_DRAWS: usize = 100_000;
const MOST_CHAINS: usize = 64;

impl Spec {
    /// Where a student's intercept stands: at the mean week, but at the first week where effects are
    /// independent there (lme4's `(week || student)`), or where a prior of the intercepts' standard
    /// deviation or of the correlation was asked for, which means what it means to brms.
    pub fn place(&self) -> Place {
        let asked = self.priors.sd_intercept.is_some() || self.priors.lkj.is_some();
        if asked || self.effects == Effects::Independent {
            Place::FirstWeek
        } else {
            Place::MeanWeek
        }
    }

    /// Everything a fit relies on.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let sampling = &self.sampling;
        count("chains", sampling.chains, 1, MOST_CHAINS, "between 1 and 64")?;
        count("draws", sampling.draws, 1, MOST_DRAWS, "between 1 and 100000")?;
        count("warmup", sampling.warmup, 0, MOST_DRAWS, "at most 100000")?;
        count("max_depth", sampling.max_depth as usize, 1, 15, "between 1 and 15")?;
        if !(0.5..1.0).contains(&sampling.target_accept) {
            return bad("target_accept", sampling.target_accept, "between 0.5 and 1");
        }
        self.priors.check()
    }
}

impl Priors {
    fn check(&self) -> Result<(), Error> {
        let named = [
            ("intercept", self.intercept, false),
            ("week", self.week, false),
            ("sd_intercept", self.sd_intercept, true),
            ("sd_week", self.sd_week, true),
            ("sigma", self.sigma, true),
        ];
        for (name, prior, is_scale) in named {
            let Some(prior) = prior else { continue };
            check_prior(name, &prior, is_scale)?;
        }
        match self.lkj {
            Some(eta) if !(eta > 0.0 && eta.is_finite()) => {
                bad("prior of the correlation: eta", eta, "a number > 0")
            }
            _ => Ok(()),
        }
    }
}

fn check_prior(name: &str, prior: &Prior, is_scale: bool) -> Result<(), Error> {
    if let Some((what, value)) = prior.fault() {
        let expected =
            if what == "mean" || what == "location" { "a finite number" } else { "a number > 0" };
        return bad(&format!("prior of {name}: {what}"), value, expected);
    }
    if prior.is_positive() && !is_scale {
        let expected = "a prior over all numbers (normal, student_t, cauchy, flat)";
        return bad(&format!("prior of {name}: support from"), 0.0, expected);
    }
    Ok(())
}

fn count(
    name: &str,
    value: usize,
    least: usize,
    most: usize,
    expected: &'static str,
) -> Result<(), Error> {
    if (least..=most).contains(&value) { Ok(()) } else { bad(name, value as f64, expected) }
}

fn bad(name: &str, value: f64, expected: &'static str) -> Result<(), Error> {
    Err(Error::BadSetting { name: name.to_string(), value, expected })
}
