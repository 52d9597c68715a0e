//! Abilities from given item parameters.

use rayon::prelude::*;
use schemars::JsonSchema;
use seedtest_numerics::ln;
use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::likelihood::{AtAbility, at_ability, log_likelihoods};
use crate::posterior::GridPosterior;
use crate::priors::Normal;
use crate::responses::Responses;
use crate::result::{UnscoredReason, UnscoredStudent};
use crate::score_error::ScoreError;

/// Lowest and highest ability a maximum is searched at.
const RANGE: f64 = 12.0;
/// Step of the first pass of that search.
const STEP: f64 = 0.25;

/// How an ability is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ScoreMethod {
    /// Mean of the posterior; its standard deviation is the standard error.
    #[default]
    Eap,
    /// Mode of the posterior; error from the curvature there.
    Map,
    /// Maximum likelihood; error from the Fisher information. Has no value for students with only
    /// right or only wrong answers.
    Ml,
    /// Weighted likelihood (Warm 1989): less biased than ML, and finite for every pattern.
    Wle,
}

impl std::str::FromStr for ScoreMethod {
    type Err = ScoreError;

    /// EAP, MAP, ML or WLE in any case.
    fn from_str(text: &str) -> Result<Self, ScoreError> {
        match text.trim().to_ascii_uppercase().as_str() {
            "EAP" => Ok(Self::Eap),
            "MAP" => Ok(Self::Map),
            "ML" => Ok(Self::Ml),
            "WLE" => Ok(Self::Wle),
            _ => Err(ScoreError::UnknownMethod(text.to_owned())),
        }
    }
}

/// How to score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScoreSpec {
    /// The estimator.
    pub method: ScoreMethod,
    /// Nodes of the posterior, 11 to 1 001.
    pub points: usize,
}

impl Default for ScoreSpec {
    /// EAP on 61 nodes.
    fn default() -> Self {
        Self { method: ScoreMethod::Eap, points: 61 }
    }
}

/// Prior of the ability; ML and WLE do not use it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prior<'a> {
    /// One distribution for everybody.
    Same(Normal),
    /// One distribution per student code: subgroups, or what is known from earlier answers.
    PerStudent(&'a [Normal]),
}

impl Default for Prior<'_> {
    fn default() -> Self {
        Self::Same(Normal { mean: 0.0, sd: 1.0 })
    }
}

impl Prior<'_> {
    pub(crate) fn of(&self, student: u32) -> Normal {
        match self {
            Self::Same(prior) => *prior,
            Self::PerStudent(priors) => priors[student as usize],
        }
    }

    pub(crate) fn validate(&self, n_students: usize) -> Result<(), ScoreError> {
        match self {
            Self::Same(prior) => check_prior(*prior),
            Self::PerStudent(priors) if priors.len() != n_students => {
                Err(ScoreError::Priors { priors: priors.len(), n_students })
            }
            Self::PerStudent(priors) => priors.iter().try_for_each(|p| check_prior(*p)),
        }
    }
}

pub(crate) fn check_prior(prior: Normal) -> Result<(), ScoreError> {
    let ok = prior.mean.is_finite() && prior.sd.is_finite() && prior.sd > 0.0;
    if ok { Ok(()) } else { Err(ScoreError::Prior { mean: prior.mean, sd: prior.sd }) }
}

/// Ability of one student.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Student code.
    pub student: u32,
    /// Ability; `None` when the likelihood has no maximum.
    pub theta: Option<f64>,
    /// Its standard error; `None` with the ability.
    pub se: Option<f64>,
    /// Answers used.
    pub n: u32,
    /// Right answers among them.
    pub n_right: u32,
    /// Why there is no ability.
    pub unbounded: Option<Unbounded>,
}

/// Where the likelihood grows without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unbounded {
    /// Towards high abilities, as after only right answers.
    Above,
    /// Towards low abilities, as after only wrong answers (or answers no better than guessing).
    Below,
}

