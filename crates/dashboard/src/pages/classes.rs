//! The classes somebody may see, in figures.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use seedtest_report::{ClassFigures, WeekScore, percent};
use seedtest_store::{OverviewKind, RosterClass};
use serde::{Deserialize, Serialize};

use super::export::{Cell, Export};
use super::heat::range;
use super::names::Names;
use super::part::Part;
use super::render;
use super::views::{Read, overview, shown_at};
use super::weeks::{Choice, WeekQuery, choices};
use crate::refusal::{PageResult, Refusal};
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

/// What of the overview of a school its classes are.
#[derive(Deserialize)]
struct OfClasses {
    classes: Vec<ClassFigures>,
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
    /// Students without figures.
    pub(crate) silent: u32,
    /// Topics in which most need practice, with how many.
    pub(crate) weak: Vec<(String, u32)>,
}

/// The mean share of a class in the week with its interval; `None` of fewer than five students.
fn share(class: &ClassFigures) -> Option<(f64, f64, f64)> {
    let ClassFigures { answers, right, mean, .. } = *class;
    let week_start = chrono::NaiveDate::default();
    // A class without answers has no share, which is not a share of none.
    mean.and_then(|_| WeekScore { week_start, n: answers, right, mean, group: None }.share())
}

/// Students to talk to.
fn urgent(class: &ClassFigures, with_risk: bool) -> u32 {
    if with_risk { class.urgent } else { class.urgent_without_risk }
}

impl Figures {
    pub(crate) fn of(class: &ClassFigures, with_risk: bool) -> Self {
        let share = share(class);
        Self {
            students: class.students,
            active: class.active,
            answers: class.answers,
            mean: share.map(|(share, _, _)| percent(share)),
            range: share.map(|(_, low, high)| range(low, high)),
            urgent: urgent(class, with_risk),
            ahead: class.ahead,
            weak: class.weak_topics.clone(),
            silent: class.silent,
        }
    }
}

/// The path of the page of a class, or of students of no class.
pub(crate) fn class_path(class: Option<&str>) -> String {
    class.map_or_else(|| "/everyone".to_owned(), |id| format!("/classes/{}", segment(id)))
}

/// Classes on one page.
pub(crate) const CLASSES_A_PAGE: usize = 50;

/// Which classes.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ClassQuery {
    /// Part of the name of a class or of its school.
    q: Option<String>,
    page: Option<usize>,
}

#[derive(Serialize)]
struct Context {
    week: Option<String>,
    weeks: Vec<Choice>,
    computed_at: Option<String>,
    classes: Vec<Line>,
    /// Classes that were found, and all there are.
    n: usize,
    all: usize,
    q: String,
    part: Part,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(query): Query<WeekQuery>,
    Query(asked): Query<ClassQuery>,
) -> PageResult {
    let store = &dashboard.store;
    let classes = visitor.classes(store).await?;
    let names = Names::of_topics(store, visitor.lang()).await?;
    let found = overview::<OfClasses>(store, OverviewKind::School, "", query.week()?).await?;
    let weeks = match &found {
        Some(found) => choices(store, OverviewKind::School, "", found.week).await?,
        None => Vec::new(),
    };
    let (week, computed_at, figures) = match found {
        Some(Read { of, week, computed_at }) => {
            let at = shown_at(store, computed_at);
            (Some(week.to_string()), Some(at), of.classes)
        }
        None => (None, None, Vec::new()),
    };
    let figures = figures.iter().filter_map(|of| Some((&*of.class.as_ref()?.id, of)));
    let figures: FiguresById<'_> = figures.collect();
    let all = classes.len();
    let q = asked.q.unwrap_or_default();
    let found = found_classes(classes, &figures, &q);
    let n = found.len();
    let part = Part::of(asked.page, n, CLASSES_A_PAGE);
    // An interval takes its time: only those that are shown have one.
    let line = |class: RosterClass| line(class, &figures, visitor.may_see_risk());
    let mut classes: Vec<Line> = part.take(found).map(line).collect();
    let topics = classes.iter_mut().filter_map(|line| line.figures.as_mut());
    topics.for_each(|figures| names.weak(&mut figures.weak));
    let shown = Context { week, weeks, computed_at, classes, n, all, q, part };
    render(&dashboard, &visitor, "classes.html", &shown)
}

