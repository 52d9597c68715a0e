//! Abilities by topic.

use rayon::prelude::*;
use seedtest_numerics::{exp, square};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::item_parameters::ItemParameters;
use crate::likelihood::log_probability;
use crate::posterior::GridPosterior;
use crate::priors::Normal;
use crate::responses::Responses;
use crate::score::{Prior, StudentAnswers, check_points};
use crate::score_error::ScoreError;

/// How topic abilities are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TopicSpec {
    /// Standard deviation of a student's topic abilities around the student's ability, > 0.
    pub topic_sd: f64,
    /// Nodes of the posterior, 11 to 1 001.
    pub points: usize,
}

impl Default for TopicSpec {
    fn default() -> Self {
        Self { topic_sd: 0.5, points: 61 }
    }
}

/// Ability of one student in one topic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TopicAbility {
    /// Student code.
    pub student: u32,
    /// Topic code.
    pub topic: u32,
    /// Posterior mean.
    pub theta: f64,
    /// Posterior standard deviation.
    pub se: f64,
    /// Answers in the topic.
    pub n: u32,
}

/// EAP per student and topic, with what the student's answers to the other topics say as prior.
///
/// The ability in a topic is θ + δ with δ ~ N(0, `topic_sd`²). The prior of it is the posterior of
/// θ from all answers outside the topic, blurred by δ; so no answer counts twice. `topics` has the
/// codes of every answer: none, one, or several where an item is about several topics; such an answer
/// counts in each of them.
pub fn topic_abilities(
    data: &Responses<'_>,
    topics: &[Vec<u32>],
    items: &[Option<ItemParameters>],
    prior: Prior<'_>,
    spec: &TopicSpec,
) -> Result<Vec<TopicAbility>, ScoreError> {
    check_points(spec.points)?;
    prior.validate(data.n_students)?;
    if topics.len() != data.correct.len() {
        return Err(ScoreError::Topics { topics: topics.len(), answers: data.correct.len() });
    }
    if !(spec.topic_sd.is_finite() && spec.topic_sd > 0.0) {
        return Err(ScoreError::Prior { mean: 0.0, sd: spec.topic_sd });
    }
    let students = StudentAnswers::new(data, items)?;
    let of_student = |&(student, index): &(u32, usize)| {
        let answers: Vec<TopicAnswer<'_>> = students
            .rows(index)
            .map(|(row, item, right)| TopicAnswer { item, right, topics: &topics[row] })
            .collect();
        let seen: BTreeSet<u32> =
            answers.iter().flat_map(|answer| answer.topics).copied().collect();
        let own = |topic: u32| {
            let (own, others) = split(&answers, topic);
            let (theta, se) = topic_posterior(&own, &others, prior.of(student), spec);
            TopicAbility { student, topic, theta, se, n: own.len() as u32 }
        };
        seen.into_iter().map(own).collect::<Vec<_>>()
    };
    Ok(students.with_answers.par_iter().flat_map_iter(of_student).collect())
}

/// An answer with the topics of its item.
struct TopicAnswer<'a> {
    item: ItemParameters,
    right: bool,
    topics: &'a [u32],
}

type Answer = (ItemParameters, bool);

/// Answers in a topic and answers to others, the latter topic by topic: their order decides on the last
/// bits.
fn split(answers: &[TopicAnswer<'_>], topic: u32) -> (Vec<Answer>, Vec<Answer>) {
    let (own, mut others): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.topics.contains(&topic));
    others.sort_by_key(|answer| answer.topics.first().copied().unwrap_or(u32::MAX));
    let plain = |answers: Vec<&TopicAnswer<'_>>| {
        answers.into_iter().map(|answer| (answer.item, answer.right)).collect()
    };
    (plain(own), plain(others))
}

fn topic_posterior(
    own: &[Answer],
    others: &[Answer],
    prior: Normal,
    spec: &TopicSpec,
) -> (f64, f64) {
    let rest = GridPosterior::new(others, prior, spec.points);
    // A kernel narrower than the steps would turn the prior into a comb.
    let blur = spec.topic_sd.max(0.6 * (rest.nodes[1] - rest.nodes[0]));
    // The blurred prior reaches beyond the posterior of the rest.
    let spread = (rest.sd * rest.sd + blur * blur).sqrt();
    let last = (spec.points - 1) as f64;
    let nodes: Vec<f64> = (0..spec.points)
        .map(|i| rest.mean + 6.0 * spread * (2.0 * i as f64 / last - 1.0))
        .collect();
    let log_density = nodes.iter().map(|&x| {
        let blurred: f64 = rest
            .nodes
            .iter()
            .zip(&rest.probability)
            .map(|(theta, p)| p * exp(-0.5 * square((x - theta) / blur)))
            .sum();
        seedtest_numerics::ln(blurred.max(f64::MIN_POSITIVE))
            + own.iter().map(|(item, right)| log_probability(item, *right, x)).sum::<f64>()
    });
    let posterior = GridPosterior::normalised(nodes.clone(), log_density.collect());
    (posterior.mean, posterior.sd)
}
