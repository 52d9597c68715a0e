//! What makes an item the best one.

use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::estimate::Posterior;

/// What makes an item the best one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Largest Fisher information at the estimate.
    #[default]
    MaximumInformation,
    /// Largest Kullback–Leibler information between the estimate and the posterior.
    KullbackLeibler,
    /// Smallest expected posterior variance.
    MinimumExpectedPosteriorVariance,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 3] =
        [Self::MaximumInformation, Self::KullbackLeibler, Self::MinimumExpectedPosteriorVariance];

    /// Name in requests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::MaximumInformation => "maximum_information",
            Self::KullbackLeibler => "kullback_leibler",
            Self::MinimumExpectedPosteriorVariance => "minimum_expected_posterior_variance",
        }
    }

    /// Whether the smallest value is the best.
    pub(super) fn is_smallest(self) -> bool {
        self == Self::MinimumExpectedPosteriorVariance
    }

    /// The value of an item.
    pub(super) fn value(self, bank: &Bank, item: u32, theta: f64, posterior: &Posterior) -> f64 {
        match self {
            Self::MaximumInformation => bank.information(item, theta),
            Self::KullbackLeibler => kullback_leibler(bank, item, theta, posterior),
            Self::MinimumExpectedPosteriorVariance => expected_variance(bank, item, posterior),
        }
    }
}

/// Σ w(θ) Σ_k P_k(θ̂) ln(P_k(θ̂)/P_k(θ)).
fn kullback_leibler(bank: &Bank, item: u32, theta: f64, posterior: &Posterior) -> f64 {
    let at = bank.at(item, theta);
    let each = at.iter().enumerate().map(|(category, (p, log_p))| {
        let logs = bank.log_p(item, category);
        let mean: f64 = logs.iter().zip(&posterior.weights).map(|(l, w)| l * w).sum();
        p * (log_p - mean)
    });
    each.sum()
}

/// E(θ²) − Σ_k (Σ w P_k θ)²/(Σ w P_k): the variance within the categories.
fn expected_variance(bank: &Bank, item: u32, posterior: &Posterior) -> f64 {
    let mut between = 0.0;
    for category in 0..bank.n_categories(item) {
        let (mut mass, mut first) = (0.0, 0.0);
        let each = bank.p(item, category).iter().zip(&posterior.weights).zip(&bank.nodes);
        for ((p, w), node) in each {
            let joint = p * w;
            mass += joint;
            first += joint * (node - posterior.mean);
        }
        if mass > 0.0 {
            between += first * first / mass;
        }
    }
    (posterior.variance - between).max(0.0)
}

impl std::str::FromStr for Rule {
    type Err = String;

    /// By name, in any case; also MFI, KL and MEPV.
    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.trim().to_ascii_lowercase().replace('-', "_");
        match word.as_str() {
            "mfi" => Ok(Self::MaximumInformation),
            "kl" | "klp" => Ok(Self::KullbackLeibler),
            "mepv" => Ok(Self::MinimumExpectedPosteriorVariance),
            _ => Self::ALL.into_iter().find(|rule| rule.name() == word).ok_or_else(|| {
                format!("{text:?} is none of {}", Self::ALL.map(Self::name).join(", "))
            }),
        }
    }
}
