//! The chance of a student to reach a goal.

use chrono::NaiveDate;
use seedtest_kpi::Missing;
use seedtest_store::Store;

use super::trajectory::{GoalScope, GrowthLine, Trajectory, by_ability};
use crate::clock::Clock;
use crate::error::Error;
use crate::scores::Targets;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoalQuestion<'a> {
    /// Canonical text id of the student.
    pub user_id: &'a str,
    /// Exam or topic whose answers count; `None` = all answers.
    pub subject_id: Option<&'a str>,
    /// Score to reach, on the scale of `METRICS_TARGET_SCALE`.
    pub target: f64,
    /// Day it is to be reached on.
    pub date: NaiveDate,
}

/// How likely a goal is.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalAttainment {
    /// Probability in 0..1, or why there is none.
    pub probability: Result<f64, Missing>,
    /// What the growth model says; `None` where the ability as it is had to do.
    pub posterior: Option<GoalPosterior>,
    /// What to know about the numbers.
    pub warnings: Vec<String>,
}

/// What the posterior of the growth model says of the goal.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalPosterior {
    /// The fit.
    pub run_id: String,
    /// 95 % credible interval of the probability.
    pub interval: [f64; 2],
    /// Its posterior standard deviation.
    pub uncertainty: f64,
    /// Whose answers it rests on.
    pub scope: GoalScope,
}

/// The probability of one student to reach a score in the week of a day.
///
/// From the newest growth fit and the student's own weekly scores up to now; without such a fit or
/// without scores, from the newest ability by the Normal approximation, which knows no growth. Which
/// of them, and why, is said.
///
/// # Errors
/// When the database refuses.
pub async fn goal_attainment(
    store: &Store,
    clock: Clock,
    targets: &Targets,
    question: &GoalQuestion<'_>,
) -> Result<GoalAttainment, Error> {
    let GoalQuestion { user_id, subject_id, .. } = *question;
    match Trajectory::load(store, clock, user_id, subject_id).await? {
        Trajectory::Growth(line) => of_line(&line, question, targets),
        Trajectory::Ability(ability, why) => {
            // A share of right answers is no ability.
            let ability = ability.filter(|_| !targets.are_accuracies());
            Ok(GoalAttainment {
                probability: by_ability(ability, targets.goal_of(question.target)),
                posterior: None,
                warnings: vec![format!("{why}: the ability is taken to stay as it is")],
            })
        }
    }
}

fn of_line(
    line: &GrowthLine,
    question: &GoalQuestion<'_>,
    targets: &Targets,
) -> Result<GoalAttainment, Error> {
    let found = line.predict(line.scale().target_of(question.target, targets), question.date)?;
    let mut warnings = Vec::new();
    if question.subject_id.is_some() && line.scope == GoalScope::All {
        warnings.push("no answers with this subject: those of all subjects count".to_string());
    }
    let ahead = line.weeks_ahead(question.date);
    if ahead > line.span().max(1.0) {
        warnings.push(format!(
            "the goal lies {ahead:.0} weeks after the last score: growth is taken to go on as it did"
        ));
    }
    Ok(GoalAttainment {
        probability: Ok(found.probability),
        posterior: Some(GoalPosterior {
            run_id: line.run_id().to_string(),
            interval: [found.lower, found.upper],
            uncertainty: found.uncertainty,
            scope: line.scope,
        }),
        warnings,
    })
}
