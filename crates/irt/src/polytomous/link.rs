//! Linking of calibrations with categories: from the scale of one to that of another.

use seedtest_numerics::{Cholesky, Quadrature, chi_square_sf, exp, ln, square};
use serde::{Deserialize, Serialize};

use super::covariance::{Covariance, ParameterKind};
use super::curves::{CategoryCurves, Form};
use crate::drift_test::DriftTest;
use crate::link::{LinkMethod, LinkSpec};
use crate::link_error::LinkError;
use crate::link_search::{NormalEquations, least_squares, solve_constants};

/// One item calibrated on both scales.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkItem {
    /// Item code.
    pub item: u32,
    /// Curves on the new scale, which is to be moved.
    pub new: CategoryCurves,
    /// Curves on the old (anchor) scale, of the same form and number of categories.
    pub old: CategoryCurves,
}

/// The transformation θ* = slope·θ + intercept from the new to the old scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linking {
    /// A: slopes are divided by it.
    pub slope: f64,
    /// B: difficulties become A·b + B.
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
    pub anchors: Vec<LinkedAnchor>,
    /// Covariance of A and B with every estimate of the new calibration, by row of its covariance.
    #[serde(skip)]
    pub(crate) with_new: Vec<[f64; 2]>,
}

/// How far one anchor stands from where the others put it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkedAnchor {
    /// Item code.
    pub item: u32,
    /// Expected category, as a share of the highest, on the old scale minus linked: root mean square over the
    /// abilities of the linking.
    pub distance: f64,
    /// Wald statistic of all its parameters; `None` when no covariance was given.
    pub statistic: Option<f64>,
    /// Parameters that were compared.
    pub df: u32,
    /// Probability of such a statistic without drift.
    pub p: Option<f64>,
    /// `p` after Holm's correction for the number of anchors.
    pub p_adjusted: Option<f64>,
    /// Whether it drifts: beyond chance and beyond [`MATTERS`] in `distance`.
    pub drifts: bool,
    /// Whether it was used in the end.
    pub kept: bool,
}

/// Distance from which on a drift matters: about what a tenth of a unit in b does to an item with two categories.
pub const MATTERS: f64 = 0.02;

/// Step of central differences in parameters.
const STEP: f64 = 1e-5;

/// Finds the constants that carry the new scale to the old one, by Haebara's or Stocking and Lord's criterion
/// over the category curves, or by means. With a drift test in `spec`, anchors that drift are left out as in
/// [`crate::link()`].
///
/// `covariances` of the two calibrations, where known, give standard errors by the delta method: pass
/// (new, old). The errors of the two sides are taken as independent.
///
/// # Errors
/// For fewer anchors than constants, curves of different forms, and anchors that determine no unit.
pub fn link(
    items: &[LinkItem],
    spec: &LinkSpec,
    covariances: (Option<&Covariance>, Option<&Covariance>),
) -> Result<Linking, LinkError> {
    check(items, spec)?;
    let nodes = nodes_of(spec)?;
    let mut dropped: Vec<LinkedAnchor> = Vec::new();
    loop {
        let out = |item: &LinkItem| dropped.iter().find(|out| out.item == item.item).copied();
        let used: Vec<&LinkItem> = items.iter().filter(|item| out(item).is_none()).collect();
        let problem = Problem { spec, items: &used, nodes: &nodes };
        let constants = problem.solve()?;
        let errors = Errors::new(&problem, constants, covariances)?;
        let mut anchors: Vec<LinkedAnchor> = items
            .iter()
            .map(|item| out(item).unwrap_or_else(|| errors.anchor(item, &nodes)))
            .collect();
        if let Some(test) = &spec.drift {
            judge(test, &mut anchors);
            if let Some(worst) = worst(&anchors) {
                dropped.push(LinkedAnchor { kept: false, ..worst });
                continue;
            }
        }
        let [slope, intercept] = constants;
        let variance = errors.variance;
        return Ok(Linking {
            slope,
            intercept,
            slope_se: variance.map(|v| v[0][0].max(0.0).sqrt()),
            intercept_se: variance.map(|v| v[1][1].max(0.0).sqrt()),
            covariance: variance.map(|v| v[0][1]),
            method: spec.method,
            n_anchors: used.len(),
            anchors,
            with_new: errors.with_new(),
        });
    }
}

