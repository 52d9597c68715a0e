//! Abilities of the students of a calibration of several dimensions.

use rayon::prelude::*;
use seedtest_numerics::Interrupted;

use super::expectation::{Expectation, Posteriors};
use super::lattice::MOST;
use super::result::Abilities;
use super::small::{times, transpose};
use super::structure::{Row, Square, dot};

const PATTERNS_PER_TASK: usize = 64;

/// EAP abilities θ = M z of the students with a usable answer, at the point of the last E-step.
///
/// # Errors
/// [`Interrupted`] where nobody waits for them.
pub(crate) fn abilities(
    expected: &mut Expectation<'_>,
    (k, transform): (usize, &Square),
) -> Result<Vec<Abilities>, Interrupted> {
    let mut all = Vec::new();
    for chunk in expected.chunks() {
        all.extend(of_chunk(&expected.posteriors(chunk), k, transform));
    }
    expected.stop.check()?;
    all.sort_unstable_by_key(|of: &Abilities| of.student);
    Ok(all)
}

fn of_chunk(posteriors: &Posteriors<'_>, k: usize, transform: &Square) -> Vec<Abilities> {
    let layout = posteriors.layout;
    let back = transpose(transform);
    let of_pattern = |row: &mut Vec<f64>, pattern: usize| {
        if posteriors.stop.is_raised() {
            return ([f64::NAN; MOST], [[f64::NAN; MOST]; MOST]);
        }
        posteriors.fill(pattern, row);
        let (mean, covariance) = moments(&posteriors.lattice.coordinates, row);
        (
            std::array::from_fn(|at| dot(&transform[at], &mean)),
            times(&times(transform, &covariance), &back),
        )
    };
    let row = || vec![0.0; posteriors.lattice.width()];
    let patterns = (0..layout.n_patterns()).into_par_iter().with_min_len(PATTERNS_PER_TASK);
    let found: Vec<(Row, Square)> = patterns.map_init(row, of_pattern).collect();
    let of_student = |&(student, pattern, n): &(u32, u32, u32)| {
        let (theta, covariance) = found[pattern as usize];
        Abilities {
            student,
            theta: theta[..k].to_vec(),
            se: (0..k).map(|at| covariance[at][at].sqrt()).collect(),
            covariance: (0..k).flat_map(|at| covariance[at][..=at].to_vec()).collect(),
            n,
        }
    };
    layout.students.iter().map(of_student).collect()
}

/// Means and covariances of a posterior on the points.
fn moments(coordinates: &[Vec<f64>], posterior: &[f64]) -> (Row, Square) {
    let (mut mean, mut covariance) = ([0.0; MOST], [[0.0; MOST]; MOST]);
    for (mean, row) in mean.iter_mut().zip(coordinates) {
        *mean = posterior.iter().zip(row).map(|(p, z)| p * z).sum();
    }
    for (i, row) in coordinates.iter().enumerate() {
        for (j, other) in coordinates[..=i].iter().enumerate() {
            let products = posterior.iter().zip(row).zip(other);
            covariance[i][j] = products.map(|((p, x), y)| p * (x - mean[i]) * (y - mean[j])).sum();
            covariance[j][i] = covariance[i][j];
        }
    }
    (mean, covariance)
}