/// Abilities of the students of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Students with a usable answer, by student code.
    pub scores: Vec<Score>,
    /// The others.
    pub unscored: Vec<UnscoredStudent>,
}

/// Scores every student of `data` with given item parameters, `None` for items without.
pub fn score(
    data: &Responses<'_>,
    items: &[Option<ItemParameters>],
    prior: Prior<'_>,
    spec: &ScoreSpec,
) -> Result<Scores, ScoreError> {
    check_points(spec.points)?;
    prior.validate(data.n_students)?;
    let students = StudentAnswers::new(data, items)?;
    let scores = students
        .with_answers
        .par_iter()
        .map(|&(student, row)| {
            let answers = students.of(row);
            Score { student, ..score_answers(&answers, prior.of(student), spec) }
        })
        .collect();
    Ok(Scores { scores, unscored: students.without_answers })
}

/// Scores one set of answers: item and whether it was right. The student code of the result is 0.
///
/// This is also the update after a session: pass the stored ability and its standard error as the
/// prior, and only the answers given since.
pub fn score_answers(answers: &[(ItemParameters, bool)], prior: Normal, spec: &ScoreSpec) -> Score {
    let estimate = estimate(
        &|nodes| log_likelihoods(answers, nodes),
        &|theta| at_ability(answers, theta),
        prior,
        spec,
    );
    Score {
        student: 0,
        theta: estimate.ok().map(|e| e.0),
        se: estimate.ok().map(|e| e.1),
        n: answers.len() as u32,
        n_right: answers.iter().filter(|(_, right)| *right).count() as u32,
        unbounded: estimate.err(),
    }
}

/// Ability and standard error from the log-likelihood at abilities and its derivatives at one.
pub(crate) fn estimate(
    log_likelihoods: &dyn Fn(&[f64]) -> Vec<f64>,
    at: &dyn Fn(f64) -> AtAbility,
    prior: Normal,
    spec: &ScoreSpec,
) -> Result<(f64, f64), Unbounded> {
    match spec.method {
        ScoreMethod::Eap => {
            let posterior = GridPosterior::of(log_likelihoods, prior, spec.points);
            Ok((posterior.mean, posterior.sd))
        }
        ScoreMethod::Map => Ok(posterior_mode(at, prior)),
        ScoreMethod::Ml => likelihood_root(at, |at| at.score, |at| at.log_likelihood),
        ScoreMethod::Wle => likelihood_root(
            at,
            |at| at.score + 0.5 * at.bias / at.expected.max(f64::MIN_POSITIVE),
            |at| at.log_likelihood + 0.5 * ln(at.expected.max(f64::MIN_POSITIVE)),
        ),
    }
}

/// Grid search for the highest mode, then bisection on the derivative.
fn posterior_mode(at: &dyn Fn(f64) -> AtAbility, prior: Normal) -> (f64, f64) {
    let precision = 1.0 / (prior.sd * prior.sd);
    let slope = |theta: f64| at(theta).score - (theta - prior.mean) * precision;
    let n_steps = (2.0 * RANGE / STEP) as usize;
    let height = |theta: f64| {
        let z = (theta - prior.mean) / prior.sd;
        at(theta).log_likelihood - 0.5 * z * z
    };
    let mut best = (prior.mean, f64::NEG_INFINITY);
    for i in 0..=n_steps {
        let theta = prior.mean + prior.sd * (STEP * i as f64 - RANGE);
        let value = height(theta);
        if value > best.1 {
            best = (theta, value);
        }
    }
    let theta = bisect(best.0 - STEP * prior.sd, best.0 + STEP * prior.sd, slope);
    let information = at(theta).observed + precision;
    (theta, 1.0 / information.sqrt())
}