fn check(items: &[LinkItem], spec: &LinkSpec) -> Result<(), LinkError> {
    let needed = if spec.same_unit { 1 } else { 2 };
    if items.len() < needed && !(items.len() == 1 && items[0].old.n_categories() > 2) {
        return Err(LinkError::TooFewAnchors { anchors: items.len(), needed });
    }
    for (i, item) in items.iter().enumerate() {
        for (side, curves) in [("new", &item.new), ("old", &item.old)] {
            if let Some(what) = curves.fault() {
                return Err(LinkError::Curves { item: item.item, side, what });
            }
        }
        let (new, old) = (&item.new, &item.old);
        if new.form() != old.form() || new.n_categories() != old.n_categories() {
            let what = format!(
                "{} categories of another form than the {} on the old scale",
                new.n_categories(),
                old.n_categories()
            );
            return Err(LinkError::Curves { item: item.item, side: "new", what });
        }
        if items[..i].iter().any(|other| other.item == item.item) {
            return Err(LinkError::DuplicateAnchor { item: item.item });
        }
    }
    spec.drift.map_or(Ok(()), |test| test.validate())
}

/// Abilities of the old scale with normalised weights.
fn nodes_of(spec: &LinkSpec) -> Result<Vec<(f64, f64)>, LinkError> {
    let quadrature = Quadrature::new(spec.quadrature)?;
    let weights = quadrature.weights(0.0, 1.0);
    Ok(quadrature.nodes().iter().copied().zip(weights).collect())
}

/// What is minimised.
struct Problem<'a> {
    spec: &'a LinkSpec,
    items: &'a [&'a LinkItem],
    nodes: &'a [(f64, f64)],
}

/// Residuals of the categories of an item at an ability of the old scale, with their derivatives by the ability
/// of the new one; for the test curve one number, the expected category.
fn residuals(item: &LinkItem, x: [f64; 2], theta: f64, of_test: bool) -> Vec<(f64, f64)> {
    let back = (theta - x[1]) / x[0];
    let (new, old) = (item.new.at(back), item.old.at(theta));
    let each = new.iter().zip(&old).map(|(new, old)| {
        let p = exp(new.log_p);
        (p - exp(old.log_p), p * new.first)
    });
    if !of_test {
        return each.collect();
    }
    let sum = each.enumerate().fold((0.0, 0.0), |sum, (k, (residual, by))| {
        (sum.0 + k as f64 * residual, sum.1 + k as f64 * by)
    });
    vec![sum]
}

