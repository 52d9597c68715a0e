//! Expected complete-data log-likelihood of the ability distribution.

use seedtest_numerics::Quadrature;

use crate::parameters::Population;

/// Expected complete-data log-likelihood of the ability distribution, by (μ, ln σ).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LatentTerms {
    pub value: f64,
    pub gradient: [f64; 2],
    /// Expected information.
    pub information: [[f64; 2]; 2],
}

/// Evaluates N(mean, sd²), normalised over the nodes, from the expected students per node.
pub(crate) fn evaluate(
    quadrature: &Quadrature,
    population: Population,
    students: &[f64],
) -> LatentTerms {
    let (mean, sd) = (population.mean, population.sd());
    let nodes = quadrature.nodes();
    let mut log_weights = vec![0.0; nodes.len()];
    quadrature.log_weights(mean, sd, &mut log_weights);
    let mut terms = LatentTerms::default();
    let mut n = 0.0;
    let mut expected = [0.0; 2];
    let mut second = [[0.0; 2]; 2];
    for ((x, log_weight), students) in nodes.iter().zip(&log_weights).zip(students) {
        let z = (x - mean) / sd;
        // Derivatives of the log kernel −z²/2; the normalising sum is handled by the expectations.
        let by = [z / sd, z * z];
        let weight = seedtest_numerics::exp(*log_weight);
        terms.value += students * log_weight;
        n += students;
        for i in 0..2 {
            terms.gradient[i] += students * by[i];
            expected[i] += weight * by[i];
            for j in 0..2 {
                second[i][j] += weight * by[i] * by[j];
            }
        }
    }
    for i in 0..2 {
        terms.gradient[i] -= n * expected[i];
        for j in 0..2 {
            terms.information[i][j] = n * (second[i][j] - expected[i] * expected[j]);
        }
    }
    terms
}

/// Expectation of the scores of (μ, ln σ), without their normalising constants, under the latent
/// distribution itself.
pub(crate) fn mean_score(quadrature: &Quadrature, population: Population) -> [f64; 2] {
    let (mean, sd) = (population.mean, population.sd());
    let weights = quadrature.weights(mean, sd);
    quadrature.nodes().iter().zip(weights).fold([0.0; 2], |sum, (x, w)| {
        let z = (x - mean) / sd;
        [sum[0] + w * z / sd, sum[1] + w * z * z]
    })
}
