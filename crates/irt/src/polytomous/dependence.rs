//! Local dependence of items with several categories.

use seedtest_numerics::{Interrupt, chunks_of_codes};

use super::error::Error;
use super::fit::{fit, fit_groups};
use super::responses::Responses;
use super::result::Fit;
use super::score::KnownItem;
use super::spec::{Spec, Start};
use crate::dependence::{
    Correlations, DependenceSpec, LocalDependence, NoDependenceTest, drawn_student, no_test,
    population_of, tested,
};
use crate::groups::Groups;
use crate::residual_fit::PairSums;
use crate::standard_errors::StandardErrors;

/// Tests every pair of items for local dependence, see [`crate::local_dependence`]: residuals are the number of the
/// category minus the expected one. Nominal categories have no numbers, so that their items are in no pair.
///
/// # Errors
/// When a simulated data set cannot be calibrated for another reason than its answers.
pub fn local_dependence(
    data: &Responses<'_>,
    groups: Option<Groups<'_>>,
    found: &Fit,
    spec: &DependenceSpec,
    stop: &Interrupt,
) -> Result<Result<LocalDependence, NoDependenceTest>, Error> {
    let size = (found.items.len(), data.score.len());
    if let Some(reason) = no_test(spec, found.verdict.converged(), size)? {
        return Ok(Err(reason));
    }
    let seen = residual_correlations(data, found, spec.min_pair);
    let refit = refit_spec(found);
    let chunks = chunks_of_codes(data.n_students);
    let simulate = |replication: u32| -> Result<Correlations, Error> {
        stop.check().map_err(crate::error::Error::from)?;
        let score = drawn_scores(data, groups, found, (spec.seed, replication));
        let answers = Responses { score: &score, maximum: None, ..*data };
        let fitted = match groups {
            None => fit(&answers, &refit, &mut stop.clone())?,
            Some(groups) => fit_groups(&answers, groups, &chunks, &refit, &mut stop.clone())?,
        };
        Ok(residual_correlations(&answers, &fitted, spec.min_pair))
    };
    tested(&seen, spec, stop, &simulate)
}

/// How simulated data sets are calibrated: as the data were, from their solution, to a precision far below the
/// sampling error.
fn refit_spec(found: &Fit) -> Spec {
    Spec {
        start: Some(Start::from(found)),
        standard_errors: StandardErrors::None,
        keep_covariance: false,
        gradient_tolerance: 0.02,
        relative_tolerance: 1e-6,
        max_iter: 50,
        ..found.spec.clone()
    }
}

/// Scores drawn from the calibration for every answer of the data; answers to items without curves stay.
fn drawn_scores(
    data: &Responses<'_>,
    groups: Option<Groups<'_>>,
    found: &Fit,
    draw: (u64, u32),
) -> Vec<u8> {
    let known = known_items(data, found);
    let mut scores = data.score.to_vec();
    let mut row = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let population = population_of(rows[0], groups, &found.groups, found.latent);
        let (theta, mut stream) = drawn_student(draw, rows[0], population);
        for r in row..row + rows.len() {
            if let Some(item) = &known[data.item[r] as usize] {
                scores[r] = item.scores[item.curves.category_at(theta, stream.uniform())];
            }
        }
        row += rows.len();
    }
    scores
}

fn known_items(data: &Responses<'_>, found: &Fit) -> Vec<Option<KnownItem>> {
    let mut known = vec![None; data.n_items];
    for item in &found.items {
        known[item.item as usize] = Some(item.into());
    }
    known
}

/// Q3 of every pair of ordered items with at least `fewest` students in common, at the EAP abilities of the
/// calibration.
fn residual_correlations(data: &Responses<'_>, found: &Fit, fewest: u32) -> Correlations {
    let known = known_items(data, found);
    let ordered = found.items.iter().filter(|item| item.model.is_ordered());
    let codes: Vec<u32> = ordered.map(|item| item.item).collect();
    let mut theta = vec![None; data.n_students];
    for ability in &found.abilities {
        theta[ability.student as usize] = Some(ability.theta);
    }
    let residual = |r: usize, theta: f64| {
        let position = codes.binary_search(&data.item[r]).ok()?;
        let item = known[data.item[r] as usize].as_ref()?;
        let category = item.category(data.score[r])?;
        Some((position, category as f64 - item.curves.expected_category(theta)))
    };
    let mut sums = PairSums::new(codes.len());
    let mut row = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let range = row..row + rows.len();
        row = range.end;
        let Some(theta) = theta[rows[0] as usize] else { continue };
        let mut residuals: Vec<(usize, f64)> = range.filter_map(|r| residual(r, theta)).collect();
        residuals.sort_by_key(|r| r.0);
        sums.add(&residuals);
    }
    Correlations { pairs: sums.all(&codes, fewest) }
}
