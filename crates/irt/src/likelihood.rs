use seedtest_numerics::{ln, log1pexp, logistic};

use crate::item_parameters::ItemParameters;
use crate::simd::vectorized;

/// ln P of one outcome at an ability.
#[inline(always)]
#[allow(clippy::inline_always)] // the loop over abilities only becomes vector code when it is inlined
pub(crate) fn log_probability(item: &ItemParameters, right: bool, theta: f64) -> f64 {
    let eta = item.a * (theta - item.b);
    if !right {
        return ln(1.0 - item.c) - log1pexp(eta);
    }
    if item.c > 0.0 { ln(item.probability(theta)) } else { -log1pexp(-eta) }
}

/// ln P of a set of answers at each of the abilities `nodes`.
pub(crate) fn log_likelihoods(answers: &[(ItemParameters, bool)], nodes: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; nodes.len()];
    vectorized(
        #[inline(always)]
        || {
            for (item, right) in answers {
                for (sum, theta) in sums.iter_mut().zip(nodes) {
                    *sum += log_probability(item, *right, *theta);
                }
            }
        },
    );
    sums
}

/// What a set of answers says about the ability at one value of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct AtAbility {
    pub(crate) log_likelihood: f64,
    /// First derivative of the log-likelihood.
    pub(crate) score: f64,
    /// Minus its second derivative.
    pub(crate) observed: f64,
    /// Fisher information.
    pub(crate) expected: f64,
    /// Σ P'P''/(PQ), the bias term of Warm (1989).
    pub(crate) bias: f64,
}

/// Evaluates answers — item and whether it was right — at an ability.
pub(crate) fn at_ability(answers: &[(ItemParameters, bool)], theta: f64) -> AtAbility {
    let mut sum = AtAbility::default();
    for (item, right) in answers {
        let eta = item.a * (theta - item.b);
        let (knows, fails) = (logistic(eta), logistic(-eta));
        let p = item.c + (1.0 - item.c) * knows;
        let q = (1.0 - item.c) * fails;
        let first = item.a * (1.0 - item.c) * knows * fails;
        let second = item.a * first * (fails - knows);
        sum.log_likelihood += log_probability(item, *right, theta);
        // With Q = (1 − c)·fails, P'/Q = a·knows stays finite where Q underflows.
        let by_q = item.a * knows;
        let by_p = first / p;
        if *right {
            sum.score += by_p;
            sum.observed -= second / p - by_p * by_p;
        } else {
            sum.score -= by_q;
            sum.observed += item.a * by_q * (fails - knows) + by_q * by_q;
        }
        sum.expected += by_p * by_q;
        sum.bias += if q > 0.0 { by_p * item.a * knows * item.a * (fails - knows) } else { 0.0 };
    }
    sum
}
