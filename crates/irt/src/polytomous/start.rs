//! Where the search starts.

use seedtest_numerics::{ln, logit};

use super::anchor::Anchor;
use super::categories::UsedItems;
use super::curves::{CategoryCurves, Form};
use super::model::ItemModel;
use super::parameter_map::{ParameterMap, Point, Shape};
use super::quantification::places_of_categories;
use super::spec::{Spec, Start};
use crate::codes::CodedAnswers;
use crate::groups::Groups;
use crate::parameters::{FreePopulation, INTERCEPT_LIMIT, Population, SLOPE_LIMIT};
use crate::priors::GuessingPrior;
use crate::spec::Latent;

/// Averaging a logistic curve over N(0, 1) flattens it by about this factor (√(1 + 1/1.7²), the probit
/// approximation).
const FLATTENING: f64 = 1.16;
/// Smallest distance of the first graded intercepts.
const FIRST_GAP: f64 = 0.05;

/// What is free of the ability distributions.
pub(super) fn free_populations(
    spec: &Spec,
    used: &UsedItems,
    is_fixed: &dyn Fn(u32) -> bool,
    groups: Groups<'_>,
) -> Vec<FreePopulation> {
    let items = &used.screening.items;
    let auto = spec.latent == Latent::Auto;
    let any_fixed = items.iter().any(|&item| is_fixed(item));
    let unit = items.iter().zip(&used.models).any(|(&i, m)| !is_fixed(i) && m.has_unit_slope());
    (0..groups.n)
        .map(|group| {
            let own = group != groups.reference as usize;
            let mean = own || (auto && any_fixed);
            FreePopulation { mean, log_sd: mean || (auto && unit) }
        })
        .collect()
}

/// First point of the search.
pub(super) fn start(
    spec: &Spec,
    used: &UsedItems,
    map: &ParameterMap,
    (answers, groups): (&CodedAnswers<'_>, Groups<'_>),
    anchors: &[Option<&Anchor>],
) -> Point {
    let (mean, sd) = match spec.latent {
        Latent::Auto => (0.0, 1.0),
        Latent::Fixed { mean, sd } => (mean, sd),
    };
    let places = map.items.iter().any(|shape| shape.form == Form::Nominal && shape.is_free());
    let places = if places { places_of_categories(answers) } else { Vec::new() };
    let stored = spec.start.as_ref();
    let mut values = Vec::with_capacity(map.n_values());
    for (j, shape) in map.items.iter().enumerate() {
        let item = used.screening.items[j];
        let counts = &used.categories[j].counts;
        let known = stored.and_then(|start| start.items.iter().find(|known| known.item == item));
        let known = known.map(|known| &known.curves);
        let anchor = anchors[item as usize];
        let held = anchor.filter(|anchor| anchor.fixed).map(|anchor| &anchor.curves);
        let seed = known.or(anchor.map(|anchor| &anchor.curves));
        let c = first_guessing(spec, shape, item);
        let first = held
            .and_then(|curves| values_of(shape, curves, c))
            .or_else(|| seed.and_then(|curves| values_of(shape, curves, c)))
            .unwrap_or_else(|| {
                let own = places.get(shape.first_code..shape.first_code + shape.categories);
                first_values(shape, counts, own.unwrap_or(&[]), (mean, c))
            });
        values.extend(first);
    }
    let populations = vec![Population { mean, log_sd: ln(sd) }; groups.n];
    let mut point = Point { values, populations };
    if let Some(start) = stored {
        start_populations(&mut point, map, start, groups);
    }
    share(&mut point, map);
    point
}

/// Takes what is free of the ability distributions from a stored solution.
fn start_populations(point: &mut Point, map: &ParameterMap, start: &Start, groups: Groups<'_>) {
    let reference = (groups.reference, start.mean, start.sd);
    let others = start.groups.iter().map(|stored| (stored.group, stored.mean, stored.sd));
    for (group, mean, sd) in std::iter::once(reference).chain(others) {
        let Some(population) = point.populations.get_mut(group as usize) else { continue };
        let free = map.populations[group as usize];
        if free.mean {
            population.mean = mean;
        }
        if free.log_sd {
            population.log_sd = ln(sd);
        }
    }
}

/// Shared values are the mean of what their items start with.
fn share(point: &mut Point, map: &ParameterMap) {
    let mut sums = vec![(0.0, 0.0); map.n_shared];
    for shape in &map.items {
        for &(value, place) in &shape.shared {
            let sum = &mut sums[place - map.n_own];
            *sum = (sum.0 + point.values[shape.values.start + value], sum.1 + 1.0);
        }
    }
    for shape in &map.items {
        for &(value, place) in &shape.shared {
            let (sum, n) = sums[place - map.n_own];
            point.values[shape.values.start + value] = sum / n;
        }
    }
}