impl Problem<'_> {
    fn solve(&self) -> Result<[f64; 2], LinkError> {
        let start = self.by_moments(LinkMethod::MeanMean);
        match self.spec.method {
            method @ (LinkMethod::MeanMean | LinkMethod::MeanSigma) => self.by_moments(method),
            LinkMethod::Haebara | LinkMethod::StockingLord => {
                // Nominal categories have no difficulties to begin with.
                let start = start.unwrap_or([1.0, 0.0]);
                least_squares(start, self.spec.same_unit, |x| self.normal_equations(x, None))
            }
        }
    }

    /// Over the slopes of all items and the difficulties of all their steps.
    fn by_moments(&self, method: LinkMethod) -> Result<[f64; 2], LinkError> {
        let of = |f: fn(&LinkItem) -> Vec<f64>| -> Vec<f64> {
            self.items.iter().flat_map(|item| f(item)).collect()
        };
        let (b_new, b_old) = (of(|i| i.new.difficulties()), of(|i| i.old.difficulties()));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        if b_new.is_empty() {
            return Err(LinkError::NoUnit { reason: "nominal categories have no difficulties" });
        }
        if self.spec.same_unit {
            return Ok([1.0, mean(&b_old) - mean(&b_new)]);
        }
        let slope = if method == LinkMethod::MeanMean {
            let slopes = |side: fn(&LinkItem) -> &CategoryCurves| -> Vec<f64> {
                self.items.iter().filter_map(|item| side(item).slope()).collect()
            };
            mean(&slopes(|i| &i.new)) / mean(&slopes(|i| &i.old))
        } else {
            let sd = |x: &[f64]| x.iter().map(|b| square(b - mean(x))).sum::<f64>().sqrt();
            sd(&b_old) / sd(&b_new)
        };
        if !(slope.is_finite() && slope > 0.0) {
            return Err(LinkError::NoUnit {
                reason: "their slopes or difficulties have no spread",
            });
        }
        Ok([slope, mean(&b_old) - slope * mean(&b_new)])
    }

    /// With `instead`, one item is another one.
    fn normal_equations(&self, x: [f64; 2], instead: Option<&LinkItem>) -> NormalEquations {
        let of_test = self.spec.method == LinkMethod::StockingLord;
        let mut normal = NormalEquations::default();
        for &(theta, weight) in self.nodes {
            let back = (theta - x[1]) / x[0];
            let by = [-back / x[0], -1.0 / x[0]];
            let mut test = (0.0, 0.0);
            for item in self.items {
                let item = instead.filter(|other| other.item == item.item).unwrap_or(item);
                for (residual, slope) in residuals(item, x, theta, of_test) {
                    if of_test {
                        test = (test.0 + residual, test.1 + slope);
                    } else {
                        normal.add(weight, residual, by.map(|by| slope * by));
                    }
                }
            }
            if of_test {
                normal.add(weight, test.0, by.map(|by| test.1 * by));
            }
        }
        normal
    }

    /// What vanishes at the solution: the gradient, or by how much the constants miss the moments.
    fn condition(&self, x: [f64; 2], instead: Option<&LinkItem>) -> Result<[f64; 2], LinkError> {
        match self.spec.method {
            LinkMethod::Haebara | LinkMethod::StockingLord => {
                Ok(self.normal_equations(x, instead).gradient)
            }
            method => {
                let swapped: Vec<&LinkItem> = self
                    .items
                    .iter()
                    .map(|item| instead.filter(|other| other.item == item.item).unwrap_or(item))
                    .collect();
                let [slope, intercept] = Problem { items: &swapped, ..*self }.by_moments(method)?;
                Ok([x[0] - slope, x[1] - intercept])
            }
        }
    }
}

/// One estimate of an anchor: its row in a covariance, how it moves the constants, and where it stands.
struct AnchorEstimate {
    item: u32,
    /// 0 = new, 1 = old.
    side: usize,
    row: usize,
    /// Place among the parameters of the item: slopes, intercepts, c.
    at: usize,
    by: [f64; 2],
}

/// The errors of the constants and of the anchors.
struct Errors<'a> {
    constants: [f64; 2],
    covariances: [Option<&'a Covariance>; 2],
    rows: Vec<AnchorEstimate>,
    variance: Option<[[f64; 2]; 2]>,
}

impl<'a> Errors<'a> {
    fn new(
        problem: &Problem<'_>,
        constants: [f64; 2],
        (new, old): (Option<&'a Covariance>, Option<&'a Covariance>),
    ) -> Result<Self, LinkError> {
        let covariances = [new, old];
        let mut errors = Self { constants, covariances, rows: Vec::new(), variance: None };
        if new.is_none() && old.is_none() {
            return Ok(errors);
        }
        let condition = |x: [f64; 2], instead: Option<&LinkItem>| problem.condition(x, instead);
        let mut hessian = [[0.0; 2]; 2];
        for column in 0..2 {
            let shifted = |by: f64| {
                let mut x = constants;
                x[column] += by;
                condition(x, None)
            };
            let (up, down) = (shifted(STEP)?, shifted(-STEP)?);
            for (row, line) in hessian.iter_mut().enumerate() {
                line[column] = (up[row] - down[row]) / (2.0 * STEP);
            }
        }
        for item in problem.items {
            for (side, covariance) in covariances.iter().enumerate() {
                let Some(covariance) = covariance else { continue };
                for row in covariance.rows_of_item(item.item) {
                    let at = place_of(covariance, row, &item.new);
                    let moved = |by: f64| condition(constants, Some(&shift(item, side, at, by)));
                    let (up, down) = (moved(STEP)?, moved(-STEP)?);
                    let change = [0, 1].map(|i| -(up[i] - down[i]) / (2.0 * STEP));
                    let by = solve_constants(hessian, change, problem.spec.same_unit).ok_or(
                        LinkError::NoUnit { reason: "the curves do not depend on the constants" },
                    )?;
                    errors.rows.push(AnchorEstimate { item: item.item, side, row, at, by });
                }
            }
        }
        let by_constants = |i: usize| errors.rows.iter().map(|row| row.by[i]).collect::<Vec<f64>>();
        let (by_slope, by_intercept) = (by_constants(0), by_constants(1));
        let both = errors.quadratic(&by_slope, &by_intercept);
        errors.variance = Some([
            [errors.quadratic(&by_slope, &by_slope), both],
            [both, errors.quadratic(&by_intercept, &by_intercept)],
        ]);
        Ok(errors)
    }

