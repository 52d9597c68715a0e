//! Standard errors from the observed information.

use seedtest_numerics::{Cholesky, Rule};

use super::covariance::{Covariance, Estimate, Parameter, ParameterKind};
use super::estimates::estimates;
use super::objective::{Categories, inside_bounds};
use super::parameter_map::{ParameterMap, Point, RatingPlaces, Shape};
use super::scores_of_answers::CategoryScores;
use crate::expectation::Expectation;
use crate::identification::{WIDEST_ERROR, rows_without_information};
use crate::latent;
use crate::missing_information::{CompleteScores, MOST_PARTS, Missing};
use crate::parameters::{Population, SLOPE_LIMIT};
use crate::priors::Priors;
use crate::search::Objective;
use crate::standard_errors::{
    FULL_LIMIT, SeMethod, StandardErrors, expand, inverse_root, sandwich, submatrix,
};

/// Where a calibration ended, with what its information matrix is made of.
pub(super) struct Solution<'a> {
    pub(super) point: &'a Point,
    pub(super) map: &'a ParameterMap,
    pub(super) priors: &'a Priors,
    pub(super) rule: Rule,
    /// Item codes of the used items.
    pub(super) items: &'a [u32],
}

/// Covariance of the estimates and what went wrong on the way.
pub(super) struct Uncertainty {
    pub(super) method: SeMethod,
    pub(super) covariance: Covariance,
    pub(super) condition_number: Option<f64>,
    /// Estimates the data do not determine.
    pub(super) unidentified: Vec<Parameter>,
    /// Standard errors of the thresholds τ of every rating scale; empty where they are not known.
    pub(super) thresholds: Vec<Vec<f64>>,
}

/// Covariance of the estimates at a solution whose E-step is in `expected`; `None` where it was not asked for,
/// or the time was up.
pub(super) fn uncertainty(
    wanted: StandardErrors,
    solution: &Solution<'_>,
    expected: &mut Expectation<'_>,
) -> Option<Uncertainty> {
    let n = solution.map.len();
    if wanted == StandardErrors::None || n == 0 {
        return None;
    }
    let stop = expected.stop().clone();
    let Solution { map, point, priors, .. } = solution;
    let objective = Categories { map, priors };
    let own = objective.observed(point, expected);
    let nodes = expected.nodes.clone();
    let scores = objective.scores(&nodes, solution.rule, point);
    if n > FULL_LIMIT {
        let found = from_item_blocks(solution, expected, &scores, &own);
        return stop.check().ok().map(|()| found);
    }
    let quadrature = expected.quadrature().clone();
    let of_group = |(group, population): (usize, &Population)| {
        latent::evaluate(&quadrature, *population, expected.students_of(group)).information
    };
    let latent: Vec<[[f64; 2]; 2]> = point.populations.iter().enumerate().map(of_group).collect();
    let mean_score = |population: &Population| latent::mean_score(&quadrature, *population);
    let latent_mean: Vec<[f64; 2]> = point.populations.iter().map(mean_score).collect();
    let mut information = complete_information(map, &own, &latent);
    let missing = scores.full(expected, &latent_mean, wanted == StandardErrors::Sandwich);
    let missing = Missing::of(missing, n);
    stop.check().ok()?;
    for (i, m) in information.iter_mut().zip(&missing.covariance) {
        *i -= m;
    }
    let kept = inside_bounds(map, point);
    let scale: Vec<f64> = (0..n).map(|i| inverse_root(information[i * n + i])).collect();
    let reduced = || submatrix(&information, n, &kept, &scale);
    let factor = Cholesky::within(reduced(), kept.len(), &stop).ok()?;
    let inverse = factor.inverse_within(&stop).ok()?;
    let flat: Vec<usize> =
        rows_without_information(&factor, &inverse, reduced).iter().map(|&i| kept[i]).collect();
    let mut covariance = expand(&inverse, n, &kept, &scale);
    if wanted == StandardErrors::Sandwich {
        covariance = sandwich(&covariance, &missing.outer, n, &stop)?;
    }
    let estimates = estimates(map, point, solution.items);
    let flat_covariance = |i: usize, j: usize| covariance[i * n + j];
    let covariance = Covariance::new(&estimates, flat_covariance);
    let unidentified = unidentified(&estimates, &flat, &covariance);
    let thresholds =
        map.rating_scales.iter().map(|scale| threshold_errors(*scale, flat_covariance));
    Some(Uncertainty {
        method: match wanted {
            StandardErrors::Sandwich => SeMethod::Sandwich,
            _ => SeMethod::Observed,
        },
        thresholds: thresholds.collect(),
        covariance,
        condition_number: factor.condition_number(),
        unidentified,
    })
}

