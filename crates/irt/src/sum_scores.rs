//! Distribution of number-right scores and the abilities that belong to them.

use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::posterior::{default_quadrature, moments, nodes_for};
use crate::priors::Normal;

/// Ability that belongs to a number-right score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SumScore {
    /// Number of right answers.
    pub score: u32,
    /// Posterior mean given the score.
    pub theta: f64,
    /// Posterior standard deviation given the score.
    pub se: f64,
    /// Probability of the score under the prior.
    pub probability: f64,
}

/// Probability of each number of right answers at an ability (Lord & Wingersky 1984).
pub fn score_distribution(items: &[ItemParameters], theta: f64) -> Vec<f64> {
    let mut distribution = vec![1.0];
    for item in items {
        add_item(&mut distribution, item.probability(theta));
    }
    distribution
}

/// Convolves a distribution of scores with one more item.
pub(crate) fn add_item(distribution: &mut Vec<f64>, p: f64) {
    distribution.push(0.0);
    for s in (1..distribution.len()).rev() {
        distribution[s] = distribution[s] * (1.0 - p) + distribution[s - 1] * p;
    }
    distribution[0] *= 1.0 - p;
}

/// Table from number-right score to ability (EAP given the score, Thissen et al. 1995), for
/// everybody who answers exactly these items.
pub fn sum_score_table(items: &[ItemParameters], prior: Normal) -> Vec<SumScore> {
    let nodes = nodes_for(&default_quadrature(), prior);
    let at_nodes: Vec<Vec<f64>> =
        nodes.iter().map(|(theta, _)| score_distribution(items, *theta)).collect();
    let abilities: Vec<f64> = nodes.iter().map(|n| n.0).collect();
    (0..=items.len())
        .map(|score| {
            let joint: Vec<f64> =
                at_nodes.iter().zip(&nodes).map(|(at, (_, weight))| at[score] * weight).collect();
            let probability: f64 = joint.iter().sum();
            let posterior: Vec<f64> = joint.iter().map(|j| j / probability).collect();
            let (theta, se) = moments(&abilities, &posterior);
            SumScore { score: score as u32, theta, se, probability }
        })
        .collect()
}
