//! How an adaptive test goes.

use serde::{Deserialize, Serialize};

use super::content::ContentArea;
use super::error::CatError;
use super::exposure::Exposure;
use super::rule::Rule;
use crate::priors::Normal;
use crate::score::ScoreMethod;

/// When a test ends. Before `min_items` only an empty bank ends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stopping {
    /// Fewest items.
    pub min_items: u32,
    /// Most items.
    pub max_items: Option<u32>,
    /// Enough when the standard error is at most this.
    pub se: Option<f64>,
    /// Enough when it is clear on which side of a cut the ability is.
    pub classification: Option<Classification>,
}

impl Default for Stopping {
    /// A standard error of 0.3, 30 items at most.
    fn default() -> Self {
        Self { min_items: 0, max_items: Some(30), se: Some(0.3), classification: None }
    }
}

/// A decision between two sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The ability that divides them.
    pub cut: f64,
    /// Posterior probability of a side from which on it is clear, 0.5 to 1.
    pub level: f64,
}

/// How an adaptive test goes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// What makes an item the best one.
    pub rule: Rule,
    /// How the ability is estimated. ML has no value after only right or only wrong answers; the posterior mean stands in
    /// for it until then.
    pub method: ScoreMethod,
    /// Distribution of the ability before the first answer.
    pub prior: Prior,
    /// What keeps good items from being given to everybody.
    pub exposure: Exposure,
    /// Content areas with their bounds and shares.
    pub areas: Vec<ContentArea>,
    /// When the test ends.
    pub stopping: Stopping,
    /// Seed of exposure control; with the same seed, history and bank the pick is the same.
    pub seed: u64,
    /// Which stream of the seed: one a test.
    pub test: u64,
}

/// Distribution of the ability before the first answer: a normal one, N(0, 1) by default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, above 0.
    pub sd: f64,
}

impl Default for Prior {
    fn default() -> Self {
        Self { mean: 0.0, sd: 1.0 }
    }
}

impl Spec {
    pub(super) fn normal(&self) -> Normal {
        Normal { mean: self.prior.mean, sd: self.prior.sd }
    }

    pub(super) fn validate(&self) -> Result<(), CatError> {
        let check = |ok: bool, field, value, required| {
            if ok { Ok(()) } else { Err(CatError::Setting { field, value, required }) }
        };
        let Prior { mean, sd } = self.prior;
        check((-6.0..=6.0).contains(&mean), "prior_mean", mean, "from -6 to 6")?;
        check(sd > 0.0 && sd <= 10.0, "prior_sd", sd, "above 0 and at most 10")?;
        let Stopping { min_items, max_items, se, classification } = &self.stopping;
        if let Some(se) = *se {
            check(se > 0.0 && se.is_finite(), "se", se, "above 0")?;
        }
        if let Some(most) = *max_items {
            let required = "at least 1 and not below the fewest items";
            check(most >= 1 && most >= *min_items, "max_items", f64::from(most), required)?;
        }
        if let Some(of) = classification {
            check(of.cut.is_finite(), "cut", of.cut, "a finite number")?;
            check((0.5..1.0).contains(&of.level), "level", of.level, "at least 0.5 and below 1")?;
        }
        self.exposure.validate()?;
        super::content::validate(&self.areas)
    }
}