    /// x'Vy over the estimates of all anchors.
    fn quadratic(&self, x: &[f64], y: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (of_x, x) in self.rows.iter().zip(x).filter(|(_, x)| **x != 0.0) {
            let Some(covariance) = self.covariances[of_x.side] else { continue };
            let others = self.rows.iter().zip(y).filter(|(of_y, _)| of_y.side == of_x.side);
            let line: f64 = others.map(|(of_y, y)| covariance.get(of_x.row, of_y.row) * y).sum();
            sum += x * line;
        }
        sum
    }

    /// Covariance of the constants with every estimate of the new calibration.
    fn with_new(&self) -> Vec<[f64; 2]> {
        let Some(covariance) = self.covariances[0] else { return Vec::new() };
        let of_row = |row: usize| {
            let own = self.rows.iter().filter(|of| of.side == 0);
            own.fold([0.0; 2], |sum, of| {
                let with = covariance.get(of.row, row);
                [sum[0] + of.by[0] * with, sum[1] + of.by[1] * with]
            })
        };
        (0..covariance.parameters.len()).map(of_row).collect()
    }

    /// An anchor before it is judged.
    fn anchor(&self, item: &LinkItem, nodes: &[(f64, f64)]) -> LinkedAnchor {
        let [slope, intercept] = self.constants;
        let linked = item.new.on_scale(slope, intercept);
        let highest = (item.old.n_categories() - 1) as f64;
        let squares = nodes.iter().map(|&(theta, weight)| {
            let difference = item.old.expected_category(theta) - linked.expected_category(theta);
            weight * square(difference / highest)
        });
        let distance = squares.sum::<f64>().sqrt();
        let test = self.wald(item, &linked);
        LinkedAnchor {
            item: item.item,
            distance,
            statistic: test.map(|(statistic, _)| statistic),
            df: test.map_or(0, |(_, df)| df),
            p: test.map(|(statistic, df)| chi_square_sf(statistic, f64::from(df))),
            p_adjusted: None,
            drifts: false,
            kept: true,
        }
    }

    /// Wald test of old minus linked parameters, with the errors of both sides and of the constants.
    fn wald(&self, item: &LinkItem, linked: &CategoryCurves) -> Option<(f64, u32)> {
        self.variance?;
        // What was estimated on either side is compared.
        let mut places: Vec<usize> =
            self.rows.iter().filter(|row| row.item == item.item).map(|row| row.at).collect();
        places.sort_unstable();
        places.dedup();
        let (old, new) = (parameters(&item.old), parameters(linked));
        let difference: Vec<f64> = places.iter().map(|&at| old[at] - new[at]).collect();
        let by_rows: Vec<Vec<f64>> =
            places.iter().map(|&place| self.derivatives(item, place)).collect();
        let n = places.len();
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                matrix[i * n + j] = self.quadratic(&by_rows[i], &by_rows[j]);
            }
        }
        let factor = Cholesky::new(matrix, n);
        let df = n - factor.dropped().len();
        let mut solved = difference.clone();
        factor.solve(&mut solved);
        let statistic: f64 = difference.iter().zip(&solved).map(|(x, y)| x * y).sum();
        (df > 0 && statistic.is_finite()).then_some((statistic, df as u32))
    }

    /// Derivatives of old minus linked of one parameter of an anchor by all estimates.
    fn derivatives(&self, item: &LinkItem, place: usize) -> Vec<f64> {
        let [slope, intercept] = self.constants;
        let linked =
            |new: &CategoryCurves, x: [f64; 2]| parameters(&new.on_scale(x[0], x[1]))[place];
        let by_constant = |i: usize| {
            let moved = |by: f64| {
                let mut x = [slope, intercept];
                x[i] += by;
                linked(&item.new, x)
            };
            -(moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        };
        let by_constants = [by_constant(0), by_constant(1)];
        let of_row = |row: &AnchorEstimate| {
            let through = row.by[0] * by_constants[0] + row.by[1] * by_constants[1];
            if row.item != item.item {
                return through;
            }
            let own = if row.side == 1 {
                f64::from(u8::from(row.at == place))
            } else {
                let moved = |by: f64| linked(&shift(item, 0, row.at, by).new, [slope, intercept]);
                -(moved(STEP) - moved(-STEP)) / (2.0 * STEP)
            };
            own + through
        };
        self.rows.iter().map(of_row).collect()
    }
}

