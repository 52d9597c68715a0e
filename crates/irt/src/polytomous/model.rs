//! The models of items by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Model of the answers to one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ItemModel {
    /// Two categories, a = 1.
    Rasch,
    /// Two categories, own a and b.
    #[serde(rename = "2PL")]
    TwoPl,
    /// Two categories, own a, b and guessing probability c.
    #[serde(rename = "3PL")]
    ThreePl,
    /// Graded response.
    #[default]
    #[serde(rename = "GRM")]
    Grm,
    /// Generalised partial credit.
    #[serde(rename = "GPCM")]
    Gpcm,
    /// Partial credit, a = 1.
    #[serde(rename = "PCM")]
    Pcm,
    /// Rating scale: partial credit with distances of the steps that are common to items of one length.
    #[serde(rename = "RSM")]
    Rsm,
    /// Nominal categories.
    #[serde(rename = "NRM")]
    Nrm,
}

impl ItemModel {
    /// Every model.
    pub const ALL: [Self; 8] = [
        Self::Rasch,
        Self::TwoPl,
        Self::ThreePl,
        Self::Grm,
        Self::Gpcm,
        Self::Pcm,
        Self::Rsm,
        Self::Nrm,
    ];

    /// Name as it is written in files, on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rasch => "Rasch",
            Self::TwoPl => "2PL",
            Self::ThreePl => "3PL",
            Self::Grm => "GRM",
            Self::Gpcm => "GPCM",
            Self::Pcm => "PCM",
            Self::Rsm => "RSM",
            Self::Nrm => "NRM",
        }
    }

    /// The model of an item with so many categories where this one is asked for: with two categories those
    /// of several become the 2PL or the Rasch model. `None` where it has no place for so many.
    pub fn of_categories(self, categories: usize) -> Option<Self> {
        match (self, categories) {
            (Self::Rasch | Self::TwoPl | Self::ThreePl, 2) => Some(self),
            (Self::Rasch | Self::TwoPl | Self::ThreePl, _) => None,
            (Self::Grm | Self::Gpcm | Self::Nrm, 2) => Some(Self::TwoPl),
            (Self::Pcm | Self::Rsm, 2) => Some(Self::Rasch),
            (_, _) => Some(self),
        }
    }

    /// Parameters that an item with so many categories has of its own.
    pub fn n_parameters(self, categories: usize) -> usize {
        match self {
            Self::Rasch | Self::Rsm => 1,
            Self::TwoPl => 2,
            Self::ThreePl => 3,
            Self::Grm | Self::Gpcm => categories,
            Self::Pcm => categories - 1,
            Self::Nrm => 2 * (categories - 1),
        }
    }

    /// Whether the slope is 1, so that the unit of the scale is that of the model.
    pub fn has_unit_slope(self) -> bool {
        matches!(self, Self::Rasch | Self::Pcm | Self::Rsm)
    }

    /// Whether a higher category stands for more ability.
    pub fn is_ordered(self) -> bool {
        self != Self::Nrm
    }
}

impl fmt::Display for ItemModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown item model `{0}`")]
pub struct UnknownItemModel(pub String);

impl UnknownItemModel {
    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        "use Rasch, 2PL, 3PL, GRM, GPCM, PCM, RSM or NRM"
    }
}

impl FromStr for ItemModel {
    type Err = UnknownItemModel;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, UnknownItemModel> {
        Self::ALL
            .into_iter()
            .find(|model| model.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownItemModel(text.to_owned()))
    }
}
