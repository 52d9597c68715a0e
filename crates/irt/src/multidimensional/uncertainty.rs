//! Standard errors of a solution whose loadings follow a pattern, from the observed information (Louis 1982).

use rayon::prelude::*;
use seedtest_numerics::{Cholesky, ExactSums, Interrupt, logistic, vectorized};

use super::expectation::{Expectation, Posteriors, logits};
use super::lattice::{Lattice, MOST};
use super::search::State;
use super::small::{inverse, times};
use super::structure::{Root, Square, Structure};
use crate::identification::rows_without_information;
use crate::standard_errors::{expand, inverse_root, submatrix};

/// Points with less posterior than this share of the largest are left out of the covariances.
const NEGLIGIBLE: f64 = 1e-10;
/// Sums over the scores of all students can reach 2⁴⁰.
const LN_SCORE_SCALE: i32 = 12;
const PARTS: usize = 8;
const LANES: usize = 8;

/// Errors of the parameters, correlations themselves in place of what they are made of.
pub(crate) struct Uncertainty {
    /// By place.
    pub(crate) errors: Vec<f64>,
    pub(crate) condition_number: Option<f64>,
    /// Places of parameters that the answers do not determine.
    pub(crate) flat: Vec<usize>,
}

/// Errors at the solution whose E-step is in `expected`; `None` where the time was up.
pub(crate) fn uncertainty(
    structure: &Structure,
    (state, root): (&State, &Root),
    expected: &mut Expectation<'_>,
) -> Option<Uncertainty> {
    let n = structure.n_free();
    let stop = expected.stop.clone();
    let scores = Scores::new(structure, (state, root), &expected.lattice)?;
    let mut information = complete_information(structure, state, &scores, &expected.students);
    let mut missing = vec![0.0; n * n];
    scores.missing(expected, &stop).write(&mut missing);
    stop.check().ok()?;
    for (i, m) in information.iter_mut().zip(&missing) {
        *i -= m;
    }
    let kept: Vec<usize> =
        (0..n).filter(|&place| structure.at_bound(&state.point, place).is_none()).collect();
    let scale: Vec<f64> = (0..n).map(|i| inverse_root(information[i * n + i])).collect();
    let reduced = || submatrix(&information, n, &kept, &scale);
    let factor = Cholesky::within(reduced(), kept.len(), &stop).ok()?;
    let inverse = factor.inverse_within(&stop).ok()?;
    let flat: Vec<usize> =
        rows_without_information(&factor, &inverse, reduced).iter().map(|&i| kept[i]).collect();
    let covariance = expand(&inverse, n, &kept, &scale);
    let errors = (0..n).map(|place| covariance[place * n + place].max(0.0).sqrt()).collect();
    Some(Uncertainty { errors, condition_number: factor.condition_number(), flat })
}

/// Lower triangle of the information that answers and abilities would carry together.
fn complete_information(
    structure: &Structure,
    state: &State,
    scores: &Scores<'_>,
    students: &[f64],
) -> Vec<f64> {
    let n = structure.n_free();
    let mut matrix = vec![0.0; n * n];
    for (item, block) in state.derivatives.blocks.iter().enumerate() {
        let (first, size) = (structure.first[item], block.len().isqrt());
        for i in 0..size {
            for j in 0..=i {
                matrix[(first + i) * n + first + j] = block[i * size + j];
            }
        }
    }
    // Minus the second derivatives of ln N(θ; 0, Σ) by two correlations, with W = Σ⁻¹ and E the derivative of Σ:
    // tr(W Eₐ W E_b W θθᵀ) − ½ tr(W Eₐ W E_b).
    let total: f64 = students.iter().sum();
    let mut squares = [[0.0; MOST]; MOST];
    for (i, row) in scores.abilities.iter().enumerate() {
        for (j, other) in scores.abilities.iter().enumerate() {
            squares[i][j] =
                students.iter().zip(row).zip(other).map(|((n, x), y)| n * x * y).sum::<f64>();
        }
    }
    let start = structure.correlations_start();
    let of_pair = |&(k, l): &(usize, usize)| {
        let mut unit = [[0.0; MOST]; MOST];
        (unit[k][l], unit[l][k]) = (1.0, 1.0);
        times(&scores.precision, &unit)
    };
    let moved: Vec<Square> = structure.pairs.iter().map(of_pair).collect();
    let weighted = times(&scores.precision, &squares);
    for (i, a) in moved.iter().enumerate() {
        for (j, b) in moved[..=i].iter().enumerate() {
            let (ab, ba) = (times(a, b), times(b, a));
            let with_abilities =
                0.5 * (trace(&times(&ab, &weighted)) + trace(&times(&ba, &weighted)));
            matrix[(start + i) * n + start + j] = with_abilities - 0.5 * total * trace(&ab);
        }
    }
    matrix
}

