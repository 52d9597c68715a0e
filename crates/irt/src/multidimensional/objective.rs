//! Derivatives of the marginal log-likelihood, and the curvature that the complete data would have.

use rayon::prelude::*;
use seedtest_numerics::{Cholesky, exp, vectorized};

use super::expectation::{Expectation, logits};
use super::lattice::{Lattice, MOST};
use super::structure::{Point, Root, Row, Square, Structure, dot};

/// Independent partial sums; fixed, so that the result does not depend on the vector width.
const LANES: usize = 8;
/// A direction without information is given a little, so that its step is long but finite.
const RELATIVE_RIDGE: f64 = 1e-10;

/// Gradient of the log-likelihood, and the information that the answers would carry if abilities were seen.
pub(crate) struct Derivatives {
    pub(crate) gradient: Vec<f64>,
    /// Of the slopes and the intercept of every item, row-major.
    pub(crate) blocks: Vec<Vec<f64>>,
    /// Of the parameters of every item with what the correlations are made of, row-major.
    borders: Vec<Vec<f64>>,
    /// Of what the correlations are made of.
    corner: Vec<f64>,
}

/// What one item says by its slopes on independent abilities.
#[derive(Clone, Copy, Default)]
struct Terms {
    by_slope: Row,
    by_intercept: f64,
    slopes: Square,
    with_intercept: Row,
    intercept: f64,
}

/// Derivatives at the point of the last E-step.
pub(crate) fn derivatives(
    structure: &Structure,
    (point, root): (&Point, &Root),
    expected: &Expectation<'_>,
) -> Derivatives {
    let width = expected.lattice.width();
    let n_pairs = structure.pairs.len();
    let of_item = |(item, counts): (usize, &[f64])| {
        let slopes = root.transposed_times(&point.slopes[item]);
        let (wrong, right) = counts.split_at(width);
        let lattice = &expected.lattice;
        terms(lattice, (&slopes[..structure.k], point.intercepts[item]), wrong, right)
    };
    let items = expected.counts.par_chunks_exact(2 * width).enumerate();
    let terms: Vec<Terms> = items.map(of_item).collect();
    let mut found = Derivatives {
        gradient: Vec::with_capacity(structure.n_free()),
        blocks: Vec::with_capacity(terms.len()),
        borders: Vec::with_capacity(terms.len()),
        corner: vec![0.0; n_pairs * n_pairs],
    };
    let mut by_tangent = vec![0.0; n_pairs];
    for (item, terms) in terms.iter().enumerate() {
        let own: Vec<Row> =
            structure.dimensions[item].iter().map(|&dimension| root.lower[dimension]).collect();
        let moved: Vec<Row> = structure
            .pairs
            .iter()
            .zip(&root.by_tangent)
            .map(|(&(row, _), by)| by.map(|x| x * point.slopes[item][row]))
            .collect();
        found.gradient.extend(own.iter().map(|row| dot(row, &terms.by_slope)));
        found.gradient.push(terms.by_intercept);
        for (sum, moved) in by_tangent.iter_mut().zip(&moved) {
            *sum += dot(moved, &terms.by_slope);
        }
        found.add_information(terms, &own, &moved);
    }
    found.gradient.extend(by_tangent);
    found
}

impl Derivatives {
    /// Adds the information of an item, given how its slopes and the tangents move its slopes on independent abilities.
    fn add_information(&mut self, terms: &Terms, own: &[Row], moved: &[Row]) {
        let n = own.len() + 1;
        let mut block = vec![terms.intercept; n * n];
        for (i, row) in own.iter().enumerate() {
            for (j, other) in own.iter().enumerate() {
                block[i * n + j] = terms.along(row, other);
            }
            let with_intercept = dot(row, &terms.with_intercept);
            (block[i * n + n - 1], block[(n - 1) * n + i]) = (with_intercept, with_intercept);
        }
        let mut border = Vec::with_capacity(n * moved.len());
        for row in own {
            border.extend(moved.iter().map(|other| terms.along(row, other)));
        }
        border.extend(moved.iter().map(|other| dot(other, &terms.with_intercept)));
        for (i, row) in moved.iter().enumerate() {
            for (j, other) in moved.iter().enumerate() {
                self.corner[i * moved.len() + j] += terms.along(row, other);
            }
        }
        self.blocks.push(block);
        self.borders.push(border);
    }