/// Slopes, intercepts and c of an item in one list.
pub(super) fn parameters(curves: &CategoryCurves) -> Vec<f64> {
    let c = (curves.form() == Form::Guessing).then(|| curves.guessing());
    curves.slopes().iter().chain(curves.intercepts()).copied().chain(c).collect()
}

/// Place of the parameter of a row in that list.
pub(super) fn place_of(covariance: &Covariance, row: usize, curves: &CategoryCurves) -> usize {
    let parameter = covariance.parameters[row];
    let (n_slopes, n_intercepts) = (curves.slopes().len(), curves.intercepts().len());
    let category = usize::from(parameter.category);
    match parameter.kind {
        ParameterKind::A => category.saturating_sub(1),
        ParameterKind::C => n_slopes + n_intercepts,
        _ => n_slopes + category.saturating_sub(1),
    }
}

fn shift(item: &LinkItem, side: usize, at: usize, by: f64) -> LinkItem {
    let mut shifted = item.clone();
    let curves = if side == 0 { &mut shifted.new } else { &mut shifted.old };
    *curves = curves.with_parameter(at, parameters(curves)[at] + by);
    shifted
}

fn judge(test: &DriftTest, anchors: &mut [LinkedAnchor]) {
    let mut tested: Vec<&mut LinkedAnchor> =
        anchors.iter_mut().filter(|anchor| anchor.kept && anchor.p.is_some()).collect();
    tested.sort_by(|x, y| x.p.unwrap_or(1.0).total_cmp(&y.p.unwrap_or(1.0)));
    let n = tested.len();
    let mut largest: f64 = 0.0;
    for (rank, anchor) in tested.into_iter().enumerate() {
        largest = largest.max((n - rank) as f64 * anchor.p.unwrap_or(1.0)).min(1.0);
        anchor.p_adjusted = Some(largest);
        anchor.drifts = largest <= test.level && anchor.distance >= MATTERS;
    }
}

/// The kept anchor that drifts most, if enough others remain.
fn worst(anchors: &[LinkedAnchor]) -> Option<LinkedAnchor> {
    let n_dropped = anchors.iter().filter(|anchor| !anchor.kept).count();
    if !crate::drift_test::may_drop(anchors.len(), n_dropped) {
        return None;
    }
    let drifting = anchors.iter().filter(|anchor| anchor.kept && anchor.drifts);
    // Of tests with different degrees of freedom the one with the smallest p.
    let by_p = |x: &&LinkedAnchor, y: &&LinkedAnchor| {
        x.p.unwrap_or(1.0)
            .total_cmp(&y.p.unwrap_or(1.0))
            .then(y.statistic.unwrap_or(0.0).total_cmp(&x.statistic.unwrap_or(0.0)))
    };
    drifting.min_by(by_p).copied()
}

impl CategoryCurves {
    /// The same curves with one of their parameters (slopes, intercepts, c) changed.
    pub(super) fn with_parameter(&self, at: usize, value: f64) -> Self {
        let mut changed = parameters(self);
        changed[at] = value;
        let n_slopes = self.slopes().len();
        let (slopes, rest) = changed.split_at(n_slopes);
        let c = if self.form() == Form::Guessing { rest.get(1).copied() } else { None };
        let values = match c {
            Some(c) => vec![slopes[0], rest[0], ln(c / (1.0 - c))],
            None => [slopes, rest].concat(),
        };
        Self::of(self.form(), &values)
    }
}
