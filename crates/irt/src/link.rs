//! Linking: from the scale of one calibration to that of another.

use seedtest_numerics::{Quadrature, Rule};
use serde::{Deserialize, Serialize};

use crate::covariance::{Covariance, ParameterKind};
use crate::item_parameters::ItemParameters;
use crate::link_error::LinkError;
use crate::link_methods::{WeightedNodes, characteristic_curves, moments};

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
    /// Largest robust z of an anchor that is kept; `None` keeps all. An anchor is left out only if
    /// it also moved by a tenth of a unit in b or ln a, and never more than a fifth of them.
    pub purify: Option<f64>,
}

impl Default for LinkSpec {
    /// Stocking–Lord over 81 points on [−4, 4], all anchors kept.
    fn default() -> Self {
        Self {
            method: LinkMethod::StockingLord,
            quadrature: Rule::Grid { points: 81, min: -4.0, max: 4.0 },
            purify: None,
        }
    }
}

impl LinkSpec {
    /// Robust z beyond which an anchor counts as drifting (Huynh & Meyer 2010 recommend 1.645 and
    /// removing at most a fifth; 2.7 is about the 1 % point).
    pub const PURIFY: f64 = 2.7;
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
}

/// How far one anchor stands from where the others put it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AnchorDrift {
    /// Item code.
    pub item: u32,
    /// ln a on the old scale minus ln of the linked a; `None` when the signs differ.
    pub ln_a_difference: Option<f64>,
    /// b on the old scale minus the linked b.
    pub b_difference: f64,
    /// Robust z of `ln_a_difference` (median and 0.74 × interquartile range).
    pub ln_a_z: Option<f64>,
    /// Robust z of `b_difference`.
    pub b_z: Option<f64>,
    /// Whether the anchor was used in the end.
    pub kept: bool,
}

/// Finds the constants that carry the new scale to the old one.
///
/// `covariances` of the two calibrations, where known, give standard errors by the delta method:
/// pass (new, old), with `None` for a side whose parameters are taken as exact.
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
    let with_errors = covariances.0.is_some() || covariances.1.is_some();
    let mut kept = vec![true; items.len()];
    loop {
        let used: Vec<LinkItem> =
            items.iter().zip(&kept).filter(|(_, k)| **k).map(|(i, _)| *i).collect();
        let solution = match spec.method {
            LinkMethod::MeanMean | LinkMethod::MeanSigma => moments(spec.method, &used),
            LinkMethod::Haebara | LinkMethod::StockingLord => {
                characteristic_curves(spec.method, &used, &nodes, with_errors)
            }
        }?;
        let anchors = drift(items, &kept, solution.slope, solution.intercept);
        if let Some(worst) = worst(&anchors, &kept, spec.purify) {
            kept[worst] = false;
            continue;
        }
        let variance = solution.variance(&used, covariances);
        return Ok(Linking {
            slope: solution.slope,
            intercept: solution.intercept,
            slope_se: variance.map(|v| v[0][0].sqrt()),
            intercept_se: variance.map(|v| v[1][1].sqrt()),
            covariance: variance.map(|v| v[0][1]),
            method: spec.method,
            n_anchors: used.len(),
            anchors,
        });
    }
}

