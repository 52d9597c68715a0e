//! Linking: from the scale of one calibration to that of another.

use seedtest_numerics::{Quadrature, Rule};
use serde::{Deserialize, Serialize};

use crate::covariance::Covariance;
use crate::drift_test::{AnchorDrift, DriftTest, Tested, sandwich, worst};
use crate::item_parameters::ItemParameters;
use crate::link_error::LinkError;
use crate::link_methods::{Constants, WeightedNodes, characteristic_curves, moments};

/// How the constants of a linking are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMethod {
    /// slope = mean(a of the new form) / mean(a of the old) (Loyd & Hoover 1980).
    MeanMean,
    /// slope = sd(b of the old form) / sd(b of the new) (Marco 1977).
    MeanSigma,
    /// Least squares between the curves of each item (Haebara 1980).
    Haebara,
    /// Least squares between the test characteristic curves (Stocking & Lord 1983).
    #[default]
    StockingLord,
}

impl LinkMethod {
    /// Name as written in files, on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::MeanMean => "mean_mean",
            Self::MeanSigma => "mean_sigma",
            Self::Haebara => "haebara",
            Self::StockingLord => "stocking_lord",
        }
    }
}

impl std::fmt::Display for LinkMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for LinkMethod {
    type Err = LinkError;

    /// Accepts hyphens for underscores and any case.
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let name = text.trim().to_ascii_lowercase().replace('-', "_");
        [Self::MeanMean, Self::MeanSigma, Self::Haebara, Self::StockingLord]
            .into_iter()
            .find(|m| m.name() == name)
            .ok_or_else(|| LinkError::UnknownMethod(text.to_owned()))
    }
}

/// One item calibrated on both scales.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkItem {
    /// Item code.
    pub item: u32,
    /// Parameters on the new scale, which is to be moved.
    pub new: ItemParameters,
    /// Parameters on the old (anchor) scale.
    pub old: ItemParameters,
}

/// How to link.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkSpec {
    /// The method.
    pub method: LinkMethod,
    /// Abilities of the old scale over which curves are compared, weighted as N(0, 1).
    pub quadrature: Rule,
    /// Whether both scales have the same unit, as those of Rasch calibrations do: A = 1, and only
    /// B is found.
    pub same_unit: bool,
    /// When an anchor counts as drifting and is left out; `None` keeps all.
    pub drift: Option<DriftTest>,
}

impl Default for LinkSpec {
    /// Stocking–Lord over 81 points on [−4, 4], all anchors kept.
    fn default() -> Self {
        Self {
            method: LinkMethod::StockingLord,
            quadrature: Rule::Grid { points: 81, min: -4.0, max: 4.0 },
            same_unit: false,
            drift: None,
        }
    }
}

/// The transformation θ* = slope·θ + intercept from the new to the old scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linking {
    /// A: a* = a/A.
    pub slope: f64,
    /// B: b* = A·b + B.
    pub intercept: f64,
    /// Standard error of A; `None` when no covariance was given.
    pub slope_se: Option<f64>,
    /// Standard error of B; `None` when no covariance was given.
    pub intercept_se: Option<f64>,
    /// Covariance of A and B; `None` when no covariance was given.
    pub covariance: Option<f64>,
    /// The method.
    pub method: LinkMethod,
    /// Anchors used.
    pub n_anchors: usize,
    /// Every anchor, with its distance from the others.
    pub anchors: Vec<AnchorDrift>,
    /// Covariance of each estimate of the new calibration, in the rows of its covariance, with A
    /// and B; empty when that covariance was not given.
    #[serde(skip)]
    pub(crate) with_new: Vec<[f64; 2]>,
}

