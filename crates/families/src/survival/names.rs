//! Names of survival models.

use std::str::FromStr;

use seedtest_survival::Link;
use seedtest_survival::aft::Distribution;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Which survival model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Proportional hazards without assumption on the baseline.
    #[default]
    Cox,
    /// Constant hazard.
    Exponential,
    /// Hazard that is a power of time.
    Weibull,
    /// Log-normal times.
    LogNormal,
    /// Log-logistic times.
    LogLogistic,
    /// Odds of the event in every period.
    DiscreteLogit,
    /// Proportional hazards seen in periods.
    DiscreteCloglog,
}

/// Every family with its name in results.
const FAMILIES: [(Family, &str); 7] = [
    (Family::Cox, "cox"),
    (Family::Exponential, "exponential"),
    (Family::Weibull, "weibull"),
    (Family::LogNormal, "lognormal"),
    (Family::LogLogistic, "loglogistic"),
    (Family::DiscreteLogit, "discrete_logit"),
    (Family::DiscreteCloglog, "discrete_cloglog"),
];

impl Family {
    /// Name as it stands in results.
    pub fn name(self) -> &'static str {
        FAMILIES.iter().find(|(family, _)| *family == self).map_or("cox", |(_, name)| name)
    }

    /// The distribution of a parametric family.
    pub(super) fn distribution(self) -> Option<Distribution> {
        match self {
            Self::Exponential => Some(Distribution::Exponential),
            Self::Weibull => Some(Distribution::Weibull),
            Self::LogNormal => Some(Distribution::LogNormal),
            Self::LogLogistic => Some(Distribution::LogLogistic),
            Self::Cox | Self::DiscreteLogit | Self::DiscreteCloglog => None,
        }
    }

    /// The link of a discrete family.
    pub(super) fn link(self) -> Option<Link> {
        match self {
            Self::DiscreteLogit => Some(Link::Logit),
            Self::DiscreteCloglog => Some(Link::Cloglog),
            _ => None,
        }
    }

    /// What a coefficient is a change of.
    pub fn coefficient_scale(self) -> &'static str {
        match self {
            Self::Cox | Self::Exponential | Self::Weibull | Self::DiscreteCloglog => "log_hazard",
            Self::LogNormal | Self::LogLogistic => "log_time",
            Self::DiscreteLogit => "log_odds",
        }
    }

    /// What the exponential of a coefficient is a ratio of.
    pub fn ratio_of(self) -> &'static str {
        match self.coefficient_scale() {
            "log_time" => "time ratio",
            "log_odds" => "odds ratio",
            _ => "hazard ratio",
        }
    }

    /// Whether hazards are proportional, so that hazard ratios mean something.
    pub fn is_proportional(self) -> bool {
        matches!(self, Self::Cox | Self::Exponential | Self::Weibull | Self::DiscreteCloglog)
    }
}

impl FromStr for Family {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let asked = match plain(text).as_str() {
            "coxph" => "cox".to_owned(),
            "exp" => "exponential".to_owned(),
            "discrete" => "discretelogit".to_owned(),
            other => other.to_owned(),
        };
        let found = FAMILIES.iter().find(|(_, name)| plain(name) == asked);
        let known = || FAMILIES.map(|(_, name)| name).join(", ");
        found.map(|(family, _)| *family).ok_or_else(|| Error::option("family", &text, &known()))
    }
}
