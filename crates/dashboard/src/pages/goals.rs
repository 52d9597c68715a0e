//! What a student, or every student of a class, wants to reach.

use std::ops::RangeInclusive;

use axum::extract::{Path, State};
use chrono::NaiveDate;
use seedtest_report::TopicScore;
use seedtest_store::{InterestGoal, OverviewKind, ViewedStudents};
use serde::Serialize;

use super::names::Names;
use super::student_form::StudentForm;
use super::views::student_path;
use crate::fields::Fields;
use crate::refusal::{PageResult, Refusal};
use crate::render::{see_other, segment};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Longest id of a topic.
const LONGEST_TOPIC: usize = 200;
/// Scores and abilities that can be a goal.
const SCORES: RangeInclusive<f64> = 0.0..=1_000.0;
const LEVELS: RangeInclusive<f64> = -10.0..=10.0;

/// A topic to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Topic {
    id: String,
    name: String,
}

/// The topics that a form offers, by name.
pub(crate) fn topics(of: &[TopicScore], names: &Names) -> Vec<Topic> {
    let topic =
        |topic: &TopicScore| Topic { id: topic.topic.clone(), name: names.of(&topic.topic) };
    let mut all: Vec<Topic> = of.iter().map(topic).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    all
}

/// What a form says: a goal, or that there is to be none.
#[derive(Debug, Clone, PartialEq)]
enum Wish {
    Set(InterestGoal),
    Forget(String),
}

impl Wish {
    fn read(fields: &Fields) -> PageResult<Self> {
        let topic = fields.text("topic").filter(|topic| topic.len() <= LONGEST_TOPIC);
        let topic_id = topic.ok_or_else(|| Refusal::invalid("topic", "goal.no_topic"))?.to_owned();
        if fields.get("do") == Some("forget") {
            return Ok(Self::Forget(topic_id));
        }
        let score = target(fields, "target_score", SCORES, "goal.no_score")?;
        let level = target(fields, "target_level", LEVELS, "goal.no_level")?;
        if score.is_none() && level.is_none() {
            return Err(Refusal::invalid("target_score", "goal.no_target"));
        }
        let date = fields.text("target_date").map(str::parse::<NaiveDate>).transpose();
        let date = date.map_err(|_| Refusal::invalid("target_date", "goal.no_date"))?;
        Ok(Self::Set(InterestGoal {
            topic_id,
            subject_id: None,
            target_level: level,
            target_score: score,
            target_date: date,
            priority: None,
        }))
    }
}

/// A number to reach, where the form says one.
fn target(
    fields: &Fields,
    name: &'static str,
    within: RangeInclusive<f64>,
    word: &'static str,
) -> PageResult<Option<f64>> {
    let Some(text) = fields.text(name) else { return Ok(None) };
    let number = text.parse().ok().filter(|number| within.contains(number));
    number.map(Some).ok_or_else(|| Refusal::invalid(name, word))
}

pub(crate) async fn of_student(form: StudentForm) -> PageResult {
    let StudentForm { dashboard, user_id, fields, .. } = form;
    let wish = Wish::read(&fields)?;
    write(&dashboard, std::slice::from_ref(&user_id), &wish).await?;
    Ok(see_other(&format!("{}#goals", student_path(&user_id))))
}

pub(crate) async fn of_class(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(class_id): Path<String>,
    fields: Fields,
) -> PageResult {
    let store = &dashboard.store;
    let class = visitor.class(store, &class_id).await?;
    let wish = Wish::read(&fields)?;
    let which = ViewedStudents::Class(&class.class_id);
    let weeks = store.overview_weeks(OverviewKind::Class, &class.class_id, 1).await?;
    let week = weeks.first().copied().ok_or_else(Refusal::not_found)?;
    let users = store.viewed_students(week, which).await?;
    for user in &users {
        visitor.about_student(user);
    }
    write(&dashboard, &users, &wish).await?;
    Ok(see_other(&format!("/classes/{}?goals={}#goals", segment(&class.class_id), users.len())))
}

/// All of them or none.
async fn write(dashboard: &Dashboard, users: &[String], wish: &Wish) -> PageResult<()> {
    let mut tx = dashboard.store.begin().await?;
    for user in users {
        match wish {
            Wish::Set(goal) => tx.set_interest_goal(user, goal, dashboard.clock.now()).await?,
            Wish::Forget(topic) => {
                tx.forget_interest_goal(user, topic).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> PageResult<Wish> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Wish::read(&Fields(pairs.collect()))
    }

    #[test]
    fn a_goal_has_a_topic_a_score_or_an_ability_and_maybe_a_day() {
        let whole = [("topic", "t1"), ("target_score", "80"), ("target_date", "2025-12-19")];
        let Ok(Wish::Set(goal)) = read(&whole) else { panic!("no goal") };
        assert_eq!((goal.target_score, goal.target_date), (Some(80.0), "2025-12-19".parse().ok()));
        let Ok(Wish::Set(goal)) = read(&whole[..2]) else { panic!("no goal") };
        assert_eq!(goal.target_date, None);
        let level = [("topic", "t1"), ("target_score", " "), ("target_level", "-0.5")];
        let Ok(Wish::Set(goal)) = read(&level) else { panic!("no goal") };
        assert_eq!((goal.target_score, goal.target_level), (None, Some(-0.5)));
        assert_eq!(read(&[("topic", "t1"), ("do", "forget")]), Ok(Wish::Forget("t1".into())));
        for (bad, word) in [
            (&[("target_score", "80")][..], "goal.no_topic"),
            (&[("topic", "t1")], "goal.no_target"),
            (&[("topic", "t1"), ("target_score", "80"), ("target_level", "11")], "goal.no_level"),
            (&[("topic", "t1"), ("target_level", "inf")], "goal.no_level"),
            (&[("topic", "t1"), ("target_score", "NaN")], "goal.no_score"),
            (&[("topic", "t1"), ("target_score", "-1")], "goal.no_score"),
            (&[("topic", "t1"), ("target_score", "8"), ("target_date", "x")], "goal.no_date"),
        ] {
            assert_eq!(read(bad).unwrap_err().word, word);
        }
    }
}