/// τ_k = t_{k−1} − t_k with t_0 = t_m = 0.
fn threshold_errors(scale: RatingPlaces, covariance: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let free = |k: usize| (1..=scale.n_free()).contains(&k).then(|| scale.first_place + k - 1);
    let of = |k: usize| {
        let (before, own) = (free(k - 1), free(k));
        let variance = |at: Option<usize>| at.map_or(0.0, |at| covariance(at, at));
        let both = before.zip(own).map_or(0.0, |(x, y)| covariance(x, y));
        (variance(before) + variance(own) - 2.0 * both).max(0.0).sqrt()
    };
    (1..scale.categories).map(of).collect()
}

/// Parameters of the places of a direction without information, and those with errors beyond all
/// bounds.
fn unidentified(estimates: &[Estimate], flat: &[usize], covariance: &Covariance) -> Vec<Parameter> {
    let named = estimates.iter().filter(|e| flat.contains(&e.place)).map(|e| e.parameter);
    let widest = |kind: ParameterKind| match kind {
        ParameterKind::A => Some(SLOPE_LIMIT),
        ParameterKind::D | ParameterKind::Mean | ParameterKind::Sd => Some(WIDEST_ERROR),
        // Between 0 and 1 by definition; its logit is looked at by the rows above.
        ParameterKind::C => None,
    };
    let wide = covariance.parameters.iter().enumerate().filter(|(row, parameter)| {
        let error = covariance.get(*row, *row).sqrt();
        widest(parameter.kind).is_some_and(|widest| error > widest)
    });
    named.chain(wide.map(|(_, parameter)| *parameter)).collect()
}

/// Lower triangle of the complete-data information over all free parameters.
fn complete_information(
    map: &ParameterMap,
    own: &[Vec<f64>],
    latent: &[[[f64; 2]; 2]],
) -> Vec<f64> {
    let n = map.len();
    let mut matrix = vec![0.0; n * n];
    for (shape, information) in map.items.iter().zip(own) {
        let width = shape.values.len();
        for (i, row) in shape.free() {
            for (j, column) in shape.free().filter(|(_, column)| *column <= row) {
                matrix[row * n + column] += information[i * width + j];
            }
        }
    }
    // The expected information of (μ, ln σ) is the observed one where their gradient vanishes.
    for (places, latent) in map.population_places().iter().zip(latent) {
        let known = (0..2).flat_map(|i| (0..=i).map(move |j| (i, j)));
        for (i, j) in known {
            if let (Some(row), Some(column)) = (places[i], places[j]) {
                matrix[row * n + column] = latent[i][j];
            }
        }
    }
    matrix
}