    /// Solves (complete-data information)·step = rhs: the parameters of the items are eliminated first.
    pub(crate) fn precondition(&self, structure: &Structure, rhs: &[f64], step: &mut [f64]) {
        let n_pairs = structure.pairs.len();
        let start = structure.correlations_start();
        let factors: Vec<Cholesky> = self.blocks.iter().map(|block| factor(block)).collect();
        let mut schur = self.corner.clone();
        let mut reduced = rhs[start..].to_vec();
        step.copy_from_slice(rhs);
        for (item, factor) in factors.iter().enumerate() {
            let own = &mut step[structure.first[item]..structure.first[item + 1]];
            factor.solve(own);
            let border = &self.borders[item];
            for pair in 0..n_pairs {
                let column: Vec<f64> = border.iter().skip(pair).step_by(n_pairs).copied().collect();
                reduced[pair] -= column.iter().zip(own.iter()).map(|(c, s)| c * s).sum::<f64>();
                let mut solved = column;
                factor.solve(&mut solved);
                for (at, solved) in solved.iter().enumerate() {
                    for (other, c) in border[at * n_pairs..][..n_pairs].iter().enumerate() {
                        schur[other * n_pairs + pair] -= c * solved;
                    }
                }
            }
        }
        if n_pairs == 0 {
            return;
        }
        self::factor(&schur).solve(&mut reduced);
        for (item, factor) in factors.iter().enumerate() {
            let rows = self.borders[item].chunks_exact(n_pairs);
            let mut back: Vec<f64> =
                rows.map(|row| row.iter().zip(&reduced).map(|(c, r)| c * r).sum()).collect();
            factor.solve(&mut back);
            for (step, back) in step[structure.first[item]..].iter_mut().zip(back) {
                *step -= back;
            }
        }
        step[start..].copy_from_slice(&reduced);
    }
}

fn factor(matrix: &[f64]) -> Cholesky {
    let n = matrix.len().isqrt();
    let mut matrix = matrix.to_vec();
    for at in 0..n {
        matrix[at * n + at] = matrix[at * n + at] * (1.0 + RELATIVE_RIDGE) + f64::MIN_POSITIVE;
    }
    Cholesky::new(matrix, n)
}

impl Terms {
    fn along(&self, a: &Row, b: &Row) -> f64 {
        a.iter().zip(&self.slopes).map(|(x, row)| x * dot(row, b)).sum()
    }
}

/// Sums over the points, of wrong and right answers expected there.
fn terms(
    lattice: &Lattice,
    (slopes, intercept): (&[f64], f64),
    wrong: &[f64],
    right: &[f64],
) -> Terms {
    let k = slopes.len();
    let mut logit = vec![0.0; lattice.width()];
    logits(lattice, slopes, intercept, &mut logit);
    let mut slope = [[0.0; LANES]; MOST];
    let mut own = [0.0; LANES];
    let mut square = [[[0.0; LANES]; MOST]; MOST];
    let mut with = [[0.0; LANES]; MOST];
    let mut weight = [0.0; LANES];
    vectorized(
        #[inline(always)]
        || {
            let tiles = logit.as_chunks::<LANES>().0.iter();
            let counts = wrong.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
            for (tile, (logit, (wrong, right))) in tiles.zip(counts).enumerate() {
                let (mut residual, mut curvature) = ([0.0; LANES], [0.0; LANES]);
                for lane in 0..LANES {
                    let tail = exp(-logit[lane].abs());
                    let upper = 1.0 / (1.0 + tail);
                    let p = if logit[lane] >= 0.0 { upper } else { tail * upper };
                    let n = wrong[lane] + right[lane];
                    residual[lane] = right[lane] - n * p;
                    curvature[lane] = n * tail * upper * upper;
                    own[lane] += residual[lane];
                    weight[lane] += curvature[lane];
                }
                for i in 0..k {
                    let z = &lattice.coordinates[i][tile * LANES..][..LANES];
                    let mut by = [0.0; LANES];
                    for lane in 0..LANES {
                        slope[i][lane] += residual[lane] * z[lane];
                        by[lane] = curvature[lane] * z[lane];
                        with[i][lane] += by[lane];
                    }
                    for (sum, other) in square[i].iter_mut().zip(&lattice.coordinates).take(i + 1) {
                        let other = &other[tile * LANES..][..LANES];
                        for lane in 0..LANES {
                            sum[lane] += by[lane] * other[lane];
                        }
                    }
                }
            }
        },
    );
    let sum = |lanes: &[f64; LANES]| lanes.iter().sum::<f64>();
    let mut found = Terms {
        by_slope: slope.map(|lanes| sum(&lanes)),
        by_intercept: sum(&own),
        slopes: square.map(|row| row.map(|lanes| sum(&lanes))),
        with_intercept: with.map(|lanes| sum(&lanes)),
        intercept: sum(&weight),
    };
    for i in 0..k {
        for j in 0..i {
            found.slopes[j][i] = found.slopes[i][j];
        }
    }
    found
}
