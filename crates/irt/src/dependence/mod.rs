//! Local dependence: pairs of items that have more, or less, in common than the ability.

mod reference;
mod residuals;
mod simulated;

use seedtest_numerics::{Interrupt, beta_cdf, chunks_of_codes};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fit::{fit, fit_groups};
use crate::groups::Groups;
use crate::item_parameters::ItemParameters;
use crate::residual_fit::residual;
use crate::responses::Responses;
use crate::result::Fit;
use crate::spec::{Spec, Start};
use crate::standard_errors::StandardErrors;
use reference::ReferenceDistribution;
pub(crate) use residuals::Correlations;
pub(crate) use simulated::{GRADIENT_TOLERANCE, MOST_ITERATIONS, Populations, RELATIVE_TOLERANCE};

/// How to look for local dependence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DependenceSpec {
    /// Simulated data sets behind the reference distribution, at least 20.
    pub replications: u32,
    /// Seed of the simulation.
    pub seed: u64,
    /// Probability that any pair is named when there is no local dependence.
    pub family_wise: f64,
    /// Fewest students in common for a pair of items.
    pub min_pair: u32,
}

impl Default for DependenceSpec {
    fn default() -> Self {
        Self { replications: 60, seed: 20_170_301, family_wise: 0.05, min_pair: 30 }
    }
}

/// Pairs of items whose residuals correlate as the model does not expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalDependence {
    /// Pairs that were tested.
    pub n_pairs: usize,
    /// Mean Q3 over these pairs.
    pub mean_q3: f64,
    /// Simulated data sets behind the reference distribution.
    pub replications: u32,
    /// 95th percentile, over the simulated data sets, of the largest Q3* = Q3 − mean Q3 of any pair.
    pub critical_q3_star: Option<f64>,
    /// Dependent pairs, the most certain first.
    pub pairs: Vec<DependentPair>,
}

/// A pair of items that is locally dependent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DependentPair {
    /// Item code.
    pub first: u32,
    /// Item code.
    pub second: u32,
    /// Students who answered both.
    pub n: u32,
    /// Correlation of the residuals.
    pub q3: f64,
    /// Q3 minus the mean over all pairs.
    pub q3_star: f64,
    /// What the model expects of Q3 for this pair.
    pub expected_q3: f64,
    /// Distance from it in standard deviations of the simulated data sets.
    pub z: f64,
    /// p-value of the distance, adjusted for all pairs (Holm 1979).
    pub p_adjusted: f64,
}

/// Why local dependence was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoDependenceTest {
    /// More than 150 items: their pairs outnumber what a simulation can tell apart.
    TooManyItems,
    /// The simulations would have to draw too many answers.
    TooManyAnswers,
    /// Fewer than three items, or no pair with enough students.
    TooFewItems,
    /// The calibration did not end at a determined optimum.
    NotConverged,
    /// The time was up in the middle of the simulations.
    OutOfTime,
}

/// Most items whose pairs are tested.
const MOST_ITEMS: usize = 150;
/// Most answers of one data set.
const MOST_ANSWERS: usize = 200_000;
/// Fewest simulated data sets that make a reference distribution.
const FEWEST_REPLICATIONS: u32 = 20;
/// Fewest items whose residuals say something.
const FEWEST_ITEMS: usize = 3;

/// Tests every pair of items for local dependence.
///
/// Q3 (Yen 1984), the correlation of the residuals of a pair at the students' EAP abilities, has no
/// fixed critical value: its mean is about −1/(k − 1) and depends on the items' slopes, its spread on
/// the number of students (Christensen, Makransky & Horton 2017). So each pair is compared with its
/// own distribution in data sets simulated from the calibration, with the same students answering
/// the same items, each calibrated again (parametric bootstrap): (z(Q3) − mean)/sd of Fisher's z
/// against Student's t, with Holm's adjustment over all pairs.
///
/// `found` is the calibration of `data` on its own scale (before any linking); `groups` are those it was
/// made with. Once `stop` is raised there is no test.
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
    let size = (found.items.len(), data.correct.len());
    let seen = || residual_correlations(data, found, spec.min_pair);
    let refit = refit_spec(found);
    let chunks = chunks_of_codes(data.n_students);
    let simulate = |replication: u32| -> Result<Correlations, Error> {
        let correct = drawn_outcomes(data, groups, found, (spec.seed, replication));
        let answers = Responses { correct: &correct, ..*data };
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
        start: Some(Start { covariance: None, ..Start::from(found) }),
        standard_errors: StandardErrors::None,
        keep_covariance: false,
        gradient_tolerance: GRADIENT_TOLERANCE,
        relative_tolerance: RELATIVE_TOLERANCE,
        max_iter: MOST_ITERATIONS,
        ..found.spec.clone()
    }
}

