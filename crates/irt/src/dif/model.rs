//! Comparisons under a response model whose other items carry the scale.

use seedtest_numerics::{Cholesky, Observer};
use serde::{Deserialize, Serialize};

use super::area::{Area, raju_area};
use super::error::DifError;
use super::logistic::Test;
use super::result::GroupImpact;
use super::spec::DifSpec;
use crate::groups::Groups;
use crate::guessing::FixedGuessing;
use crate::item_parameters::ItemParameters;
use crate::polytomous::{
    self, CategoryCurves, Covariance, Fit, Form, ItemFit, ParameterKind, Responses, Spec, Start,
};
use crate::posterior::{default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::standard_errors::StandardErrors;

/// The comparison of one item under the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelDif {
    /// All parameters free in both groups against equal ones.
    pub total: Test,
    /// Intercepts free, slopes equal, against all equal; `None` where the model gives the slope.
    pub uniform: Option<Test>,
    /// Slopes free as well; `None` where the model gives the slope.
    pub nonuniform: Option<Test>,
    /// Wald test of the differences of slopes and intercepts; `None` where they are not determined.
    pub wald: Option<Test>,
    /// Curves in the reference group.
    pub reference: CategoryCurves,
    /// Curves in the focal group, on the same scale.
    pub focal: CategoryCurves,
    /// Area between the curves of two categories.
    pub area: Option<Area>,
    /// Expected score in the focal group minus that in the reference group at equal ability, as a share of the highest,
    /// over the abilities of the focal group: below 0 = harder for the focal group.
    pub expected_difference: f64,
    /// The same whatever the sign.
    pub expected_distance: f64,
}

/// Why an item was not compared under the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoModelDif {
    /// There is no other item to carry the scale.
    NoAnchors,
    /// A calibration behind it did not converge.
    NotConverged,
    /// The comparison was stopped.
    Stopped,
}

/// Answers of two groups to the compared items, and what was found with all items equal.
pub(super) struct TwoGroups<'a> {
    pub(super) spec: &'a DifSpec,
    pub(super) student: &'a [u32],
    pub(super) item: &'a [u32],
    pub(super) score: &'a [u8],
    /// 0 = reference, 1 = focal, of every student code.
    pub(super) group: &'a [u32],
    pub(super) chunks: &'a [u32],
    pub(super) n_items: usize,
}

/// The scale that some items carry: every other item has parameters of its own in each group.
pub(super) struct Scale {
    pub(super) is_anchor: Vec<bool>,
    pub(super) fit: Fit,
}

impl Scale {
    /// How far the groups are apart.
    pub(super) fn impact(&self) -> GroupImpact {
        let [reference, focal] = [self.fit.groups[0].latent, self.fit.groups[1].latent];
        GroupImpact {
            mean: focal.mean,
            mean_se: focal.mean_se,
            sd: focal.sd,
            sd_se: focal.sd_se,
            reference_sd: reference.sd,
        }
    }
}

