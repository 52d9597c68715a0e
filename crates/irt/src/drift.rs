//! Items whose parameters moved between two calibrations.

use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::link::{LinkItem, LinkSpec, Linking, link};
use crate::link_error::LinkError;
use crate::result::ItemFit;

/// Changes beyond which an item counts as drifting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftThresholds {
    /// |Δb| for minor, moderate and severe drift.
    pub b: [f64; 3],
    /// |Δa| for moderate and severe drift.
    pub a: [f64; 2],
    /// Increase of c for moderate drift.
    pub c: f64,
    /// Half width of the confidence interval of the previous b, in standard errors: a current b
    /// outside of it is severe.
    pub interval: f64,
}

impl Default for DriftThresholds {
    fn default() -> Self {
        Self { b: [0.25, 0.35, 0.5], a: [0.2, 0.4], c: 0.03, interval: 1.96 }
    }
}

/// How much an item has drifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Minor,
    /// Worth a look.
    Moderate,
    /// Not the same item any more.
    Severe,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftReason {
    /// The difficulty.
    DeltaB,
    /// The discrimination.
    DeltaA,
    /// The guessing probability rose.
    DeltaC,
    /// The current difficulty lies outside the confidence interval of the previous one.
    BCiSeparation,
}

/// One item in two calibrations, on the scale of the previous one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDrift {
    /// Item code.
    pub item: u32,
    /// Previous parameters.
    pub previous: ItemParameters,
    /// Current parameters on the previous scale.
    pub current: ItemParameters,
    /// Current minus previous a.
    pub delta_a: f64,
    /// Current minus previous b.
    pub delta_b: f64,
    /// Current minus previous c.
    pub delta_c: f64,
    /// `delta_a` in standard errors of a difference of independent estimates; `None` without them.
    pub z_a: Option<f64>,
    /// `delta_b` likewise.
    pub z_b: Option<f64>,
    /// How much it drifted; `None` = not beyond any threshold.
    pub severity: Option<Severity>,
    /// Which thresholds it passed, and how severe each is.
    pub reasons: Vec<(DriftReason, Severity)>,
}

/// Two calibrations compared on a common scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// From the current to the previous scale.
    pub linking: Linking,
    /// Common items, most severe first, then by |Δb|.
    pub items: Vec<ItemDrift>,
}

/// Compares two calibrations after linking the current one to the previous one.
///
/// Items that drift distort the link they are judged by: use `LinkSpec::purify`. The item codes of
/// both calibrations must mean the same items. Standard errors of a difference assume that the two
/// samples of students share no answers and leave out the error of the link.
pub fn compare(
    previous: &[ItemFit],
    current: &[ItemFit],
    spec: &LinkSpec,
    thresholds: &DriftThresholds,
) -> Result<Drift, LinkError> {
    let common: Vec<(&ItemFit, &ItemFit)> = previous
        .iter()
        .filter_map(|old| {
            let at = current.binary_search_by_key(&old.item, |i| i.item).ok()?;
            Some((old, &current[at]))
        })
        .collect();
    let anchors: Vec<LinkItem> = common
        .iter()
        .map(|(old, new)| LinkItem {
            item: old.item,
            new: ItemParameters::from(*new),
            old: ItemParameters::from(*old),
        })
        .collect();
    let linking = link(&anchors, spec, (None, None))?;
    let mut items: Vec<ItemDrift> =
        common.iter().map(|(old, new)| item_drift(old, new, &linking, thresholds)).collect();
    items.sort_by(|x, y| {
        y.severity.cmp(&x.severity).then(y.delta_b.abs().total_cmp(&x.delta_b.abs()))
    });
    Ok(Drift { linking, items })
}

fn item_drift(
    old: &ItemFit,
    new: &ItemFit,
    linking: &Linking,
    thresholds: &DriftThresholds,
) -> ItemDrift {
    let previous = ItemParameters::from(old);
    let current = ItemParameters::from(new).on_scale(linking.slope, linking.intercept);
    let (delta_a, delta_b) = (current.a - previous.a, current.b - previous.b);
    let delta_c = current.c - previous.c;
    let errors = old.se.zip(new.se);
    let pooled = |x: f64, y: f64| (x * x + y * y).sqrt();
    let z_a = errors.and_then(|(x, y)| Some(delta_a / pooled(x.a?, y.a? / linking.slope)));
    let z_b = errors.and_then(|(x, y)| Some(delta_b / pooled(x.b?, y.b? * linking.slope)));
    let mut reasons = Vec::new();
    let [minor, moderate, severe] = thresholds.b;
    let of_b =
        [(severe, Severity::Severe), (moderate, Severity::Moderate), (minor, Severity::Minor)];
    let passed = |value: f64, steps: &[(f64, Severity)]| {
        steps.iter().find(|(threshold, _)| value > *threshold).map(|step| step.1)
    };
    reasons.extend(passed(delta_b.abs(), &of_b).map(|s| (DriftReason::DeltaB, s)));
    let of_a = [(thresholds.a[1], Severity::Severe), (thresholds.a[0], Severity::Moderate)];
    reasons.extend(passed(delta_a.abs(), &of_a).map(|s| (DriftReason::DeltaA, s)));
    let of_c = [(thresholds.c, Severity::Moderate)];
    reasons.extend(passed(delta_c, &of_c).map(|s| (DriftReason::DeltaC, s)));
    let previous_se = old.se.and_then(|se| se.b);
    if previous_se.is_some_and(|se| delta_b.abs() > thresholds.interval * se) {
        reasons.push((DriftReason::BCiSeparation, Severity::Severe));
    }
    let severity = reasons.iter().map(|r| r.1).max();
    ItemDrift {
        item: old.item,
        previous,
        current,
        delta_a,
        delta_b,
        delta_c,
        z_a,
        z_b,
        severity,
        reasons,
    }
}
