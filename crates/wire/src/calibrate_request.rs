//! `POST /irt/calibrate`: the request.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seedtest_irt::Priors;
use serde::Deserialize;

use crate::anchor::{AnchorJson, ReferenceJson};
use crate::id::Id;
use crate::observation::ObservationJson;

/// Request of `POST /irt/calibrate`, in either form: answers as rows, or a matrix with a row for
/// each student. Fields that are not known are ignored.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CalibrateRequest<'a> {
    /// One answer a row.
    #[serde(borrow, alias = "rows", alias = "data", alias = "data_rows", alias = "series")]
    #[schemars(extend("x-aliases" = ["rows", "data", "data_rows", "series"]))]
    pub observations: Vec<ObservationJson<'a>>,
    /// One list a student with one entry an item: 1, 0, or null for an item not seen; for models with several
    /// categories a score.
    pub responses: Vec<Vec<Option<u8>>>,
    /// Items of the matrix. Default: `1`, `2`, …
    #[serde(borrow)]
    pub item_ids: Vec<Id<'a>>,
    /// Students of the matrix. Default: `1`, `2`, …
    #[serde(borrow)]
    pub user_ids: Vec<Id<'a>>,
    /// Group of every student id, where the answers do not name one: a calibration of several groups at
    /// once, each with an ability distribution of its own.
    #[serde(borrow)]
    pub groups: BTreeMap<String, Id<'a>>,
    /// The group with mean 0 and standard deviation 1. Default: the first, numbers by size.
    pub reference_group: Option<String>,
    /// `Rasch`, `1PL`, `2PL` (default) or `3PL`; of scored answers `GRM`, `GPCM`, `PCM`, `RSM`, `NRM` or
    /// `auto-per-item` (2PL with two categories, GRM with more); in any case.
    pub model: Option<String>,
    /// Models of single items by item id, where items have several categories.
    pub model_by_item: Option<BTreeMap<String, String>>,
    /// Highest score of every item by item id, where items have several categories; a score above it is refused.
    pub max_scores: Option<BTreeMap<String, u8>>,
    /// Number of dimensions, 2 to 4: a 2PL in which abilities make up for each other. Every item loads on every
    /// dimension, and the dimensions are turned to simple structure.
    #[schemars(range(min = 2, max = 4))]
    pub dimensions: Option<u32>,
    /// How the dimensions are turned: `quartimin` (default; they may correlate) or `varimax`.
    pub rotation: Option<String>,
    /// In place of `dimensions`: the names of the dimensions that every item loads on, by item id. Without rotation; how
    /// the dimensions correlate is estimated.
    pub pattern: Option<BTreeMap<String, Vec<String>>>,
    /// Whether the dimensions of `pattern` correlate. Default true.
    pub correlated: Option<bool>,
    /// Items with known parameters.
    pub anchors: Option<Vec<AnchorJson>>,
    /// `auto` (default), `fixed`, `stocking_lord`, `haebara`, `mean_sigma`, `mean_mean` or `none`.
    /// `auto` holds the fixed anchors; without one it links to the `reference` by Stocking–Lord,
    /// and without that it leaves the scale alone.
    pub linking_method: Option<String>,
    /// `test` (default): anchors that drift are left out of a linking, and named where they are
    /// held fixed. `none`: they are not tested.
    pub drift: Option<String>,
    /// The calibration before: without fixed anchors, results get onto its scale.
    pub reference: Option<ReferenceJson>,
    /// `weak`, or priors by parameter.
    pub priors: Option<PriorsChoice>,
    /// Guessing probability of every item, held fixed, under any model; 0.2 suits five options.
    pub guessing: Option<f64>,
    /// Guessing probabilities by item id, held fixed; other items have that of `guessing`.
    pub guessing_by_item: Option<BTreeMap<String, f64>>,
    /// Items with fewer answers are skipped. Default 2.
    pub min_answers: Option<u32>,
    /// Most iterations.
    pub max_iter: Option<u32>,
    /// Largest gradient component at which the fit has converged.
    pub tol: Option<f64>,
    /// Nodes of the ability grid on [−6, 6].
    pub quadrature_points: Option<u32>,
    /// Which of several answers of a student to an item counts: `first` (default), `last`, `all`.
    pub duplicates: Option<String>,
    /// `observed` (default), `sandwich` or `none`.
    pub standard_errors: Option<String>,
    /// Whether the response says how well items and students fit. Default false.
    pub quality: Option<bool>,
    /// Whether the response has M2 (of several categories C2) with RMSEA2 and SRMSR, reliability and test
    /// information. Default false.
    pub fit_statistics: Option<bool>,
    /// Whether every item is compared between the groups (differential item functioning), each of which needs
    /// 100 students with answers. Default false.
    pub dif: Option<bool>,
    /// Whether the response has the covariance of the estimates. Default false.
    pub covariance: Option<bool>,
    /// Version label of the results. Default `v1`.
    pub version: Option<String>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Recorded with the run; a calibration draws no random numbers.
    pub seed: Option<i64>,
    /// Seconds after which the best fit so far is returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Priors by name or by parameter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PriorsChoice {
    /// `weak` or `none`.
    Named(String),
    /// Each with its distribution.
    Given(Priors),
}