fn trace(matrix: &Square) -> f64 {
    matrix.iter().enumerate().map(|(at, row)| row[at]).sum()
}

/// What answers and abilities say about the parameters, point by point.
struct Scores<'a> {
    structure: &'a Structure,
    /// Probability of a right answer by item and point.
    right: Vec<f64>,
    /// Abilities by dimension and point.
    abilities: Vec<Vec<f64>>,
    /// Scores of the correlations by pair and point, but for constants.
    pairs: Vec<Vec<f64>>,
    /// Inverse of the correlations.
    precision: Square,
}

impl<'a> Scores<'a> {
    fn new(
        structure: &'a Structure,
        (state, root): (&State, &Root),
        lattice: &Lattice,
    ) -> Option<Self> {
        let (k, width) = (structure.k, lattice.width());
        let mut right = vec![0.0; state.point.slopes.len() * width];
        let items = state.point.slopes.iter().zip(&state.point.intercepts);
        for (row, (slopes, intercept)) in right.chunks_exact_mut(width).zip(items) {
            logits(lattice, &root.transposed_times(slopes)[..k], *intercept, row);
            for x in row {
                *x = logistic(*x);
            }
        }
        let mut abilities = vec![vec![0.0; width]; k];
        for (row, l) in abilities.iter_mut().zip(&root.lower) {
            logits(lattice, &l[..k], 0.0, row);
        }
        let precision = inverse(&root.correlations(), k)?;
        let weighted: Vec<Vec<f64>> = precision[..k]
            .iter()
            .map(|row| {
                (0..width).map(|q| (0..k).map(|at| row[at] * abilities[at][q]).sum()).collect()
            })
            .collect();
        let of_pair = |&(a, b): &(usize, usize)| {
            weighted[a].iter().zip(&weighted[b]).map(|(x, y)| x * y).collect()
        };
        let pairs = structure.pairs.iter().map(of_pair).collect();
        Some(Self { structure, right, abilities, pairs, precision })
    }

    /// Covariances of the scores under the posteriors, summed over the students; lower triangle.
    fn missing(&self, expected: &mut Expectation<'_>, stop: &Interrupt) -> ExactSums {
        let n = self.structure.n_free();
        let mut total = ExactSums::new(n * n, LN_SCORE_SCALE);
        let mut parts = vec![vec![0.0; n * n]; PARTS];
        for chunk in expected.chunks() {
            let posteriors = expected.posteriors(chunk);
            let n_patterns = chunk.n_patterns();
            let of_part = n_patterns.div_ceil(PARTS);
            parts.par_iter_mut().enumerate().for_each(|(part, sums)| {
                sums.fill(0.0);
                let mut work = Work::default();
                let range =
                    (part * of_part).min(n_patterns)..((part + 1) * of_part).min(n_patterns);
                for pattern in range {
                    if stop.is_raised() {
                        return;
                    }
                    work.load(self, &posteriors, pattern);
                    work.add_covariance(sums, n);
                }
            });
            let Some((first, others)) = parts.split_first_mut() else { continue };
            for other in others {
                first.iter_mut().zip(other).for_each(|(sum, x)| *sum += *x);
            }
            total.add(first);
        }
        total
    }
}