/// Finds the constants that carry the new scale to the old one.
///
/// `covariances` of the two calibrations, where known, give standard errors by the delta method and
/// the test of [`LinkSpec::drift`]: pass (new, old), with `None` for a side whose parameters are
/// taken as exact. The errors of the two sides are taken as independent.
///
/// ```
/// use seedtest_irt::{ItemParameters, LinkItem, LinkMethod, LinkSpec, link};
///
/// // The students of the new calibration are better by half a unit and spread 1.2 times as wide.
/// let anchor = |item, (a_old, b_old), (a_new, b_new)| LinkItem {
///     item,
///     new: ItemParameters { a: a_new, b: b_new, c: 0.0 },
///     old: ItemParameters { a: a_old, b: b_old, c: 0.0 },
/// };
/// let anchors = [
///     anchor(1, (1.0, -0.7), (1.2, -1.0)),
///     anchor(2, (1.5, 0.5), (1.8, 0.0)),
///     anchor(3, (0.75, 1.7), (0.9, 1.0)),
/// ];
/// let spec = LinkSpec { method: LinkMethod::MeanMean, ..LinkSpec::default() };
/// let linking = link(&anchors, &spec, (None, None))?;
/// assert!((linking.slope - 1.2).abs() < 1e-12);
/// assert!((linking.intercept - 0.5).abs() < 1e-12);
/// let new_item = ItemParameters { a: 0.96, b: 0.25, c: 0.0 };
/// let banked = new_item.on_scale(linking.slope, linking.intercept);
/// assert!((banked.a - 0.8).abs() < 1e-12 && (banked.b - 0.8).abs() < 1e-12);
/// # Ok::<(), seedtest_irt::LinkError>(())
/// ```
pub fn link(
    items: &[LinkItem],
    spec: &LinkSpec,
    covariances: (Option<&Covariance>, Option<&Covariance>),
) -> Result<Linking, LinkError> {
    check(items, spec)?;
    let quadrature = Quadrature::new(spec.quadrature)?;
    let nodes = WeightedNodes::new(&quadrature);
    let mut dropped: Vec<AnchorDrift> = Vec::new();
    loop {
        let out = |item: &LinkItem| dropped.iter().find(|out| out.item == item.item);
        let used: Vec<LinkItem> =
            items.iter().filter(|item| out(item).is_none()).copied().collect();
        let solution = solve(spec, &used, &nodes, covariances)?;
        let tested = Tested::new(&solution, &used, covariances);
        let mut anchors: Vec<AnchorDrift> =
            items.iter().map(|item| out(item).copied().unwrap_or(tested.anchor(item))).collect();
        if let Some(test) = &spec.drift {
            test.judge(&mut anchors);
            if let Some(worst) = worst(&anchors) {
                dropped.push(AnchorDrift { kept: false, ..worst });
                continue;
            }
        }
        let variance = tested.variance;
        return Ok(Linking {
            slope: solution.slope,
            intercept: solution.intercept,
            slope_se: variance.map(|v| v[0][0].sqrt()),
            intercept_se: variance.map(|v| v[1][1].sqrt()),
            covariance: variance.map(|v| v[0][1]),
            method: spec.method,
            n_anchors: used.len(),
            anchors,
            with_new: tested.with_new(),
        });
    }
}

fn solve(
    spec: &LinkSpec,
    used: &[LinkItem],
    nodes: &WeightedNodes,
    covariances: (Option<&Covariance>, Option<&Covariance>),
) -> Result<Constants, LinkError> {
    let with_errors = covariances.0.is_some() || covariances.1.is_some();
    match spec.method {
        LinkMethod::MeanMean | LinkMethod::MeanSigma => moments(spec, used),
        LinkMethod::Haebara | LinkMethod::StockingLord => {
            characteristic_curves(spec, used, nodes, with_errors)
        }
    }
}

fn check(items: &[LinkItem], spec: &LinkSpec) -> Result<(), LinkError> {
    let needed = if spec.same_unit { 1 } else { 2 };
    if items.len() < needed {
        return Err(LinkError::TooFewAnchors { anchors: items.len(), needed });
    }
    for (i, item) in items.iter().enumerate() {
        for (side, parameters) in [("new", item.new), ("old", item.old)] {
            if let Some((field, value, required)) = parameters.fault() {
                return Err(LinkError::Parameter { item: item.item, side, field, value, required });
            }
        }
        if items[..i].iter().any(|other| other.item == item.item) {
            return Err(LinkError::DuplicateAnchor { item: item.item });
        }
    }
    spec.drift.map_or(Ok(()), |test| test.validate())
}

impl Linking {
    /// Linking from the scale of `self` through that of `next`: first `self`, then `next`.
    ///
    /// The errors of the two are taken as independent. The method is that of `next`; the anchors
    /// are not carried over.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let slope = next.slope * self.slope;
        let variance = self.variance().zip(next.variance()).map(|(first, second)| {
            // (A, B) = (A₂A₁, A₂B₁ + B₂).
            let by_first = [[next.slope, 0.0], [0.0, next.slope]];
            let by_second = [[self.slope, 0.0], [self.intercept, 1.0]];
            add(sandwich(by_first, first), sandwich(by_second, second))
        });
        Self {
            slope,
            intercept: next.slope * self.intercept + next.intercept,
            slope_se: variance.map(|v| v[0][0].sqrt()),
            intercept_se: variance.map(|v| v[1][1].sqrt()),
            covariance: variance.map(|v| v[0][1]),
            method: next.method,
            n_anchors: self.n_anchors.min(next.n_anchors),
            anchors: Vec::new(),
            with_new: Vec::new(),
        }
    }

    /// Covariance matrix of (A, B).
    pub(crate) fn variance(&self) -> Option<[[f64; 2]; 2]> {
        let (slope, intercept) = (self.slope_se?, self.intercept_se?);
        let both = self.covariance?;
        Some([[slope * slope, both], [both, intercept * intercept]])
    }
}

fn add(x: [[f64; 2]; 2], y: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[x[0][0] + y[0][0], x[0][1] + y[0][1]], [x[1][0] + y[1][0], x[1][1] + y[1][1]]]
}