/// The guessing probability an item starts with.
fn first_guessing(spec: &Spec, shape: &Shape, item: u32) -> f64 {
    if shape.form != Form::Guessing {
        return 0.0;
    }
    match &spec.guessing {
        Some(guessing) => guessing.of(item),
        None => spec.priors.c.map_or(0.2, GuessingPrior::mode).clamp(0.01, 0.5),
    }
}

/// Known curves in the values of an item; `None` where they have another number of categories or another kind.
fn values_of(shape: &Shape, curves: &CategoryCurves, c: f64) -> Option<Vec<f64>> {
    if curves.n_categories() != shape.categories {
        return None;
    }
    let (slopes, d) = (curves.slopes(), curves.intercepts());
    let m = shape.categories - 1;
    let a = (slopes.len() == 1).then(|| slopes[0].clamp(-SLOPE_LIMIT, SLOPE_LIMIT));
    let mut d = d.iter().map(|d| d.clamp(-INTERCEPT_LIMIT, INTERCEPT_LIMIT));
    let unit = shape.is_free() && shape.model.has_unit_slope();
    let a = if unit { a.map(|_| 1.0) } else { a };
    let one_line = m == 1 || shape.form == curves.form();
    match (shape.form, curves.form()) {
        (Form::Graded | Form::Adjacent, Form::Graded | Form::Adjacent | Form::Guessing)
        | (Form::Graded, Form::Nominal)
            if one_line =>
        {
            Some(std::iter::once(a?).chain(d).collect())
        }
        (Form::Rating, Form::Adjacent) => Some(rating_values(&d.collect::<Vec<f64>>())),
        (Form::Nominal, Form::Nominal) => Some(slopes.iter().copied().chain(d).collect()),
        (Form::Guessing, Form::Graded | Form::Guessing) => {
            let own = shape.own.contains(&2) || !shape.is_free();
            let known = Some(curves.guessing()).filter(|c| own && *c > 0.0);
            Some(vec![a?, d.next()?, logit(known.unwrap_or(c).max(1e-4))])
        }
        _ => None,
    }
}

/// Intercepts d_1, …, d_m as a = 1, λ and thresholds.
fn rating_values(d: &[f64]) -> Vec<f64> {
    let m = d.len();
    let location = d[m - 1] / m as f64;
    let thresholds = (1..m).map(|k| d[k - 1] - k as f64 * location);
    [1.0, location].into_iter().chain(thresholds).collect()
}

/// Values that give about the observed shares.
fn first_values(shape: &Shape, counts: &[u32], places: &[f64], (mean, c): (f64, f64)) -> Vec<f64> {
    let m = shape.categories - 1;
    let n: f64 = counts.iter().map(|n| f64::from(*n)).sum();
    let count = |k: usize| f64::from(counts[k]) + 0.5;
    let adjacent = |a: f64| -> Vec<f64> {
        (1..=m).map(|k| ln(count(k) / count(0)) - k as f64 * a * mean).collect()
    };
    match shape.form {
        Form::Graded | Form::Guessing => {
            let mut d: Vec<f64> = (1..=m)
                .map(|k| {
                    let reached: f64 = (k..=m).map(|k| f64::from(counts[k])).sum();
                    let share = (reached + 0.5) / (n + 1.0);
                    let known = ((share - c) / (1.0 - c)).clamp(0.005, 0.995);
                    FLATTENING * logit(known) - mean
                })
                .collect();
            for k in 1..m {
                d[k] = d[k].min(d[k - 1] - FIRST_GAP);
            }
            let g = (shape.form == Form::Guessing).then(|| logit(c));
            std::iter::once(1.0).chain(d).chain(g).collect()
        }
        Form::Adjacent => {
            // As much information as a slope of 1 gives with two categories.
            let unit = shape.model.has_unit_slope() || shape.model == ItemModel::Rasch;
            let a = if unit { 1.0 } else { 2.0 / shape.categories as f64 };
            std::iter::once(a).chain(adjacent(a)).collect()
        }
        Form::Rating => rating_values(&adjacent(1.0)),
        Form::Nominal => {
            let slope = |k: usize| match places {
                [] => k as f64 / m as f64,
                places => 1.5 * (places[k] - places[0]),
            };
            let slopes: Vec<f64> = (1..=m).map(slope).collect();
            let d = slopes.iter().zip(adjacent(0.0)).map(|(a, d)| d - a * mean);
            slopes.iter().copied().chain(d).collect()
        }
    }
}
