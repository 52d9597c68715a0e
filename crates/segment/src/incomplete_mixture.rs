//! Mixtures of rows with missing cells: densities of the known ones, expectations of the others.

use std::collections::BTreeMap;

use rayon::prelude::*;
use seedtest_numerics::{exp, ln};

use crate::covariance::{Components, inverse_factor};
use crate::matrix::Matrix;
use crate::mixture::{Covariance, Moments};

/// Rows that know the same features.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    known: Vec<usize>,
    missing: Vec<usize>,
    rows: Vec<usize>,
}

/// The rows of a table by what they know.
pub(crate) fn patterns(matrix: &Matrix) -> Vec<Pattern> {
    let mut by_known: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for (i, row) in matrix.rows().enumerate() {
        by_known.entry(row.iter().map(|x| !x.is_nan()).collect()).or_default().push(i);
    }
    let of = |(is_known, rows): (Vec<bool>, Vec<usize>)| {
        let (known, missing) = (0..matrix.d).partition(|&j| is_known[j]);
        Pattern { known, missing, rows }
    };
    by_known.into_iter().map(of).collect()
}

/// A component on the known features of a pattern.
struct Part {
    means: Vec<f64>,
    /// Inverse of the lower Cholesky factor of their covariance.
    factor: Vec<f64>,
    /// ln weight − ½ ln |Σ| − ½ · their number · ln 2π.
    constant: f64,
    /// The factor times the covariances with the missing features, a row for each known one.
    across: Vec<f64>,
}

impl Part {
    fn new(components: &Components, c: usize, pattern: &Pattern) -> Option<Self> {
        const LN_2PI: f64 = 1.837_877_066_409_345_3;
        let (d, o) = (components.d, pattern.known.len());
        let covariance = &components.covariances[c * d * d..][..d * d];
        let between = |rows: &[usize], columns: &[usize]| -> Vec<f64> {
            rows.iter().flat_map(|&i| columns.iter().map(move |&j| covariance[i * d + j])).collect()
        };
        let mut factor = vec![0.0; o * o];
        let own = between(&pattern.known, &pattern.known);
        let log_determinant = inverse_factor(&own, o, &mut factor)?;
        let with_missing = between(&pattern.known, &pattern.missing);
        let m = pattern.missing.len();
        let mut across = vec![0.0; o * m];
        for i in 0..o {
            for (weight, row) in factor[i * o..=i * o + i].iter().zip(with_missing.chunks(m.max(1)))
            {
                for (out, x) in across[i * m..(i + 1) * m].iter_mut().zip(row) {
                    *out += weight * x;
                }
            }
        }
        let weight = components.weights[c].max(f64::MIN_POSITIVE);
        Some(Self {
            means: pattern.known.iter().map(|&j| components.means[c * d + j]).collect(),
            factor,
            constant: ln(weight) - 0.5 * (log_determinant + o as f64 * LN_2PI),
            across,
        })
    }

    /// The row in independent standard normal numbers, and its ln density (with weight).
    fn whitened(&self, known: &[f64]) -> (Vec<f64>, f64) {
        let o = known.len();
        let from: Vec<f64> = known.iter().zip(&self.means).map(|(x, m)| x - m).collect();
        let y: Vec<f64> = (0..o)
            .map(|i| self.factor[i * o..=i * o + i].iter().zip(&from).map(|(w, z)| w * z).sum())
            .collect();
        let square: f64 = y.iter().map(|y| y * y).sum();
        (y, self.constant - 0.5 * square)
    }
}

/// Shares of ln densities, in place; ln of their sum.
fn shares(densities: &mut [f64]) -> f64 {
    let largest = densities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for density in densities.iter_mut() {
        *density = exp(*density - largest);
        total += *density;
    }
    for density in densities.iter_mut() {
        *density /= total;
    }
    largest + ln(total)
}

/// Sums that a maximisation needs, with what is expected of the missing cells and of their squares (Little &
/// Rubin 2019, 11.6). `None` where a covariance is not positive definite.
pub(crate) fn expectation(
    matrix: &Matrix,
    patterns: &[Pattern],
    components: &Components,
) -> Option<Moments> {
    // Patterns that depend on the rows only, so that sums do not depend on the threads.
    const TOGETHER: usize = 32;
    let (k, d) = (components.k(), matrix.d);
    let parts: Vec<Option<Moments>> = patterns
        .par_chunks(TOGETHER)
        .map(|patterns| {
            let mut moments = Moments::new(k, d, components.shape);
            for pattern in patterns {
                add_pattern(matrix, pattern, components, &mut moments)?;
            }
            Some(moments)
        })
        .collect();
    let mut total = Moments::new(k, d, components.shape);
    for part in parts {
        total.add(&part?);
    }
    Some(total)
}

