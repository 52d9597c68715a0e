//! Where the search starts.

use seedtest_numerics::{ln, logit};

use crate::anchor::Anchor;
use crate::groups::Groups;
use crate::guessing::WITHOUT_GUESSING;
use crate::item_parameters::ItemParameters;
use crate::model::Model;
use crate::parameters::{
    Curve, FreePopulation, FreeSet, INTERCEPT_LIMIT, Point, Population, SLOPE_LIMIT, own_parameters,
};
use crate::priors::GuessingPrior;
use crate::screening::Screening;
use crate::spec::{Latent, Spec, Start};

/// First point of the search, and what is free to move from it.
pub(crate) fn start(
    spec: &Spec,
    screening: &Screening,
    anchors: &[Option<Anchor>],
    groups: Groups<'_>,
) -> (Point, FreeSet) {
    let fixed = |item: u32| anchors[item as usize].is_some_and(|a| a.fixed);
    let any_fixed = screening.items.iter().any(|&i| fixed(i));
    let (mean, sd) = match spec.latent {
        Latent::Auto => (0.0, 1.0),
        Latent::Fixed { mean, sd } => (mean, sd),
    };
    let auto = spec.latent == Latent::Auto;
    let free_population = |group: usize| {
        let own = group != groups.reference as usize;
        let mean = own || (auto && any_fixed);
        let log_sd = mean || (auto && spec.model == Model::Rasch);
        FreePopulation { mean, log_sd }
    };
    let free = FreeSet {
        own: if spec.model == Model::ThreePl && spec.guessing.is_some() {
            WITHOUT_GUESSING
        } else {
            own_parameters(spec.model)
        },
        items: (0..screening.items.len() as u32)
            .filter(|&j| !fixed(screening.items[j as usize]))
            .collect(),
        common_slope: spec.model == Model::OnePl,
        populations: (0..groups.n).map(free_population).collect(),
    };
    let mut known = vec![None; anchors.len()];
    let stored = spec.start.iter().flat_map(|start| &start.items);
    for item in stored.filter(|item| (item.item as usize) < anchors.len()) {
        known[item.item as usize] = Some(item.parameters);
    }
    let curves: Vec<Curve> = screening
        .items
        .iter()
        .zip(&screening.counts)
        .map(|(&item, &(n, right))| match (anchors[item as usize], known[item as usize]) {
            (Some(anchor), _) if anchor.fixed => Curve::new(anchor.a, anchor.b, anchor.c),
            (_, Some(stored)) => stored_curve(spec, item, stored),
            (Some(anchor), None) => {
                stored_curve(spec, item, ItemParameters { a: anchor.a, b: anchor.b, c: anchor.c })
            }
            (None, None) => first_guess(spec, item, (n, right), mean),
        })
        .collect();
    let populations = vec![Population { mean, log_sd: ln(sd) }; groups.n];
    let mut point = Point { curves, populations };
    if let Some(start) = &spec.start {
        start_populations(&mut point, &free, start, groups);
    }
    if free.common_slope {
        share_slope(&mut point, &free);
    }
    (point, free)
}

/// Takes what is free of the ability distributions from a stored solution.
fn start_populations(point: &mut Point, free: &FreeSet, start: &Start, groups: Groups<'_>) {
    let reference = (groups.reference, start.mean, start.sd);
    let others = start.groups.iter().map(|stored| (stored.group, stored.mean, stored.sd));
    for (group, mean, sd) in std::iter::once(reference).chain(others) {
        let group = group as usize;
        let Some(population) = point.populations.get_mut(group) else { continue };
        if free.populations[group].mean {
            population.mean = mean;
        }
        if free.populations[group].log_sd {
            population.log_sd = ln(sd);
        }
    }
}

/// Start values must lie inside the model: no guessing where it has none, some where it has.
fn stored_curve(spec: &Spec, item: u32, stored: ItemParameters) -> Curve {
    const SMALLEST_GUESSING: f64 = 1e-4;
    let mut curve = Curve::new(stored.a, stored.b, stored.c);
    if let Some(guessing) = &spec.guessing {
        curve.g = Curve::new(1.0, 0.0, guessing.of(item)).g;
    } else if spec.model != Model::ThreePl {
        curve.g = f64::NEG_INFINITY;
    } else if stored.c < SMALLEST_GUESSING {
        curve.g = logit(0.01);
    }
    if spec.model == Model::Rasch {
        curve = Curve { a: 1.0, d: -stored.b, ..curve };
    }
    curve.a = curve.a.clamp(-SLOPE_LIMIT, SLOPE_LIMIT);
    curve.d = curve.d.clamp(-INTERCEPT_LIMIT, INTERCEPT_LIMIT);
    curve
}

/// One slope for all free items: the mean of what they start with.
fn share_slope(point: &mut Point, free: &FreeSet) {
    let sum: f64 = free.items.iter().map(|&i| point.curves[i as usize].a).sum();
    let slope = sum / free.items.len().max(1) as f64;
    for &item in &free.items {
        point.curves[item as usize].a = slope;
    }
}

/// The intercept that gives the observed share of right answers at a = 1.
fn first_guess(spec: &Spec, item: u32, (n, right): (u32, u32), mean: f64) -> Curve {
    // Averaging a logistic curve over N(0, 1) flattens it by about this factor
    // (√(1 + 1/1.7²), the probit approximation).
    const FLATTENING: f64 = 1.16;
    let c = match (&spec.guessing, spec.model) {
        (Some(guessing), _) => guessing.of(item),
        (None, Model::ThreePl) => spec.priors.c.map_or(0.2, GuessingPrior::mode).clamp(0.01, 0.5),
        _ => 0.0,
    };
    let share = (f64::from(right) + 0.5) / (f64::from(n) + 1.0);
    let known = ((share - c) / (1.0 - c)).clamp(0.02, 0.98);
    let d = FLATTENING * logit(known) - mean;
    let g = if c > 0.0 { logit(c) } else { f64::NEG_INFINITY };
    Curve { a: 1.0, d, g }
}
