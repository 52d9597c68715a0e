//! Expected complete-data log-posterior of one item.

use seedtest_numerics::{exp, ln};

use crate::chunk_step::LANES;
use crate::parameters::{A, Curve, D, G};
use crate::priors::Priors;

/// Expected complete-data log-posterior of one item, with derivatives by (a, d, g).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ItemTerms {
    pub value: f64,
    pub gradient: [f64; 3],
    /// Expected information: positive semi-definite.
    pub information: [[f64; 3]; 3],
}

/// Evaluates one item from its expected wrong and right answers per node.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn evaluate(
    curve: Curve,
    priors: &Priors,
    nodes: &[f64],
    wrong: &[f64],
    right: &[f64],
) -> ItemTerms {
    let mut terms = if curve.g == f64::NEG_INFINITY {
        without_guessing(curve, nodes, wrong, right)
    } else {
        with_guessing(curve, nodes, wrong, right)
    };
    add_priors(curve, priors, &mut terms);
    terms
}

type Lanes = [f64; LANES];

fn total(lanes: Lanes) -> f64 {
    lanes.iter().sum()
}

#[inline(always)]
#[allow(clippy::inline_always)] // as for `evaluate`
fn without_guessing(curve: Curve, nodes: &[f64], wrong: &[f64], right: &[f64]) -> ItemTerms {
    let (mut value, mut grad_d, mut grad_a): (Lanes, Lanes, Lanes) = Default::default();
    let (mut dd, mut ad, mut aa): (Lanes, Lanes, Lanes) = Default::default();
    let nodes = nodes.as_chunks::<LANES>().0;
    let counts = wrong.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
    for (x, (w, r)) in nodes.iter().zip(counts) {
        for l in 0..LANES {
            let eta = curve.a * x[l] + curve.d;
            let tail = exp(-eta.abs());
            let upper = 1.0 / (1.0 + tail);
            let p = if eta >= 0.0 { upper } else { tail * upper };
            let n = w[l] + r[l];
            value[l] += r[l] * eta - n * (eta.max(0.0) + ln(1.0 + tail));
            let residual = r[l] - n * p;
            grad_d[l] += residual;
            grad_a[l] += residual * x[l];
            let info = n * tail * upper * upper;
            dd[l] += info;
            ad[l] += info * x[l];
            aa[l] += info * x[l] * x[l];
        }
    }
    let (aa, ad, dd) = (total(aa), total(ad), total(dd));
    ItemTerms {
        value: total(value),
        gradient: [total(grad_a), total(grad_d), 0.0],
        information: [[aa, ad, 0.0], [ad, dd, 0.0], [0.0; 3]],
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // as for `evaluate`
fn with_guessing(curve: Curve, nodes: &[f64], wrong: &[f64], right: &[f64]) -> ItemTerms {
    let c = curve.guessing();
    let mut value = Lanes::default();
    let mut gradient = [Lanes::default(); 3];
    let (mut dd, mut ad, mut aa): (Lanes, Lanes, Lanes) = Default::default();
    let (mut ag, mut dg, mut gg): (Lanes, Lanes, Lanes) = Default::default();
    let nodes = nodes.as_chunks::<LANES>().0;
    let counts = wrong.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
    for (x, (w, r)) in nodes.iter().zip(counts) {
        for l in 0..LANES {
            let eta = curve.a * x[l] + curve.d;
            let tail = exp(-eta.abs());
            let upper = 1.0 / (1.0 + tail);
            let (knows, fails) =
                if eta >= 0.0 { (upper, tail * upper) } else { (tail * upper, upper) };
            let q = (1.0 - c) * fails;
            let p = c + (1.0 - c) * knows;
            value[l] += r[l] * ln(p) + w[l] * ln(q);
            // dP/dη and dP/dg; the score by P is r/P − w/Q.
            let by_eta = (1.0 - c) * knows * fails;
            let by_g = c * (1.0 - c) * fails;
            let score = r[l] / p - w[l] / q;
            gradient[A][l] += score * by_eta * x[l];
            gradient[D][l] += score * by_eta;
            gradient[G][l] += score * by_g;
            let weight = (w[l] + r[l]) / (p * q);
            let ee = weight * by_eta * by_eta;
            let eg = weight * by_eta * by_g;
            dd[l] += ee;
            ad[l] += ee * x[l];
            aa[l] += ee * x[l] * x[l];
            dg[l] += eg;
            ag[l] += eg * x[l];
            gg[l] += weight * by_g * by_g;
        }
    }
    let (aa, ad, dd) = (total(aa), total(ad), total(dd));
    let (ag, dg, gg) = (total(ag), total(dg), total(gg));
    ItemTerms {
        value: total(value),
        gradient: gradient.map(total),
        information: [[aa, ad, ag], [ad, dd, dg], [ag, dg, gg]],
    }
}

/// Log density of the priors of one item.
pub(crate) fn log_prior(curve: Curve, priors: &Priors) -> f64 {
    let mut terms = ItemTerms::default();
    add_priors(curve, priors, &mut terms);
    terms.value
}

fn add_priors(curve: Curve, priors: &Priors, terms: &mut ItemTerms) {
    if let Some(prior) = priors.a {
        let density = prior.at(curve.a);
        terms.value += density.value;
        terms.gradient[A] += density.first;
        // The positive part of the curvature.
        terms.information[A][A] += 1.0 / (prior.sd * prior.sd * curve.a * curve.a);
    }
    if let Some(prior) = priors.d {
        let density = prior.at(curve.d);
        terms.value += density.value;
        terms.gradient[D] += density.first;
        terms.information[D][D] -= density.second;
    }
    if let Some(prior) = priors.b {
        let b = curve.difficulty();
        let density = prior.at(b);
        // b = −d/a: db/da = −b/a, db/dd = −1/a.
        let (by_a, by_d) = (-b / curve.a, -1.0 / curve.a);
        terms.value += density.value;
        terms.gradient[A] += density.first * by_a;
        terms.gradient[D] += density.first * by_d;
        terms.information[A][A] -= density.second * by_a * by_a;
        terms.information[A][D] -= density.second * by_a * by_d;
        terms.information[D][A] -= density.second * by_a * by_d;
        terms.information[D][D] -= density.second * by_d * by_d;
    }
    if let Some(prior) = priors.c.filter(|_| curve.g != f64::NEG_INFINITY) {
        let density = prior.at(curve.g, curve.guessing());
        terms.value += density.value;
        terms.gradient[G] += density.first;
        terms.information[G][G] -= density.second;
    }
}
