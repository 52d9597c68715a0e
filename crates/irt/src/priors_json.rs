//! Priors as they are written in files and requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::priors::{GuessingPrior, LogNormal, Normal, Priors};

/// Priors as they are written in files and requests: each names its distribution.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PriorsJson {
    /// On discriminations a.
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<OnSlope>,
    /// On difficulties b.
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<OnLine>,
    /// On intercepts d.
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<OnLine>,
    /// On the chance c to guess right; not beside `logit_c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<OnShare>,
    /// On the logit of c; not beside `c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    logit_c: Option<OnLine>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "dist", rename_all = "lowercase")]
enum OnSlope {
    LogNormal {
        /// Mean of the logarithm.
        mean: f64,
        /// Standard deviation of the logarithm, above 0.
        sd: f64,
    },
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "dist", rename_all = "lowercase")]
enum OnLine {
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above 0.
        sd: f64,
    },
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "dist", rename_all = "lowercase")]
enum OnShare {
    Beta {
        /// First shape, above 0.
        alpha: f64,
        /// Second shape, above 0.
        beta: f64,
    },
}

impl From<OnLine> for Normal {
    fn from(OnLine::Normal { mean, sd }: OnLine) -> Self {
        Self { mean, sd }
    }
}

impl From<Normal> for OnLine {
    fn from(Normal { mean, sd }: Normal) -> Self {
        Self::Normal { mean, sd }
    }
}

impl TryFrom<PriorsJson> for Priors {
    type Error = &'static str;

    fn try_from(json: PriorsJson) -> Result<Self, &'static str> {
        let c = match (json.c, json.logit_c) {
            (Some(_), Some(_)) => return Err("give a prior on c or on logit_c, not on both"),
            (Some(OnShare::Beta { alpha, beta }), None) => {
                Some(GuessingPrior::Beta { alpha, beta })
            }
            (None, Some(OnLine::Normal { mean, sd })) => {
                Some(GuessingPrior::LogitNormal { mean, sd })
            }
            (None, None) => None,
        };
        Ok(Self {
            a: json.a.map(|OnSlope::LogNormal { mean, sd }| LogNormal { mean, sd }),
            b: json.b.map(Normal::from),
            d: json.d.map(Normal::from),
            c,
        })
    }
}

impl From<Priors> for PriorsJson {
    fn from(priors: Priors) -> Self {
        let (c, logit_c) = match priors.c {
            Some(GuessingPrior::Beta { alpha, beta }) => {
                (Some(OnShare::Beta { alpha, beta }), None)
            }
            Some(GuessingPrior::LogitNormal { mean, sd }) => {
                (None, Some(OnLine::Normal { mean, sd }))
            }
            None => (None, None),
        };
        Self {
            a: priors.a.map(|LogNormal { mean, sd }| OnSlope::LogNormal { mean, sd }),
            b: priors.b.map(OnLine::from),
            d: priors.d.map(OnLine::from),
            c,
            logit_c,
        }
    }
}
