//! Quadrature over a normal variable.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::elementary::{exp, ln};
use crate::powers::hypot;

/// How the integral over a standard normal variable is approximated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// Equally spaced nodes with normalised normal weights.
    Grid {
        /// Number of nodes, 2 to 1 001.
        points: usize,
        /// First node.
        min: f64,
        /// Last node.
        max: f64,
    },
    /// Gauss–Hermite nodes and weights for the standard normal density.
    GaussHermite {
        /// Number of nodes, 2 to 200.
        points: usize,
    },
}

impl Default for Rule {
    /// 61 equally spaced nodes on [−6, 6], the usual choice of item response programs.
    fn default() -> Self {
        Self::Grid { points: 61, min: -6.0, max: 6.0 }
    }
}

/// Why a quadrature rule cannot be built.
#[derive(Debug, Clone, PartialEq)]
pub enum QuadratureError {
    /// The number of nodes is outside the range of the rule.
    Points {
        /// What was asked for.
        points: usize,
        /// Largest number the rule supports.
        max: usize,
    },
    /// The interval of an equally spaced grid is empty or not finite.
    Interval {
        /// First node asked for.
        min: f64,
        /// Last node asked for.
        max: f64,
    },
}

impl fmt::Display for QuadratureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points { points, max } => {
                write!(f, "{points} quadrature points asked for, 2 to {max} are possible")
            }
            Self::Interval { min, max } => {
                write!(f, "quadrature interval [{min}, {max}] is empty or not finite")
            }
        }
    }
}

impl std::error::Error for QuadratureError {}

impl QuadratureError {
    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Points { .. } => {
                "61 equally spaced points suit most tests; use 15 to 41 for Gauss-Hermite"
            }
            Self::Interval { .. } => "give finite limits with min < max, such as -6 and 6",
        }
    }
}

/// Nodes and weights of a quadrature rule for a normal latent variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadrature {
    nodes: Vec<f64>,
    /// ln wᵢ − ln φ(xᵢ), up to a constant: what turns a density at a node into a weight.
    log_base: Vec<f64>,
}

impl Quadrature {
    /// Builds the nodes of `rule`.
    pub fn new(rule: Rule) -> Result<Self, QuadratureError> {
        match rule {
            Rule::Grid { points, min, max } => Self::grid(points, min, max),
            Rule::GaussHermite { points } => Self::gauss_hermite(points),
        }
    }

    fn grid(points: usize, min: f64, max: f64) -> Result<Self, QuadratureError> {
        const MAX_POINTS: usize = 1001;
        if !(2..=MAX_POINTS).contains(&points) {
            return Err(QuadratureError::Points { points, max: MAX_POINTS });
        }
        if !(min.is_finite() && max.is_finite() && min < max) {
            return Err(QuadratureError::Interval { min, max });
        }
        let last = (points - 1) as f64;
        // Both ends weighted by their index keeps a symmetric interval exactly symmetric.
        let nodes =
            (0..points).map(|i| (min * (last - i as f64) + max * i as f64) / last).collect();
        Ok(Self { nodes, log_base: vec![0.0; points] })
    }

    fn gauss_hermite(points: usize) -> Result<Self, QuadratureError> {
        const MAX_POINTS: usize = 200;
        if !(2..=MAX_POINTS).contains(&points) {
            return Err(QuadratureError::Points { points, max: MAX_POINTS });
        }
        let (nodes, weights) = golub_welsch(points);
        let log_base = nodes
            .iter()
            .zip(&weights)
            .map(|(x, w)| ln(w.max(f64::MIN_POSITIVE)) + 0.5 * x * x)
            .collect();
        Ok(Self { nodes, log_base })
    }

    /// Nodes in increasing order.
    pub fn nodes(&self) -> &[f64] {
        &self.nodes
    }

    /// Logarithms of the weights that represent N(mean, sd²) on the nodes; the weights add to 1.
    ///
    /// `log_weights` has one entry per node; entries beyond are left alone.
    pub fn log_weights(&self, mean: f64, sd: f64, log_weights: &mut [f64]) {
        let mut max = f64::NEG_INFINITY;
        for ((out, x), base) in log_weights.iter_mut().zip(&self.nodes).zip(&self.log_base) {
            let z = (x - mean) / sd;
            *out = base - 0.5 * z * z;
            max = max.max(*out);
        }
        let log_weights = &mut log_weights[..self.nodes.len()];
        let total: f64 = log_weights.iter().map(|&l| exp(l - max)).sum();
        let shift = max + ln(total);
        for out in log_weights {
            *out -= shift;
        }
    }

    /// Weights that represent N(mean, sd²) on the nodes, adding to 1.
    pub fn weights(&self, mean: f64, sd: f64) -> Vec<f64> {
        let mut weights = vec![0.0; self.nodes.len()];
        self.log_weights(mean, sd, &mut weights);
        for w in &mut weights {
            *w = exp(*w);
        }
        weights
    }
}

/// Eigenvalues of the Jacobi matrix of the Hermite polynomials and squared first components of its
/// eigenvectors (Golub & Welsch 1969), by implicit QL.
fn golub_welsch(n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut diagonal = vec![0.0_f64; n];
    let mut off: Vec<f64> = (1..=n).map(|k| if k < n { (k as f64).sqrt() } else { 0.0 }).collect();
    let mut first = vec![0.0; n];
    first[0] = 1.0;
    for l in 0..n {
        // 60 sweeps are far beyond the two or three that each eigenvalue takes.
        for _ in 0..60 {
            let m = (l..n - 1)
                .find(|&m| {
                    off[m].abs() <= f64::EPSILON * (diagonal[m].abs() + diagonal[m + 1].abs())
                })
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            ql_sweep(&mut diagonal, &mut off, &mut first, l, m);
        }
    }
    let mut pairs: Vec<(f64, f64)> =
        diagonal.into_iter().zip(first.iter().map(|v| v * v)).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The rule is symmetric; averaging mirrored entries removes the rounding that is not.
    let symmetric = |i: usize| {
        let (x, w) = pairs[i];
        let (y, v) = pairs[n - 1 - i];
        (0.5 * (x - y), 0.5 * (w + v))
    };
    (0..n).map(symmetric).unzip()
}

fn ql_sweep(d: &mut [f64], e: &mut [f64], first: &mut [f64], l: usize, m: usize) {
    let g0 = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let mut g = d[m] - d[l] + e[l] / (g0 + hypot(g0, 1.0).copysign(g0));
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let f = s * e[i];
        let b = c * e[i];
        let r = hypot(f, g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        let t = (d[i] - g) * s + 2.0 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        let z = first[i + 1];
        first[i + 1] = s * first[i] + c * z;
        first[i] = c * first[i] - s * z;
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}
