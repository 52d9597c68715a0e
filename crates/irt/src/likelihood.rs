//! Log-probabilities of answers at given abilities.

use seedtest_numerics::{exp, ln, log1pexp, logistic_pair, vectorized};

use crate::item_parameters::ItemParameters;

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

/// Answers whose probabilities are multiplied before a logarithm is taken: far fewer than could leave
/// the range of numbers.
const FACTORS: usize = 8;
/// A guessing probability below this would let a product of [`FACTORS`] vanish.
const SMALLEST_GUESSING: f64 = 1e-30;

/// ln P of a set of answers at each of the abilities `nodes`.
///
/// With t = e^−|η| both outcomes of a 2PL item have the probability e^min(0, ±η) / (1 + t), and the right
/// one of a 3PL item (c + c·t + (1 − c)·(1 or t)) / (1 + t): the exponents are added, the factors
/// multiplied, so that one exponential an answer and few logarithms are left.
pub(crate) fn log_likelihoods(answers: &[(ItemParameters, bool)], nodes: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; nodes.len()];
    let (mut above, mut below) = (vec![1.0; nodes.len()], vec![1.0; nodes.len()]);
    vectorized(
        #[inline(always)]
        || {
            for answers in answers.chunks(FACTORS) {
                above.fill(1.0);
                below.fill(1.0);
                for &(item, right) in answers {
                    multiply(item, right, nodes, &mut sums, (&mut above, &mut below));
                }
                for (sum, (above, below)) in sums.iter_mut().zip(above.iter().zip(&below)) {
                    *sum += ln(above / below);
                }
            }
        },
    );
    sums
}

/// Takes one answer into the sums of exponents and the factors above and below.
#[inline(always)]
#[allow(clippy::inline_always)] // the loop over abilities only becomes vector code when it is inlined
fn multiply(
    item: ItemParameters,
    right: bool,
    nodes: &[f64],
    sums: &mut [f64],
    (above, below): (&mut [f64], &mut [f64]),
) {
    if right && item.c >= SMALLEST_GUESSING {
        for (theta, (above, below)) in nodes.iter().zip(above.iter_mut().zip(below)) {
            let eta = item.a * (theta - item.b);
            let t = exp(-eta.abs());
            let knows = if eta >= 0.0 { 1.0 } else { t };
            *above *= item.c * (1.0 + t) + (1.0 - item.c) * knows;
            *below *= 1.0 + t;
        }
    } else if right && item.c > 0.0 {
        for (theta, sum) in nodes.iter().zip(sums) {
            *sum += log_probability(&item, right, *theta);
        }
    } else {
        let sign = if right { 1.0 } else { -1.0 };
        let constant = if right { 0.0 } else { ln(1.0 - item.c) };
        for (theta, (sum, below)) in nodes.iter().zip(sums.iter_mut().zip(below)) {
            let eta = sign * item.a * (theta - item.b);
            *sum += constant + eta.min(0.0);
            *below *= 1.0 + exp(-eta.abs());
        }
    }
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
        let (knows, fails) = logistic_pair(eta);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer() -> impl Strategy<Value = (ItemParameters, bool)> {
        let guessing = prop_oneof![Just(0.0), Just(1e-40), 1e-12..0.9];
        (-40.0..40.0, -6.0..6.0, guessing, any::<bool>())
            .prop_map(|(a, b, c, right)| (ItemParameters { a, b, c }, right))
    }

    proptest! {
        #[test]
        fn products_give_the_sum_of_the_logarithms(
            answers in prop::collection::vec(answer(), 0..60),
            nodes in prop::collection::vec(-30.0..30.0, 1..20),
        ) {
            let fast = log_likelihoods(&answers, &nodes);
            for (theta, fast) in nodes.iter().zip(fast) {
                let terms = answers.iter().map(|(item, right)| log_probability(item, *right, *theta));
                let (sum, size) = terms.fold((0.0, 1.0), |(s, n), t| (s + t, n + t.abs()));
                prop_assert!((fast - sum).abs() <= 1e-13 * size, "{fast} {sum}");
            }
        }
    }
}
