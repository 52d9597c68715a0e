//! The report of one student.

use std::collections::BTreeSet;

use seedtest_kpi::{
    SlopeUnit, WeeklyKpis, daily_activity, rows_in, topic_accuracy, weekly_accuracy,
};
use seedtest_report::{
    DayActivity, StudentReport, TopicScore, Warning, WeekScore, WeeklySlope, empirical_percentile,
};

use super::churn::churn_detail;
use super::kpi_cards::{Z95, cards};
use super::material::Material;
use super::segment::segment_detail;

const FEW_ANSWERS: u32 = 10;

/// The report of one student.
pub(super) fn student_report(material: &Material, user_id: &str) -> StudentReport {
    let empty = WeeklyKpis::unknown();
    let kpis = material.kpis.get(user_id).unwrap_or(&empty);
    let ability = material.abilities.get(user_id).cloned().unwrap_or_default();
    let log = &material.log;
    let code = log.student_code(user_id);
    let month = code.map_or(0..0, |code| rows_in(log, code, material.month()));
    let term = code.map_or(0..0, |code| rows_in(log, code, material.accuracy_window()));
    let items: BTreeSet<u32> = month.clone().map(|row| log.item()[row]).collect();
    let difficulties: Vec<f64> = items
        .iter()
        .filter_map(|&item| material.items.get(&*log.items()[item as usize]))
        .filter_map(|params| params.params.get("b")?.as_f64())
        .collect();
    StudentReport {
        user_id: user_id.to_string(),
        display_name: None,
        week_start: material.week,
        generated_at: material.generated_at.clone(),
        kpis: cards(kpis, material.kpis_before.get(user_id)),
        churn: churn_detail(kpis, material.churn.get(user_id)),
        ability_percentile: ability
            .last()
            .and_then(|point| empirical_percentile(point.theta, &material.class_thetas)),
        ability,
        class_size: material.class_thetas.len() as u32,
        weekly_accuracy: weekly_accuracy(log, term)
            .into_iter()
            .map(|(week_start, score)| WeekScore { week_start, n: score.n, right: score.right })
            .collect(),
        weekly_slope: weekly_slope(kpis),
        topics: topics(material, month.clone()),
        daily: daily_activity(log, month.clone())
            .into_iter()
            .map(|(date, day)| DayActivity {
                date,
                attempts: day.answers,
                minutes: day.time_ms.map(|ms| ms as f64 / 60_000.0),
            })
            .collect(),
        forecast: material.forecast.clone(),
        segment: segment_detail(material.segments.get(user_id), material.segment_run.as_ref()),
        warnings: warnings(material, user_id, month, items.len() - difficulties.len()),
        item_difficulty: difficulties,
        provenance: material.provenance.clone(),
    }
}

/// The slope of the row with its interval, where it is one of shares.
fn weekly_slope(kpis: &WeeklyKpis) -> Option<WeeklySlope> {
    let slope = kpis.slope.as_ref().filter(|slope| slope.unit == Some(SlopeUnit::Accuracy))?;
    let half = Z95 * slope.se?;
    Some(WeeklySlope { value: slope.slope, lower: slope.slope - half, upper: slope.slope + half })
}

pub(super) fn topics(material: &Material, rows: std::ops::Range<usize>) -> Vec<TopicScore> {
    topic_accuracy(&material.log, rows)
        .into_iter()
        .map(|(topic, score)| TopicScore {
            topic: material.log.topics()[topic as usize].to_string(),
            n: score.n,
            right: score.right,
            ability: None,
        })
        .collect()
}

fn warnings(
    material: &Material,
    user_id: &str,
    month: std::ops::Range<usize>,
    unscored: usize,
) -> Vec<Warning> {
    let log = &material.log;
    let known: Vec<bool> = month
        .filter(|&row| !log.is_retag(row))
        .filter_map(|row| log.outcome()[row].correct())
        .collect();
    let n = known.len() as u32;
    let right = known.iter().filter(|&&correct| correct).count() as u32;
    let mut warnings = Vec::new();
    let behind = material.n_answers.get(user_id).copied();
    warnings.extend(behind.filter(|&n| n < FEW_ANSWERS).map(|n| Warning::FewAnswers { n }));
    if n > 0 && right == n {
        warnings.push(Warning::AllRight { n });
    }
    if n > 0 && right == 0 {
        warnings.push(Warning::AllWrong { n });
    }
    if unscored > 0 && material.provenance.is_some() {
        warnings.push(Warning::UnscoredItems { n: unscored as u32 });
    }
    warnings
}
