//! Standard errors from the observed information.

use serde::{Deserialize, Serialize};

use crate::covariance::{Covariance, Estimate, Parameter, ParameterKind};
use crate::expectation::{Expectation, Source};
use crate::identification::{rows_without_information, without_bounds};
use crate::latent;
use crate::maximization::Target;
use crate::missing_information::{BLOCK, CompleteScores, Missing};
use crate::parameters::{A, D, FreeSet, G, Point, Population, limits};
use crate::priors::Priors;
use crate::result::NoErrors;
use crate::search::Objective;
use seedtest_numerics::{Cholesky, ExactSums, Interrupt, Quadrature, Rule};

/// Which standard errors to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardErrors {
    /// None.
    None,
    /// From the observed information of the log-posterior: minus its exact second derivatives
    /// (Louis 1982; the same matrix as Oakes 1999). Calibrations with more than 2 500 parameters
    /// only get the block of each item, see [`SeMethod::ItemBlocks`].
    #[default]
    Observed,
    /// Observed information on both sides of the outer products of the students' scores (White
    /// 1982): holds when the model is not quite right.
    Sandwich,
}

/// How the standard errors of a fit were computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeMethod {
    /// Inverse of the observed information of all parameters.
    Observed,
    /// Sandwich of the observed information.
    Sandwich,
    /// Inverse of the observed information of each item by itself. Slightly too small: the
    /// uncertainty of the other items is left out.
    ItemBlocks,
}

impl StandardErrors {
    /// Why a calibration that ended has none at all.
    pub(crate) fn missing(self) -> NoErrors {
        if self == Self::None { NoErrors::NotComputed } else { NoErrors::OutOfTime }
    }
}

/// Most parameters of which a full matrix is inverted.
pub(crate) const FULL_LIMIT: usize = 2_500;

/// Where a calibration ended, with what its information matrix is made of.
pub(crate) struct Solution<'a> {
    pub(crate) point: &'a Point,
    pub(crate) free: &'a FreeSet,
    /// Priors of every used item.
    pub(crate) priors: &'a [Priors],
    pub(crate) quadrature: &'a Quadrature,
    pub(crate) rule: Rule,
    /// Item codes of the used items.
    pub(crate) items: &'a [u32],
}

/// Covariance of the estimates and what went wrong on the way.
pub(crate) struct Uncertainty {
    pub(crate) method: SeMethod,
    pub(crate) covariance: Covariance,
    pub(crate) condition_number: Option<f64>,
    /// Estimates the data do not determine.
    pub(crate) unidentified: Vec<Parameter>,
}

/// Covariance of the estimates at a solution; `None` where it was not asked for, or the time was up.
pub(crate) fn uncertainty(
    wanted: StandardErrors,
    solution: &Solution<'_>,
    expected: &mut Expectation<'_>,
) -> Option<Uncertainty> {
    let n = solution.free.len();
    if wanted == StandardErrors::None || n == 0 {
        return None;
    }
    let stop = expected.stop().clone();
    // The search may have ended on a step it did not take.
    expected.run(solution.point);
    stop.check().ok()?;
    let target = Target { free: solution.free, priors: solution.priors };
    let own = target.observed(solution.point, expected);
    if n > FULL_LIMIT {
        let found = from_item_blocks(solution, expected, &own)?;
        return stop.check().ok().map(|()| found);
    }
    let populations = &solution.point.populations;
    let of_group = |(group, population): (usize, &Population)| {
        let students = expected.students_of(group);
        latent::evaluate(solution.quadrature, *population, students).information
    };
    let latent: Vec<[[f64; 2]; 2]> = populations.iter().enumerate().map(of_group).collect();
    let mean_score = |population: &Population| latent::mean_score(solution.quadrature, *population);
    let latent_mean: Vec<[f64; 2]> = populations.iter().map(mean_score).collect();
    let mut information = complete_information(solution, &own, &latent);
    let with_outer = wanted == StandardErrors::Sandwich;
    let missing = Missing::of(scores(solution, expected, (&latent_mean, with_outer))?, n);
    stop.check().ok()?;
    for (i, m) in information.iter_mut().zip(&missing.covariance) {
        *i -= m;
    }
    let kept = inside_bounds(solution);
    let scale: Vec<f64> = (0..n).map(|i| inverse_root(information[i * n + i])).collect();
    let reduced = submatrix(&information, n, &kept, &scale);
    let factor = Cholesky::within(reduced, kept.len(), &stop).ok()?;
    let inverse = factor.inverse_within(&stop).ok()?;
    let again = || submatrix(&information, n, &kept, &scale);
    let flat: Vec<usize> =
        rows_without_information(&factor, &inverse, again).iter().map(|&i| kept[i]).collect();
    let mut covariance = expand(&inverse, n, &kept, &scale);
    if wanted == StandardErrors::Sandwich {
        covariance = sandwich(&covariance, &missing.outer, n, &stop)?;
    }
    let estimates = estimates(solution);
    let covariance = Covariance::new(&estimates, |i, j| covariance[i * n + j]);
    let unidentified = unidentified(&estimates, &flat, &covariance);
    Some(Uncertainty {
        method: match wanted {
            StandardErrors::Sandwich => SeMethod::Sandwich,
            _ => SeMethod::Observed,
        },
        covariance,
        condition_number: factor.condition_number(),
        unidentified,
    })
}

