//! How well items, students and the test as a whole follow the model.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted};
use serde::{Deserialize, Serialize};

use crate::classical::{ClassicalItem, alpha, classical_items};
use crate::flags::{Flag, flags};
use crate::item_parameters::ItemParameters;
use crate::model::Model;
use crate::person_fit::{PersonFit, lz_star};
use crate::posterior::{GridPosterior, default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::reliability::{Reliability, empirical, marginal, omega};
use crate::residual_fit::{MeanSquareSums, MeanSquares, PairSums, Q3, residual};
use crate::responses::Responses;
use crate::score::{
    ScoreMethod, ScoreSpec, StudentAnswers, check_points, check_prior, score_answers,
};
use crate::score_error::ScoreError;
use crate::sx2::{MOST_ITEMS, SX2, s_x2};

/// What to look at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiagnoseSpec {
    /// Model the items were calibrated with: how many parameters each one spent.
    pub model: Model,
    /// Mean of the ability distribution.
    pub mean: f64,
    /// Standard deviation of the ability distribution.
    pub sd: f64,
    /// Fewest students in common for a pair of items.
    pub min_pair: u32,
    /// Most pairs to list.
    pub most_pairs: usize,
    /// Nodes of the posteriors, 11 to 1 001.
    pub points: usize,
}

impl Default for DiagnoseSpec {
    fn default() -> Self {
        Self { model: Model::TwoPl, mean: 0.0, sd: 1.0, min_pair: 30, most_pairs: 50, points: 61 }
    }
}

/// Quality of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Items with parameters and answers, by item code.
    pub items: Vec<ItemDiagnosis>,
    /// Students whose answers allow it, by student code.
    pub persons: Vec<PersonFit>,
    /// Pairs of items whose residuals correlate most unlike the others.
    pub pairs: Vec<Q3>,
    /// Mean Q3 over all pairs with enough students: about −1/(k − 1) under the model. `None` when
    /// there is no such pair or there are more than 1 000 items.
    pub mean_q3: Option<f64>,
    /// Reliabilities.
    pub reliability: Reliability,
    /// Students who answered every item exactly once.
    pub n_complete: usize,
}

/// Quality of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDiagnosis {
    /// Statistics without a model.
    pub classical: ClassicalItem,
    /// Infit and outfit; `None` below two answers.
    pub mean_squares: Option<MeanSquares>,
    /// Fit to the score groups.
    pub s_x2: Option<SX2>,
    /// Why there is no S-X².
    pub s_x2_missing: Option<NoSX2>,
    /// What deserves a look.
    pub flags: Vec<Flag>,
}

/// Why S-X² was not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSX2 {
    /// Fewer than 100 students answered every item: there are no score groups.
    IncompleteAnswers,
    /// More than 200 items.
    TooManyItems,
}

/// Fewest complete students for S-X².
const FEWEST_COMPLETE: usize = 100;

struct Student {
    answers: Vec<(ItemParameters, bool)>,
    eap: (f64, f64),
    wle: Option<f64>,
    /// Probability that each answer is right, as the student's other answers predict it.
    predicted: Vec<f64>,
}

/// Compares answers with the curves of given items.
///
/// # Errors
/// For answers, curves and settings that cannot be used.
pub fn diagnose(
    data: &Responses<'_>,
    items: &[Option<ItemParameters>],
    spec: &DiagnoseSpec,
) -> Result<Diagnosis, ScoreError> {
    diagnose_within(data, items, spec, &Interrupt::never())
}

/// The same as long as somebody wants it.
///
/// # Errors
/// Those of [`diagnose`]; [`ScoreError::Interrupted`] once `stop` is raised.
pub fn diagnose_within(
    data: &Responses<'_>,
    items: &[Option<ItemParameters>],
    spec: &DiagnoseSpec,
    stop: &Interrupt,
) -> Result<Diagnosis, ScoreError> {
    let prior = Normal { mean: spec.mean, sd: spec.sd };
    check_points(spec.points)?;
    check_prior(prior)?;
    let students = StudentAnswers::new(data, items)?;
    let classical = classical_items(data);
    let used: Vec<u32> = (0..data.n_items as u32)
        .filter(|&i| items[i as usize].is_some() && classical[i as usize].n > 0)
        .collect();
    let parameters: Vec<ItemParameters> = used.iter().filter_map(|&i| items[i as usize]).collect();
    let nodes = nodes_for(&default_quadrature(), prior);
    let wle = ScoreSpec { method: ScoreMethod::Wle, points: spec.points };
    let estimated: Vec<Student> = students
        .with_answers
        .par_iter()
        .map(|&(_, index)| {
            stop.check()?;
            let answers = students.of(index);
            let posterior = GridPosterior::new(&answers, prior, spec.points);
            let wle = score_answers(&answers, prior, &wle).theta;
            let predicted = answers.iter().map(|a| posterior.predict_without(*a)).collect();
            Ok(Student { eap: (posterior.mean, posterior.sd), wle, predicted, answers })
        })
        .collect::<Result<_, Interrupted>>()?;
    let complete = complete_rows(data, &students, &used);
    let mut diagnoses = item_diagnoses(&used, &classical, &students, &estimated, data);
    stop.check()?;
    add_s_x2(&mut diagnoses, &parameters, &complete, &nodes, spec.model);
    stop.check()?;
    for (diagnosis, parameters) in diagnoses.iter_mut().zip(&parameters) {
        diagnosis.flags = flags(diagnosis, parameters);
    }
    let (mean_q3, pairs) = residual_pairs(&used, &students, &estimated, data, spec);
    let abilities: Vec<(f64, f64)> = estimated.iter().map(|s| s.eap).collect();
    Ok(Diagnosis {
        items: diagnoses,
        persons: person_fits(&students, &estimated),
        pairs,
        mean_q3,
        reliability: Reliability {
            empirical: empirical(&abilities),
            marginal: marginal(&parameters, &nodes, spec.sd),
            alpha: alpha(&complete),
            omega: omega(&parameters, &nodes),
        },
        n_complete: complete.len(),
    })
}

