//! One calibration of one file, for who made it.

use serde::Serialize;

use super::Provenance;

/// Everything the page of a calibration shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// What was calibrated, such as the name of a file.
    pub heading: String,
    /// Model and size in a few words.
    pub subtitle: String,
    /// When the page was made, as text to be shown.
    pub generated_at: String,
    /// The fit.
    pub provenance: Provenance,
    /// What a reader has to know first, as sentences.
    pub warnings: Vec<String>,
    /// Figures of the whole fit: name, value.
    pub figures: Vec<(String, f64)>,
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

/// One item.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// What deserves a look and what to do, as sentences.
    pub flags: Vec<String>,
    /// Expected share of the highest score by ability, increasing.
    pub curve: Vec<(f64, f64)>,
    /// Information by ability.
    pub information: Vec<(f64, f64)>,
    /// Groups of students by ability.
    pub observed: Vec<ObservedShare>,
}

/// What a group of students of similar ability reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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

/// Comparison of two groups item by item.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DifferingItem {
    /// The item.
    pub item: String,
    /// Class A, B or C, where there is one.
    pub class: Option<String>,
    /// Probability of the likelihood-ratio test, adjusted for all items.
    pub p: Option<f64>,
    /// Expected share of the highest score in the focal group minus that in the reference group.
    pub difference: Option<f64>,
    /// What it means, in a sentence.
    pub text: String,
}
