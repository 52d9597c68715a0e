//! The JSON of `seedtest link`.

use schemars::JsonSchema;
use seedtest_irt::{ItemParameters, Linking};
use serde::{Deserialize, Serialize};

use crate::calibrate::{CalibrateResponse, LinkingConstants, Params};

/// A linking: constants, drift of the anchors, and the items of the new calibration on the scale
/// of the old one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The map from the new scale to the old one.
    pub linking_constants: LinkingConstants,
    /// Every common item.
    pub anchors: Vec<LinkedAnchor>,
    /// Every item of the new calibration on the old scale.
    pub items: Vec<LinkedItem>,
}

/// Drift of one common item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedAnchor {
    /// Item id.
    pub item_id: String,
    /// ln a on the old scale minus ln of the linked a.
    pub ln_a_difference: Option<f64>,
    /// b on the old scale minus the linked b.
    pub b_difference: f64,
    /// Robust z of the first.
    pub ln_a_z: Option<f64>,
    /// Robust z of the second.
    pub b_z: Option<f64>,
    /// Whether the item was used.
    pub kept: bool,
}

/// One item on the old scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedItem {
    /// Item id.
    pub item_id: String,
    /// Its parameters.
    pub params: Params,
}

impl LinkResponse {
    /// The response for a linking of `new`; `ids` are the item ids by code of the linking.
    pub fn new(linking: &Linking, new: &CalibrateResponse, ids: &[&str]) -> Self {
        let boxed: Vec<Box<str>> = ids.iter().map(|&id| id.into()).collect();
        let anchors = linking.anchors.iter().map(|anchor| LinkedAnchor {
            item_id: ids[anchor.item as usize].to_string(),
            ln_a_difference: anchor.ln_a_difference,
            b_difference: anchor.b_difference,
            ln_a_z: anchor.ln_a_z,
            b_z: anchor.b_z,
            kept: anchor.kept,
        });
        let items = new.item_params.iter().map(|item| {
            let Params { a, b, c } = item.params;
            let linked = ItemParameters { a, b, c }.on_scale(linking.slope, linking.intercept);
            let params = Params { a: linked.a, b: linked.b, c: linked.c };
            LinkedItem { item_id: item.item_id.clone(), params }
        });
        Self {
            status: "success".to_string(),
            ok: true,
            linking_constants: LinkingConstants::of(linking, &boxed),
            anchors: anchors.collect(),
            items: items.collect(),
        }
    }
}
