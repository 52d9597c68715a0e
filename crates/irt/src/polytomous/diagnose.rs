//! How well items with several categories follow their curves.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, exp, square};
use serde::{Deserialize, Serialize};

use super::curves::CategoryCurves;
use super::responses::Responses;
use super::score::{Answer, KnownItem, Students, log_likelihoods};
use super::sx2::{s_x2, work};
use crate::classical::{ClassicalItem, classical_shares, falling_categories};
use crate::diagnose::{NoSX2, complete_row};
use crate::flags::Flag;
use crate::posterior::{GridPosterior, default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::reliability::{empirical, marginal_of};
use crate::residual_fit::{MeanSquareSums, MeanSquares, PairSums, Q3, SMALLEST_VARIANCE};
use crate::score::{check_points, check_prior};
use crate::score_error::ScoreError;
use crate::sx2::SX2;

/// What to look at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiagnoseSpec {
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
        let plain = crate::diagnose::DiagnoseSpec::default();
        Self {
            mean: plain.mean,
            sd: plain.sd,
            min_pair: plain.min_pair,
            most_pairs: plain.most_pairs,
            points: plain.points,
        }
    }
}

/// Quality of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Items with curves and answers, by item code.
    pub items: Vec<ItemDiagnosis>,
    /// Pairs of items whose residuals correlate most unlike the others.
    pub pairs: Vec<Q3>,
    /// Mean Q3 over all pairs with enough students; `None` without such a pair or with more than 1 000 items.
    pub mean_q3: Option<f64>,
    /// Var(EAP) / (Var(EAP) + mean of the posterior variances).
    pub empirical_reliability: Option<f64>,
    /// Mean of I/(I + 1/σ²) over the ability distribution, for a student who answers every item.
    pub marginal_reliability: f64,
    /// Students who answered every item exactly once.
    pub n_complete: usize,
}

/// Quality of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDiagnosis {
    /// Statistics without a model; `p` is the mean share of the highest score.
    pub classical: ClassicalItem,
    /// Infit and outfit of the categories as numbers from 0; `None` below two answers and of nominal categories.
    pub mean_squares: Option<MeanSquares>,
    /// Its categories.
    pub categories: Vec<CategoryDiagnosis>,
    /// Fit to the score groups.
    pub s_x2: Option<SX2>,
    /// Why there is no S-X².
    pub s_x2_missing: Option<NoSX2>,
    /// What deserves a look.
    pub flags: Vec<Flag>,
}

/// Quality of one category.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CategoryDiagnosis {
    /// The score it stands for.
    pub score: u8,
    /// Answers with it.
    pub n: u32,
    /// Share of the answers that the model expects with it, given the students' other answers.
    pub expected_share: f64,
    /// Mean posterior ability of those who gave them; `None` without answers.
    pub mean_ability: Option<f64>,
    /// Mean of the squared standardised residuals of these answers, and weighted by their variances; `None` without
    /// answers and of nominal categories.
    pub outfit: Option<f64>,
    /// See `outfit`.
    pub infit: Option<f64>,
}

/// Fewest complete students for S-X².
const FEWEST_COMPLETE: usize = 100;
/// Most work for S-X²: some ten seconds.
const MOST_WORK: f64 = 1e10;
/// A category with fewer answers is rare.
const RARE: u32 = 10;

/// What is known of a student.
struct Student {
    eap: (f64, f64),
    /// Of every answer: item, category, and the probabilities of the categories as the other answers predict them.
    answers: Vec<(u32, usize, Vec<f64>)>,
}