/// Errors of each item's own parameters with everything else known, for calibrations whose full matrix would
/// not fit in memory.
fn from_item_blocks(
    solution: &Solution<'_>,
    expected: &mut Expectation<'_>,
    scores: &CompleteScores<CategoryScores<'_>>,
    own: &[Vec<f64>],
) -> Uncertainty {
    let map = solution.map;
    let missing = scores.blocks(expected);
    let kept = inside_bounds(map, solution.point);
    let mut inverses = Vec::with_capacity(own.len());
    let mut flat = Vec::new();
    for ((shape, information), lost) in map.items.iter().zip(own).zip(&missing) {
        let (n, width) = (shape.own.len(), shape.values.len());
        let place = |i: usize| shape.first_place + i;
        let rows: Vec<usize> = (0..n).filter(|&i| kept.binary_search(&place(i)).is_ok()).collect();
        let m = rows.len();
        let value = |i: usize| shape.own.start + i;
        let entry = |i: usize, j: usize| information[value(i) * width + value(j)] - lost[i * n + j];
        let pairs = rows.iter().flat_map(|&i| rows.iter().map(move |&j| (i, j)));
        let mut block: Vec<f64> = pairs.map(|(i, j)| entry(i, j)).collect();
        let scale: Vec<f64> = (0..m).map(|i| inverse_root(block[i * m + i])).collect();
        for (at, value) in block.iter_mut().enumerate() {
            *value *= scale[at / m] * scale[at % m];
        }
        let factor = Cholesky::new(block.clone(), m);
        let small = factor.inverse();
        let without = rows_without_information(&factor, &small, || block);
        flat.extend(without.iter().map(|&i| place(rows[i])));
        let mut inverse = vec![0.0; n * n];
        for (i, &row) in rows.iter().enumerate() {
            for (j, &column) in rows.iter().enumerate() {
                inverse[row * n + column] = small[i * m + j] * scale[i] * scale[j];
            }
        }
        inverses.push(inverse);
    }
    let of_place = |place: usize| {
        let item = map.items.partition_point(|s| s.first_place + s.own.len() <= place);
        (item, place - map.items[item].first_place)
    };
    let n_own = map.n_own;
    let covariance = |x: usize, y: usize| {
        if x >= n_own || y >= n_own {
            return 0.0;
        }
        let ((item, i), (other, j)) = (of_place(x), of_place(y));
        let n = map.items[item].own.len();
        if item == other { inverses[item][i * n + j] } else { 0.0 }
    };
    let estimates: Vec<Estimate> = estimates(map, solution.point, solution.items)
        .into_iter()
        .filter(|estimate| estimate.place < n_own)
        .collect();
    let covariance = Covariance::new_by_item(&estimates, covariance);
    let unidentified = unidentified(&estimates, &flat, &covariance);
    Uncertainty {
        method: SeMethod::ItemBlocks,
        covariance,
        condition_number: None,
        unidentified,
        thresholds: Vec::new(),
    }
}

impl CompleteScores<CategoryScores<'_>> {
    /// Covariances of the scores between the own parameters of the same item, row-major.
    fn blocks(&self, expected: &mut Expectation<'_>) -> Vec<Vec<f64>> {
        let map = self.answers.map();
        let sizes = map.items.iter().map(|shape| shape.own.len() * shape.own.len());
        let starts: Vec<usize> = sizes
            .scan(0, |end, size| {
                let start = *end;
                *end += size;
                Some(start)
            })
            .collect();
        let size = map.items.iter().map(|shape| shape.own.len() * shape.own.len()).sum();
        let mut sums = self.sums(
            expected,
            (size, MOST_PARTS),
            #[inline(always)]
            |work, blocks| {
                let mut at = 0;
                let runs = work
                    .codes
                    .chunk_by(|a, b| self.answers.item_of(*a) == self.answers.item_of(*b));
                for run in runs {
                    let item = self.answers.item_of(run[0]) as usize;
                    let n = map.items[item].own.len();
                    work.add_block(at, n, &mut blocks[starts[item]..][..n * n]);
                    at += n;
                }
            },
        );
        let mut all = vec![0.0; size];
        sums.write(&mut all);
        let block = |(shape, &start): (&Shape, &usize)| {
            all[start..][..shape.own.len() * shape.own.len()].to_vec()
        };
        map.items.iter().zip(&starts).map(block).collect()
    }
}
