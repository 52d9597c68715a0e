//! Gaussian mixtures by expectation and maximisation.

use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress, exp, ln, vectorized};
use serde::{Deserialize, Serialize};

use crate::covariance::{Components, LANES};
use crate::incomplete_mixture::{self, patterns};
use crate::matrix::{CHUNK, Matrix};

/// Shape of the covariances of a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// Any, one for each component.
    #[default]
    Full,
    /// Any, the same for all.
    Tied,
    /// Without correlations, one for each component.
    Diagonal,
    /// Without correlations, the same for all: features that differ between groups count as much more as they
    /// vary less within them.
    TiedDiagonal,
    /// A multiple of the identity, one for each component.
    Spherical,
}

impl Covariance {
    /// All shapes.
    pub const ALL: [Self; 5] =
        [Self::Full, Self::Tied, Self::Diagonal, Self::TiedDiagonal, Self::Spherical];

    /// Free parameters of a mixture of `k` components in `d` dimensions.
    pub(crate) fn parameters(self, k: usize, d: usize) -> usize {
        let of_shapes = match self {
            Self::Full => k * d * (d + 1) / 2,
            Self::Tied => d * (d + 1) / 2,
            Self::Diagonal => k * d,
            Self::TiedDiagonal => d,
            Self::Spherical => k,
        };
        of_shapes + k * d + k - 1
    }
}

/// A fitted mixture.
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    pub(crate) components: Components,
    /// ln likelihood of all rows.
    pub(crate) log_likelihood: f64,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
    pub(crate) parameters: usize,
    /// Added to every variance.
    pub(crate) regularization: f64,
}

/// How long a mixture is followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) max_iter: u32,
    /// Gain of the mean ln likelihood of a row that is too small to go on.
    pub(crate) tolerance: f64,
    /// Added to every variance.
    pub(crate) regularization: f64,
}

/// Sums over rows that a maximisation needs.
pub(crate) struct Moments {
    pub(crate) weights: Vec<f64>,
    /// k × d.
    pub(crate) sums: Vec<f64>,
    /// k × (d × d, lower triangle) or k × d.
    pub(crate) products: Vec<f64>,
    pub(crate) log_likelihood: f64,
}

impl Moments {
    pub(crate) fn new(k: usize, d: usize, shape: Covariance) -> Self {
        let width = if shape.is_full() { d * d } else { d };
        Self {
            weights: vec![0.0; k],
            sums: vec![0.0; k * d],
            products: vec![0.0; k * width],
            log_likelihood: 0.0,
        }
    }

    /// Adds a row to component `c` with a weight; of products of different features only where `is_full`.
    pub(crate) fn add_row(&mut self, c: usize, weight: f64, x: &[f64], is_full: bool) {
        let d = x.len();
        self.weights[c] += weight;
        for i in 0..d {
            self.sums[c * d + i] += weight * x[i];
            for j in if is_full { 0..i + 1 } else { i..i + 1 } {
                self.add_product(c, (i, j), weight * x[i] * x[j], is_full);
            }
        }
    }

    /// Adds to the product of two features, the first the later one.
    pub(crate) fn add_product(
        &mut self,
        c: usize,
        (i, j): (usize, usize),
        value: f64,
        is_full: bool,
    ) {
        let d = self.sums.len() / self.weights.len();
        let at = if is_full { (c * d + i) * d + j } else { c * d + i };
        self.products[at] += value;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.weights, &other.weights),
            (&mut self.sums, &other.sums),
            (&mut self.products, &other.products),
        ];
        for (mine, theirs) in pairs {
            for (m, t) in mine.iter_mut().zip(theirs) {
                *m += t;
            }
        }
        self.log_likelihood += other.log_likelihood;
    }
}

impl Covariance {
    /// Whether products of different coordinates are needed.
    pub(crate) fn is_full(self) -> bool {
        matches!(self, Self::Full | Self::Tied)
    }
}

/// Maximises the likelihood from the partition `labels` (of `k` clusters). `matrix` must have means near
/// 0, as prepared rows have: second moments are taken about 0, and cancel far from it.
pub(crate) fn mixture(
    matrix: &Matrix,
    k: usize,
    labels: &[u32],
    shape: Covariance,
    patience: Patience,
    observer: &mut dyn Observer,
) -> Option<Mixture> {
    let n = matrix.n() as f64;
    let patterns = if matrix.is_complete { Vec::new() } else { patterns(matrix) };
    let start = moments_of_labels(matrix, k, labels, shape);
    let mut components = Components::new(&start, matrix.d, shape, patience.regularization)?;
    let mut before = f64::NEG_INFINITY;
    let (mut iterations, mut converged) = (0, false);
    let mut log_likelihood = before;
    while iterations < patience.max_iter {
        iterations += 1;
        let moments = if matrix.is_complete {
            expectation(matrix, &components)
        } else {
            incomplete_mixture::expectation(matrix, &patterns, &components)?
        };
        log_likelihood = moments.log_likelihood;
        let gain = (log_likelihood - before) / n;
        if gain.abs() < patience.tolerance {
            converged = true;
            break;
        }
        before = log_likelihood;
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(patience.max_iter),
            objective: log_likelihood,
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            break;
        }
        components = Components::new(&moments, matrix.d, shape, patience.regularization)?;
    }
    let parameters = shape.parameters(k, matrix.d);
    let regularization = patience.regularization;
    Some(Mixture { components, log_likelihood, iterations, converged, parameters, regularization })
}