/// Compares answers with the curves of given items.
///
/// # Errors
/// For answers, curves and settings that cannot be used.
pub fn diagnose(
    data: &Responses<'_>,
    items: &[Option<KnownItem>],
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
    items: &[Option<KnownItem>],
    spec: &DiagnoseSpec,
    stop: &Interrupt,
) -> Result<Diagnosis, ScoreError> {
    let prior = Normal { mean: spec.mean, sd: spec.sd };
    check_points(spec.points)?;
    check_prior(prior)?;
    let students = Students::new(data, items)?;
    let estimated: Vec<Student> = students
        .with_answers
        .par_iter()
        .map(|of| {
            stop.check()?;
            Ok(student(data, &students, of.rows.clone(), (prior, spec.points)))
        })
        .collect::<Result<_, Interrupted>>()?;
    let share = |row: usize| {
        let known = items[data.item[row] as usize].as_ref();
        let highest = known.and_then(|item| item.scores.last()).map_or(1, |score| (*score).max(1));
        f64::from(data.score[row]) / f64::from(highest)
    };
    let classical = classical_shares(&data.as_answered(), share);
    let category = |row: usize| students.answer(row).map(|answer| answer.1);
    let falls = falling_categories(&data.as_answered(), share, category);
    let used: Vec<u32> = (0..data.n_items as u32)
        .filter(|&i| items[i as usize].is_some() && classical[i as usize].n > 0)
        .collect();
    let known: Vec<&KnownItem> = used.iter().filter_map(|&i| items[i as usize].as_ref()).collect();
    let curves: Vec<&CategoryCurves> = known.iter().map(|item| &item.curves).collect();
    let nodes = nodes_for(&default_quadrature(), prior);
    let complete = complete_rows(&estimated, &used);
    let mut found: Vec<ItemDiagnosis> = Sums::of(&estimated, data.n_items, items)
        .into_iter()
        .enumerate()
        .filter_map(|(item, sums)| sums.diagnosis(items[item].as_ref()?, classical[item]))
        .collect();
    add_s_x2(&mut found, (&known, &curves), &complete, (&nodes, stop))?;
    for (diagnosis, item) in found.iter_mut().zip(&known) {
        diagnosis.flags = flags(diagnosis, item, falls[diagnosis.classical.item as usize]);
    }
    let (mean_q3, pairs) = residual_pairs(&used, &estimated, items, (spec, stop))?;
    let abilities: Vec<(f64, f64)> = estimated.iter().map(|s| s.eap).collect();
    let information = |theta: f64| curves.iter().map(|item| item.information(theta)).sum();
    Ok(Diagnosis {
        items: found,
        pairs,
        mean_q3,
        empirical_reliability: empirical(&abilities),
        marginal_reliability: marginal_of(information, &nodes, spec.sd),
        n_complete: complete.len(),
    })
}

