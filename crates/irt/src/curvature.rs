//! Exact second derivatives of the complete-data log-posterior of one item.

use seedtest_numerics::exp;

use crate::parameters::{A, Curve, D, G};
use crate::priors::Priors;

/// First derivatives of the log-probability of one outcome by η = aθ + d and by g, at one node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score {
    pub eta: f64,
    pub g: f64,
}

/// Score of a right (`true`) or wrong answer at ability x.
pub(crate) fn score(curve: Curve, x: f64, right: bool) -> Score {
    let at = Pieces::new(curve, x);
    if right {
        Score { eta: at.p_eta / at.p, g: at.p_g / at.p }
    } else {
        Score { eta: -at.p_eta / at.q, g: -at.p_g / at.q }
    }
}

/// Probability of a right answer with its derivatives by η and g.
struct Pieces {
    p: f64,
    q: f64,
    p_eta: f64,
    p_g: f64,
    p_eta_eta: f64,
    p_eta_g: f64,
    p_g_g: f64,
}

impl Pieces {
    fn new(curve: Curve, x: f64) -> Self {
        let eta = curve.a * x + curve.d;
        let tail = exp(-eta.abs());
        let upper = 1.0 / (1.0 + tail);
        let (knows, fails) = if eta >= 0.0 { (upper, tail * upper) } else { (tail * upper, upper) };
        let c = curve.guessing();
        let p_eta = (1.0 - c) * knows * fails;
        let p_g = c * (1.0 - c) * fails;
        Self {
            p: c + (1.0 - c) * knows,
            q: (1.0 - c) * fails,
            p_eta,
            p_g,
            p_eta_eta: p_eta * (fails - knows),
            p_eta_g: -c * p_eta,
            p_g_g: p_g * (1.0 - 2.0 * c),
        }
    }
}

/// Minus the second derivatives, by (a, d, g), of the expected complete-data log-posterior of one
/// item.
pub(crate) fn observed_information(
    curve: Curve,
    priors: &Priors,
    nodes: &[f64],
    wrong: &[f64],
    right: &[f64],
) -> [[f64; 3]; 3] {
    let mut info = [[0.0; 3]; 3];
    for ((&x, &w), &r) in nodes.iter().zip(wrong).zip(right) {
        let at = Pieces::new(curve, x);
        let second = |by_ij: f64, by_i: f64, by_j: f64| {
            let cross = by_i * by_j;
            -r * (by_ij / at.p - cross / (at.p * at.p)) + w * (by_ij / at.q + cross / (at.q * at.q))
        };
        let ee = second(at.p_eta_eta, at.p_eta, at.p_eta);
        let eg = second(at.p_eta_g, at.p_eta, at.p_g);
        info[A][A] += ee * x * x;
        info[A][D] += ee * x;
        info[D][D] += ee;
        info[A][G] += eg * x;
        info[D][G] += eg;
        info[G][G] += second(at.p_g_g, at.p_g, at.p_g);
    }
    subtract_prior_curvature(curve, priors, &mut info);
    info[D][A] = info[A][D];
    info[G][A] = info[A][G];
    info[G][D] = info[D][G];
    info
}

fn subtract_prior_curvature(curve: Curve, priors: &Priors, info: &mut [[f64; 3]; 3]) {
    if let Some(prior) = priors.a {
        info[A][A] -= prior.at(curve.a).second;
    }
    if let Some(prior) = priors.d {
        info[D][D] -= prior.at(curve.d).second;
    }
    if let Some(prior) = priors.b {
        let (a, b) = (curve.a, curve.difficulty());
        let density = prior.at(b);
        let (by_a, by_d) = (-b / a, -1.0 / a);
        info[A][A] -= density.second * by_a * by_a + density.first * 2.0 * b / (a * a);
        info[A][D] -= density.second * by_a * by_d + density.first / (a * a);
        info[D][D] -= density.second * by_d * by_d;
    }
    if let Some(prior) = priors.c.filter(|_| curve.g != f64::NEG_INFINITY) {
        info[G][G] -= prior.at(curve.g, curve.guessing()).second;
    }
}

#[cfg(test)]
mod tests {
    use super::{observed_information, score};
    use crate::item_step::evaluate;
    use crate::parameters::Curve;
    use crate::priors::{GuessingPrior, LogNormal, Normal, Priors};
    use proptest::prelude::*;
    use seedtest_numerics::Stream;

    fn shifted(curve: Curve, parameter: usize, by: f64) -> Curve {
        let mut curve = curve;
        curve.set(parameter, curve.get(parameter) + by);
        curve
    }

    proptest! {
        #[test]
        fn derivatives_agree_with_finite_differences(
            seed in any::<u64>(),
            a in 0.3f64..2.5,
            d in -2.0f64..2.0,
            g in -3.0f64..0.0,
            guessing in any::<bool>(),
            beta in any::<bool>(),
        ) {
            let mut stream = Stream::new(seed, 0);
            let nodes: Vec<f64> = (0..16).map(|i| -3.0 + 0.4 * f64::from(i)).collect();
            let wrong: Vec<f64> = nodes.iter().map(|_| 20.0 * stream.uniform()).collect();
            let right: Vec<f64> = nodes.iter().map(|_| 20.0 * stream.uniform()).collect();
            let c = if beta {
                GuessingPrior::Beta { alpha: 5.0, beta: 17.0 }
            } else {
                GuessingPrior::LogitNormal { mean: -1.1, sd: 0.5 }
            };
            let priors = Priors {
                a: Some(LogNormal { mean: 0.1, sd: 0.5 }),
                b: Some(Normal { mean: 0.2, sd: 1.5 }),
                d: Some(Normal { mean: -0.1, sd: 2.0 }),
                c: Some(c),
            };
            let curve = Curve { a, d, g: if guessing { g } else { f64::NEG_INFINITY } };
            let terms = |curve| evaluate(curve, &priors, &nodes, &wrong, &right);
            let info = observed_information(curve, &priors, &nodes, &wrong, &right);
            let here = terms(curve);
            let step = 1e-5;
            let free = if guessing { 3 } else { 2 };
            for (i, info) in info.iter().enumerate().take(free) {
                let up = terms(shifted(curve, i, step));
                let down = terms(shifted(curve, i, -step));
                // Central differences: error of about step² × third derivative (≈ 1e-10 × 1e3)
                // plus rounding 1e-16 × value / step.
                let slope = (up.value - down.value) / (2.0 * step);
                prop_assert!((slope - here.gradient[i]).abs() < 1e-5);
                for (j, info) in info.iter().enumerate().take(free) {
                    let bend = -(up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    prop_assert!((bend - info).abs() < 1e-5, "{i} {j}");
                }
            }
        }

        #[test]
        fn the_score_has_mean_zero(a in -2.0f64..2.0, d in -2.0f64..2.0, x in -4.0f64..4.0) {
            let curve = Curve { a, d, g: -1.0 };
            let c = curve.guessing();
            let p = c + (1.0 - c) / (1.0 + (-(a * x + d)).exp());
            let (right, wrong) = (score(curve, x, true), score(curve, x, false));
            prop_assert!((p * right.eta + (1.0 - p) * wrong.eta).abs() < 1e-12);
            prop_assert!((p * right.g + (1.0 - p) * wrong.g).abs() < 1e-12);
        }
    }
}
