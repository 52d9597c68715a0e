//! What is reported, as linear functions of the parameters the program works in.

use super::covariance::{Estimate, Parameter, ParameterKind};
use super::curves::Form;
use super::parameter_map::{ParameterMap, Point, Role, Shape};

/// Slopes, intercepts and c of each free item, mean and sd of the ability distributions, in the order of
/// [`Parameter`] (delta method). `items` are the codes of the used items.
pub(super) fn estimates(map: &ParameterMap, point: &Point, items: &[u32]) -> Vec<Estimate> {
    let mut list = Vec::new();
    for (shape, &item) in map.items.iter().zip(items) {
        of_item(shape, point, item, &mut list);
    }
    let several = point.populations.len() > 1;
    let populations = point.populations.iter().zip(map.population_places());
    for (group, (population, [mean, sd])) in (0u32..).zip(populations) {
        let group = several.then_some(group);
        let row = |kind, place: usize, by: f64| Estimate {
            parameter: Parameter::of_population(kind, group),
            place,
            by: vec![(place, by)],
        };
        list.extend(mean.map(|place| row(ParameterKind::Mean, place, 1.0)));
        list.extend(sd.map(|place| row(ParameterKind::Sd, place, population.sd())));
    }
    list
}

fn of_item(shape: &Shape, point: &Point, item: u32, list: &mut Vec<Estimate>) {
    let before = list.len();
    let mut push = |kind, category, place, by| {
        let parameter = Parameter::of_item(item, kind, category);
        list.push(Estimate { parameter, place, by });
    };
    if shape.form == Form::Rating {
        rating_intercepts(shape, &mut push);
    }
    for (value, place) in shape.free() {
        match shape.role(value) {
            Role::Slope => push(ParameterKind::A, 0, place, vec![(place, 1.0)]),
            Role::CategorySlope(k) => push(ParameterKind::A, k, place, vec![(place, 1.0)]),
            Role::Intercept(k) => push(ParameterKind::D, k, place, vec![(place, 1.0)]),
            Role::Guessing => {
                let c = seedtest_numerics::logistic(point.values[shape.values.start + value]);
                push(ParameterKind::C, 0, place, vec![(place, c * (1.0 - c))]);
            }
            // Reported as intercepts.
            Role::Location | Role::Threshold(_) => {}
        }
    }
    list[before..].sort_by_key(|estimate| estimate.parameter.order());
}

/// d_k = kλ + t_k with t_m = 0.
fn rating_intercepts(
    shape: &Shape,
    push: &mut impl FnMut(ParameterKind, u8, usize, Vec<(usize, f64)>),
) {
    if !shape.is_free() {
        return;
    }
    for k in 1..shape.categories {
        let location = (shape.first_place, k as f64);
        let threshold = shape.shared.get(k - 1).map(|&(_, place)| (place, 1.0));
        let by = std::iter::once(location).chain(threshold).collect();
        push(ParameterKind::D, k as u8, shape.first_place, by);
    }
}
