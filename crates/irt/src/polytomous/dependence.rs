//! Local dependence of items with several categories.

use seedtest_numerics::{Interrupt, chunks_of_codes};

use super::error::Error;
use super::fit::{fit, fit_groups};
use super::responses::Responses;
use super::result::Fit;
use super::score::KnownItem;
use super::spec::{Spec, Start};
use crate::dependence::{
    Correlations, DependenceSpec, GRADIENT_TOLERANCE, LocalDependence, MOST_ITERATIONS,
    NoDependenceTest, Populations, RELATIVE_TOLERANCE, tested,
};
use crate::groups::Groups;
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
    let seen = || residual_correlations(data, found, spec.min_pair);
    let refit = refit_spec(found);
    let chunks = chunks_of_codes(data.n_students);
    let simulate = |replication: u32| -> Result<Correlations, Error> {
        let score = drawn_scores(data, groups, found, (spec.seed, replication));
        let answers = Responses { score: &score, maximum: None, ..*data };
        let fitted = match groups {
            None => fit(&answers, &refit, &mut stop.clone())?,
            Some(groups) => fit_groups(&answers, groups, &chunks, &refit, &mut stop.clone())?,
        };
        Ok(residual_correlations(&answers, &fitted, spec.min_pair))
    };
    tested(spec, (found.verdict.converged(), size), stop, seen, &simulate)
}

/// How simulated data sets are calibrated: as the data were, from their solution.
fn refit_spec(found: &Fit) -> Spec {
    Spec {
        start: Some(Start::from(found)),
        standard_errors: StandardErrors::None,
        keep_covariance: false,
        gradient_tolerance: GRADIENT_TOLERANCE,
        relative_tolerance: RELATIVE_TOLERANCE,
        max_iter: MOST_ITERATIONS,
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
    let populations = Populations { groups, fitted: &found.groups, common: found.latent };
    populations.answers(draw, (data.student, data.score), |row, theta, stream| {
        let item = known[data.item[row] as usize].as_ref()?;
        Some(item.scores[item.curves.category_at(theta, stream.uniform())])
    })
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
    let abilities = (&found.abilities[..], data.n_students);
    Correlations::of_answers(data.student, abilities, (&codes, fewest), |row, theta| {
        let position = codes.binary_search(&data.item[row]).ok()?;
        let item = known[data.item[row] as usize].as_ref()?;
        let category = item.category(data.score[row])?;
        Some((position, category as f64 - item.curves.expected_category(theta)))
    })
}
