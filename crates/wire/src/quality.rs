//! How well a calibration fits: the key `quality` of `seedtest fit irt --quality`.

use schemars::JsonSchema;
use seedtest_irt::{Diagnosis, Flag, ItemDiagnosis, Reliability};
use serde::{Deserialize, Serialize};

/// Fit of items, students and pairs, and reliabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityJson {
    /// Reliabilities.
    pub reliability: Reliability,
    /// Students who answered every item.
    pub n_complete: usize,
    /// Every item.
    pub items: Vec<ItemQualityJson>,
    /// Students, least fitting first.
    pub persons: Vec<PersonQualityJson>,
    /// Pairs of items whose residuals correlate most unlike the others.
    pub pairs: Vec<PairQualityJson>,
    /// Mean Q3 over all pairs.
    pub mean_q3: Option<f64>,
}

/// Fit of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemQualityJson {
    /// Item id.
    pub item_id: String,
    /// Answers.
    pub n: u32,
    /// Share of right answers.
    pub p: Option<f64>,
    /// Item–rest correlation.
    pub item_rest: Option<f64>,
    /// Weighted mean square.
    pub infit: Option<f64>,
    /// Unweighted mean square.
    pub outfit: Option<f64>,
    /// S-X².
    pub s_x2: Option<f64>,
    /// Its degrees of freedom.
    pub s_x2_df: Option<u32>,
    /// Its p-value.
    pub s_x2_p: Option<f64>,
    /// Its p-value adjusted for all items.
    pub s_x2_p_adjusted: Option<f64>,
    /// Why there is no S-X².
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub s_x2_reason: Option<String>,
    /// What deserves a look, in sentences.
    pub flags: Vec<String>,
}

/// Fit of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PersonQualityJson {
    /// Student id.
    pub user_id: String,
    /// Answers.
    pub n: u32,
    /// lz*: about standard normal; far below 0 = hard items right and easy ones wrong.
    pub lz_star: f64,
}

/// A pair of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairQualityJson {
    /// First item.
    pub first: String,
    /// Second item.
    pub second: String,
    /// Students who answered both.
    pub n: u32,
    /// Correlation of the residuals.
    pub q3: f64,
}

impl QualityJson {
    /// The quality of a diagnosis; ids by code.
    pub fn new(diagnosis: &Diagnosis, items: &[Box<str>], students: &[Box<str>]) -> Self {
        let item = |code: u32| items[code as usize].to_string();
        let mut persons: Vec<PersonQualityJson> = diagnosis
            .persons
            .iter()
            .map(|person| PersonQualityJson {
                user_id: students[person.student as usize].to_string(),
                n: person.n,
                lz_star: person.lz_star,
            })
            .collect();
        persons.sort_by(|x, y| x.lz_star.total_cmp(&y.lz_star));
        Self {
            reliability: diagnosis.reliability,
            n_complete: diagnosis.n_complete,
            items: diagnosis
                .items
                .iter()
                .map(|entry| item_quality(item(entry.classical.item), entry))
                .collect(),
            persons,
            pairs: diagnosis
                .pairs
                .iter()
                .map(|pair| PairQualityJson {
                    first: item(pair.first),
                    second: item(pair.second),
                    n: pair.n,
                    q3: pair.q3,
                })
                .collect(),
            mean_q3: diagnosis.mean_q3,
        }
    }
}

fn item_quality(item_id: String, entry: &ItemDiagnosis) -> ItemQualityJson {
    ItemQualityJson {
        item_id,
        n: entry.classical.n,
        p: entry.classical.p,
        item_rest: entry.classical.item_rest,
        infit: entry.mean_squares.map(|m| m.infit),
        outfit: entry.mean_squares.map(|m| m.outfit),
        s_x2: entry.s_x2.map(|s| s.statistic),
        s_x2_df: entry.s_x2.map(|s| s.df),
        s_x2_p: entry.s_x2.and_then(|s| s.p),
        s_x2_p_adjusted: entry.s_x2.and_then(|s| s.p_adjusted),
        s_x2_reason: entry.s_x2_missing.map(crate::code),
        flags: entry.flags.iter().map(Flag::text).collect(),
    }
}