/// Outcomes drawn from the calibration for every answer of the data; answers to items without parameters stay.
fn drawn_outcomes(
    data: &Responses<'_>,
    groups: Option<Groups<'_>>,
    found: &Fit,
    draw: (u64, u32),
) -> Vec<u8> {
    let mut parameters: Vec<Option<ItemParameters>> = vec![None; data.n_items];
    for item in &found.items {
        parameters[item.item as usize] = Some(ItemParameters::from(item));
    }
    let populations = Populations { groups, fitted: &found.groups, common: found.latent };
    populations.answers(draw, (data.student, data.correct), |row, theta, stream| {
        let item = parameters[data.item[row] as usize]?;
        Some(u8::from(stream.bernoulli(item.probability(theta))))
    })
}

/// Q3 of every pair of calibrated items.
fn residual_correlations(data: &Responses<'_>, found: &Fit, fewest: u32) -> Correlations {
    let mut place: Vec<Option<usize>> = vec![None; data.n_items];
    let mut codes = Vec::with_capacity(found.items.len());
    let mut parameters = Vec::with_capacity(found.items.len());
    for (position, item) in found.items.iter().enumerate() {
        place[item.item as usize] = Some(position);
        codes.push(item.item);
        parameters.push(ItemParameters::from(item));
    }
    let abilities = (&found.abilities[..], data.n_students);
    Correlations::of_answers(data.student, abilities, (&codes, fewest), |row, theta| {
        let position = place[data.item[row] as usize]?;
        Some((position, residual(&parameters[position], data.correct[row] == 1, theta)))
    })
}

/// Compares the correlations that are `seen` with those of data sets that `simulate` draws and calibrates; one in which
/// the calibration leaves an item out for its answers counts for the others. Of the calibration: whether it converged,
/// its items and its answers.
pub(crate) fn tested<E: From<Error> + Send>(
    spec: &DependenceSpec,
    (converged, size): (bool, (usize, usize)),
    stop: &Interrupt,
    seen: impl FnOnce() -> Correlations,
    simulate: &(dyn Fn(u32) -> Result<Correlations, E> + Sync),
) -> Result<Result<LocalDependence, NoDependenceTest>, E> {
    if let Some(reason) = no_test(spec, converged, size)? {
        return Ok(Err(reason));
    }
    let seen = seen();
    if seen.pairs.is_empty() {
        return Ok(Err(NoDependenceTest::TooFewItems));
    }
    let in_time = |replication: u32| {
        stop.check().map_err(Error::from)?;
        simulate(replication)
    };
    let reference = ReferenceDistribution::new(spec, &seen, &in_time);
    if stop.is_raised() {
        return Ok(Err(NoDependenceTest::OutOfTime));
    }
    let reference = reference?;
    Ok(Ok(LocalDependence {
        n_pairs: seen.pairs.len(),
        mean_q3: seen.mean(),
        replications: reference.replications(),
        critical_q3_star: reference.critical(),
        pairs: dependent(&seen, &reference, spec.family_wise),
    }))
}

/// Why a calibration of so many items and answers is not tested.
///
/// # Errors
/// For fewer replications than make a distribution.
fn no_test(
    spec: &DependenceSpec,
    converged: bool,
    (n_items, n_answers): (usize, usize),
) -> Result<Option<NoDependenceTest>, Error> {
    if spec.replications < FEWEST_REPLICATIONS {
        let (value, required) = (f64::from(spec.replications), "at least 20");
        return Err(Error::Spec { field: "replications", value, required });
    }
    Ok(if !converged {
        Some(NoDependenceTest::NotConverged)
    } else if n_items > MOST_ITEMS {
        Some(NoDependenceTest::TooManyItems)
    } else if n_items < FEWEST_ITEMS {
        Some(NoDependenceTest::TooFewItems)
    } else if n_answers > MOST_ANSWERS {
        Some(NoDependenceTest::TooManyAnswers)
    } else {
        None
    })
}

/// Pairs beyond chance after Holm's adjustment.
fn dependent(
    seen: &Correlations,
    reference: &ReferenceDistribution,
    family_wise: f64,
) -> Vec<DependentPair> {
    let mean = seen.mean();
    let mut tested: Vec<(f64, DependentPair)> = seen
        .pairs
        .iter()
        .enumerate()
        .filter_map(|(place, pair)| {
            let (z, p) = reference.test(place, pair.q3)?;
            let of_pair = DependentPair {
                first: pair.first,
                second: pair.second,
                n: pair.n,
                q3: pair.q3,
                q3_star: pair.q3 - mean,
                expected_q3: reference.expected(place),
                z,
                p_adjusted: 1.0,
            };
            Some((p, of_pair))
        })
        .collect();
    tested.sort_by(|x, y| x.0.total_cmp(&y.0));
    let n = tested.len();
    let mut largest: f64 = 0.0;
    let mut named = Vec::new();
    for (rank, (p, pair)) in tested.into_iter().enumerate() {
        largest = largest.max(p * (n - rank) as f64).min(1.0);
        if largest > family_wise {
            break;
        }
        named.push(DependentPair { p_adjusted: largest, ..pair });
    }
    named
}

/// Two-sided tail probability of Student's t.
fn student_tails(t: f64, df: f64) -> f64 {
    beta_cdf(0.5 * df, 0.5, df / (df + t * t))
}
