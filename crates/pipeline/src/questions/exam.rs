//! What one exam says of its student.

use std::collections::BTreeMap;

use chrono::Duration;
use seedtest_irt::{ItemParameters, ScoreSpec, score_answers};
use seedtest_kpi::Theta;
use seedtest_report::{Advice, Lang, ability_level, empirical_percentile, topic_advice};
use seedtest_store::{ExamItem, ExamResult, Store};
use seedtest_wire::{
    BenchmarkJson, ExamAbilityJson, ExamAnalysisReport, RecommendationJson, TopicInsightJson,
};
use serde_json::Value;

use super::exam_forecast::{ExamGoals, forecast};
use crate::calendar::end_of;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{StoredThetas, ThetaHistory};
use crate::items::{Populations, item_parameters, with_question_bank};
use crate::scores::Targets;

/// Share of right answers from which a topic is a strength.
const STRENGTH: f64 = 0.75;
/// Share of right answers below which a topic needs work.
const WEAKNESS: f64 = 0.6;

/// What is asked of an exam.
#[derive(Debug, Clone, Copy)]
pub struct ExamQuestion<'a> {
    /// Scores to reach, A·θ + B.
    pub targets: &'a [f64],
    /// Weeks in which they are to be reached, 1 or more each.
    pub horizons: &'a [u32],
    /// Language of the advice.
    pub lang: Lang,
}

/// What the result of a session says of its student: ability, topics, advice, where scores go, where
/// the student stands.
///
/// # Errors
/// When the database refuses.
pub async fn exam_analysis(
    store: &Store,
    clock: Clock,
    targets: &Targets,
    exam: &ExamResult,
    question: &ExamQuestion<'_>,
) -> Result<ExamAnalysisReport, Error> {
    let answers = exam.answers();
    let ability = ability(store, clock, exam, &answers).await?;
    let topic_insights = insights(&answers);
    let forecast = match &exam.user_id {
        Some(user_id) => {
            let goals = ExamGoals { targets: question.targets, horizons: question.horizons };
            forecast(store, clock, targets, user_id, goals).await?
        }
        None => None,
    };
    Ok(ExamAnalysisReport {
        benchmark: match &ability {
            Some(ability) => benchmark(store, ability.theta, question.lang).await?,
            None => None,
        },
        recommendations: advice(&topic_insights, question.lang)?,
        ability,
        topic_insights,
        forecast,
    })
}

/// From the answers of the exam where their items are calibrated, else as the platform says in the
/// result, else the newest one.
async fn ability(
    store: &Store,
    clock: Clock,
    exam: &ExamResult,
    answers: &[ExamItem],
) -> Result<Option<ExamAbilityJson>, Error> {
    if let Some(Theta { theta, se }) = of_answers(store, clock, exam, answers).await? {
        return Ok(Some(ExamAbilityJson { theta, standard_error: se, method: "eap".into() }));
    }
    let number = |key: &str| exam.result_json.get(key).and_then(Value::as_f64);
    if let Some(theta) = number("ability_estimate") {
        let standard_error = number("standard_error").filter(|&se| se > 0.0);
        return Ok(Some(ExamAbilityJson { theta, standard_error, method: "platform".into() }));
    }
    let Some(user_id) = &exam.user_id else { return Ok(None) };
    let zone = store.time_zone();
    let end = end_of(zone, clock.today(zone));
    let stored = StoredThetas::of_student(store, user_id, end).await?;
    let newest = ThetaHistory::new(&stored).newest_before(user_id, end.timestamp_micros());
    Ok(newest.map(|fitted| ExamAbilityJson {
        theta: fitted.theta.theta,
        standard_error: fitted.theta.se,
        method: "stored".into(),
    }))
}

/// Expectation a posteriori from the answers to calibrated items; `None` without any.
async fn of_answers(
    store: &Store,
    clock: Clock,
    exam: &ExamResult,
    answers: &[ExamItem],
) -> Result<Option<Theta>, Error> {
    let mut params = item_parameters(&store.latest_item_params().await?);
    with_question_bank(&mut params, &store.question_items().await?);
    let scored: Vec<(ItemParameters, bool)> = answers
        .iter()
        .filter_map(|answer| Some((*params.get(&answer.item_id)?, answer.correct?)))
        .collect();
    if scored.is_empty() {
        return Ok(None);
    }
    let now = clock.now();
    let meta = store.fit_meta_before(now + Duration::microseconds(1)).await?;
    let populations = Populations::load(store, meta.as_ref(), now).await?;
    let (prior, _) = populations.of(exam.user_id.as_deref().unwrap_or_default());
    let score = score_answers(&scored, prior, &ScoreSpec::default());
    Ok(score.theta.map(|theta| Theta { theta, se: score.se }))
}

/// Right answers by topic, by name; answers of unknown correctness or topic do not count.
fn insights(answers: &[ExamItem]) -> Vec<TopicInsightJson> {
    let mut topics: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for answer in answers {
        let Some((topic, correct)) = answer.topic_id.as_deref().zip(answer.correct) else {
            continue;
        };
        let (right, total) = topics.entry(topic).or_default();
        *total += 1;
        *right += u32::from(correct);
    }
    let insight = |(topic, (correct, total)): (&str, (u32, u32))| {
        let accuracy = f64::from(correct) / f64::from(total);
        let strength = accuracy >= STRENGTH;
        TopicInsightJson { topic: topic.to_string(), accuracy, correct, total, strength }
    };
    topics.into_iter().map(insight).collect()
}

/// Topics that need work, the weakest first, then the strengths.
fn advice(topics: &[TopicInsightJson], lang: Lang) -> Result<Vec<RecommendationJson>, Error> {
    let mut sorted: Vec<&TopicInsightJson> = topics.iter().collect();
    sorted.sort_by(|a, b| a.accuracy.total_cmp(&b.accuracy).then_with(|| a.topic.cmp(&b.topic)));
    let mut all = Vec::new();
    for topic in sorted {
        let (advice, kind) = match topic.accuracy {
            share if share < WEAKNESS => (Advice::Practise, "practise"),
            share if share >= STRENGTH => (Advice::Strength, "strength"),
            _ => continue,
        };
        let message = topic_advice(advice, &topic.topic, topic.correct, topic.total, lang)?;
        let topic = topic.topic.clone();
        all.push(RecommendationJson { topic, message, kind: kind.into() });
    }
    Ok(all)
}

/// Among the newest abilities of all students; `None` where there is no other.
async fn benchmark(store: &Store, theta: f64, lang: Lang) -> Result<Option<BenchmarkJson>, Error> {
    let all = store.latest_abilities().await?;
    let thetas: Vec<f64> = all.into_iter().map(|row| row.theta).collect();
    if thetas.len() < 2 {
        return Ok(None);
    }
    let Some(rank) = empirical_percentile(theta, &thetas) else { return Ok(None) };
    Ok(Some(BenchmarkJson { percentile: 100.0 * rank, label: ability_level(theta, lang)? }))
}
