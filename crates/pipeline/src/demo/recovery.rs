use std::collections::HashMap;

use seedtest_store::{Ability, ItemParamsRow};

use crate::school::School;

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
    pub(super) fn of(school: &School, items: &[ItemParamsRow], abilities: &[Ability]) -> Self {
        let estimated: HashMap<&str, (f64, f64)> = items
            .iter()
            .filter_map(|item| {
                let number = |key: &str| item.params.get(key)?.as_f64();
                Some((item.item_id.as_str(), (number("a")?, number("b")?)))
            })
            .collect();
        let pairs: Vec<((f64, f64), (f64, f64))> = school
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let estimate = estimated.get(School::item_id(index).as_str())?;
                Some(((item.a, item.b), *estimate))
            })
            .collect();
        let true_b: Vec<f64> = pairs.iter().map(|&((_, b), _)| b).collect();
        let found_b: Vec<f64> = pairs.iter().map(|&(_, (_, b))| b).collect();
        let slope = sd(&true_b) / sd(&found_b);
        let intercept = mean(&true_b) - slope * mean(&found_b);
        let true_a: Vec<f64> = pairs.iter().map(|&((a, _), _)| a).collect();
        let linked_a: Vec<f64> = pairs.iter().map(|&(_, (a, _))| a / slope).collect();
        let linked_b: Vec<f64> = found_b.iter().map(|b| slope * b + intercept).collect();
        let logs = |values: &[f64]| values.iter().map(|a| a.ln()).collect::<Vec<_>>();
        let (true_theta, theta) = ability_pairs(school, abilities);
        Self {
            discrimination_r: correlation(&logs(&true_a), &logs(&linked_a)),
            discrimination_rmse: rmse(&true_a, &linked_a),
            difficulty_r: correlation(&true_b, &linked_b),
            difficulty_rmse: rmse(&true_b, &linked_b),
            ability_r: correlation(&true_theta, &theta),
        }
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
