//! A student: what the report says, with the goals and the notes as they stand now, and the weeks before.

use axum::extract::{Path, State};
use seedtest_pipeline::student_goals;
use seedtest_report::{KpiKind, StudentReport, StudentRow, percent};
use seedtest_store::{StudentNote, StudentView};
use serde::Serialize;

use super::class::Told;
use super::export::{Cell, Export};
use super::goals::{Topic, topics};
use super::names::Names;
use super::render;
use super::views::{document, shown_at, student_path};
use crate::refusal::{PageResult, Refusal};
use crate::render::segment;
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Weeks of the history, and most notes.
const MOST_WEEKS: u32 = 53;
const MOST_NOTES: u32 = 100;

/// What the template of a student knows.
#[derive(Serialize)]
struct Context {
    name: String,
    path: String,
    class: Option<Way>,
    first: String,
    rest: String,
    about: String,
    computed_at: String,
    is_staff: bool,
    goals: Vec<Goal>,
    topics: Vec<Topic>,
    notes: Vec<Told>,
    weeks: Vec<Week>,
}

#[derive(Serialize)]
struct Way {
    name: String,
    path: String,
}

#[derive(Serialize)]
struct Goal {
    topic: String,
    id: String,
    score: Option<f64>,
    level: Option<f64>,
    date: Option<String>,
}

/// A week of the history.
#[derive(Serialize)]
struct Week {
    monday: String,
    answers: u32,
    right: u32,
    share: Option<String>,
    days: Option<u32>,
    ability: Option<String>,
}

#[derive(Serialize)]
struct NoStudent {
    name: String,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(user_id): Path<String>,
) -> PageResult {
    let store = &dashboard.store;
    let user_id = visitor.student(store, &user_id).await?;
    let Some(view) = store.student_view(&user_id).await? else {
        if !store.knows_student(&user_id).await? {
            return Err(Refusal::not_found());
        }
        return render(&dashboard, &visitor, "no_student.html", &NoStudent { name: user_id });
    };
    let stored: StudentReport = document(view.report.ok_or_else(Refusal::not_found)?)?;
    let names = Names::of_topics(store, visitor.lang()).await?;
    let is_staff = visitor.person()?.role.is_staff();
    let offered = topics(&stored.topics, &names);
    let own_goals = student_goals(store, &user_id).await?;
    let mut report = names.student(StudentReport { own_goals, ..stored });
    let shows_risk = visitor.may_see_risk();
    if !shows_risk {
        report = report.without_risk();
    }
    let parts = dashboard.voices.of(visitor.lang()).student_parts(&report, shows_risk);
    let parts = parts.map_err(|error| Refusal::internal(&error))?;
    let name = report.display_name.clone().unwrap_or_else(|| user_id.clone());
    let notes =
        if is_staff { store.student_notes(&user_id, MOST_NOTES).await? } else { Vec::new() };
    let class = report.class.as_ref().filter(|_| is_staff);
    let shown = Context {
        path: student_path(&user_id),
        class: class.map(|class| Way {
            name: class.name.clone(),
            path: format!("/classes/{}", segment(&class.id)),
        }),
        first: parts.first,
        rest: parts.rest,
        about: parts.about,
        computed_at: shown_at(&dashboard.store, view.computed_at),
        is_staff,
        goals: goals(&dashboard, &user_id, &names).await?,
        topics: offered,
        notes: notes
            .iter()
            .map(|note: &StudentNote| Told::of(&dashboard.store, note, &name))
            .collect(),
        weeks: weeks(&dashboard, &user_id).await?,
        name,
    };
    render(&dashboard, &visitor, "student.html", &shown)
}

async fn goals(dashboard: &Dashboard, user_id: &str, names: &Names) -> PageResult<Vec<Goal>> {
    let goals = dashboard.store.interest_goals(user_id).await?;
    let goal = |goal: seedtest_store::InterestGoal| Goal {
        topic: names.of(&goal.topic_id),
        id: goal.topic_id,
        score: goal.target_score,
        level: goal.target_level,
        date: goal.target_date.map(|date| date.to_string()),
    };
    Ok(goals.into_iter().map(goal).collect())
}

/// The weeks that were computed, newest first.
async fn history(dashboard: &Dashboard, user_id: &str) -> PageResult<Vec<(String, StudentRow)>> {
    let views = dashboard.store.student_view_weeks(user_id, MOST_WEEKS).await?;
    let week = |view: StudentView| -> PageResult<(String, StudentRow)> {
        Ok((view.week_start.to_string(), document(view.summary)?))
    };
    views.into_iter().map(week).collect()
}

async fn weeks(dashboard: &Dashboard, user_id: &str) -> PageResult<Vec<Week>> {
    let week = |(monday, row): (String, StudentRow)| Week {
        monday,
        answers: row.attempts,
        right: row.right,
        share: (row.attempts > 0).then(|| percent(f64::from(row.right) / f64::from(row.attempts))),
        days: row.kpis.get(KpiKind::ActiveDays).value.map(|days| days as u32),
        ability: row.ability.map(|point| seedtest_report::decimal(point.theta, 2)),
    };
    Ok(history(dashboard, user_id).await?.into_iter().map(week).collect())
}

/// The weeks of a student as a file.
pub(crate) async fn export(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path((user_id, format)): Path<(String, String)>,
) -> PageResult {
    let user_id = visitor.student(&dashboard.store, &user_id).await?;
    let with_risk = visitor.may_see_risk();
    let columns = [
        "student_id",
        "week_start",
        "answers",
        "right",
        "improvement",
        "engagement",
        "recovery",
        "efficiency",
        "goal_chance",
        "ability",
        "ability_se",
    ];
    let mut columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
    if with_risk {
        columns.push("churn_risk".to_owned());
    }
    let row = |(monday, row): (String, StudentRow)| {
        let kpi = |kind| Cell::of(row.kpis.get(kind).value);
        let mut cells = vec![
            Cell::Text(row.user_id.clone()),
            Cell::Text(monday),
            Cell::Number(f64::from(row.attempts)),
            Cell::Number(f64::from(row.right)),
            kpi(KpiKind::Improvement),
            kpi(KpiKind::Engagement),
            kpi(KpiKind::Recovery),
            kpi(KpiKind::Efficiency),
            kpi(KpiKind::Goal),
            Cell::of(row.ability.map(|point| point.theta)),
            Cell::of(row.ability.and_then(|point| point.se)),
        ];
        if with_risk {
            cells.push(kpi(KpiKind::Churn));
        }
        cells
    };
    let rows = history(&dashboard, &user_id).await?.into_iter().map(row).collect();
    Export { name: user_id, columns, rows }.answer(&format)
}