/// Figures by the id of the class.
type FiguresById<'f> = HashMap<&'f str, &'f ClassFigures>;

fn school_of<'f>(class: &RosterClass, figures: &FiguresById<'f>) -> Option<&'f str> {
    figures.get(&*class.class_id)?.class.as_ref()?.school.as_deref()
}

/// The classes whose name, or that of the school, holds a text, by school and name.
fn found_classes(
    classes: Vec<RosterClass>,
    figures: &FiguresById<'_>,
    wanted: &str,
) -> Vec<RosterClass> {
    let wanted = wanted.trim().to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let is_wanted =
        |class: &RosterClass| holds(&class.name) || school_of(class, figures).is_some_and(holds);
    let mut found: Vec<RosterClass> = classes.into_iter().filter(is_wanted).collect();
    found.sort_by(|a, b| {
        school_of(a, figures).cmp(&school_of(b, figures)).then_with(|| a.name.cmp(&b.name))
    });
    found
}

fn line(class: RosterClass, figures: &FiguresById<'_>, with_risk: bool) -> Line {
    Line {
        path: class_path(Some(&class.class_id)),
        school: school_of(&class, figures).map(str::to_owned),
        figures: figures.get(&*class.class_id).map(|of| Figures::of(of, with_risk)),
        name: Some(class.name),
    }
}

/// The figures of the classes somebody may see, as a file.
pub(crate) async fn export(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(format): Path<String>,
    Query(query): Query<WeekQuery>,
) -> PageResult {
    let store = &dashboard.store;
    let classes = visitor.classes(store).await?;
    let found = overview::<OfClasses>(store, OverviewKind::School, "", query.week()?).await?;
    let Read { of, week, .. } = found.ok_or_else(Refusal::not_found)?;
    let columns = [
        "class_id",
        "class",
        "school",
        "week_start",
        "students",
        "active",
        "answers",
        "mean_share",
        "mean_share_low",
        "mean_share_high",
        "to_talk_to",
        "moved_ahead",
        "silent",
    ];
    let with_risk = visitor.may_see_risk();
    let row = |figures: &ClassFigures| {
        let class = figures.class.as_ref()?;
        classes.iter().find(|of| of.class_id == class.id)?;
        let share = share(figures);
        let count = |n: u32| Cell::Number(f64::from(n));
        Some(vec![
            Cell::Text(class.id.clone()),
            Cell::Text(class.name.clone()),
            Cell::text(class.school.as_deref()),
            Cell::Text(week.to_string()),
            count(figures.students),
            count(figures.active),
            count(figures.answers),
            Cell::of(share.map(|(share, _, _)| share)),
            Cell::of(share.map(|(_, low, _)| low)),
            Cell::of(share.map(|(_, _, high)| high)),
            count(urgent(figures, with_risk)),
            count(figures.ahead),
            count(figures.silent),
        ])
    };
    Export {
        name: format!("classes-{week}"),
        columns: columns.into_iter().map(str::to_owned).collect(),
        rows: of.classes.iter().filter_map(row).collect(),
    }
    .answer(&format)
}

#[cfg(test)]
mod tests {
    use seedtest_report::ClassName;

    use super::*;

    #[test]
    fn classes_are_found_by_their_name_and_their_school() {
        let class = |id: &str, name: &str| RosterClass {
            class_id: id.into(),
            school_id: None,
            name: name.into(),
            grade: None,
        };
        let of_north = ClassFigures {
            class: Some(ClassName {
                id: "c1".into(),
                name: "7A".into(),
                school: Some("North".into()),
            }),
            ..ClassFigures::default()
        };
        let figures = HashMap::from([("c1", &of_north)]);
        let found = |wanted: &str| -> Vec<String> {
            let classes = vec![class("c2", "8B"), class("c1", "7A"), class("c3", "7C")];
            let found = found_classes(classes, &figures, wanted);
            found.into_iter().map(|class| class.name).collect()
        };
        assert_eq!(found(""), ["7C", "8B", "7A"], "those without a school first");
        assert_eq!(found(" 7 "), ["7C", "7A"]);
        assert_eq!(found("north"), ["7A"]);
        assert_eq!(found("9"), [] as [String; 0]);
    }
}