impl TwoGroups<'_> {
    /// Calibrates both groups with these items equal in them.
    pub(super) fn scale(
        &self,
        is_anchor: Vec<bool>,
        (start, with_errors): (Option<&Scale>, bool),
        observer: &mut dyn Observer,
    ) -> Result<Scale, DifError> {
        let start = start.map(|from| self.start_of(from));
        let fit = self.fit(&is_anchor, (None, start, with_errors), observer)?;
        Ok(Scale { is_anchor, fit })
    }

    /// Compares one item on a scale; `detailed` with everything but the total test, for which the scale needs
    /// errors.
    pub(super) fn compare(
        &self,
        item: u32,
        (scale, detailed): (&Scale, bool),
        observer: &mut dyn Observer,
    ) -> Result<Result<ModelDif, NoModelDif>, DifError> {
        let j = item as usize;
        let others = scale.is_anchor.iter().enumerate().any(|(i, is_anchor)| *is_anchor && i != j);
        if !others {
            return Ok(Err(NoModelDif::NoAnchors));
        }
        let with = |is_equal: bool| {
            let mut is_anchor = scale.is_anchor.clone();
            is_anchor[j] = is_equal;
            is_anchor
        };
        // The scale itself is one of the two.
        let is_anchor = scale.is_anchor[j];
        let start = Some(self.start_of(scale));
        let other = self.fit(&with(!is_anchor), (None, start, detailed && is_anchor), observer)?;
        let (equal, free) = if is_anchor { (&scale.fit, &other) } else { (&other, &scale.fit) };
        if !(is_settled(equal) && is_settled(free)) {
            return Ok(Err(NoModelDif::NotConverged));
        }
        let (Some(reference), Some(focal)) = (free.item(item), free.item(self.focal_code(item)))
        else {
            return Ok(Err(NoModelDif::NotConverged));
        };
        let df = (free.n_parameters - equal.n_parameters) as u32;
        let total = Test::new(2.0 * (free.log_likelihood - equal.log_likelihood), df);
        let slopes = shares_slope(reference);
        let (uniform, nonuniform) = if detailed && slopes {
            let tied = self.fit(
                &with(false),
                (Some((item, self.focal_code(item))), Some(Start::from(free)), false),
                observer,
            )?;
            let test = |x: f64, y: f64, df| Some(Test::new(2.0 * (x - y), df));
            if !is_settled(&tied) {
                return Ok(Err(NoModelDif::NotConverged));
            }
            (
                test(tied.log_likelihood, equal.log_likelihood, df - 1),
                test(free.log_likelihood, tied.log_likelihood, 1),
            )
        } else {
            (None, None)
        };
        let covariance = free.covariance.as_ref();
        let of_focal = free.groups[1].latent;
        let abilities = Normal { mean: of_focal.mean, sd: of_focal.sd };
        let (expected_difference, expected_distance) =
            expected(&reference.curves, &focal.curves, abilities);
        Ok(Ok(ModelDif {
            total,
            uniform,
            nonuniform,
            wald: covariance.and_then(|of| wald(of, reference, focal)),
            area: covariance.and_then(|of| area(of, reference, focal)),
            reference: reference.curves.clone(),
            focal: focal.curves.clone(),
            expected_difference,
            expected_distance,
        }))
    }

    /// The code under which the focal group answers an item that is not equal.
    fn focal_code(&self, item: u32) -> u32 {
        item + self.n_items as u32
    }

    /// The items of a scale under all their codes.
    fn start_of(&self, scale: &Scale) -> Start {
        let mut start = Start::from(&scale.fit);
        let known = start.items.clone();
        for item in known {
            let other = if (item.item as usize) < self.n_items {
                self.focal_code(item.item)
            } else {
                item.item - self.n_items as u32
            };
            if !start.items.iter().any(|known| known.item == other) {
                start.items.push(polytomous::StartItem { item: other, curves: item.curves });
            }
        }
        start
    }

    fn fit(
        &self,
        is_anchor: &[bool],
        (slope_of, start, with_errors): (Option<(u32, u32)>, Option<Start>, bool),
        observer: &mut dyn Observer,
    ) -> Result<Fit, DifError> {
        let code = |(&item, &student): (&u32, &u32)| {
            let own = !is_anchor[item as usize] && self.group[student as usize] == 1;
            if own { self.focal_code(item) } else { item }
        };
        let item: Vec<u32> = self.item.iter().zip(self.student).map(code).collect();
        let data = Responses {
            student: self.student,
            item: &item,
            score: self.score,
            n_students: self.group.len(),
            n_items: 2 * self.n_items,
            maximum: None,
        };
        let base = &self.spec.model;
        let own: Vec<(u32, polytomous::ItemModel)> = base
            .models
            .iter()
            .flat_map(|&(item, model)| [(item, model), (self.focal_code(item), model)])
            .collect();
        let guessing = base.guessing.as_ref().map(|known| {
            let focal = known.items.iter().map(|&(item, c)| (self.focal_code(item), c));
            let items = known.items.iter().copied().chain(focal).collect();
            FixedGuessing { common: known.common, items }
        });
        let none = StandardErrors::None;
        let spec = Spec {
            models: own,
            guessing,
            shared_slopes: slope_of.into_iter().collect(),
            anchors: Vec::new(),
            start,
            standard_errors: if with_errors { StandardErrors::Observed } else { none },
            keep_covariance: with_errors,
            // Statistics are differences of log-likelihoods: they take a sharper optimum than estimates.
            gradient_tolerance: base.gradient_tolerance.min(1e-5),
            ..base.clone()
        };
        let groups = Groups { of: self.group, n: 2, reference: 0 };
        Ok(polytomous::fit_groups(&data, groups, self.chunks, &spec, observer)?)
    }
}

