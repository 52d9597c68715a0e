//! A school, or all of them: classes, weeks, coverage, and who needs help now.

use axum::extract::Path;
use seedtest_report::{ClassFigures, Coverage, SchoolOverview, StudentRow, Talk};
use seedtest_store::{OverviewKind, RosterSchool, ViewedStudents};
use serde::Serialize;

use super::classes::{CLASSES_A_PAGE, Figures, Line, class_path};
use super::names::Names;
use super::part::Part;
use super::render;
use super::views::{Read, overview, rows, shown_at};
use super::week_page::WeekPage;
use super::weeks::{Choice, choices};
use crate::refusal::{PageResult, Refusal};
use crate::render::segment;
use crate::state::Dashboard;
use crate::visitor::Visitor;

/// Most students in the list of those to talk to.
const MOST_TALKS: u32 = 20;

#[derive(Serialize)]
struct Context {
    /// Name of the school; `None` for all of them.
    name: Option<String>,
    path: String,
    schools: Vec<Way>,
    week: String,
    weeks: Vec<Choice>,
    computed_at: String,
    coverage: Coverage,
    /// Students without figures.
    silent: u32,
    talks: Vec<Talk>,
    classes: Vec<Line>,
    n_classes: usize,
    sort: &'static str,
    part: Part,
    blocks: String,
}

#[derive(Serialize)]
struct Way {
    name: String,
    path: String,
}

#[derive(Serialize)]
struct NoSchool {
    name: Option<String>,
}

pub(crate) async fn everybody(page: WeekPage) -> PageResult {
    page.visitor.everybody()?;
    shown(&page, None).await
}

pub(crate) async fn show(page: WeekPage, Path(school_id): Path<String>) -> PageResult {
    let school = page.visitor.school(&page.dashboard.store, &school_id).await?;
    shown(&page, Some(&school)).await
}

async fn shown(page: &WeekPage, school: Option<&RosterSchool>) -> PageResult {
    let WeekPage { dashboard, visitor, week: asked, part } = page;
    let store = &dashboard.store;
    let subject = school.map_or("", |school| &*school.school_id);
    let found = overview::<SchoolOverview>(store, OverviewKind::School, subject, asked.week()?);
    let name = school.map(|school| school.name.clone());
    let Some(Read { of, week, computed_at }) = found.await? else {
        return render(dashboard, visitor, "no_school.html", &NoSchool { name });
    };
    let names = Names::of_topics(store, visitor.lang()).await?;
    let of = names.school(of);
    let renderer = dashboard.voices.of(visitor.lang());
    let blocks = renderer.overview_part(&of).map_err(|error| Refusal::internal(&error))?;
    let with_risk = visitor.may_see_risk();
    let mut coverage = of.coverage;
    if !with_risk {
        coverage.with_risk = 0;
    }
    let (sort, classes) = sorted(&of.classes, part.sort.as_deref(), with_risk);
    let n_classes = classes.len();
    let part = Part::of(part.page, n_classes, CLASSES_A_PAGE);
    let talks = talks(dashboard, visitor, school, week, &names).await?;
    let shown = Context {
        name: of.name.clone().or(name),
        path: school.map_or_else(
            || "/school".to_owned(),
            |of| format!("/schools/{}", segment(&of.school_id)),
        ),
        schools: if school.is_none() { schools(dashboard, visitor).await? } else { Vec::new() },
        week: week.to_string(),
        weeks: choices(store, OverviewKind::School, subject, week).await?,
        computed_at: shown_at(store, computed_at),
        coverage,
        silent: of.classes.iter().fold(0, |sum, class| class.silent.saturating_add(sum)),
        talks,
        classes: part.take(classes).map(|of| line(of, with_risk)).collect(),
        n_classes,
        sort,
        part,
        blocks,
    };
    render(dashboard, visitor, "school.html", &shown)
}

/// The single schools, where there are several.
async fn schools(dashboard: &Dashboard, visitor: &Visitor) -> PageResult<Vec<Way>> {
    let all = visitor.schools(&dashboard.store).await?;
    if all.len() < 2 {
        return Ok(Vec::new());
    }
    let way = |school: RosterSchool| Way {
        path: format!("/schools/{}", segment(&school.school_id)),
        name: school.name,
    };
    Ok(all.into_iter().map(way).collect())
}

fn line(of: &ClassFigures, with_risk: bool) -> Line {
    Line {
        name: of.class.as_ref().map(|class| class.name.clone()),
        school: of.class.as_ref().and_then(|class| class.school.clone()),
        path: class_path(of.class.as_ref().map(|class| &*class.id)),
        figures: Some(Figures::of(of, with_risk)),
    }
}

/// The classes in an order that can be asked for: by how many students there are to talk to, by name, by share.
fn sorted<'c>(
    classes: &'c [ClassFigures],
    by: Option<&str>,
    with_risk: bool,
) -> (&'static str, Vec<&'c ClassFigures>) {
    let mut sorted: Vec<&ClassFigures> = classes.iter().collect();
    let urgent = |of: &ClassFigures| if with_risk { of.urgent } else { of.urgent_without_risk };
    let share = |of: &ClassFigures| of.mean.map_or(f64::INFINITY, |mean| mean.share);
    let sort = match by {
        Some("name") => "name",
        Some("share") => {
            sorted.sort_by(|a, b| share(a).total_cmp(&share(b)));
            "share"
        }
        _ => {
            sorted.sort_by_key(|of| std::cmp::Reverse(urgent(of)));
            "urgent"
        }
    };
    (sort, sorted)
}

/// Whom to talk to, of all classes.
async fn talks(
    dashboard: &Dashboard,
    visitor: &Visitor,
    school: Option<&RosterSchool>,
    week: chrono::NaiveDate,
    names: &Names,
) -> PageResult<Vec<Talk>> {
    let which = match school {
        Some(school) => ViewedStudents::School(&school.school_id),
        None => ViewedStudents::Everybody,
    };
    let with_risk = visitor.may_see_risk();
    let store = &dashboard.store;
    let views = store.urgent_student_views(week, which, with_risk, MOST_TALKS).await?;
    let students: Vec<StudentRow> = rows(views, names, visitor)?;
    Ok(dashboard.voices.of(visitor.lang()).talks(&students))
}

#[cfg(test)]
mod tests {
    use seedtest_report::{ClassName, MeanShare};

    use super::*;

    #[test]
    fn classes_come_in_the_order_that_is_asked_for() {
        let class = |name: &str, urgent, without, share| ClassFigures {
            class: Some(ClassName { id: name.into(), name: name.into(), school: None }),
            urgent,
            urgent_without_risk: without,
            mean: MeanShare::of(share),
            ..ClassFigures::default()
        };
        let classes =
            [class("a", 1, 1, Some(0.9)), class("b", 7, 0, None), class("c", 3, 3, Some(0.4))];
        let order = |by, with_risk| -> String {
            let (_, found) = sorted(&classes, by, with_risk);
            found.iter().filter_map(|of| Some(&*of.class.as_ref()?.name)).collect()
        };
        assert_eq!(order(None, true), "bca");
        assert_eq!(order(None, false), "cab");
        assert_eq!(order(Some("name"), true), "abc");
        assert_eq!(order(Some("share"), true), "cab", "a class without answers comes last");
    }
}
