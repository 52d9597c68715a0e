//! Abilities from known category curves.

use rayon::prelude::*;
use seedtest_numerics::exp;
use serde::{Deserialize, Serialize};

use super::curve::{AtCategory, log_probability};
use super::curves::CategoryCurves;
use super::error::Error;
use super::model::ItemModel;
use super::responses::Responses;
use super::result::ItemFit;
use crate::likelihood::AtAbility;
use crate::priors::Normal;
use crate::result::{UnscoredReason, UnscoredStudent};
use crate::score::{Prior, ScoreSpec, Unbounded, check_points, estimate};
use crate::score_error::ScoreError;

/// An item with known curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownItem {
    /// Its curves.
    pub curves: CategoryCurves,
    /// Scores that the categories stand for, increasing.
    pub scores: Vec<u8>,
    /// Its model.
    pub model: ItemModel,
}

impl KnownItem {
    /// The category of a score. A score that the calibration has not seen stands for the category below it, or
    /// for the lowest; of nominal categories for none.
    pub fn category(&self, score: u8) -> Option<usize> {
        match self.scores.binary_search(&score) {
            Ok(category) => Some(category),
            Err(_) if !self.model.is_ordered() => None,
            Err(above) => Some(above.saturating_sub(1)),
        }
    }

    /// Whether the calibration has seen the score.
    pub fn has_seen(&self, score: u8) -> bool {
        self.scores.binary_search(&score).is_ok()
    }

    /// What is wrong with curves or scores, if anything.
    pub fn fault(&self) -> Option<String> {
        let n = self.curves.n_categories();
        if self.scores.len() != n {
            return Some(format!("{} scores for {n} categories", self.scores.len()));
        }
        if self.scores.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Some(format!("the scores {:?} do not increase", self.scores));
        }
        self.curves.fault()
    }
}

impl From<&ItemFit> for KnownItem {
    fn from(item: &ItemFit) -> Self {
        let scores = item.categories.iter().map(|category| category.score).collect();
        Self { curves: item.curves.clone(), scores, model: item.model }
    }
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
    /// Sum of their scores.
    pub sum: u32,
    /// Answers with a score that the calibration has not seen: in the category below, left out of nominal items.
    pub unseen: u32,
    /// Why there is no ability.
    pub unbounded: Option<Unbounded>,
}

/// Abilities of the students of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Students with a usable answer, by student code.
    pub scores: Vec<Score>,
    /// The others.
    pub unscored: Vec<UnscoredStudent>,
}

/// One answer: the curves of its item and the category.
pub(crate) type Answer<'a> = (&'a CategoryCurves, usize);

/// Scores every student of `data` with known curves, `None` for items without.
pub fn score(
    data: &Responses<'_>,
    items: &[Option<KnownItem>],
    prior: Prior<'_>,
    spec: &ScoreSpec,
) -> Result<Scores, ScoreError> {
    check_points(spec.points)?;
    prior.validate(data.n_students)?;
    let students = Students::new(data, items)?;
    let scores = students
        .with_answers
        .par_iter()
        .map(|of| {
            let rows = of.rows.clone();
            let answers: Vec<Answer<'_>> = students.answers(rows.clone()).collect();
            let unseen = rows.clone().filter(|row| students.is_unseen(*row)).count() as u32;
            let sum = rows.filter(|row| students.answer(*row).is_some());
            let sum = sum.map(|row| u32::from(data.score[row])).sum();
            let estimate = estimate_ability(&answers, prior.of(of.student), spec);
            Score {
                student: of.student,
                theta: estimate.ok().map(|e| e.0),
                se: estimate.ok().map(|e| e.1),
                n: answers.len() as u32,
                sum,
                unseen,
                unbounded: estimate.err(),
            }
        })
        .collect();
    Ok(Scores { scores, unscored: students.without_answers })
}