/// The falling root of `slope` where `height` is largest.
fn likelihood_root(
    at: &dyn Fn(f64) -> AtAbility,
    slope: impl Fn(&AtAbility) -> f64,
    height: impl Fn(&AtAbility) -> f64,
) -> Result<(f64, f64), Unbounded> {
    let n_steps = (2.0 * RANGE / STEP) as usize;
    let theta = |i: usize| STEP * i as f64 - RANGE;
    let slope_at = |theta: f64| slope(&at(theta));
    let height_at = |theta: f64| height(&at(theta));
    let slopes: Vec<f64> = (0..=n_steps).map(|i| slope_at(theta(i))).collect();
    let mut best: Option<(f64, f64)> = None;
    for i in 0..n_steps {
        if slopes[i] > 0.0 && slopes[i + 1] <= 0.0 {
            let root = bisect(theta(i), theta(i + 1), slope_at);
            let value = height_at(root);
            if best.is_none_or(|b| value > b.1) {
                best = Some((root, value));
            }
        }
    }
    let (low, high) = (height_at(-RANGE), height_at(RANGE));
    match best {
        Some((root, value)) if value >= low && value >= high => {
            Ok((root, 1.0 / at(root).expected.sqrt()))
        }
        _ if high > low => Err(Unbounded::Above),
        _ => Err(Unbounded::Below),
    }
}

/// Root of a function that falls through zero between `low` and `high`.
fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const HALVINGS: usize = 60;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

pub(crate) fn check_points(points: usize) -> Result<(), ScoreError> {
    if (11..=1001).contains(&points) { Ok(()) } else { Err(ScoreError::Points { points }) }
}

/// Answers to items with parameters, by student.
pub(crate) struct StudentAnswers<'a> {
    data: &'a Responses<'a>,
    items: &'a [Option<ItemParameters>],
    /// Student code and range of rows, as an index into `ranges`.
    pub(crate) with_answers: Vec<(u32, usize)>,
    pub(crate) without_answers: Vec<UnscoredStudent>,
    ranges: Vec<std::ops::Range<usize>>,
}

impl<'a> StudentAnswers<'a> {
    pub(crate) fn new(
        data: &'a Responses<'a>,
        items: &'a [Option<ItemParameters>],
    ) -> Result<Self, ScoreError> {
        data.validate()?;
        if items.len() != data.n_items {
            return Err(ScoreError::Items { items: items.len(), n_items: data.n_items });
        }
        for (item, parameters) in items.iter().enumerate() {
            if let Some((field, value, required)) =
                parameters.as_ref().and_then(ItemParameters::fault)
            {
                return Err(ScoreError::Parameter { item: item as u32, field, value, required });
            }
        }
        let mut found = Self {
            data,
            items,
            with_answers: Vec::new(),
            without_answers: Vec::new(),
            ranges: Vec::with_capacity(data.n_students),
        };
        let mut row = 0;
        for student in 0..data.n_students as u32 {
            let first = row;
            while row < data.student.len() && data.student[row] == student {
                row += 1;
            }
            let rows = first..row;
            let usable = rows.clone().any(|r| items[data.item[r] as usize].is_some());
            if usable {
                found.with_answers.push((student, found.ranges.len()));
                found.ranges.push(rows);
                continue;
            }
            let reason = if rows.is_empty() {
                UnscoredReason::NoAnswers
            } else {
                UnscoredReason::OnlySkippedItems
            };
            found.without_answers.push(UnscoredStudent { student, reason });
        }
        Ok(found)
    }

    /// Rows of the log with usable answers.
    pub(crate) fn rows(&self, index: usize) -> impl Iterator<Item = (usize, ItemParameters, bool)> {
        self.ranges[index].clone().filter_map(|row| {
            let item = self.items[self.data.item[row] as usize]?;
            Some((row, item, self.data.correct[row] == 1))
        })
    }

    pub(crate) fn of(&self, index: usize) -> Vec<(ItemParameters, bool)> {
        self.rows(index).map(|(_, item, right)| (item, right)).collect()
    }
}
