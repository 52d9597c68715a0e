//! The item models by name.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which item parameters a calibration estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Model {
    /// a = 1 for every item, the variance of the ability is estimated.
    Rasch,
    /// One a for all items, ability with variance 1.
    #[serde(rename = "1PL")]
    OnePl,
    /// Own a and b for every item.
    #[default]
    #[serde(rename = "2PL")]
    TwoPl,
    /// Own a, b and guessing probability c for every item.
    #[serde(rename = "3PL")]
    ThreePl,
}

impl Model {
    /// Name as it is written in files, on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rasch => "Rasch",
            Self::OnePl => "1PL",
            Self::TwoPl => "2PL",
            Self::ThreePl => "3PL",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown model `{0}`")]
pub struct UnknownModel(pub String);

impl UnknownModel {
    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        "use Rasch, 1PL, 2PL or 3PL"
    }
}

impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        [Self::Rasch, Self::OnePl, Self::TwoPl, Self::ThreePl]
            .into_iter()
            .find(|m| m.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownModel(text.to_owned()))
    }
}
