//! The largest eigenvalue of a symmetric operator.

use super::direct::dot;
use crate::stream::Stream;

const MOST_STEPS: usize = 200;
const TOLERANCE: f64 = 1e-4;

/// The largest eigenvalue of a symmetric positive operator on `n` numbers, without the places in `dropped`, by Lanczos'
/// recurrence (Golub & Van Loan 2013, 10.1); `None` where there is none.
pub(super) fn largest_eigenvalue(
    n: usize,
    dropped: &[usize],
    apply: &dyn Fn(&mut [f64]),
) -> Option<f64> {
    let mut stream = Stream::new(0, n as u64);
    let mut current: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    for &i in dropped {
        current[i] = 0.0;
    }
    normalise(&mut current)?;
    let mut before = vec![0.0; n];
    let mut tridiagonal = Tridiagonal::default();
    let mut value = 0.0;
    for _ in 0..MOST_STEPS {
        let mut next = current.clone();
        apply(&mut next);
        let back = tridiagonal.beside.last().copied().unwrap_or(0.0);
        let along = dot(&next, &current);
        for ((next, current), before) in next.iter_mut().zip(&current).zip(&before) {
            *next -= along * current + back * before;
        }
        tridiagonal.diagonal.push(along);
        let found = tridiagonal.largest_eigenvalue();
        let settled = (found - value).abs() <= TOLERANCE * found;
        value = found;
        let Some(length) = normalise(&mut next).filter(|_| !settled) else { break };
        tridiagonal.beside.push(length);
        before = std::mem::replace(&mut current, next);
    }
    value.is_finite().then_some(value)
}

/// Scales to length 1 and returns the length; `None` where there is none.
fn normalise(x: &mut [f64]) -> Option<f64> {
    let length = dot(x, x).sqrt();
    if length.is_nan() || length <= 0.0 {
        return None;
    }
    for v in x {
        *v /= length;
    }
    Some(length)
}

/// A symmetric tridiagonal matrix.
#[derive(Default)]
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// One less.
    beside: Vec<f64>,
}

impl Tridiagonal {
    /// By bisection with Sturm's counts.
    fn largest_eigenvalue(&self) -> f64 {
        const HALVINGS: usize = 60;
        let largest = |numbers: &[f64]| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut low = largest(&self.diagonal);
        let mut high = low + 2.0 * largest(&self.beside).max(0.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.all_are_below(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }

    /// Whether x is above all eigenvalues: the pivots of T − x are negative.
    fn all_are_below(&self, x: f64) -> bool {
        let mut pivot = f64::NEG_INFINITY;
        let before = std::iter::once(&0.0).chain(&self.beside);
        self.diagonal.iter().zip(before).all(|(d, b)| {
            pivot = d - x - b * b / pivot;
            pivot < 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Tridiagonal, largest_eigenvalue};

    #[test]
    fn the_largest_eigenvalue_of_a_tridiagonal_matrix() {
        // 2 on the diagonal, 1 beside it: 2 + 2 cos(π/(n + 1)).
        let matrix = Tridiagonal { diagonal: vec![2.0; 5], beside: vec![1.0; 4] };
        assert!((matrix.largest_eigenvalue() - (2.0 + 3.0f64.sqrt())).abs() < 1e-12);
        let one = Tridiagonal { diagonal: vec![3.0], beside: Vec::new() };
        assert_eq!(one.largest_eigenvalue(), 3.0);
    }

    #[test]
    fn close_eigenvalues_are_told_within_a_per_cent() {
        // From 1 to 1.999; without the last 100 places to 1.899.
        let apply = |x: &mut [f64]| {
            x.iter_mut().enumerate().for_each(|(i, x)| *x *= 1.0 + i as f64 / 1000.0);
        };
        let largest = largest_eigenvalue(1000, &[], &apply).unwrap();
        assert!((largest - 1.999).abs() < 0.02, "{largest}");
        let dropped: Vec<usize> = (900..1000).collect();
        let largest = largest_eigenvalue(1000, &dropped, &apply).unwrap();
        assert!((largest - 1.899).abs() < 0.02, "{largest}");
        assert_eq!(largest_eigenvalue(2, &[0, 1], &apply), None);
        assert_eq!(largest_eigenvalue(0, &[], &apply), None);
    }
}