/// Ability and standard error from one set of answers: curves and category, from 0, of each.
///
/// # Errors
/// Where the likelihood has no maximum, the direction in which it grows.
pub fn estimate_ability(
    answers: &[(&CategoryCurves, usize)],
    prior: Normal,
    spec: &ScoreSpec,
) -> Result<(f64, f64), Unbounded> {
    estimate(
        &|nodes| log_likelihoods(answers, nodes),
        &|theta| at_ability(answers, theta),
        prior,
        spec,
    )
}

pub(crate) fn log_likelihoods(answers: &[Answer<'_>], nodes: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; nodes.len()];
    for (curves, category) in answers {
        let curve = curves.curve();
        for (sum, theta) in sums.iter_mut().zip(nodes) {
            *sum += log_probability(&curve, *category, *theta);
        }
    }
    sums
}

/// Fisher information is Σ P'²/P, and the bias term of Warm (1989) Σ P'P''/P over all categories.
fn at_ability(answers: &[Answer<'_>], theta: f64) -> AtAbility {
    let mut sum = AtAbility::default();
    let mut at = Vec::new();
    for (curves, category) in answers {
        at.clear();
        at.resize(curves.n_categories(), AtCategory::default());
        curves.curve().by_ability(theta, &mut at);
        let own = at[*category];
        sum.log_likelihood += own.log_p;
        sum.score += own.first;
        sum.observed -= own.second;
        for of in &at {
            let p = exp(of.log_p);
            sum.expected += p * of.first * of.first;
            sum.bias += p * of.first * (of.second + of.first * of.first);
        }
    }
    sum
}

/// A student with a usable answer.
pub(crate) struct StudentRows {
    pub(crate) student: u32,
    pub(crate) rows: std::ops::Range<usize>,
}

/// Answers to items with curves, by student.
pub(crate) struct Students<'a> {
    data: &'a Responses<'a>,
    items: &'a [Option<KnownItem>],
    pub(crate) with_answers: Vec<StudentRows>,
    pub(crate) without_answers: Vec<UnscoredStudent>,
}

impl<'a> Students<'a> {
    pub(crate) fn new(
        data: &'a Responses<'a>,
        items: &'a [Option<KnownItem>],
    ) -> Result<Self, ScoreError> {
        data.validate().map_err(|error| match error {
            Error::Calibration(error) => ScoreError::Responses(error),
            other => ScoreError::Categories(Box::new(other)),
        })?;
        if items.len() != data.n_items {
            return Err(ScoreError::Items { items: items.len(), n_items: data.n_items });
        }
        for (item, known) in (0u32..).zip(items) {
            if let Some(what) = known.as_ref().and_then(KnownItem::fault) {
                return Err(ScoreError::Categories(Box::new(Error::Anchor { item, what })));
            }
        }
        let mut found = Self { data, items, with_answers: Vec::new(), without_answers: Vec::new() };
        let mut row = 0;
        for student in 0..data.n_students as u32 {
            let first = row;
            while data.student.get(row) == Some(&student) {
                row += 1;
            }
            let rows = first..row;
            if rows.clone().any(|row| found.answer(row).is_some()) {
                found.with_answers.push(StudentRows { student, rows });
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

    /// The answer in a row, if its item has curves and its score a category.
    pub(crate) fn answer(&self, row: usize) -> Option<Answer<'a>> {
        let item = self.items[self.data.item[row] as usize].as_ref()?;
        Some((&item.curves, item.category(self.data.score[row])?))
    }

    fn is_unseen(&self, row: usize) -> bool {
        let item = self.items[self.data.item[row] as usize].as_ref();
        item.is_some_and(|item| !item.has_seen(self.data.score[row]))
    }

    pub(crate) fn answers(
        &self,
        rows: std::ops::Range<usize>,
    ) -> impl Iterator<Item = Answer<'a>> + '_ {
        rows.filter_map(|row| self.answer(row))
    }
}
