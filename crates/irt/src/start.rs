use seedtest_numerics::{ln, logit};

use crate::anchor::Anchor;
use crate::model::Model;
use crate::parameters::{A, Curve, FreeSet, INTERCEPT_LIMIT, Point, SLOPE_LIMIT, own_parameters};
use crate::priors::GuessingPrior;
use crate::screening::Screening;
use crate::spec::{Latent, Spec};

/// First point of the search, and what is free to move from it.
pub(crate) fn start(
    spec: &Spec,
    screening: &Screening,
    anchors: &[Option<Anchor>],
) -> (Point, FreeSet) {
    let fixed = |item: u32| anchors[item as usize].is_some_and(|a| a.fixed);
    let any_fixed = screening.items.iter().any(|&i| fixed(i));
    let (mean, sd) = match spec.latent {
        Latent::Auto => (0.0, 1.0),
        Latent::Fixed { mean, sd } => (mean, sd),
    };
    let auto = spec.latent == Latent::Auto;
    let free = FreeSet {
        own: own_parameters(spec.model),
        items: (0..screening.items.len() as u32)
            .filter(|&j| !fixed(screening.items[j as usize]))
            .collect(),
        common_slope: spec.model == Model::OnePl,
        mean: auto && any_fixed,
        log_sd: auto && (any_fixed || spec.model == Model::Rasch),
    };
    let curves = screening
        .items
        .iter()
        .zip(&screening.counts)
        .map(|(&item, &(n, right))| match anchors[item as usize] {
            Some(anchor) => anchored_curve(spec.model, anchor),
            None => first_guess(spec, n, right, mean),
        })
        .collect();
    (Point { curves, mean, log_sd: ln(sd) }, free)
}

fn anchored_curve(model: Model, anchor: Anchor) -> Curve {
    let mut curve = Curve::new(anchor.a, anchor.b, anchor.c);
    if anchor.fixed {
        return curve;
    }
    // A seed starts inside the model: no guessing where the model has none, some where it has.
    if model != Model::ThreePl {
        curve.g = f64::NEG_INFINITY;
    } else if anchor.c < 0.01 {
        curve.g = logit(0.01);
    }
    if !own_parameters(model).contains(&A) {
        curve = Curve { a: 1.0, d: -anchor.b, ..curve };
    }
    curve.a = curve.a.clamp(-SLOPE_LIMIT, SLOPE_LIMIT);
    curve.d = curve.d.clamp(-INTERCEPT_LIMIT, INTERCEPT_LIMIT);
    curve
}

/// The intercept that gives the observed share of right answers at a = 1.
fn first_guess(spec: &Spec, n: u32, right: u32, mean: f64) -> Curve {
    // Averaging a logistic curve over N(0, 1) flattens it by about this factor
    // (√(1 + 1/1.7²), the probit approximation).
    const FLATTENING: f64 = 1.16;
    let c = match spec.model {
        Model::ThreePl => spec.priors.c.map_or(0.2, GuessingPrior::mode).clamp(0.01, 0.5),
        _ => 0.0,
    };
    let share = (f64::from(right) + 0.5) / (f64::from(n) + 1.0);
    let known = ((share - c) / (1.0 - c)).clamp(0.02, 0.98);
    let d = FLATTENING * logit(known) - mean;
    let g = if c > 0.0 { logit(c) } else { f64::NEG_INFINITY };
    Curve { a: 1.0, d, g }
}
