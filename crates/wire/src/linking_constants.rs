//! The map from the scale of a calibration to that of its anchors.

use schemars::JsonSchema;
use seedtest_irt::{AnchorDrift, Fit, LatentFit, Linking, Model, ParameterKind};
use serde::{Deserialize, Serialize};

/// θ* = Aθ + B, b* = Ab + B, a* = a/A.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkingConstants {
    /// Slope.
    #[serde(rename = "A")]
    pub a: f64,
    /// Intercept.
    #[serde(rename = "B")]
    pub b: f64,
    /// Slope, by its other name.
    pub slope: f64,
    /// Intercept, by its other name.
    pub intercept: f64,
    /// How they were found.
    pub method: String,
    /// Anchor items behind them.
    pub n_anchors: usize,
    /// What the constants are, where no linking found them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub meaning: Option<String>,
    /// Standard error of the slope.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slope_se: Option<f64>,
    /// Standard error of the intercept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub intercept_se: Option<f64>,
    /// Covariance of the errors of slope and intercept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub covariance: Option<f64>,
    /// Anchors that were left out because they drifted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dropped_anchors: Vec<String>,
    /// Anchors that drift, with the test that says so: those left out, and those that were kept or
    /// held all the same.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub drift: Vec<DriftingAnchor>,
    /// Run whose scale this is, where the calibration was linked to an earlier one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
}

/// An anchor that does not stand where the others put it: beyond sampling error and by a size that
/// matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftingAnchor {
    /// Item id.
    pub item_id: String,
    /// ln a on the old scale minus ln of the linked a; null when the signs differ.
    pub ln_a_difference: Option<f64>,
    /// b on the old scale minus the linked b.
    pub b_difference: f64,
    /// Wald statistic of (a, b).
    pub statistic: Option<f64>,
    /// Its degrees of freedom.
    pub df: u8,
    /// Its p after Holm's correction for the number of anchors.
    pub p_adjusted: Option<f64>,
    /// Whether it was used all the same.
    pub kept: bool,
}

impl DriftingAnchor {
    /// An anchor of a linking under its id.
    pub fn new(item_id: &str, anchor: &AnchorDrift) -> Self {
        Self {
            item_id: item_id.to_string(),
            ln_a_difference: anchor.ln_a_difference,
            b_difference: anchor.b_difference,
            statistic: anchor.statistic,
            df: anchor.df,
            p_adjusted: anchor.p_adjusted,
            kept: anchor.kept,
        }
    }
}

impl LinkingConstants {
    /// The identity map, of a calibration that was not linked to anything.
    pub fn none() -> Self {
        Self {
            a: 1.0,
            b: 0.0,
            slope: 1.0,
            intercept: 0.0,
            method: "none".to_string(),
            n_anchors: 0,
            meaning: None,
            slope_se: None,
            intercept_se: None,
            covariance: None,
            dropped_anchors: Vec::new(),
            drift: Vec::new(),
            reference: None,
        }
    }

    /// The map that a calibration with its anchors held fixed amounts to: from the scale on which
    /// its students are N(0, 1) to that of the anchors. A Rasch calibration keeps its unit.
    pub fn held(fit: &Fit, n_anchors: usize) -> Self {
        let row = |kind| fit.covariance.as_ref().and_then(|covariance| covariance.row(None, kind));
        let both = row(ParameterKind::Mean).zip(row(ParameterKind::Sd));
        let covariance = both.and_then(|(i, j)| Some(fit.covariance.as_ref()?.get(i, j)));
        let unit_of = (fit.spec.model == Model::Rasch).then_some("a Rasch scale");
        Self::held_in(fit.latent, covariance, unit_of, n_anchors)
    }

    /// The same of a calibration with this ability distribution and covariance of its mean and standard deviation;
    /// `unit_of` says what keeps its unit, if something does.
    pub fn held_in(
        latent: LatentFit,
        covariance: Option<f64>,
        unit_of: Option<&str>,
        n_anchors: usize,
    ) -> Self {
        let free = unit_of.is_none();
        let (a, slope_se) = if free { (latent.sd, latent.sd_se) } else { (1.0, None) };
        let of_a = unit_of.map_or_else(
            || "A is the standard deviation of the students' abilities".to_string(),
            |unit| format!("A is 1, the unit of {unit}"),
        );
        Self {
            a,
            b: latent.mean,
            slope: a,
            intercept: latent.mean,
            method: "fixed".to_string(),
            n_anchors,
            meaning: Some(format!(
                "the anchors were held fixed; {of_a}, B is their mean, on the scale of the anchors"
            )),
            slope_se,
            intercept_se: latent.mean_se,
            covariance: covariance.filter(|_| free),
            ..Self::none()
        }
    }

    /// The map that a linking found; `id` names an item by its code.
    pub fn of<'a>(linking: &Linking, id: impl Fn(u32) -> &'a str) -> Self {
        let dropped = linking.anchors.iter().filter(|anchor| !anchor.kept);
        let drifting = linking.anchors.iter().filter(|anchor| anchor.drifts);
        Self {
            a: linking.slope,
            b: linking.intercept,
            slope: linking.slope,
            intercept: linking.intercept,
            method: linking.method.name().to_string(),
            n_anchors: linking.n_anchors,
            slope_se: linking.slope_se,
            intercept_se: linking.intercept_se,
            covariance: linking.covariance,
            dropped_anchors: dropped.map(|anchor| id(anchor.item).to_string()).collect(),
            drift: drifting.map(|anchor| DriftingAnchor::new(id(anchor.item), anchor)).collect(),
            ..Self::none()
        }
    }
}