fn add_pattern(
    matrix: &Matrix,
    pattern: &Pattern,
    components: &Components,
    moments: &mut Moments,
) -> Option<()> {
    let k = components.k();
    let parts: Vec<Part> =
        (0..k).map(|c| Part::new(components, c, pattern)).collect::<Option<_>>()?;
    // The responsibilities and whitened rows of each component, to be summed up by component.
    let mut weights = vec![Vec::with_capacity(pattern.rows.len()); k];
    for &i in &pattern.rows {
        let row = matrix.row(i);
        let known: Vec<f64> = pattern.known.iter().map(|&j| row[j]).collect();
        let (whitened, mut densities): (Vec<Vec<f64>>, Vec<f64>) =
            parts.iter().map(|part| part.whitened(&known)).unzip();
        moments.log_likelihood += shares(&mut densities);
        for ((of, y), share) in weights.iter_mut().zip(whitened).zip(densities) {
            of.push((share, y));
        }
    }
    for (c, (part, of)) in parts.iter().zip(&weights).enumerate() {
        add_component(matrix, pattern, (components, c, part), of, moments);
    }
    Some(())
}

fn add_component(
    matrix: &Matrix,
    pattern: &Pattern,
    (components, c, part): (&Components, usize, &Part),
    rows: &[(f64, Vec<f64>)],
    moments: &mut Moments,
) {
    let (d, m) = (matrix.d, pattern.missing.len());
    let is_full = components.shape.is_full();
    let mut full = vec![0.0; d];
    let mut total = 0.0;
    for (&i, (share, y)) in pattern.rows.iter().zip(rows) {
        total += share;
        full.copy_from_slice(matrix.row(i));
        for (at, &j) in pattern.missing.iter().enumerate() {
            let regression: f64 =
                y.iter().enumerate().map(|(o, y)| part.across[o * m + at] * y).sum();
            full[j] = components.means[c * d + j] + regression;
        }
        moments.add_row(c, *share, &full, is_full);
    }
    // What is not known of the missing cells even so.
    for (a, &i) in pattern.missing.iter().enumerate() {
        for (b, &j) in pattern.missing[..=a].iter().enumerate() {
            if !is_full && i != j {
                continue;
            }
            let explained: f64 = part.across.chunks(m).map(|row| row[a] * row[b]).sum();
            let left = components.covariances[(c * d + i) * d + j] - explained;
            moments.add_product(c, (i, j), total * left, is_full);
        }
    }
}

/// Shares of the components in a row, and its ln density.
pub(crate) fn membership(components: &Components, row: &[f64]) -> (Vec<f64>, f64) {
    let (known, missing) = (0..row.len()).partition(|&j| !row[j].is_nan());
    let pattern = Pattern { known, missing, rows: Vec::new() };
    let known: Vec<f64> = pattern.known.iter().map(|&j| row[j]).collect();
    let density = |c: usize| {
        Part::new(components, c, &pattern).map_or(f64::NEG_INFINITY, |p| p.whitened(&known).1)
    };
    let mut densities: Vec<f64> = (0..components.k()).map(density).collect();
    let log_density = shares(&mut densities);
    (densities, log_density)
}