/// Whether a search ended at an optimum: what the answers do not determine does not change the likelihood.
fn is_settled(fit: &Fit) -> bool {
    use seedtest_numerics::Status;
    matches!(fit.verdict.status, Status::Converged | Status::Unidentified { .. })
}

/// Whether the item has one slope that is estimated.
fn shares_slope(item: &ItemFit) -> bool {
    item.curves.form() != Form::Nominal && !item.model.has_unit_slope()
}

/// Wald test of focal minus reference slopes and intercepts.
fn wald(covariance: &Covariance, reference: &ItemFit, focal: &ItemFit) -> Option<Test> {
    let rows = |item: &ItemFit| -> Vec<usize> {
        let rows = covariance.rows_of_item(item.item);
        rows.filter(|row| covariance.parameters[*row].kind != ParameterKind::C).collect()
    };
    let (r, f) = (rows(reference), rows(focal));
    if r.len() != f.len() || reference.se.is_none() || focal.se.is_none() {
        return None;
    }
    let values = |item: &ItemFit| -> Vec<f64> {
        let slopes = item.curves.slopes().iter().filter(|_| !item.model.has_unit_slope());
        slopes.chain(item.curves.intercepts()).copied().collect()
    };
    let difference: Vec<f64> =
        values(focal).iter().zip(values(reference)).map(|(f, r)| f - r).collect();
    let n = difference.len();
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            matrix[i * n + j] = covariance.get(f[i], f[j]) + covariance.get(r[i], r[j])
                - covariance.get(f[i], r[j])
                - covariance.get(r[i], f[j]);
        }
    }
    let factor = Cholesky::new(matrix, n);
    if !factor.dropped().is_empty() || n != r.len() {
        return None;
    }
    let mut solved = difference.clone();
    factor.solve(&mut solved);
    Some(Test::new(difference.iter().zip(&solved).map(|(x, y)| x * y).sum(), n as u32))
}

/// Area between the curves of an item with two categories; the errors of the groups are taken as independent.
fn area(covariance: &Covariance, reference: &ItemFit, focal: &ItemFit) -> Option<Area> {
    let side = |item: &ItemFit| {
        let (a, b) = (item.curves.slope()?, *item.curves.difficulties().first()?);
        let se = item.se.as_ref()?;
        let rows = covariance.rows_of_item(item.item);
        let of = |kind| rows.clone().find(|row| covariance.parameters[*row].kind == kind);
        // b = −d/a: cov(a, b) = −(b·var(a) + cov(a, d))/a.
        let ab = match (of(ParameterKind::A), of(ParameterKind::D)) {
            (Some(x), Some(y)) => -(b * covariance.get(x, x) + covariance.get(x, y)) / a,
            _ => 0.0,
        };
        let (of_a, of_b) = (se.slopes.first().copied().unwrap_or(0.0), *se.difficulties.first()?);
        Some((ItemParameters { a, b, c: 0.0 }, [[of_a * of_a, ab], [ab, of_b * of_b]]))
    };
    if reference.curves.n_categories() != 2 {
        return None;
    }
    let (r, f) = (side(reference)?, side(focal)?);
    Some(raju_area((&r.0, &r.1), (&f.0, &f.1)))
}

/// Expected score focal minus reference as a share of the highest over a normal ability: with its sign and
/// without.
fn expected(reference: &CategoryCurves, focal: &CategoryCurves, abilities: Normal) -> (f64, f64) {
    let highest = (reference.n_categories().max(focal.n_categories()) - 1) as f64;
    let nodes = nodes_for(&default_quadrature(), abilities);
    nodes.into_iter().fold((0.0, 0.0), |sums, (theta, weight)| {
        let difference = focal.expected_category(theta) - reference.expected_category(theta);
        let share = weight * difference / highest;
        (sums.0 + share, sums.1 + share.abs())
    })
}
