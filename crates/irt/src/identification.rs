//! Which estimates an information matrix says nothing about.

use seedtest_numerics::Cholesky;

use crate::covariance::{Covariance, Parameter, ParameterKind};
use crate::parameters::SLOPE_LIMIT;

/// A variance so many times that with all other parameters known (the variance inflation factor)
/// stands for a matrix that is singular but for rounding and the stopping rule of the search: the
/// error is 300 times larger. Calibrations of dozens of items, also of a 3PL, stay below a thousand.
const MOST_INFLATION: f64 = 1e5;
/// Share of a parameter in a direction without information from which on it is named.
const LEAST_SHARE: f64 = 0.05;
/// Standard error of a difficulty or of the ability distribution, in units of the scale, beyond
/// which the estimate says nothing.
pub(crate) const WIDEST_ERROR: f64 = 100.0;

/// Rows of a scaled information matrix (its diagonal is 1) that take part in a direction without
/// information. `matrix` gives its lower triangle again, where it is needed.
pub(crate) fn rows_without_information(
    factor: &Cholesky,
    inverse: &[f64],
    matrix: impl FnOnce() -> Vec<f64>,
) -> Vec<usize> {
    let n = inverse.len().isqrt();
    let mut named: Vec<bool> = (0..n).map(|i| inverse[i * n + i] > MOST_INFLATION).collect();
    if !factor.dropped().is_empty() {
        let matrix = matrix();
        for &row in factor.dropped() {
            named[row] = true;
            // The row is a combination of the others, which are as little determined as it is.
            let mut shares: Vec<f64> =
                (0..n).map(|i| matrix[i.max(row) * n + i.min(row)]).collect();
            factor.solve(&mut shares);
            for (named, share) in named.iter_mut().zip(shares) {
                *named |= share.abs() > LEAST_SHARE;
            }
        }
    }
    (0..n).filter(|&i| named[i]).collect()
}

/// Estimates with errors as wide as the range in which they are searched.
pub(crate) fn without_bounds(covariance: &Covariance) -> impl Iterator<Item = Parameter> {
    covariance.parameters.iter().enumerate().filter_map(|(row, parameter)| {
        let widest = match parameter.kind {
            ParameterKind::A => SLOPE_LIMIT,
            ParameterKind::B | ParameterKind::Mean | ParameterKind::Sd => WIDEST_ERROR,
            // Between 0 and 1 by definition; its logit is looked at by the rows above.
            ParameterKind::C => return None,
        };
        (covariance.get(row, row).sqrt() > widest).then_some(*parameter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(matrix: &[f64], n: usize) -> Vec<usize> {
        let factor = Cholesky::new(matrix.to_vec(), n);
        let inverse = factor.inverse();
        rows_without_information(&factor, &inverse, || matrix.to_vec())
    }

    #[test]
    fn the_rows_of_a_singular_direction_are_named_and_no_others() {
        // The first two rows are the same parameter twice, the third has its own information.
        assert_eq!(named(&[1.0, 1.0, 0.2, 1.0, 1.0, 0.2, 0.2, 0.2, 1.0], 3), [0, 1]);
        // Nearly the same: 1 − ρ² = 2e-7 inflates the variance 5e6 times.
        let rho = 1.0 - 1e-7;
        assert_eq!(named(&[1.0, rho, 0.0, rho, 1.0, 0.0, 0.0, 0.0, 1.0], 3), [0, 1]);
        // A correlation of 0.999 is high, but leaves information.
        assert!(named(&[1.0, 0.999, 0.999, 1.0], 2).is_empty());
    }
}