/// Moments of the rows of a partition, to start from: what is missing is at the mean of its cluster, with the
/// variance of its feature there.
pub(crate) fn moments_of_labels(
    matrix: &Matrix,
    k: usize,
    labels: &[u32],
    shape: Covariance,
) -> Moments {
    let d = matrix.d;
    let means = crate::incomplete::sums(matrix, labels, k).means(|_| 0.0);
    let (mut squares, mut counts) = (vec![0.0; k * d], vec![0.0; k * d]);
    let cell = |label: u32, j: usize| label as usize * d + j;
    for (row, &label) in matrix.rows().zip(labels) {
        for (j, x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            let from = x - means[cell(label, j)];
            squares[cell(label, j)] += from * from;
            counts[cell(label, j)] += 1.0;
        }
    }
    let mut moments = Moments::new(k, d, shape);
    let mut full = vec![0.0; d];
    for (row, &label) in matrix.rows().zip(labels) {
        for (j, x) in row.iter().enumerate() {
            full[j] = if x.is_nan() { means[cell(label, j)] } else { *x };
        }
        moments.add_row(label as usize, 1.0, &full, shape.is_full());
        for (j, _) in row.iter().enumerate().filter(|(_, x)| x.is_nan()) {
            let at = cell(label, j);
            // A feature that nobody of the cluster knows has the variance of all rows, 1 if standardised.
            let variance = if counts[at] > 0.0 { squares[at] / counts[at] } else { 1.0 };
            moments.add_product(label as usize, (j, j), variance, shape.is_full());
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::{Silent, Stream, exp};

    use super::{expectation, membership, patterns};
    use crate::matrix::Matrix;
    use crate::mixture::{Covariance, Patience, mixture};

    const PATIENCE: Patience = Patience { max_iter: 500, tolerance: 1e-12, regularization: 0.0 };

    /// Two correlated groups, a share of the cells missing.
    fn rows(n: usize, missing: f64) -> Matrix {
        let mut stream = Stream::new(9, 0);
        let mut values = Vec::new();
        for i in 0..n {
            let (group, common) = ((i % 2) as f64 * 5.0, stream.normal());
            let row =
                [group + common, 0.8 * common + 0.6 * stream.normal(), group + stream.normal()];
            let cell =
                |x: f64, stream: &mut Stream| if stream.bernoulli(missing) { f64::NAN } else { x };
            values.extend(row.map(|x| cell(x, &mut stream)));
        }
        Matrix::new(values, 3)
    }

    fn halves(n: usize) -> Vec<u32> {
        (0..n as u32).map(|i| i % 2).collect()
    }

    #[test]
    fn with_every_cell_known_it_is_the_other_expectation() {
        let matrix = rows(60, 0.0);
        for shape in Covariance::ALL {
            let fit = mixture(&matrix, 2, &halves(60), shape, PATIENCE, &mut Silent).unwrap();
            let again = expectation(&matrix, &patterns(&matrix), &fit.components).unwrap();
            assert!((again.log_likelihood - fit.log_likelihood).abs() < 1e-9, "{shape:?}");
        }
    }

    /// One component with a monotone pattern has a closed form: the regression of the second feature on the
    /// first over the rows that know both, at the mean and variance of the first over all (Anderson 1957).
    #[test]
    fn one_component_is_andersons_estimate() {
        let mut stream = Stream::new(3, 0);
        let pairs: Vec<[f64; 2]> = (0..40)
            .map(|_| {
                let x = stream.normal();
                [x, 2.0 * x + stream.normal()]
            })
            .collect();
        let known = 25;
        let cell = |(i, p): (usize, &[f64; 2])| [p[0], if i < known { p[1] } else { f64::NAN }];
        let matrix = Matrix::new(pairs.iter().enumerate().flat_map(cell).collect(), 2);
        let fit = mixture(&matrix, 1, &[0; 40], Covariance::Full, PATIENCE, &mut Silent).unwrap();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let x: Vec<f64> = pairs.iter().map(|p| p[0]).collect();
        let y: Vec<f64> = pairs[..known].iter().map(|p| p[1]).collect();
        let (mx, my, all) = (mean(&x[..known]), mean(&y), mean(&x));
        let sum = |f: &dyn Fn(usize) -> f64, n: usize| (0..n).map(f).sum::<f64>() / n as f64;
        let sxx = sum(&|i| (x[i] - mx) * (x[i] - mx), known);
        let sxy = sum(&|i| (x[i] - mx) * (y[i] - my), known);
        let syy = sum(&|i| (y[i] - my) * (y[i] - my), known);
        let vx = sum(&|i| (x[i] - all) * (x[i] - all), 40);
        let slope = sxy / sxx;
        let expected =
            [all, my + slope * (all - mx), vx, slope * vx, syy - slope * sxy + slope * slope * vx];
        let c = &fit.components;
        let found = [c.means[0], c.means[1], c.covariances[0], c.covariances[1], c.covariances[3]];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn missing_cells_leave_the_groups_where_they_are() {
        let matrix = rows(2_000, 0.4);
        for shape in [Covariance::Full, Covariance::Tied] {
            let fit = mixture(&matrix, 2, &halves(2_000), shape, PATIENCE, &mut Silent).unwrap();
            let c = &fit.components;
            for (mean, truth) in c.means.iter().zip([0.0, 0.0, 0.0, 5.0, 0.0, 5.0]) {
                assert!((mean - truth).abs() < 0.15, "{:?}", c.means);
            }
            // Covariance of the first two features within groups.
            assert!((c.covariances[1] - 0.8).abs() < 0.12, "{:?}", c.covariances);
        }
    }

    #[test]
    fn a_row_that_knows_nothing_has_the_weights() {
        let matrix = rows(100, 0.2);
        let shape = Covariance::Diagonal;
        let fit = mixture(&matrix, 2, &halves(100), shape, PATIENCE, &mut Silent).unwrap();
        let (shares, log_density) = membership(&fit.components, &[f64::NAN; 3]);
        for (share, weight) in shares.iter().zip(&fit.components.weights) {
            assert!((share - weight).abs() < 1e-12);
        }
        assert!((exp(log_density) - 1.0).abs() < 1e-12);
    }
}
