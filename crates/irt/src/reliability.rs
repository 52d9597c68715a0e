//! Reliability of abilities and of scores.

use schemars::JsonSchema;
use seedtest_numerics::square;
use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::posterior::{default_quadrature, nodes_for};
use crate::result::Fit;

/// How reliable the abilities and scores are; 1 = without error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// Var(EAP) / (Var(EAP) + mean of the posterior variances), over the students as they are.
    pub empirical: Option<f64>,
    /// Mean of I/(I + 1/σ²) over the ability distribution, for a student who answers every item.
    pub marginal: f64,
    /// Cronbach's α over students who answered every item.
    pub alpha: Option<f64>,
    /// Share of the variance of the number-right score that the model attributes to ability, for a
    /// student who answers every item (ω for one factor; Green & Yang 2009).
    pub omega: f64,
}

/// Reliabilities of the abilities of a calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AbilityReliability {
    /// As [`Reliability::marginal`].
    pub marginal: f64,
    /// As [`Reliability::empirical`], over the calibration's own abilities.
    pub empirical: Option<f64>,
}

/// Reliabilities of the abilities of a calibration.
pub fn reliability_of(fit: &Fit) -> AbilityReliability {
    let items: Vec<ItemParameters> = fit.items.iter().map(ItemParameters::from).collect();
    let population = fit.population();
    let nodes = nodes_for(&default_quadrature(), population);
    let abilities: Vec<(f64, f64)> = fit.abilities.iter().map(|a| (a.theta, a.se)).collect();
    AbilityReliability {
        marginal: marginal(&items, &nodes, population.sd),
        empirical: empirical(&abilities),
    }
}

/// Var / (Var + mean error variance) of abilities with their standard errors.
pub(crate) fn empirical(abilities: &[(f64, f64)]) -> Option<f64> {
    if abilities.len() < 2 {
        return None;
    }
    let n = abilities.len() as f64;
    let mean = abilities.iter().map(|a| a.0).sum::<f64>() / n;
    let variance = abilities.iter().map(|a| square(a.0 - mean)).sum::<f64>() / (n - 1.0);
    let error = abilities.iter().map(|a| a.1 * a.1).sum::<f64>() / n;
    Some(variance / (variance + error))
}

/// Marginal reliability over abilities with weights; `sd` is the standard deviation of the latter.
pub(crate) fn marginal(items: &[ItemParameters], nodes: &[(f64, f64)], sd: f64) -> f64 {
    marginal_of(|theta| test_information(items, theta), nodes, sd)
}

/// The same of a test with this information.
pub(crate) fn marginal_of(information: impl Fn(f64) -> f64, nodes: &[(f64, f64)], sd: f64) -> f64 {
    let precision = 1.0 / (sd * sd);
    nodes
        .iter()
        .map(|&(theta, weight)| {
            let information = information(theta);
            weight * information / (information + precision)
        })
        .sum()
}

/// Reliability of the number-right score implied by the model.
pub(crate) fn omega(items: &[ItemParameters], nodes: &[(f64, f64)]) -> f64 {
    let (mut mean, mut square, mut error) = (0.0, 0.0, 0.0);
    for &(theta, weight) in nodes {
        let p = items.iter().map(|i| i.probability(theta));
        let (score, noise) = p.fold((0.0, 0.0), |(s, e), p| (s + p, e + p * (1.0 - p)));
        mean += weight * score;
        square += weight * score * score;
        error += weight * noise;
    }
    let of_true_score = square - mean * mean;
    of_true_score / (of_true_score + error)
}

/// Fisher information of a set of items at an ability.
pub fn test_information(items: &[ItemParameters], theta: f64) -> f64 {
    items.iter().map(|i| i.information(theta)).sum()
}

/// Information of a test at one ability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InformationPoint {
    /// The ability.
    pub theta: f64,
    /// Fisher information of all items.
    pub information: f64,
    /// Standard error of an ability estimated there without a prior, 1/√information; null where
    /// there is no information.
    pub se: Option<f64>,
}

/// Test information at the given abilities, for a student who answers every item.
pub fn information_points(items: &[ItemParameters], thetas: &[f64]) -> Vec<InformationPoint> {
    information_points_of(|theta| test_information(items, theta), thetas)
}

/// The same of a test with this information.
pub(crate) fn information_points_of(
    information: impl Fn(f64) -> f64,
    thetas: &[f64],
) -> Vec<InformationPoint> {
    thetas
        .iter()
        .map(|&theta| {
            let information = information(theta);
            let se = (information > 0.0).then(|| 1.0 / information.sqrt());
            InformationPoint { theta, information, se }
        })
        .collect()
}

/// Abilities from four standard deviations below the mean to four above, in steps of half a one.
pub fn ability_grid(mean: f64, sd: f64) -> Vec<f64> {
    const STEPS: i32 = 8;
    (-STEPS..=STEPS).map(|step| mean + 0.5 * sd * f64::from(step)).collect()
}
