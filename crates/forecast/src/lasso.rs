//! Minimum of a convex quadratic plus absolute values of some of its variables, by an active set.

use std::ops::Range;

use seedtest_numerics::{Cholesky, Interrupt};

/// ½ θᵀHθ − cᵀθ + w Σ |θⱼ| over j in `penalized`, with H positive semidefinite.
pub(crate) struct Lasso<'a> {
    /// p × p, symmetric.
    pub(crate) h: &'a [f64],
    pub(crate) c: &'a [f64],
    pub(crate) penalized: Range<usize>,
    /// ≥ 0.
    pub(crate) weight: f64,
}

/// A gradient that exceeds the weight by no more than this share of it is rounding.
const SLACK: f64 = 1e-10;

impl Lasso<'_> {
    /// Moves `theta` to the minimum (feature-sign search, Lee et al. 2007, with steps to the first
    /// change of a sign). Exact but for rounding: variables at the kink are exactly 0.
    ///
    /// Every step lowers the objective, so no active set comes back; the bound on their number is for
    /// rounding only. `false` when it was reached, and once `stop` is raised.
    pub(crate) fn minimize(&self, theta: &mut [f64], stop: &Interrupt) -> bool {
        let p = self.c.len();
        let mut signs: Vec<f64> = (0..p).map(|j| self.sign(j, theta[j])).collect();
        let mut refused = vec![false; p];
        for _ in 0..20 + 20 * p {
            if stop.is_raised() {
                return false;
            }
            if !self.settle(theta, &mut signs) {
                // A variable that comes back at once has no descent in it but for rounding.
                continue;
            }
            let Some((entering, sign)) = self.violation(theta, &signs, &refused) else {
                return true;
            };
            signs[entering] = sign;
            let before = theta.to_vec();
            if !self.settle(theta, &mut signs) && *theta == before[..] {
                refused[entering] = true;
            }
        }
        false
    }

    fn sign(&self, j: usize, value: f64) -> f64 {
        if self.penalized.contains(&j) && value != 0.0 { value.signum() } else { 0.0 }
    }

    fn is_active(&self, j: usize, signs: &[f64]) -> bool {
        !self.penalized.contains(&j) || signs[j] != 0.0
    }

    /// Minimum over the active variables with their signs held; at the first sign that would change
    /// the variable leaves instead, and the result is false.
    fn settle(&self, theta: &mut [f64], signs: &mut [f64]) -> bool {
        let p = self.c.len();
        let active: Vec<usize> = (0..p).filter(|&j| self.is_active(j, signs)).collect();
        let size = active.len();
        let mut matrix = vec![0.0; size * size];
        for (row, &i) in matrix.chunks_exact_mut(size.max(1)).zip(&active) {
            for (out, &j) in row.iter_mut().zip(&active) {
                *out = self.h[i * p + j];
            }
        }
        let mut target: Vec<f64> =
            active.iter().map(|&j| self.c[j] - self.weight * signs[j]).collect();
        factor(matrix, size).solve(&mut target);
        let mut share = 1.0;
        let mut leaving = None;
        for (&j, &to) in active.iter().zip(&target) {
            if signs[j] != 0.0 && to * signs[j] <= 0.0 {
                let reached = theta[j] / (theta[j] - to);
                let reached = if reached.is_finite() { reached } else { 0.0 };
                if leaving.is_none() || reached < share {
                    share = reached;
                    leaving = Some(j);
                }
            }
        }
        for (&j, &to) in active.iter().zip(&target) {
            theta[j] += share * (to - theta[j]);
            if share == 1.0 {
                theta[j] = to;
            }
        }
        let Some(j) = leaving else { return true };
        theta[j] = 0.0;
        signs[j] = 0.0;
        false
    }

    /// The variable at 0 that wants to leave it most, with its sign.
    fn violation(&self, theta: &[f64], signs: &[f64], refused: &[bool]) -> Option<(usize, f64)> {
        let p = self.c.len();
        let mut worst = self.weight * (1.0 + SLACK);
        let mut found = None;
        for j in self.penalized.clone() {
            if signs[j] != 0.0 || refused[j] {
                continue;
            }
            let row = &self.h[j * p..][..p];
            let gradient = crate::linear_algebra::dot(row, theta) - self.c[j];
            // Against rounding where the weight itself is as small.
            let rounding = 1e-14 * self.c[j].abs();
            if gradient.abs() > worst + rounding {
                worst = gradient.abs();
                found = Some((j, -gradient.signum()));
            }
        }
        found
    }
}

/// Factor of a matrix, or of one a little larger where columns repeat each other: the minimum is then one
/// of many, and a way along them leads to the next change of a sign.
fn factor(matrix: Vec<f64>, size: usize) -> Cholesky {
    const LIFT: f64 = 1e-9;
    let factor = Cholesky::new(matrix.clone(), size);
    if factor.dropped().is_empty() {
        return factor;
    }
    let mut lifted = matrix;
    for j in 0..size {
        lifted[j * size + j] = lifted[j * size + j] * (1.0 + LIFT) + f64::MIN_POSITIVE;
    }
    Cholesky::new(lifted, size)
}

#[cfg(test)]
mod tests {
    use super::Lasso;
    use proptest::prelude::*;
    use seedtest_numerics::{Interrupt, Stream};

    proptest! {
        #[test]
        fn the_conditions_of_a_minimum_hold(
            seed in 0u64..1000,
            free in 0usize..4,
            held in 1usize..12,
            rows in 4usize..20,
            weight in 0.01f64..5.0,
        ) {
            let p = free + held;
            let mut stream = Stream::new(seed, 1);
            let a: Vec<f64> = (0..rows * p).map(|_| stream.normal()).collect();
            let y: Vec<f64> = (0..rows).map(|_| stream.normal()).collect();
            let mut h = crate::linear_algebra::gram(&a, rows, p);
            let c = crate::linear_algebra::transposed_product(&a, &y, p);
            for j in 0..free {
                h[j * p + j] += 0.01;
            }
            let lasso = Lasso { h: &h, c: &c, penalized: free..p, weight };
            let mut theta = vec![0.0; p];
            prop_assert!(lasso.minimize(&mut theta, &Interrupt::never()));
            for j in 0..p {
                let g: f64 = (0..p).map(|i| h[j * p + i] * theta[i]).sum::<f64>() - c[j];
                let scale = 1e-7 * (1.0 + c[j].abs());
                if j < free {
                    prop_assert!(g.abs() < scale, "{j} {g}");
                } else if theta[j] == 0.0 {
                    prop_assert!(g.abs() < weight + scale, "{j} {g}");
                } else {
                    prop_assert!((g + weight * theta[j].signum()).abs() < scale, "{j} {g}");
                }
            }
        }
    }
}