/// Scratch of one thread.
#[derive(Default)]
struct Work {
    weight: f64,
    posterior: Vec<f64>,
    /// Points that carry the posterior, with their roots of probabilities.
    points: Vec<usize>,
    roots: Vec<f64>,
    /// Places of the pattern's parameters, increasing.
    places: Vec<usize>,
    /// Centred scores times the roots, a padded row a parameter.
    scores: Vec<f64>,
    residual: Vec<f64>,
}

impl Work {
    /// Lays out the scores of one pattern.
    fn load(&mut self, scores: &Scores<'_>, posteriors: &Posteriors<'_>, pattern: usize) {
        let layout = posteriors.layout;
        self.weight = layout.weights[pattern];
        self.posterior.resize(posteriors.lattice.width(), 0.0);
        posteriors.fill(pattern, &mut self.posterior);
        let largest = self.posterior.iter().copied().fold(0.0, f64::max);
        let chosen = self.posterior.iter().enumerate().filter(|(_, p)| **p > NEGLIGIBLE * largest);
        self.points.clear();
        self.points.extend(chosen.map(|(q, _)| q));
        self.roots.clear();
        self.roots.extend(self.points.iter().map(|&q| self.posterior[q].sqrt()));
        let mut codes: Vec<u32> = Vec::new();
        for &token in layout.tokens_of(pattern) {
            match &layout.token_codes {
                None => codes.push(token),
                Some(of) => codes.extend_from_slice(&of[token as usize]),
            }
        }
        self.places.clear();
        self.scores.clear();
        for same in codes.chunk_by(|a, b| a / 2 == b / 2) {
            self.add_item(scores, same);
        }
        let start = scores.structure.correlations_start();
        for (pair, row) in scores.pairs.iter().enumerate() {
            self.add_row(start + pair, |_, q| row[q]);
        }
        self.centre();
    }

    /// Rows of the parameters of an item, answered once or more often.
    fn add_item(&mut self, scores: &Scores<'_>, codes: &[u32]) {
        let item = codes[0] as usize / 2;
        let (n, n_right) = (codes.len() as f64, codes.iter().filter(|&code| code % 2 == 1).count());
        let right = &scores.right[item * self.posterior.len()..][..self.posterior.len()];
        let mut residual = std::mem::take(&mut self.residual);
        residual.clear();
        residual.extend(self.points.iter().map(|&q| n_right as f64 - n * right[q]));
        let first = scores.structure.first[item];
        for (at, &dimension) in scores.structure.dimensions[item].iter().enumerate() {
            let abilities = &scores.abilities[dimension];
            self.add_row(first + at, |i, q| residual[i] * abilities[q]);
        }
        self.add_row(scores.structure.first[item + 1] - 1, |i, _| residual[i]);
        self.residual = residual;
    }

    fn add_row(&mut self, place: usize, score: impl Fn(usize, usize) -> f64) {
        self.places.push(place);
        self.scores.extend(self.points.iter().enumerate().map(|(i, &q)| score(i, q)));
        let padding = self.row_length() - self.points.len();
        self.scores.extend(std::iter::repeat_n(0.0, padding));
    }

    fn row_length(&self) -> usize {
        self.points.len().next_multiple_of(LANES)
    }

    fn centre(&mut self) {
        let length = self.row_length();
        let total: f64 = self.roots.iter().map(|root| root * root).sum();
        for row in self.scores.chunks_exact_mut(length) {
            let sum: f64 = row.iter().zip(&self.roots).map(|(s, root)| s * root * root).sum();
            let mean = sum / total;
            for (s, root) in row.iter_mut().zip(&self.roots) {
                *s = (*s - mean) * root;
            }
        }
    }

    fn add_covariance(&self, sums: &mut [f64], n: usize) {
        let length = self.row_length();
        vectorized(
            #[inline(always)]
            || {
                for (i, row) in self.scores.chunks_exact(length).enumerate() {
                    let to = &mut sums[self.places[i] * n..][..n];
                    for (j, other) in self.scores.chunks_exact(length).take(i + 1).enumerate() {
                        to[self.places[j]] += self.weight * product(row, other);
                    }
                }
            },
        );
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn product(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for (sum, (x, y)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}
