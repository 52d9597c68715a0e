//! The JSON of `seedtest link` of calibrations of items with several categories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::categories::{CategoryDriftJson, CurvesSeJson};
use crate::dif::CurvesJson;
use crate::link::LinkedAbility;
use crate::linking_constants::LinkingConstants;

/// A linking: constants, distance of the anchors, and the items of the new calibration on the scale of the old one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkCategoriesResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The map from the new scale to the old one.
    pub linking_constants: LinkingConstants,
    /// Every common item.
    pub anchors: Vec<CategoryDriftJson>,
    /// Every item of the new calibration on the old scale.
    pub item_params: Vec<LinkedCurvesItem>,
    /// Its students on the old scale.
    pub abilities: Vec<LinkedAbility>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// One item on the old scale; a bank for `seedtest score`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedCurvesItem {
    /// Item id.
    pub item_id: String,
    /// Its model.
    pub model: String,
    /// Its parameters.
    pub params: CurvesJson,
    /// Scores that its categories stand for.
    pub scores: Vec<u8>,
    /// Their standard errors, those of the linking included; null where the calibration had none.
    pub se: Option<CurvesSeJson>,
}

/// The JSON of `seedtest link` of more than two calibrations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkGraphResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The file whose scale the others get onto.
    pub reference: String,
    /// Whether a chain of links leads from every file to it.
    pub connected: bool,
    /// Every file with its map.
    pub files: Vec<LinkGraphFileJson>,
    /// Every link between two of them.
    pub links: Vec<LinkGraphLinkJson>,
    /// Pairs without a link, and why.
    pub not_linked: Vec<LinkGraphPairJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// A file with the map θ* = slope·θ + intercept to the scale of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkGraphFileJson {
    /// The file.
    pub file: String,
    /// Whether a chain of links leads to the reference.
    pub linked: bool,
    /// A; null without a chain.
    pub slope: Option<f64>,
    /// B.
    pub intercept: Option<f64>,
    /// Standard error of A: those of the links added up along the chain, taken as independent; null where one is not known.
    pub slope_se: Option<f64>,
    /// Standard error of B.
    pub intercept_se: Option<f64>,
    /// Files that the chain goes through, the reference last.
    pub through: Vec<String>,
    /// The link of the chain with the largest error.
    pub weakest: Option<[String; 2]>,
}

/// A link between two files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkGraphLinkJson {
    /// The file that is moved.
    pub new: String,
    /// The file whose scale it gets onto.
    pub old: String,
    /// Common items of the same categories.
    pub n_common: usize,
    /// Those that carried the link.
    pub n_anchors: usize,
    /// A.
    pub slope: f64,
    /// B.
    pub intercept: f64,
    /// Standard error of A.
    pub slope_se: Option<f64>,
    /// Standard error of B.
    pub intercept_se: Option<f64>,
    /// Common items that were left out for drift.
    pub dropped_anchors: Vec<String>,
}

/// Two files without a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkGraphPairJson {
    /// The files.
    pub files: [String; 2],
    /// Common items.
    pub n_common: usize,
    /// Why they are not linked.
    pub reason: String,
}
