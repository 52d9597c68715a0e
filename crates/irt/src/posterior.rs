//! Posterior of one student's ability on a grid.

use seedtest_numerics::{Quadrature, Rule, exp};

use crate::item_parameters::ItemParameters;
use crate::likelihood::log_likelihoods;
use crate::priors::Normal;

/// A posterior narrower than this many steps is computed again on a finer grid.
const COARSE: f64 = 1.5;
/// Half width of a finer grid in posterior standard deviations.
const REACH: f64 = 10.0;

/// Posterior of the ability of one student on equally spaced nodes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GridPosterior {
    pub(crate) nodes: Vec<f64>,
    /// Probabilities of the nodes; they add to 1.
    pub(crate) probability: Vec<f64>,
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

impl GridPosterior {
    /// Posterior under a normal prior. The first grid spans six prior standard deviations on each
    /// side; where the answers move the posterior to its end, the grid follows, and where they leave
    /// it too narrow for its steps, the grid closes in.
    pub(crate) fn new(answers: &[(ItemParameters, bool)], prior: Normal, points: usize) -> Self {
        Self::of(&|nodes| log_likelihoods(answers, nodes), prior, points)
    }

    /// The same from a function that gives the log-likelihood at abilities.
    pub(crate) fn of(
        log_likelihoods: &dyn Fn(&[f64]) -> Vec<f64>,
        prior: Normal,
        points: usize,
    ) -> Self {
        const MOST_MOVES: usize = 50;
        const MOST_REFINEMENTS: usize = 8;
        let half_width = 6.0 * prior.sd;
        let mut posterior = Self::on(prior.mean, half_width, log_likelihoods, prior, points);
        for _ in 0..MOST_MOVES {
            let Some(end) = posterior.reaches() else { break };
            posterior = Self::on(end, half_width, log_likelihoods, prior, points);
        }
        for _ in 0..MOST_REFINEMENTS {
            let step = posterior.nodes[1] - posterior.nodes[0];
            if posterior.sd > COARSE * step {
                break;
            }
            let half_width = REACH * posterior.sd.max(0.5 * step);
            posterior = Self::on(posterior.mean, half_width, log_likelihoods, prior, points);
        }
        posterior
    }

    /// The end of the grid that the posterior reaches; where it is not negligible at both, the one with
    /// more of it.
    fn reaches(&self) -> Option<f64> {
        /// Of the largest probability; a prior alone has e⁻¹⁸ at the ends of the first grid.
        const NOT_NEGLIGIBLE: f64 = 1e-6;
        let last = self.nodes.len() - 1;
        let largest = self.probability.iter().copied().fold(0.0, f64::max);
        let (low, high) = (self.probability[0], self.probability[last]);
        (low.max(high) > NOT_NEGLIGIBLE * largest)
            .then(|| if low > high { self.nodes[0] } else { self.nodes[last] })
    }

    fn on(
        centre: f64,
        half_width: f64,
        log_likelihoods: &dyn Fn(&[f64]) -> Vec<f64>,
        prior: Normal,
        points: usize,
    ) -> Self {
        let last = (points - 1) as f64;
        let nodes: Vec<f64> =
            (0..points).map(|i| centre + half_width * (2.0 * i as f64 / last - 1.0)).collect();
        let mut log_posterior = log_likelihoods(&nodes);
        for (value, x) in log_posterior.iter_mut().zip(&nodes) {
            let z = (x - prior.mean) / prior.sd;
            *value -= 0.5 * z * z;
        }
        Self::normalised(nodes, log_posterior)
    }

    /// Probability of a right answer to the item of `answer`, one of the answers behind this
    /// posterior, as the other answers predict it.
    pub(crate) fn predict_without(&self, answer: (ItemParameters, bool)) -> f64 {
        let (item, right) = answer;
        let (mut hits, mut total) = (0.0, 0.0);
        for (theta, mass) in self.nodes.iter().zip(&self.probability) {
            let p = item.probability(*theta);
            let without = mass / if right { p } else { 1.0 - p }.max(f64::MIN_POSITIVE);
            hits += without * p;
            total += without;
        }
        hits / total
    }

    /// From logarithms of unnormalised densities.
    pub(crate) fn normalised(nodes: Vec<f64>, mut log_density: Vec<f64>) -> Self {
        let max = log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for v in &mut log_density {
            *v = exp(*v - max);
            total += *v;
        }
        for v in &mut log_density {
            *v /= total;
        }
        let (mean, sd) = moments(&nodes, &log_density);
        Self { nodes, probability: log_density, mean, sd }
    }
}

/// Nodes of a rule, moved and stretched to a normal distribution, with weights.
pub(crate) fn nodes_for(quadrature: &Quadrature, prior: Normal) -> Vec<(f64, f64)> {
    let weights = quadrature.weights(0.0, 1.0);
    quadrature.nodes().iter().map(|x| prior.mean + prior.sd * x).zip(weights).collect()
}

/// The default rule, which always can be built.
pub(crate) fn default_quadrature() -> Quadrature {
    #[allow(clippy::expect_used)] // 61 points on [−6, 6] satisfy every condition of the rule
    Quadrature::new(Rule::default()).expect("the default rule is valid")
}

/// Mean and standard deviation of a posterior on nodes.
pub(crate) fn moments(nodes: &[f64], posterior: &[f64]) -> (f64, f64) {
    let mean: f64 = nodes.iter().zip(posterior).map(|(x, p)| x * p).sum();
    let variance: f64 = nodes.iter().zip(posterior).map(|(x, p)| (x - mean) * (x - mean) * p).sum();
    (mean, variance.sqrt())
}
