//! The JSON of `seedtest link`.

use std::collections::HashMap;

use schemars::JsonSchema;
use seedtest_irt::{Covariance, ItemParameters, Linking, Parameter, ParameterKind};
use serde::{Deserialize, Serialize};

use crate::calibrate::{CalibrateResponse, Params, ParamsSe};
use crate::linking_constants::LinkingConstants;

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
    /// Its students on the old scale.
    pub abilities: Vec<LinkedAbility>,
    /// What a reader should know before using the constants.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
}

/// Drift of one common item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedAnchor {
    /// Item id.
    pub item_id: String,
    /// ln a on the old scale minus ln of the linked a; null when the signs differ.
    pub ln_a_difference: Option<f64>,
    /// b on the old scale minus the linked b.
    pub b_difference: f64,
    /// Difference of a in its standard errors, that of the link included; null without them.
    pub a_z: Option<f64>,
    /// Difference of b likewise.
    pub b_z: Option<f64>,
    /// Wald statistic of (a, b); null without standard errors.
    pub statistic: Option<f64>,
    /// Its degrees of freedom.
    pub df: u8,
    /// Probability of such a statistic without drift.
    pub p: Option<f64>,
    /// `p` after Holm's correction for the number of common items; null where nothing was tested.
    pub p_adjusted: Option<f64>,
    /// Whether it drifts: beyond sampling error, and by a size that matters.
    pub drifts: bool,
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
    /// Their standard errors, those of the linking included; null with `se_reason`.
    pub se: Option<ParamsSe>,
    /// Why there are no standard errors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se_reason: Option<String>,
}

/// Ability of one student on the old scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedAbility {
    /// Student id.
    pub user_id: String,
    /// Posterior mean.
    pub theta: f64,
    /// Standard error: the spread of the posterior and the error of the linking.
    pub se: f64,
}

impl LinkResponse {
    /// The response for a linking of `new`; `ids` are the item ids by code of the linking, and
    /// `covariance` that of the new calibration, by the same codes.
    pub fn new(
        linking: &Linking,
        new: &CalibrateResponse,
        ids: &[&str],
        covariance: Option<&Covariance>,
    ) -> Self {
        let params: HashMap<&str, Params> =
            new.item_params.iter().map(|item| (&*item.item_id, item.params)).collect();
        let value = |parameter: Parameter| {
            let id = parameter.item.and_then(|code| ids.get(code as usize));
            value(new, id.and_then(|id| params.get(id)), parameter.kind)
        };
        let carried = covariance.map(|covariance| linking.carry(covariance, value));
        let anchors = linking.anchors.iter().map(|anchor| LinkedAnchor {
            item_id: ids[anchor.item as usize].to_string(),
            ln_a_difference: anchor.ln_a_difference,
            b_difference: anchor.b_difference,
            a_z: anchor.a_z,
            b_z: anchor.b_z,
            statistic: anchor.statistic,
            df: anchor.df,
            p: anchor.p,
            p_adjusted: anchor.p_adjusted,
            drifts: anchor.drifts,
            kept: anchor.kept,
        });
        let items = new.item_params.iter().map(|item| {
            let Params { a, b, c } = item.params;
            let linked = ItemParameters { a, b, c }.on_scale(linking.slope, linking.intercept);
            let params = Params { a: linked.a, b: linked.b, c: linked.c };
            let code = ids.binary_search(&&*item.item_id).ok();
            let known = code.zip(carried.as_ref()).filter(|_| item.se.is_some());
            let se = known.map(|(code, carried)| carried.errors(code as u32).into());
            let reason = || item.se_reason.clone().unwrap_or_else(|| "not_computed".into());
            let se_reason = se.is_none().then(reason);
            LinkedItem { item_id: item.item_id.clone(), params, se, se_reason }
        });
        let abilities = new.abilities.iter().map(|ability| LinkedAbility {
            user_id: ability.user_id.clone(),
            theta: linking.slope * ability.theta + linking.intercept,
            se: linking.ability_error(ability.theta, ability.se),
        });
        Self {
            status: "success".to_string(),
            ok: true,
            linking_constants: LinkingConstants::of(linking, |code| ids[code as usize]),
            anchors: anchors.collect(),
            items: items.collect(),
            abilities: abilities.collect(),
            warnings: Vec::new(),
        }
    }

    /// The same with what a reader should know.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }
}

/// An estimate of a calibration by its name.
fn value(fit: &CalibrateResponse, item: Option<&Params>, kind: ParameterKind) -> f64 {
    let metrics = &fit.fit_meta.metrics;
    match kind {
        ParameterKind::A => item.map_or(1.0, |params| params.a),
        ParameterKind::B => item.map_or(0.0, |params| params.b),
        ParameterKind::C => item.map_or(0.0, |params| params.c),
        ParameterKind::Mean => metrics.latent_mean,
        ParameterKind::Sd => metrics.latent_sd,
    }
}