/// Outcomes of the students who answered every used item exactly once, in the order of `used`.
pub(crate) fn complete_rows(
    data: &Responses<'_>,
    students: &StudentAnswers<'_>,
    used: &[u32],
) -> Vec<Vec<u8>> {
    let of_student = |&(_, index): &(u32, usize)| {
        let rows = students.rows(index);
        complete_row(rows.map(|(row, ..)| (data.item[row], data.correct[row])).collect(), used)
    };
    students.with_answers.iter().filter_map(of_student).collect()
}

/// Categories of one student in the order of `used`; `None` unless each of these items was answered exactly once.
pub(crate) fn complete_row(mut answers: Vec<(u32, u8)>, used: &[u32]) -> Option<Vec<u8>> {
    answers.sort_unstable();
    let complete = answers.iter().map(|a| a.0).eq(used.iter().copied());
    complete.then(|| answers.into_iter().map(|a| a.1).collect())
}

fn item_diagnoses(
    used: &[u32],
    classical: &[ClassicalItem],
    students: &StudentAnswers<'_>,
    estimated: &[Student],
    data: &Responses<'_>,
) -> Vec<ItemDiagnosis> {
    let mut sums = vec![MeanSquareSums::default(); data.n_items];
    for (&(_, index), student) in students.with_answers.iter().zip(estimated) {
        for ((row, _, right), p) in students.rows(index).zip(&student.predicted) {
            sums[data.item[row] as usize].add(right, *p);
        }
    }
    used.iter()
        .map(|&item| ItemDiagnosis {
            classical: classical[item as usize],
            mean_squares: sums[item as usize].value(),
            s_x2: None,
            s_x2_missing: None,
            flags: Vec::new(),
        })
        .collect()
}

fn add_s_x2(
    diagnoses: &mut [ItemDiagnosis],
    parameters: &[ItemParameters],
    complete: &[Vec<u8>],
    nodes: &[(f64, f64)],
    model: Model,
) {
    let missing = if parameters.len() > MOST_ITEMS {
        Some(NoSX2::TooManyItems)
    } else if complete.len() < FEWEST_COMPLETE {
        Some(NoSX2::IncompleteAnswers)
    } else {
        None
    };
    if missing.is_some() {
        for diagnosis in diagnoses {
            diagnosis.s_x2_missing = missing;
        }
        return;
    }
    let spent = match model {
        Model::Rasch | Model::OnePl => 1,
        Model::TwoPl => 2,
        Model::ThreePl => 3,
    };
    let n_parameters = vec![spent; parameters.len()];
    let found = s_x2(parameters, &n_parameters, complete, nodes);
    for (diagnosis, s_x2) in diagnoses.iter_mut().zip(found) {
        diagnosis.s_x2 = Some(s_x2);
    }
}

fn residual_pairs(
    used: &[u32],
    students: &StudentAnswers<'_>,
    estimated: &[Student],
    data: &Responses<'_>,
    spec: &DiagnoseSpec,
) -> (Option<f64>, Vec<Q3>) {
    if used.len() > PairSums::MOST_ITEMS {
        return (None, Vec::new());
    }
    let mut position = vec![0; data.n_items];
    for (place, &item) in used.iter().enumerate() {
        position[item as usize] = place;
    }
    let mut sums = PairSums::new(used.len());
    for (&(_, index), student) in students.with_answers.iter().zip(estimated) {
        let mut residuals: Vec<(usize, f64)> = students
            .rows(index)
            .map(|(row, item, right)| {
                (position[data.item[row] as usize], residual(&item, right, student.eap.0))
            })
            .collect();
        residuals.sort_by_key(|r| r.0);
        sums.add(&residuals);
    }
    sums.extremes(used, spec.min_pair, spec.most_pairs)
}

fn person_fits(students: &StudentAnswers<'_>, estimated: &[Student]) -> Vec<PersonFit> {
    let of_student = |(&(student, _), estimate): (&(u32, usize), &Student)| {
        let lz_star = lz_star(&estimate.answers, estimate.wle?)?;
        Some(PersonFit { student, n: estimate.answers.len() as u32, lz_star })
    };
    students.with_answers.iter().zip(estimated).filter_map(of_student).collect()
}