/// What the scores of all students add up to, see [`Missing`]; `None` where answers are elsewhere and a pass failed.
fn scores(
    solution: &Solution<'_>,
    expected: &mut Expectation<'_>,
    (latent_mean, with_outer): (&[[f64; 2]], bool),
) -> Option<ExactSums> {
    let at = (solution.point, solution.free);
    if let Source::Elsewhere(elsewhere) = expected.source() {
        let abilities = expected.abilities_at(&solution.point.populations);
        return elsewhere.scores(abilities, at, with_outer);
    }
    let nodes = expected.nodes.clone();
    Some(CompleteScores::of_binary(&nodes, solution.rule, at).full(
        expected,
        latent_mean,
        with_outer,
    ))
}

/// Covariances of the scores of the same item, a block of 3 × 3 an item; `None` as for [`scores`].
fn item_blocks(solution: &Solution<'_>, expected: &mut Expectation<'_>) -> Option<Vec<f64>> {
    let at = (solution.point, solution.free);
    let mut sums = if let Source::Elsewhere(elsewhere) = expected.source() {
        elsewhere.item_blocks(expected.abilities_at(&solution.point.populations), at)?
    } else {
        let nodes = expected.nodes.clone();
        CompleteScores::of_binary(&nodes, solution.rule, at).item_blocks(expected)
    };
    let mut blocks = vec![0.0; sums.len()];
    sums.write(&mut blocks);
    Some(blocks)
}

/// Parameters of the places of a direction without information, and those with errors beyond all
/// bounds.
fn unidentified(estimates: &[Estimate], flat: &[usize], covariance: &Covariance) -> Vec<Parameter> {
    let named = estimates.iter().filter(|e| flat.contains(&e.place));
    named
        .map(|e| Parameter { item: e.item, kind: e.kind, group: e.group })
        .chain(without_bounds(covariance))
        .collect()
}

pub(crate) fn inverse_root(x: f64) -> f64 {
    if x > 0.0 { 1.0 / x.sqrt() } else { 0.0 }
}

/// Lower triangle of the complete-data information over all free parameters.
fn complete_information(
    solution: &Solution<'_>,
    own: &[[[f64; 3]; 3]],
    latent: &[[[f64; 2]; 2]],
) -> Vec<f64> {
    let free = solution.free;
    let (n, k) = (free.len(), free.own.len());
    let mut matrix = vec![0.0; n * n];
    for (item, info) in own.iter().enumerate() {
        for (i, &p) in free.own.iter().enumerate() {
            for (j, &q) in free.own[..=i].iter().enumerate() {
                matrix[(item * k + i) * n + item * k + j] = info[p][q];
            }
        }
    }
    if free.common_slope {
        let at = free.globals_start();
        for (item, info) in own.iter().enumerate() {
            matrix[at * n + item] = info[A][D];
            matrix[at * n + at] += info[A][A];
        }
    }
    // The expected information of (μ, ln σ) is the observed one where their gradient vanishes.
    for (places, latent) in free.population_places().iter().zip(latent) {
        let known = (0..2).flat_map(|i| (0..=i).map(move |j| (i, j)));
        for (i, j) in known {
            if let (Some(row), Some(column)) = (places[i], places[j]) {
                matrix[row * n + column] = latent[i][j];
            }
        }
    }
    matrix
}

/// Places of the parameters that do not stand at a bound.
fn inside_bounds(solution: &Solution<'_>) -> Vec<usize> {
    let free = solution.free;
    let k = free.own.len();
    (0..free.len())
        .filter(|&place| {
            if place >= free.globals_start() {
                return true;
            }
            let parameter = free.own[place % k];
            let curve = solution.point.curves[free.items[place / k] as usize];
            let (low, high) = limits(parameter);
            curve.get(parameter) > low && curve.get(parameter) < high
        })
        .collect()
}

pub(crate) fn submatrix(matrix: &[f64], n: usize, kept: &[usize], scale: &[f64]) -> Vec<f64> {
    let mut reduced = vec![0.0; kept.len() * kept.len()];
    for (i, &row) in kept.iter().enumerate() {
        for (j, &column) in kept[..=i].iter().enumerate() {
            reduced[i * kept.len() + j] = matrix[row * n + column] * scale[row] * scale[column];
        }
    }
    reduced
}

pub(crate) fn expand(inverse: &[f64], n: usize, kept: &[usize], scale: &[f64]) -> Vec<f64> {
    let mut full = vec![0.0; n * n];
    for (i, &row) in kept.iter().enumerate() {
        for (j, &column) in kept.iter().enumerate() {
            full[row * n + column] = inverse[i * kept.len() + j] * scale[row] * scale[column];
        }
    }
    full
}

