//! One calibration of one file, for who made it.

use serde::{Deserialize, Serialize};

use super::Provenance;
use crate::interval::wilson;

/// Everything the page of a calibration shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// What was calibrated, such as the name of a file.
    pub heading: String,
    /// The file it was made from.
    pub file: String,
    /// The fit.
    pub provenance: Provenance,
    /// What a reader has to know first, as sentences in the language of who wrote them.
    pub warnings: Vec<String>,
    /// Figures of the whole fit.
    pub figures: Vec<(CalibrationFigure, f64)>,
    /// Every item.
    pub items: Vec<CalibratedItem>,
    /// Abilities of the students.
    pub thetas: Vec<f64>,
    /// Ability, information of all items, standard error there.
    pub information: Vec<(f64, f64, f64)>,
    /// Expected score on all items, ability, standard error there.
    pub scores: Vec<(u32, f64, f64)>,
    /// Leading eigenvalues, beside those of answers with nothing in common; empty where they were not computed.
    pub eigenvalues: Vec<(f64, f64)>,
    /// How many are beyond chance.
    pub n_dimensions: Option<u32>,
    /// Comparisons of groups.
    pub dif: Vec<GroupComparison>,
}

/// A figure of a whole fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationFigure {
    /// Marginal log-likelihood.
    LogLikelihood,
    /// Akaike's criterion.
    Aic,
    /// Schwarz's criterion.
    Bic,
    /// Mean of the ability distribution.
    Mean,
    /// Its standard deviation.
    Sd,
    /// Reliability over the students as they are.
    Empirical,
    /// Reliability over the ability distribution.
    Marginal,
    /// Misfit per degree of freedom.
    Rmsea2,
    /// Residual of the correlations.
    Srmsr,
}

impl CalibrationFigure {
    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::LogLikelihood => "log_likelihood",
            Self::Aic => "aic",
            Self::Bic => "bic",
            Self::Mean => "mean",
            Self::Sd => "sd",
            Self::Empirical => "empirical",
            Self::Marginal => "marginal",
            Self::Rmsea2 => "rmsea2",
            Self::Srmsr => "srmsr",
        }
    }
}

/// What deserves a look at an item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationFlag {
    /// Who does well on the other items does worse on this one.
    CheckKey,
    /// Able students do worse: the slope a is negative.
    NegativeDiscrimination(f64),
    /// The correlation with the other items is negative.
    NegativeItemRest(f64),
    /// The slope a is low.
    LowDiscrimination(f64),
    /// The correlation with the other items is low.
    LowItemRest(f64),
    /// This share of the answers is right: nearly all.
    TooEasy(f64),
    /// This share of the answers is right: hardly any.
    TooHard(f64),
    /// Infit is high.
    Noisy(f64),
    /// The adjusted p of S-X² is low.
    CurveMisfit(f64),
    /// Students with this score are less able than those with the score below.
    OutOfOrder(u8),
    /// A score and how few answers have it.
    RareCategory(u8, u32),
}

/// One item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibratedItem {
    /// The item as it is to be shown.
    pub item: String,
    /// Its model.
    pub model: String,
    /// Answers.
    pub n: u32,
    /// Slopes with their standard errors.
    pub slopes: Vec<(f64, Option<f64>)>,
    /// Difficulties or steps with their standard errors; empty of nominal categories.
    pub difficulties: Vec<(f64, Option<f64>)>,
    /// Guessing probability.
    pub guessing: f64,
    /// Correlation with the rest of the test.
    pub item_rest: Option<f64>,
    /// Weighted mean square.
    pub infit: Option<f64>,
    /// p-value of S-X², adjusted for all items.
    pub s_x2_p: Option<f64>,
    /// What deserves a look.
    pub flags: Vec<CalibrationFlag>,
    /// Expected share of the highest score by ability, increasing.
    pub curve: Vec<(f64, f64)>,
    /// Information by ability.
    pub information: Vec<(f64, f64)>,
    /// Groups of students by ability.
    pub observed: Vec<ObservedShare>,
}

/// What a group of students of similar ability reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ObservedShare {
    /// Their mean ability.
    pub theta: f64,
    /// Students.
    pub n: u32,
    /// Mean share of the highest score.
    pub share: f64,
    /// Low end of its 95 % interval.
    pub low: f64,
    /// High end.
    pub high: f64,
}

impl ObservedShare {
    /// A group with its interval; `None` of nobody. A share of scores varies no more than one of right answers with this
    /// mean.
    pub fn of(theta: f64, n: u32, share: f64) -> Option<Self> {
        let (low, high) = wilson((share * f64::from(n)).round() as u32, n)?;
        Some(Self { theta, n, share, low: low.min(share), high: high.max(share) })
    }
}

/// Comparison of two groups item by item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupComparison {
    /// The group that is compared with.
    pub reference: String,
    /// The other one.
    pub focal: String,
    /// Items compared.
    pub n_items: u32,
    /// Those that differ.
    pub items: Vec<DifferingItem>,
}

/// An item that is not the same for both groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DifferingItem {
    /// The item.
    pub item: String,
    /// Class A, B or C, where there is one.
    pub class: Option<String>,
    /// Probability of the likelihood-ratio test, adjusted for all items.
    pub p: Option<f64>,
    /// Expected share of the highest score in the focal group minus that in the reference group.
    pub difference: Option<f64>,
    /// Whether the difference is about the same at every ability.
    pub is_uniform: bool,
}
