//! Items whose parameters moved between two calibrations.

use serde::{Deserialize, Serialize};

use crate::covariance::Covariance;
use crate::drift_test::{AnchorDrift, DriftTest};
use crate::item_parameters::ItemParameters;
use crate::link::{LinkItem, LinkSpec, Linking, link};
use crate::link_error::LinkError;
use crate::result::ItemFit;

/// Changes by which the drift of an item is graded, where the test says that it drifts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftThresholds {
    /// |Δb| for minor, moderate and severe drift.
    pub b: [f64; 3],
    /// |Δa| for moderate and severe drift.
    pub a: [f64; 2],
    /// Increase of c for moderate drift.
    pub c: f64,
}

impl Default for DriftThresholds {
    fn default() -> Self {
        Self { b: [0.25, 0.35, 0.5], a: [0.2, 0.4], c: 0.03 }
    }
}

impl DriftThresholds {
    /// The change beyond which drift is of a severity; `None` where a change of this kind never is.
    pub fn of(&self, reason: DriftReason, severity: Severity) -> Option<f64> {
        let Self { a: [moderate_a, severe_a], b: [minor_b, moderate_b, severe_b], c } = *self;
        match (reason, severity) {
            (DriftReason::DeltaB, Severity::Minor) => Some(minor_b),
            (DriftReason::DeltaB, Severity::Moderate) => Some(moderate_b),
            (DriftReason::DeltaB, Severity::Severe) => Some(severe_b),
            (DriftReason::DeltaA, Severity::Moderate) => Some(moderate_a),
            (DriftReason::DeltaA, Severity::Severe) => Some(severe_a),
            (DriftReason::DeltaC, Severity::Moderate) => Some(c),
            (DriftReason::DeltaA, Severity::Minor)
            | (DriftReason::DeltaC, Severity::Minor | Severity::Severe) => None,
        }
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

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Moderate => "moderate",
            Self::Severe => "severe",
        }
    }
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
}

impl DriftReason {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeltaB => "delta_b",
            Self::DeltaA => "delta_a",
            Self::DeltaC => "delta_c",
        }
    }
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
    /// The Wald test of (a, b), and whether the item carried the link.
    pub test: AnchorDrift,
    /// How much it drifted; `None` = no more than sampling error explains, or too little to matter.
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
/// An item drifts where the Wald test of its a and b against the link says so at the family-wise
/// level of `spec.drift` (the default test where there is none) and a change is beyond a threshold.
/// With `spec.drift` such items are also left out of the link, which they would distort. The item
/// codes of both calibrations must mean the same items. The two samples of students are taken as
/// sharing no answers: where they do, the errors of a difference are smaller than they are taken to
/// be, and less drift is found.
pub fn compare(
    previous: &[ItemFit],
    current: &[ItemFit],
    spec: &LinkSpec,
    thresholds: &DriftThresholds,
) -> Result<Drift, LinkError> {
    let common: Vec<LinkItem> = previous
        .iter()
        .filter_map(|old| {
            let at = current.binary_search_by_key(&old.item, |i| i.item).ok()?;
            let (new, old_side) = (ItemParameters::from(&current[at]), ItemParameters::from(old));
            Some(LinkItem { item: old.item, new, old: old_side })
        })
        .collect();
    let errors = [errors(current), errors(previous)];
    let linking = link(&common, spec, (errors[0].as_ref(), errors[1].as_ref()))?;
    let mut tests = linking.anchors.clone();
    if spec.drift.is_none() {
        DriftTest::default().judge(&mut tests);
    }
    let mut items: Vec<ItemDrift> = common
        .iter()
        .zip(tests)
        .map(|(item, test)| item_drift(item, &linking, test, thresholds))
        .collect();
    items.sort_by(|x, y| {
        y.severity.cmp(&x.severity).then(y.delta_b.abs().total_cmp(&x.delta_b.abs()))
    });
    Ok(Drift { linking, items })
}

/// The errors of a calibration by item; `None` where no item has any.
fn errors(items: &[ItemFit]) -> Option<Covariance> {
    let known: Vec<_> = items.iter().filter_map(|item| Some((item.item, item.se?))).collect();
    (!known.is_empty()).then(|| Covariance::of_errors(&known))
}

fn item_drift(
    item: &LinkItem,
    linking: &Linking,
    test: AnchorDrift,
    thresholds: &DriftThresholds,
) -> ItemDrift {
    let previous = item.old;
    let current = item.new.on_scale(linking.slope, linking.intercept);
    let (delta_a, delta_b) = (current.a - previous.a, current.b - previous.b);
    let delta_c = current.c - previous.c;
    let changes = [
        (DriftReason::DeltaB, delta_b.abs()),
        (DriftReason::DeltaA, delta_a.abs()),
        (DriftReason::DeltaC, delta_c),
    ];
    let passed = |(reason, value): (DriftReason, f64)| {
        let is_beyond = |severity: &Severity| {
            thresholds.of(reason, *severity).is_some_and(|threshold| value > threshold)
        };
        let mut worst_first = [Severity::Severe, Severity::Moderate, Severity::Minor].into_iter();
        Some((reason, worst_first.find(is_beyond)?))
    };
    let reasons: Vec<(DriftReason, Severity)> =
        changes.into_iter().filter(|_| test.drifts).filter_map(passed).collect();
    let severity = reasons.iter().map(|r| r.1).max();
    ItemDrift {
        item: item.item,
        previous,
        current,
        delta_a,
        delta_b,
        delta_c,
        test,
        severity,
        reasons,
    }
}
