//! The report of one student.

use std::collections::BTreeSet;

use seedtest_kpi::{SlopeUnit, WeeklyKpis, daily_activity, rows_in};
use seedtest_report::{
    DayActivity, FEWEST, GoalChance, GoalUnit, Group, Lang, Month, Standing, StudentReport,
    TopicScore, Warning, WeekScore, WeeklySlope, empirical_percentile,
};

use super::churn::churn_detail;
use super::class::middle;
use super::goal::{goal_chance, own_goal};
use super::growth::growth_curve;
use super::kpi_cards::Z95;
use super::material::Material;
use super::operator::{linking_constants, survival_curve};
use super::segment::segment_detail;
use super::span::Span;

const FEW_ANSWERS: u32 = 10;

/// The report of one student.
pub(super) fn student_report(material: &Material, user_id: &str, lang: Lang) -> StudentReport {
    let empty = WeeklyKpis::unknown();
    let kpis = material.kpis.get(user_id).unwrap_or(&empty);
    let ability = material.abilities.get(user_id).cloned().unwrap_or_default();
    let log = &material.log;
    let code = log.student_code(user_id);
    let month = code.map_or(0..0, |code| rows_in(log, code, material.month()));
    let items: BTreeSet<u32> = month.clone().map(|row| log.item()[row]).collect();
    let difficulties: Vec<f64> = items
        .iter()
        .filter_map(|&item| material.items.get(&*log.items()[item as usize]))
        .filter_map(|item| middle(&item.params["b"]))
        .collect();
    let class = material.people.class_of(user_id);
    let history = material.kpi_history.get(user_id).map_or(&[][..], Vec::as_slice);
    let goal = goal_chance(kpis, history, material.growth_fit.as_ref(), log.time_zone());
    let growth = growth_curve(material, user_id, share_of(goal.as_ref()));
    StudentReport {
        user_id: user_id.to_string(),
        display_name: material.people.name(user_id),
        class: class.cloned(),
        class_file: None,
        week_start: material.week,
        month: month_of(material.span),
        generated_at: material.generated_at.clone(),
        kpis: material.cards(kpis, user_id),
        churn: churn_detail(kpis, material.churn.get(user_id)),
        standing: standing(material, user_id),
        ability,
        weekly_accuracy: weeks(material, user_id),
        weekly_slope: weekly_slope(kpis),
        topics: topics(material, user_id, lang),
        daily: daily_activity(log, month.clone())
            .into_iter()
            .map(|(date, day)| DayActivity {
                date,
                attempts: day.answers,
                minutes: day.time_ms.map(|ms| ms as f64 / 60_000.0),
            })
            .collect(),
        goal,
        own_goals: material
            .own_goals
            .get(user_id)
            .into_iter()
            .flatten()
            .map(|goal| own_goal(goal, material.people.topic(&goal.topic_id, lang)))
            .collect(),
        growth,
        survival: survival_curve(material.survival_fit.as_ref()),
        forecast: material.forecast.clone(),
        segment: segment_detail(material.segments.get(user_id), material.segment_run.as_ref()),
        linking: linking_constants(material.calibration.as_ref()),
        warnings: warnings(material, user_id, month, items.len() - difficulties.len()),
        item_difficulty: difficulties,
        provenance: material.provenance.clone(),
    }
}

/// The month a report is about.
fn month_of(span: Span) -> Option<Month> {
    let Span::Month(first_day) = span else { return None };
    Some(Month { first_day, first_week: span.first_monday() })
}

/// A goal that is a share of right answers.
fn share_of(goal: Option<&GoalChance>) -> Option<f64> {
    let target = goal.map(|goal| goal.target)?;
    (target.unit == GoalUnit::RightShare).then_some(target.value)
}

/// Where the ability stands: in the class, where it is large enough to speak of; else in the school;
/// else among everybody.
fn standing(material: &Material, user_id: &str) -> Option<Standing> {
    let theta = material.theta(user_id)?;
    let class = material.people.class_of(user_id);
    let place = |thetas: &[f64], group| {
        let below = empirical_percentile(theta, thetas)?;
        Some(Standing { below, n: thetas.len() as u32, group })
    };
    if let Some(class) = class {
        let of = material.thetas.classes.get(&class.id).map_or(&[][..], Vec::as_slice);
        if of.len() >= FEWEST as usize {
            return place(of, Group::Class(class.name.clone()));
        }
        let school_id = material.people.school_of(&class.id);
        if let Some((school, id)) = class.school.as_ref().zip(school_id) {
            let of = material.thetas.schools.get(id).map_or(&[][..], Vec::as_slice);
            return place(of, Group::School(school.clone()));
        }
    }
    place(&material.thetas.everyone, Group::Everyone)
}

/// The weeks of a student beside those of the class, or of everybody where there is none.
fn weeks(material: &Material, user_id: &str) -> Vec<WeekScore> {
    let Some(own) = material.sums_of(user_id) else { return Vec::new() };
    let group = material.weeks_of(material.people.class_of(user_id).map(|class| class.id.as_str()));
    own.weeks
        .iter()
        .map(|(&week_start, &(right, n))| WeekScore {
            week_start,
            n,
            right,
            mean: None,
            group: group.get(&week_start).map(|sum| sum.mean),
        })
        .collect()
}

pub(super) fn topics(material: &Material, user_id: &str, lang: Lang) -> Vec<TopicScore> {
    let name = |topic: u32| material.people.topic(&material.log.topics()[topic as usize], lang);
    let score = |(&topic, &(right, n)): (&u32, &(u32, u32))| TopicScore {
        topic: name(topic),
        n,
        right,
        mean: None,
        ability: None,
    };
    material.sums_of(user_id).into_iter().flat_map(|sums| sums.topics.iter().map(score)).collect()
}

/// The slope of the row with its interval, where it is one of shares.
fn weekly_slope(kpis: &WeeklyKpis) -> Option<WeeklySlope> {
    let slope = kpis.slope.as_ref().filter(|slope| slope.unit == Some(SlopeUnit::Accuracy))?;
    let half = Z95 * slope.se?;
    Some(WeeklySlope { value: slope.slope, lower: slope.slope - half, upper: slope.slope + half })
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
