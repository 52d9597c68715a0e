//! Plausible values: draws from the posteriors of students.

use rayon::prelude::*;
use seedtest_numerics::Stream;
use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::posterior::GridPosterior;
use crate::responses::Responses;
use crate::score::{Prior, StudentAnswers, check_points};
use crate::score_error::ScoreError;

/// Draws from the posterior of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlausibleValues {
    /// Student code.
    pub student: u32,
    /// Draws of the ability.
    pub values: Vec<f64>,
}

/// Draws `n_draws` plausible values per student with a usable answer (Mislevy 1991). The draws of a
/// student depend on the seed, the student's code and answers, and on nothing else.
pub fn plausible_values(
    data: &Responses<'_>,
    items: &[Option<ItemParameters>],
    prior: Prior<'_>,
    points: usize,
    n_draws: usize,
    seed: u64,
) -> Result<Vec<PlausibleValues>, ScoreError> {
    check_points(points)?;
    prior.validate(data.n_students)?;
    let students = StudentAnswers::new(data, items)?;
    let draw = |&(student, row): &(u32, usize)| {
        let posterior = GridPosterior::new(&students.of(row), prior.of(student), points);
        let mut stream = Stream::new(seed, u64::from(student));
        let values = (0..n_draws).map(|_| quantile(&posterior, stream.uniform())).collect();
        PlausibleValues { student, values }
    };
    Ok(students.with_answers.par_iter().map(draw).collect())
}

/// Quantile of a posterior whose density is constant around each node.
fn quantile(posterior: &GridPosterior, p: f64) -> f64 {
    let step = posterior.nodes[1] - posterior.nodes[0];
    let mut below = 0.0;
    for (x, mass) in posterior.nodes.iter().zip(&posterior.probability) {
        if below + mass >= p && *mass > 0.0 {
            return x + step * ((p - below) / mass - 0.5);
        }
        below += mass;
    }
    posterior.mean
}
