//! How well true parameters were recovered.

use std::collections::HashMap;

use seedtest_irt::{ItemParameters, LinkItem, LinkMethod, LinkSpec};
use seedtest_store::{Ability, ItemParamsRow};

use super::super::School;
use crate::error::Error;
use crate::items::item_parameters;

/// Agreement of the estimates with the simulation's truth. Differences are taken after the
/// estimates are put on the true scale (mean/sigma linking on the difficulties).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Correlation of ln a.
    pub discrimination_r: f64,
    /// Root mean square error of a.
    pub discrimination_rmse: f64,
    /// Correlation of b.
    pub difficulty_r: f64,
    /// Root mean square error of b.
    pub difficulty_rmse: f64,
    /// Correlation of θ with the student's true ability averaged over the weeks attended.
    pub ability_r: f64,
}

impl Recovery {
    pub(super) fn of(
        school: &School,
        items: &[ItemParamsRow],
        abilities: &[Ability],
    ) -> Result<Self, Error> {
        let estimated = item_parameters(items);
        let pairs: Vec<LinkItem> = school
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let new = *estimated.get(School::item_id(index).as_str())?;
                let old = ItemParameters { a: item.a, b: item.b, c: 0.0 };
                Some(LinkItem { item: index as u32, new, old })
            })
            .collect();
        let spec = LinkSpec { method: LinkMethod::MeanSigma, ..LinkSpec::default() };
        let linking = seedtest_irt::link(&pairs, &spec, (None, None))?;
        let linked = |pair: &LinkItem| pair.new.on_scale(linking.slope, linking.intercept);
        let of = |value: &dyn Fn(&LinkItem) -> f64| pairs.iter().map(value).collect::<Vec<f64>>();
        let (true_a, found_a) = (of(&|pair| pair.old.a), of(&|pair| linked(pair).a));
        let (true_b, found_b) = (of(&|pair| pair.old.b), of(&|pair| linked(pair).b));
        let logs = |values: &[f64]| values.iter().map(|a| a.ln()).collect::<Vec<_>>();
        let (true_theta, theta) = ability_pairs(school, abilities);
        Ok(Self {
            discrimination_r: correlation(&logs(&true_a), &logs(&found_a)),
            discrimination_rmse: rmse(&true_a, &found_a),
            difficulty_r: correlation(&true_b, &found_b),
            difficulty_rmse: rmse(&true_b, &found_b),
            ability_r: correlation(&true_theta, &theta),
        })
    }
}

fn ability_pairs(school: &School, abilities: &[Ability]) -> (Vec<f64>, Vec<f64>) {
    let found: HashMap<&str, f64> =
        abilities.iter().map(|row| (row.user_id.as_str(), row.theta)).collect();
    school
        .students
        .iter()
        .enumerate()
        .filter_map(|(index, student)| {
            let theta = found.get(School::student_id(index).as_str())?;
            let attended = f64::from(student.leaves_after.unwrap_or(school.weeks));
            Some((student.theta + student.slope * (attended - 1.0) / 2.0, *theta))
        })
        .unzip()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let center = mean(values);
    (values.iter().map(|x| (x - center).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    let products = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    products.sum::<f64>() / (x.len() as f64 * sd(x) * sd(y))
}

fn rmse(truth: &[f64], estimate: &[f64]) -> f64 {
    let squares = truth.iter().zip(estimate).map(|(x, y)| (x - y).powi(2));
    (squares.sum::<f64>() / truth.len() as f64).sqrt()
}