fn moments_of_labels(matrix: &Matrix, k: usize, labels: &[u32], shape: Covariance) -> Moments {
    if !matrix.is_complete {
        return incomplete_mixture::moments_of_labels(matrix, k, labels, shape);
    }
    let mut moments = Moments::new(k, matrix.d, shape);
    for (x, &label) in matrix.rows().zip(labels) {
        moments.add_row(label as usize, 1.0, x, shape.is_full());
    }
    moments
}

/// Responsibilities of the components for every row, summed up, in chunks of rows.
fn expectation(matrix: &Matrix, components: &Components) -> Moments {
    let (k, d) = (components.k(), matrix.d);
    let parts: Vec<Moments> = matrix
        .values
        .par_chunks(CHUNK * d)
        .map(|rows| {
            vectorized(
                #[inline(always)]
                || expectation_of(rows, components),
            )
        })
        .collect();
    let mut total = Moments::new(k, d, components.shape);
    for part in &parts {
        total.add(part);
    }
    total
}

/// Eight rows at a time, one in each lane.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn expectation_of(rows: &[f64], components: &Components) -> Moments {
    let (k, d) = (components.k(), components.d);
    let is_full = components.shape.is_full();
    let width = if is_full { d * d } else { d };
    let mut moments = Moments::new(k, d, components.shape);
    let mut sums = vec![[0.0; LANES]; k * d];
    let mut products = vec![[0.0; LANES]; k * width];
    let mut weights = vec![[0.0; LANES]; k];
    let mut x = vec![[0.0; LANES]; d];
    let mut densities = vec![[0.0; LANES]; k];
    let mut scratch = vec![[0.0; LANES]; d];
    for block in rows.chunks(LANES * d) {
        let filled = block.len() / d;
        for (j, lanes) in x.iter_mut().enumerate() {
            for (l, lane) in lanes.iter_mut().enumerate() {
                *lane = block[l.min(filled - 1) * d + j];
            }
        }
        for (c, density) in densities.iter_mut().enumerate() {
            *density = components.log_density(c, &x, &mut scratch);
        }
        moments.log_likelihood += responsibilities(&mut densities, filled);
        for c in 0..k {
            let r = densities[c];
            for l in 0..LANES {
                weights[c][l] += r[l];
            }
            for i in 0..d {
                let mut weighted = [0.0; LANES];
                for l in 0..LANES {
                    weighted[l] = r[l] * x[i][l];
                    sums[c * d + i][l] += weighted[l];
                }
                let from = if is_full { 0 } else { i };
                let at = if is_full { (c * d + i) * d } else { c * d + i };
                for (product, x) in products[at..].iter_mut().zip(&x[from..=i]) {
                    for l in 0..LANES {
                        product[l] += weighted[l] * x[l];
                    }
                }
            }
        }
    }
    for (to, from) in [
        (&mut moments.weights, &weights),
        (&mut moments.sums, &sums),
        (&mut moments.products, &products),
    ] {
        for (value, lanes) in to.iter_mut().zip(from) {
            *value = lanes.iter().sum();
        }
    }
    moments
}

/// Turns ln densities (with weights) into shares, 0 in lanes past `filled`; returns the sum of the ln
/// densities of the mixture.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn responsibilities(densities: &mut [[f64; LANES]], filled: usize) -> f64 {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for density in densities.iter() {
        for l in 0..LANES {
            largest[l] = if density[l] > largest[l] { density[l] } else { largest[l] };
        }
    }
    let mut total = [0.0; LANES];
    for density in densities.iter_mut() {
        for l in 0..LANES {
            density[l] = exp(density[l] - largest[l]);
            total[l] += density[l];
        }
    }
    for density in densities.iter_mut() {
        for l in 0..LANES {
            density[l] = if l < filled { density[l] / total[l] } else { 0.0 };
        }
    }
    (0..filled).map(|l| largest[l] + ln(total[l])).sum()
}

impl Mixture {
    /// Shares of the components for each row, k numbers a row, and the ln density of each row.
    pub(crate) fn memberships(&self, matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
        self.components.memberships(matrix)
    }

    /// The component with the largest share in each row.
    pub(crate) fn labels(&self, matrix: &Matrix) -> Vec<u32> {
        let (shares, _) = self.memberships(matrix);
        shares.chunks_exact(self.components.k()).map(largest).collect()
    }

    /// Bayesian information criterion, −2 ln L + p ln n: lower is better (mclust reports the negative).
    pub(crate) fn bic(&self, n: usize) -> f64 {
        -2.0 * self.log_likelihood + self.parameters as f64 * ln(n as f64)
    }

    /// Integrated completed likelihood (Biernacki, Celeux & Govaert 2000): the BIC plus twice the entropy
    /// of the memberships.
    pub(crate) fn icl(&self, matrix: &Matrix) -> f64 {
        let (memberships, _) = self.memberships(matrix);
        let entropy: f64 = memberships.iter().filter(|p| **p > 1e-300).map(|p| -p * ln(*p)).sum();
        self.bic(matrix.n()) + 2.0 * entropy
    }
}

/// The first of the largest shares.
fn largest(shares: &[f64]) -> u32 {
    let mut at = 0;
    for (c, share) in shares.iter().enumerate() {
        if *share > shares[at] {
            at = c;
        }
    }
    at as u32
}