fn student(
    data: &Responses<'_>,
    students: &Students<'_>,
    rows: std::ops::Range<usize>,
    (prior, points): (Normal, usize),
) -> Student {
    let used = rows.filter_map(|row| Some((data.item[row], students.answer(row)?)));
    let (items, answers): (Vec<u32>, Vec<Answer<'_>>) = used.unzip();
    let posterior = GridPosterior::of(&|nodes| log_likelihoods(&answers, nodes), prior, points);
    let predicted = answers.iter().map(|answer| predict_without(&posterior, *answer));
    let answers = items.iter().zip(&answers).zip(predicted);
    Student {
        eap: (posterior.mean, posterior.sd),
        answers: answers.map(|((item, answer), p)| (*item, answer.1, p)).collect(),
    }
}

/// Probabilities of the categories of the item of `answer`, one of the answers behind this posterior, as the
/// other answers predict them.
fn predict_without(posterior: &GridPosterior, (curves, category): Answer<'_>) -> Vec<f64> {
    let curve = curves.curve();
    let (n, width) = (curves.n_categories(), posterior.nodes.len());
    let mut rows = vec![0.0; n * width];
    curve.fill_log_probabilities(&posterior.nodes, &mut rows);
    let mut predicted = vec![0.0; n];
    for (q, mass) in posterior.probability.iter().enumerate() {
        let p = |k: usize| exp(rows[k * width + q]);
        let without = mass / p(category).max(f64::MIN_POSITIVE);
        for (k, predicted) in predicted.iter_mut().enumerate() {
            *predicted += without * p(k);
        }
    }
    let total: f64 = predicted.iter().sum();
    predicted.iter().map(|p| p / total).collect()
}

/// Categories of the students who answered every used item exactly once, in the order of `used`.
fn complete_rows(students: &[Student], used: &[u32]) -> Vec<Vec<u8>> {
    let of_student = |student: &Student| {
        let answers = student.answers.iter();
        complete_row(answers.map(|(item, k, _)| (*item, *k as u8)).collect(), used)
    };
    students.iter().filter_map(of_student).collect()
}

/// Sums of one item.
#[derive(Clone, Default)]
struct Sums {
    mean_squares: MeanSquareSums,
    n: u32,
    categories: Vec<CategorySums>,
}

#[derive(Clone, Copy, Default)]
struct CategorySums {
    n: u32,
    expected: f64,
    ability: f64,
    standardised: f64,
    squares: f64,
    variance: f64,
}

impl Sums {
    /// Of every item code.
    fn of(students: &[Student], n_items: usize, items: &[Option<KnownItem>]) -> Vec<Self> {
        let empty = |item: &Option<KnownItem>| {
            let n = item.as_ref().map_or(0, |item| item.curves.n_categories());
            Self { categories: vec![CategorySums::default(); n], ..Self::default() }
        };
        let mut sums: Vec<Self> = items.iter().take(n_items).map(empty).collect();
        for student in students {
            for (item, category, p) in &student.answers {
                sums[*item as usize].add(*category, p, student.eap.0);
            }
        }
        sums
    }

    fn add(&mut self, category: usize, p: &[f64], ability: f64) {
        let moment = |f: &dyn Fn(f64) -> f64| {
            p.iter().enumerate().map(|(k, p)| p * f(k as f64)).sum::<f64>()
        };
        let mean = moment(&|k| k);
        let variance = moment(&|k| square(k - mean)).max(SMALLEST_VARIANCE);
        let fourth = moment(&|k| square(square(k - mean))).max(square(variance));
        let residual = category as f64 - mean;
        self.mean_squares.add_residual(residual, variance, fourth);
        self.n += 1;
        for (sums, p) in self.categories.iter_mut().zip(p) {
            sums.expected += p;
        }
        let own = &mut self.categories[category];
        own.n += 1;
        own.ability += ability;
        own.standardised += residual * residual / variance;
        own.squares += residual * residual;
        own.variance += variance;
    }

    fn diagnosis(self, item: &KnownItem, classical: ClassicalItem) -> Option<ItemDiagnosis> {
        let n = f64::from(self.n);
        let ordered = item.model.is_ordered();
        let category = |(sums, score): (&CategorySums, &u8)| {
            let answers = f64::from(sums.n);
            let some = sums.n > 0;
            CategoryDiagnosis {
                score: *score,
                n: sums.n,
                expected_share: sums.expected / n,
                mean_ability: some.then(|| sums.ability / answers),
                outfit: (some && ordered).then(|| sums.standardised / answers),
                infit: (some && ordered).then(|| sums.squares / sums.variance),
            }
        };
        (self.n > 0).then(|| ItemDiagnosis {
            classical,
            mean_squares: self.mean_squares.value().filter(|_| ordered),
            categories: self.categories.iter().zip(&item.scores).map(category).collect(),
            s_x2: None,
            s_x2_missing: None,
            flags: Vec::new(),
        })
    }
}

fn add_s_x2(
    diagnoses: &mut [ItemDiagnosis],
    (known, curves): (&[&KnownItem], &[&CategoryCurves]),
    complete: &[Vec<u8>],
    (nodes, stop): (&[(f64, f64)], &Interrupt),
) -> Result<(), Interrupted> {
    let missing = if work(curves, nodes.len()) > MOST_WORK {
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
        return Ok(());
    }
    let spent = |item: &&KnownItem| item.model.n_parameters(item.curves.n_categories()) as u32;
    let spent: Vec<u32> = known.iter().map(spent).collect();
    let all = s_x2(curves, &spent, complete, (nodes, stop))?;
    for (diagnosis, found) in diagnoses.iter_mut().zip(all) {
        diagnosis.s_x2 = Some(found);
    }
    Ok(())
}

fn residual_pairs(
    used: &[u32],
    students: &[Student],
    items: &[Option<KnownItem>],
    (spec, stop): (&DiagnoseSpec, &Interrupt),
) -> Result<(Option<f64>, Vec<Q3>), Interrupted> {
    if used.len() > PairSums::MOST_ITEMS {
        return Ok((None, Vec::new()));
    }
    let mut sums = PairSums::new(used.len());
    for student in students {
        stop.check()?;
        let residual = |(item, category, _): &(u32, usize, Vec<f64>)| {
            let known = items[*item as usize].as_ref()?;
            let position = used.binary_search(item).ok()?;
            let expected = known.curves.expected_category(student.eap.0);
            known.model.is_ordered().then_some((position, *category as f64 - expected))
        };
        let mut residuals: Vec<(usize, f64)> =
            student.answers.iter().filter_map(residual).collect();
        residuals.sort_by_key(|r| r.0);
        sums.add(&residuals);
    }
    Ok(sums.extremes(used, spec.min_pair, spec.most_pairs))
}

/// Everything about an item that deserves a look; `falls` is its first category that stands out of order.
fn flags(item: &ItemDiagnosis, known: &KnownItem, falls: Option<usize>) -> Vec<Flag> {
    let ordered = known.model.is_ordered();
    let slope = known.curves.slope().filter(|_| ordered);
    let mut flags = crate::flags::flags_of(
        &item.classical,
        slope,
        item.mean_squares,
        item.s_x2.and_then(|s| s.p_adjusted),
    );
    if !ordered {
        flags.retain(|flag| matches!(flag, Flag::CurveMisfit { .. }));
    }
    if let Some(category) = falls.filter(|_| ordered).and_then(|k| item.categories.get(k)) {
        flags.push(Flag::OutOfOrder { score: category.score });
    }
    let rare = item.categories.iter().filter(|category| category.n < RARE);
    flags.extend(rare.map(|rare| Flag::RareCategory { score: rare.score, n: rare.n }));
    flags
}
