//! Parameters in whose direction a likelihood has no maximum, and the penalty that gives it one.

use std::ops::Range;

use seedtest_numerics::{Cholesky, Derivatives};

/// Information that a parameter keeps, as a share of that at the start, below which the likelihood is
/// taken to have no maximum in its direction; the same as in Cox regression.
const COLLAPSED: f64 = 1e-6;

/// Which of `parameters` lost nearly all of their own information on the way from the start: the
/// likelihood still rises where they run to infinity (Albert & Anderson 1984).
pub(crate) fn collapsed(
    start: &Derivatives,
    end: &Derivatives,
    parameters: Range<usize>,
) -> Vec<usize> {
    let (before, after) = (start.factor(0.0), end.factor(0.0));
    let lost = |&j: &usize| {
        let left = own_information(&after, start.gradient.len(), j);
        let had = own_information(&before, start.gradient.len(), j);
        // A direction that the factor sets aside has a variance of zero there.
        !left.is_finite() || left < COLLAPSED * had
    };
    parameters.filter(lost).collect()
}

/// What a parameter says that no other says: one over its variance.
fn own_information(factor: &Cholesky, n_parameters: usize, parameter: usize) -> f64 {
    let mut unit = vec![0.0; n_parameters];
    unit[parameter] = 1.0;
    factor.solve(&mut unit);
    1.0 / unit[parameter]
}

/// The log-likelihood − ½ ridge Σ bⱼ² over `parameters`, with its derivatives.
pub(crate) fn penalized(
    mut at: Derivatives,
    parameters: Range<usize>,
    values: &[f64],
    ridge: f64,
) -> Derivatives {
    let p = values.len();
    at.value -= penalty(&values[parameters.clone()], ridge);
    for j in parameters {
        at.gradient[j] -= ridge * values[j];
        at.information[j * p + j] += ridge;
    }
    at
}

/// ½ ridge Σ bⱼ².
pub(crate) fn penalty(values: &[f64], ridge: f64) -> f64 {
    0.5 * ridge * values.iter().map(|b| b * b).sum::<f64>()
}