fn check(items: &[LinkItem], spec: &LinkSpec) -> Result<(), LinkError> {
    if items.len() < 2 {
        return Err(LinkError::TooFewAnchors { anchors: items.len() });
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
    match spec.purify {
        Some(limit) if limit.is_nan() || limit <= 0.0 => {
            Err(LinkError::PurifyLimit { value: limit })
        }
        _ => Ok(()),
    }
}

/// The kept anchor that drifts most, if one drifts too much and enough others remain.
fn worst(anchors: &[AnchorDrift], kept: &[bool], limit: Option<f64>) -> Option<usize> {
    /// With fewer, median and quartiles say nothing.
    const FEWEST: usize = 4;
    /// Share of the anchors that may be left out.
    const MOST_DROPPED: f64 = 0.2;
    let limit = limit?;
    let n_kept = kept.iter().filter(|k| **k).count();
    let dropped_after = (kept.len() - n_kept + 1) as f64;
    if n_kept <= FEWEST || dropped_after > MOST_DROPPED * kept.len() as f64 {
        return None;
    }
    let (index, anchor) = anchors
        .iter()
        .enumerate()
        .filter(|(i, _)| kept[*i])
        .max_by(|x, y| x.1.distance().total_cmp(&y.1.distance()))?;
    (anchor.distance() > limit).then_some(index)
}

impl AnchorDrift {
    /// Larger of the two robust z, of those whose difference matters: where all anchors agree to
    /// the third digit, the fourth is no drift.
    fn distance(&self) -> f64 {
        const SMALLEST: f64 = 0.1;
        let of = |difference: Option<f64>, z: Option<f64>| {
            z.filter(|_| difference.is_some_and(|d| d.abs() >= SMALLEST)).map_or(0.0, f64::abs)
        };
        of(Some(self.b_difference), self.b_z).max(of(self.ln_a_difference, self.ln_a_z))
    }
}

fn drift(items: &[LinkItem], kept: &[bool], slope: f64, intercept: f64) -> Vec<AnchorDrift> {
    let mut anchors: Vec<AnchorDrift> = items
        .iter()
        .zip(kept)
        .map(|(item, &kept)| {
            let linked = item.new.on_scale(slope, intercept);
            let ratio = item.old.a / linked.a;
            AnchorDrift {
                item: item.item,
                ln_a_difference: (ratio > 0.0).then(|| seedtest_numerics::ln(ratio)),
                b_difference: item.old.b - linked.b,
                ln_a_z: None,
                b_z: None,
                kept,
            }
        })
        .collect();
    let of_kept = |value: &dyn Fn(&AnchorDrift) -> Option<f64>| {
        let values: Vec<f64> = anchors.iter().filter(|a| a.kept).filter_map(value).collect();
        RobustScale::of(values)
    };
    let a_scale = of_kept(&|a| a.ln_a_difference);
    let b_scale = of_kept(&|a| Some(a.b_difference));
    for anchor in &mut anchors {
        anchor.ln_a_z = a_scale.zip(anchor.ln_a_difference).and_then(|(scale, x)| scale.z(x));
        anchor.b_z = b_scale.and_then(|scale| scale.z(anchor.b_difference));
    }
    anchors
}

#[derive(Clone, Copy)]
struct RobustScale {
    median: f64,
    spread: f64,
}

impl RobustScale {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        /// 0.74 × interquartile range estimates the standard deviation of a normal sample.
        const QUARTILES_TO_SD: f64 = 0.74;
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let quantile = |p: f64| {
            let at = p * (values.len() - 1) as f64;
            let (low, share) = (at.floor() as usize, at.fract());
            values[low] + share * (values[(low + 1).min(values.len() - 1)] - values[low])
        };
        let spread = QUARTILES_TO_SD * (quantile(0.75) - quantile(0.25));
        Some(Self { median: quantile(0.5), spread })
    }

    /// `None` when at least half of the anchors agree to the last digit.
    fn z(self, x: f64) -> Option<f64> {
        (self.spread > 0.0).then(|| (x - self.median) / self.spread)
    }
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
        }
    }

    fn variance(&self) -> Option<[[f64; 2]; 2]> {
        let (slope, intercept) = (self.slope_se?, self.intercept_se?);
        let both = self.covariance?;
        Some([[slope * slope, both], [both, intercept * intercept]])
    }
}

pub(crate) fn add(x: [[f64; 2]; 2], y: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[x[0][0] + y[0][0], x[0][1] + y[0][1]], [x[1][0] + y[1][0], x[1][1] + y[1][1]]]
}

fn sandwich(j: [[f64; 2]; 2], v: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let mut out = [[0.0; 2]; 2];
    for (r, out) in out.iter_mut().enumerate() {
        for (c, out) in out.iter_mut().enumerate() {
            for k in 0..2 {
                for l in 0..2 {
                    *out += j[r][k] * v[k][l] * j[c][l];
                }
            }
        }
    }
    out
}

/// Variance of (A, B) that one calibration contributes: gradients of A and B by a, b, c of every
/// anchor, times the covariance of those.
pub(crate) fn propagate(
    items: &[LinkItem],
    gradients: &[[[f64; 3]; 2]],
    covariance: &Covariance,
) -> [[f64; 2]; 2] {
    const KINDS: [ParameterKind; 3] = [ParameterKind::A, ParameterKind::B, ParameterKind::C];
    let rows: Vec<(usize, [f64; 2])> = items
        .iter()
        .zip(gradients)
        .flat_map(|(item, gradient)| {
            KINDS.iter().enumerate().filter_map(move |(k, &kind)| {
                let row = covariance.row(Some(item.item), kind)?;
                Some((row, [gradient[0][k], gradient[1][k]]))
            })
        })
        .collect();
    let mut variance = [[0.0; 2]; 2];
    for (i, x) in &rows {
        for (j, y) in &rows {
            let v = covariance.get(*i, *j);
            for r in 0..2 {
                for c in 0..2 {
                    variance[r][c] += x[r] * y[c] * v;
                }
            }
        }
    }
    variance
}