/// V·B·V for symmetric V and the lower triangle of B; `None` once `stop` is raised.
pub(crate) fn sandwich(v: &[f64], lower: &[f64], n: usize, stop: &Interrupt) -> Option<Vec<f64>> {
    let mut middle = lower.to_vec();
    for i in 0..n {
        for j in 0..i {
            middle[j * n + i] = middle[i * n + j];
        }
    }
    product(&product(v, &middle, n, stop)?, v, n, stop)
}

fn product(a: &[f64], b: &[f64], n: usize, stop: &Interrupt) -> Option<Vec<f64>> {
    use rayon::prelude::*;
    let mut out = vec![0.0; n * n];
    out.par_chunks_mut(n).zip(a.par_chunks(n)).for_each(|(out, row)| {
        if stop.is_raised() {
            return;
        }
        seedtest_numerics::vectorized(
            #[inline(always)]
            || {
                for (factor, line) in row.iter().zip(b.chunks_exact(n)) {
                    for (o, l) in out.iter_mut().zip(line) {
                        *o += factor * l;
                    }
                }
            },
        );
    });
    stop.check().ok().map(|()| out)
}

fn from_item_blocks(
    solution: &Solution<'_>,
    expected: &mut Expectation<'_>,
    own: &[[[f64; 3]; 3]],
) -> Option<Uncertainty> {
    let free = solution.free;
    let k = free.own.len();
    let missing = item_blocks(solution, expected)?;
    let kept = inside_bounds(solution);
    let mut inverses = Vec::with_capacity(own.len());
    let mut flat = Vec::new();
    for (item, (info, lost)) in own.iter().zip(missing.as_chunks::<BLOCK>().0).enumerate() {
        let rows: Vec<usize> =
            (0..k).filter(|i| kept.binary_search(&(item * k + i)).is_ok()).collect();
        let mut block = Vec::with_capacity(rows.len() * rows.len());
        for &i in &rows {
            let (p, q) = (free.own[i], free.own);
            block.extend(rows.iter().map(|&j| info[p][q[j]] - lost[3 * i + j]));
        }
        let m = rows.len();
        let scale: Vec<f64> = (0..m).map(|i| inverse_root(block[i * m + i])).collect();
        for (at, value) in block.iter_mut().enumerate() {
            *value *= scale[at / m] * scale[at % m];
        }
        let factor = Cholesky::new(block.clone(), m);
        let small = factor.inverse();
        let without = rows_without_information(&factor, &small, || block);
        flat.extend(without.iter().map(|&i| item * k + rows[i]));
        let mut inverse = [[0.0; 3]; 3];
        for (i, &row) in rows.iter().enumerate() {
            for (j, &column) in rows.iter().enumerate() {
                inverse[row][column] = small[i * m + j] * scale[i] * scale[j];
            }
        }
        inverses.push(inverse);
    }
    let start = free.globals_start();
    let estimates: Vec<Estimate> =
        estimates(solution).into_iter().filter(|e| e.place < start).collect();
    let covariance = Covariance::new_by_item(&estimates, |i, j| {
        if i / k == j / k && i < start && j < start { inverses[i / k][i % k][j % k] } else { 0.0 }
    });
    let unidentified = unidentified(&estimates, &flat, &covariance);
    let method = SeMethod::ItemBlocks;
    Some(Uncertainty { method, covariance, condition_number: None, unidentified })
}

/// What is reported — a, b, c of each item, latent mean and sd — as linear functions of the flat
/// parameters (delta method).
fn estimates(solution: &Solution<'_>) -> Vec<Estimate> {
    let (free, point) = (solution.free, solution.point);
    let k = free.own.len();
    let mut list = Vec::new();
    for (i, &item) in free.items.iter().enumerate() {
        let curve = point.curves[item as usize];
        let (a, b, c) = (curve.a, curve.difficulty(), curve.guessing());
        let own = |p: usize| free.own.iter().position(|&q| q == p).map(|slot| i * k + slot);
        let slope = own(A).or(free.common_slope.then_some(free.globals_start()));
        let estimate = |kind, place, by| Estimate {
            item: Some(solution.items[item as usize]),
            group: None,
            kind,
            place,
            by,
        };
        if let Some(at) = slope {
            list.push(estimate(ParameterKind::A, at, vec![(at, 1.0)]));
        }
        if let Some(at) = own(D) {
            let mut by = vec![(at, -1.0 / a)];
            by.extend(slope.map(|slope| (slope, -b / a)));
            list.push(estimate(ParameterKind::B, at, by));
        }
        if let Some(at) = own(G) {
            list.push(estimate(ParameterKind::C, at, vec![(at, c * (1.0 - c))]));
        }
    }
    for (group, (population, places)) in
        point.populations.iter().zip(free.population_places()).enumerate()
    {
        let group = (point.populations.len() > 1).then_some(group as u32);
        let rows = [(ParameterKind::Mean, 1.0), (ParameterKind::Sd, population.sd())];
        for ((kind, derivative), place) in rows.into_iter().zip(places) {
            let Some(place) = place else { continue };
            list.push(Estimate { item: None, group, kind, place, by: vec![(place, derivative)] });
        }
    }
    list
}
