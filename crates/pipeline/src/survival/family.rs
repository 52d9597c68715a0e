use std::str::FromStr;

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
}

impl Family {
    /// Name as it stands in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cox => "cox",
            Self::Exponential => "exponential",
            Self::Weibull => "weibull",
            Self::LogNormal => "lognormal",
            Self::LogLogistic => "loglogistic",
        }
    }

    /// The distribution of a parametric family.
    pub(super) fn distribution(self) -> Option<Distribution> {
        match self {
            Self::Cox => None,
            Self::Exponential => Some(Distribution::Exponential),
            Self::Weibull => Some(Distribution::Weibull),
            Self::LogNormal => Some(Distribution::LogNormal),
            Self::LogLogistic => Some(Distribution::LogLogistic),
        }
    }

    /// Whether hazards are proportional, so that hazard ratios mean something.
    pub fn is_proportional(self) -> bool {
        matches!(self, Self::Cox | Self::Exponential | Self::Weibull)
    }
}

impl FromStr for Family {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        Ok(match plain.as_str() {
            "cox" | "coxph" => Self::Cox,
            "exponential" | "exp" => Self::Exponential,
            "weibull" => Self::Weibull,
            "lognormal" => Self::LogNormal,
            "loglogistic" => Self::LogLogistic,
            _ => {
                return Err(Error::BadSetting {
                    name: "family".into(),
                    value: text.into(),
                    expected: "cox, exponential, weibull, lognormal or loglogistic".into(),
                });
            }
        })
    }
}
