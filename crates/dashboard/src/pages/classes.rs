//! The classes somebody may see, in figures.

use axum::extract::{Query, State};
use seedtest_report::{ClassFigures, SchoolOverview, percent};
use seedtest_store::{OverviewKind, RosterClass};
use serde::Serialize;

use super::heat::range;
use super::names::Names;
use super::render;
use super::views::{Read, overview};
use super::weeks::{Choice, WeekQuery, choices};
use crate::refusal::PageResult;
use crate::render::segment;
use crate::state::Shared;
use crate::visitor::Visitor;

/// A class in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// `None` for students of no class.
    pub(crate) name: Option<String>,
    pub(crate) school: Option<String>,
    pub(crate) path: String,
    /// `None` where nothing was computed.
    pub(crate) figures: Option<Figures>,
}

/// The figures of a class as a page shows them.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) students: u32,
    pub(crate) active: u32,
    pub(crate) answers: u32,
    /// The mean share of the week with its interval; `None` of fewer than five students.
    pub(crate) mean: Option<String>,
    pub(crate) range: Option<String>,
    /// Students to talk to.
    pub(crate) urgent: u32,
    pub(crate) ahead: u32,
    /// Topics in which most need practice, with how many.
    pub(crate) weak: Vec<(String, u32)>,
}

impl Figures {
    pub(crate) fn of(class: &ClassFigures, with_risk: bool) -> Self {
        let ClassFigures { answers, right, mean, .. } = *class;
        let week = seedtest_report::WeekScore {
            week_start: chrono::NaiveDate::default(),
            n: answers,
            right,
            mean,
            group: None,
        };
        // A class without answers has no share, which is not a share of none.
        let share = mean.and_then(|_| week.share());
        Self {
            students: class.students,
            active: class.active,
            answers,
            mean: share.map(|(share, _, _)| percent(share)),
            range: share.map(|(_, low, high)| range(low, high)),
            urgent: if with_risk { class.urgent } else { class.urgent_without_risk },
            ahead: class.ahead,
            weak: class.weak_topics.clone(),
        }
    }
}

/// The path of the page of a class, or of students of no class.
pub(crate) fn class_path(class: Option<&str>) -> String {
    class.map_or_else(|| "/everyone".to_owned(), |id| format!("/classes/{}", segment(id)))
}

#[derive(Serialize)]
struct Context {
    week: Option<String>,
    weeks: Vec<Choice>,
    computed_at: Option<String>,
    classes: Vec<Line>,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(query): Query<WeekQuery>,
) -> PageResult {
    let store = &dashboard.store;
    let classes = visitor.classes(store).await?;
    let names = Names::of_topics(store, visitor.lang()).await?;
    let found = overview::<SchoolOverview>(store, OverviewKind::School, "", query.week()?).await?;
    let weeks = match &found {
        Some(found) => choices(store, OverviewKind::School, "", found.week).await?,
        None => Vec::new(),
    };
    let (week, computed_at, school) = match found {
        Some(Read { of, week, computed_at }) => {
            let at = computed_at.format("%Y-%m-%d %H:%M UTC").to_string();
            (Some(week.to_string()), Some(at), Some(names.school(of)))
        }
        None => (None, None, None),
    };
    let with_risk = visitor.may_see_risk();
    let line = |class: RosterClass| {
        let figures = school.iter().flat_map(|school| &school.classes);
        let own =
            |of: &&ClassFigures| of.class.as_ref().is_some_and(|named| named.id == class.class_id);
        let found = figures.into_iter().find(own);
        Line {
            path: class_path(Some(&class.class_id)),
            school: found.and_then(|of| of.class.as_ref()?.school.clone()),
            figures: found.map(|of| Figures::of(of, with_risk)),
            name: Some(class.name),
        }
    };
    let mut classes: Vec<Line> = classes.into_iter().map(line).collect();
    classes.sort_by(|a, b| a.school.cmp(&b.school).then_with(|| a.name.cmp(&b.name)));
    render(&dashboard, &visitor, "classes.html", &Context { week, weeks, computed_at, classes })
}
