//! A class: what to do on Monday, who is where in what, everybody in a table, how the class compares.

use std::cmp::Ordering;
use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use chrono::{NaiveDate, TimeDelta};
use seedtest_pipeline::{Lang, NOTE_DAYS};
use seedtest_report::{
    Absent, ClassName, ClassReport, KpiKind, StudentRow, TopicScore, WeekScore, percent,
};
use seedtest_store::{ListedSilent, OverviewKind, RosterClass, Store, StudentNote, ViewedStudents};
use serde::{Deserialize, Serialize};

use super::export::{Cell, Export};
use super::goals::{Topic, topics};
use super::heat::{Heat, range};
use super::names::Names;
use super::part::Part;
use super::render;
use super::views::{self, document, overview, rows, shown_at, student_path};
use super::week_page::WeekPage;
use super::weeks::{Choice, WeekQuery, choices};
use crate::refusal::{PageResult, Refusal};
use crate::render::segment;
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Students on one page: all of a class, a part of what is no class.
const STUDENTS_A_PAGE: usize = 200;
/// Most students without figures that a page names.
const MOST_ABSENT: u32 = 2_000;
/// Those of them there is a form beside.
const MOST_SILENT: usize = 50;
/// Most notes of the last days that a page of a class shows.
const MOST_NOTES: u32 = 200;

/// What a page of a class is made from.
struct ClassView {
    report: ClassReport,
    /// Topics by id and name.
    topics: Vec<Topic>,
    week: NaiveDate,
    computed_at: String,
    /// What it is compared with.
    everybody: Option<Everybody>,
    /// How many students there are, and which of them are in the report.
    n: usize,
    part: Part,
}

/// Which students are read.
#[derive(Debug, Clone, Copy)]
enum Read {
    /// Those of a page.
    Page(Option<usize>),
    All,
}

/// The weeks and the topics of everybody: fields of the overview of the school.
#[derive(Debug, Default, Deserialize)]
struct Everybody {
    weekly_accuracy: Vec<WeekScore>,
    topics: Vec<TopicScore>,
}

impl Everybody {
    const FIELDS: [&'static str; 2] = ["weekly_accuracy", "topics"];

    async fn read(store: &Store, week: NaiveDate, names: &Names) -> PageResult<Option<Self>> {
        let found = store.overview_fields(OverviewKind::School, "", week, &Self::FIELDS).await?;
        let Some(found) = found else { return Ok(None) };
        let mut all: Self = document(found)?;
        names.topics(&mut all.topics);
        Ok(Some(all))
    }
}

pub(crate) async fn show(page: WeekPage, Path(class_id): Path<String>) -> PageResult {
    let WeekPage { dashboard, visitor, week, part } = page;
    let class = visitor.class(&dashboard.store, &class_id).await?;
    let view = read(&dashboard, &visitor, &class.class_id, week.week()?, Read::Page(part.page));
    let view = view.await?;
    let notes = notes(&dashboard, &class).await?;
    shown(&dashboard, &visitor, Some(&class), view, &notes).await
}

/// Students of no class; without a roster, everybody.
pub(crate) async fn everyone(page: WeekPage) -> PageResult {
    let WeekPage { dashboard, visitor, week, part } = page;
    visitor.everybody()?;
    let view = read(&dashboard, &visitor, "", week.week()?, Read::Page(part.page)).await?;
    shown(&dashboard, &visitor, None, view, &[]).await
}

/// The class of an id; students of no class under the empty one.
async fn read(
    dashboard: &Dashboard,
    visitor: &Visitor,
    subject: &str,
    week: Option<NaiveDate>,
    students: Read,
) -> PageResult<Option<ClassView>> {
    let store = &dashboard.store;
    let names = &Names::of_topics(store, visitor.lang()).await?;
    let which = match subject {
        "" => ViewedStudents::OfNoClass,
        id => ViewedStudents::Class(id),
    };
    let found = overview::<ClassReport>(store, OverviewKind::Class, subject, week).await?;
    let Some(views::Read { of, week, computed_at }) = found else { return Ok(None) };
    let users = store.viewed_students(week, which).await?;
    let n = users.len();
    let part = match students {
        Read::Page(page) => Part::of(page, n, STUDENTS_A_PAGE),
        Read::All => Part::of(None, n, n.max(1)),
    };
    let on_page: Vec<String> = part.take(users).collect();
    let students = store.student_views(week, &on_page).await?;
    let topics = topics(&of.topics, names);
    let mut report = names.class(of);
    report.students = rows(students, names, visitor)?;
    report.absent = absent(store, visitor, which, week).await?;
    let everybody = Everybody::read(store, week, names).await?;
    let computed_at = shown_at(store, computed_at);
    Ok(Some(ClassView { report, topics, week, computed_at, everybody, n, part }))
}

/// Who is in a class, or in none, without figures in the week; the audit log knows of them.
async fn absent(
    store: &Store,
    visitor: &Visitor,
    which: ViewedStudents<'_>,
    week: NaiveDate,
) -> PageResult<Vec<Absent>> {
    let class_id = match which {
        ViewedStudents::Class(id) => Some(id),
        _ => None,
    };
    let found = store.silent_students(week, class_id, MOST_ABSENT).await?;
    let absent = |ListedSilent { user_id, name, days_silent }: ListedSilent| {
        visitor.about_student(&user_id);
        Absent { user_id, display_name: name, days_silent }
    };
    Ok(found.into_iter().map(absent).collect())
}

async fn shown(
    dashboard: &Dashboard,
    visitor: &Visitor,
    class: Option<&RosterClass>,
    view: Option<ClassView>,
    notes: &[StudentNote],
) -> PageResult {
    let name = class.map(|class| class.name.clone());
    let Some(view) = view else {
        return render(dashboard, visitor, "no_class.html", &NoClass { name });
    };
    let subject = class.map_or("", |class| &*class.class_id);
    let weeks = choices(&dashboard.store, OverviewKind::Class, subject, view.week).await?;
    let renderer = dashboard.voices.of(visitor.lang());
    let parts = renderer.class_parts(&view.report);
    let parts = parts.map_err(|error| Refusal::internal(&error))?;
    let heat = Heat::of(&view.report.students, &view.report.topics);
    let urgent = urgent(dashboard, visitor.lang(), &view.report.students, notes);
    let silent = silent(&dashboard.store, &view.report.absent, notes);
    let comparison = view.everybody.as_ref().map(|all| compare(&view.report, all));
    let shown = Context {
        name,
        path: class.map(|class| format!("/classes/{}", segment(&class.class_id))),
        first: parts.first,
        rest: parts.rest,
        about: parts.about,
        week: view.week.to_string(),
        computed_at: view.computed_at,
        weeks,
        heat,
        urgent,
        n_silent: view.report.absent.iter().filter(|of| of.is_silent()).count(),
        silent,
        comparison,
        notes: told(&dashboard.store, notes, &view.report.students),
        topics: view.topics,
        n: view.n,
        first_shown: view.part.before() + 1,
        last_shown: view.part.before() + view.report.students.len(),
        part: view.part,
    };
    render(dashboard, visitor, "class.html", &shown)
}

/// What the template of a class knows.
#[derive(Serialize)]
struct Context {
    name: Option<String>,
    /// Of the class; `None` for those of no class.
    path: Option<String>,
    first: String,
    rest: String,
    about: String,
    week: String,
    computed_at: String,
    weeks: Vec<Choice>,
    heat: Heat,
    urgent: Vec<Urgent>,
    /// Who has answered nothing for four weeks, those first who have stopped last; how many there are.
    silent: Vec<Silent>,
    n_silent: usize,
    comparison: Option<Vec<Compared>>,
    notes: Vec<Told>,
    topics: Vec<Topic>,
    /// Students with figures, and which of them are on the page.
    n: usize,
    first_shown: usize,
    last_shown: usize,
    part: Part,
}

#[derive(Serialize)]
struct NoClass {
    name: Option<String>,
}

/// A student to talk to, with what was noted last.
#[derive(Debug, Serialize)]
struct Urgent {
    user_id: String,
    name: String,
    path: String,
    reasons: Vec<String>,
    last: Option<Told>,
}

/// A student without figures of the week, with what was noted last.
#[derive(Debug, Serialize)]
struct Silent {
    name: String,
    path: String,
    /// Days since the last answer, where they are known.
    days: Option<u32>,
    last: Option<Told>,
}

fn silent(store: &Store, absent: &[Absent], notes: &[StudentNote]) -> Vec<Silent> {
    let mut sorted: Vec<&Absent> = absent.iter().filter(|of| of.is_silent()).collect();
    sorted.sort_by_key(|of| of.days_silent.unwrap_or(u32::MAX));
    let silent = |of: &Absent| {
        let name = of.display_name.as_ref().unwrap_or(&of.user_id);
        let last = notes.iter().find(|note| note.user_id == of.user_id);
        Silent {
            name: name.clone(),
            path: student_path(&of.user_id),
            days: of.days_silent,
            last: last.map(|note| Told::of(store, note, name)),
        }
    };
    sorted.into_iter().take(MOST_SILENT).map(silent).collect()
}

/// A note as a page shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    name: String,
    path: String,
    at: String,
    actor: String,
    kind: &'static str,
    note: Option<String>,
}

impl Told {
    pub(crate) fn of(store: &Store, note: &StudentNote, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: student_path(&note.user_id),
            at: shown_at(store, note.noted_at),
            actor: note.actor.clone(),
            kind: note.kind.code(),
            note: note.note.clone(),
        }
    }
}

fn name_of(row: &StudentRow) -> &str {
    row.display_name.as_deref().unwrap_or(&row.user_id)
}

fn urgent(
    dashboard: &Dashboard,
    lang: Lang,
    students: &[StudentRow],
    notes: &[StudentNote],
) -> Vec<Urgent> {
    let mut sorted: Vec<(f64, &StudentRow)> =
        students.iter().map(|row| (row.urgency(), row)).filter(|(of, _)| *of > 0.0).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.user_id.cmp(&b.1.user_id)));
    let renderer = dashboard.voices.of(lang);
    let urgent = |(_, row): (f64, &StudentRow)| {
        let talk = renderer.talks(std::slice::from_ref(row)).into_iter().next()?;
        let last = notes.iter().find(|note| note.user_id == row.user_id);
        Some(Urgent {
            user_id: row.user_id.clone(),
            name: name_of(row).to_owned(),
            path: student_path(&row.user_id),
            reasons: talk.reasons,
            last: last.map(|note| Told::of(&dashboard.store, note, name_of(row))),
        })
    };
    sorted.into_iter().filter_map(urgent).collect()
}

async fn notes(dashboard: &Dashboard, class: &RosterClass) -> PageResult<Vec<StudentNote>> {
    let since = dashboard.clock.now() - TimeDelta::days(NOTE_DAYS);
    Ok(dashboard.store.class_notes(&class.class_id, since, MOST_NOTES).await?)
}

fn told(store: &Store, notes: &[StudentNote], students: &[StudentRow]) -> Vec<Told> {
    let names: HashMap<&str, &str> =
        students.iter().map(|row| (&*row.user_id, name_of(row))).collect();
    let told = |note: &StudentNote| {
        Told::of(store, note, names.get(&*note.user_id).copied().unwrap_or(&note.user_id))
    };
    notes.iter().map(told).collect()
}

/// A share of the class beside that of everybody.
#[derive(Debug, PartialEq, Serialize)]
struct Compared {
    /// The topic; `None` = all answers of the week.
    topic: Option<String>,
    own: Side,
    other: Side,
    /// `above`, `below`, `open` (the difference may be chance), `untold` (too few students).
    verdict: &'static str,
}

/// A share with how sure it is and of how many students.
#[derive(Debug, PartialEq, Serialize)]
struct Side {
    share: Option<String>,
    range: Option<String>,
    students: u32,
}

impl Side {
    fn of(score: &TopicScore) -> Self {
        let share = score.share();
        Self {
            share: share.map(|(share, _, _)| percent(share)),
            range: share.map(|(_, low, high)| range(low, high)),
            students: score.mean.map_or(0, |mean| mean.students),
        }
    }
}

/// The week and the topics of a class beside those of everybody, the class among them.
fn compare(report: &ClassReport, everybody: &Everybody) -> Vec<Compared> {
    let week = |weeks: &[WeekScore]| {
        let found = weeks.iter().find(|week| week.week_start == report.week_start)?;
        let WeekScore { n, right, mean, .. } = *found;
        Some(TopicScore { topic: String::new(), n, right, mean, ability: None })
    };
    let all = week(&report.weekly_accuracy).zip(week(&everybody.weekly_accuracy));
    let mut rows: Vec<Compared> =
        all.map(|(own, other)| compared(None, &own, &other)).into_iter().collect();
    let mut topics: Vec<&TopicScore> = report.topics.iter().collect();
    topics.sort_by(|a, b| a.topic.cmp(&b.topic));
    rows.extend(topics.into_iter().filter_map(|own| {
        let other = everybody.topics.iter().find(|other| other.topic == own.topic)?;
        Some(compared(Some(own.topic.clone()), own, other))
    }));
    rows
}

fn compared(topic: Option<String>, own: &TopicScore, other: &TopicScore) -> Compared {
    let verdict = match own.compared(other) {
        Some(Ordering::Greater) => "above",
        Some(Ordering::Less) => "below",
        Some(Ordering::Equal) => "open",
        None => "untold",
    };
    Compared { topic, own: Side::of(own), other: Side::of(other), verdict }
}

/// What the page shows of every student, as a file.
pub(crate) async fn export(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path((class_id, format)): Path<(String, String)>,
    Query(query): Query<WeekQuery>,
) -> PageResult {
    let class = visitor.class(&dashboard.store, &class_id).await?;
    let view = read(&dashboard, &visitor, &class.class_id, query.week()?, Read::All).await?;
    let view = view.ok_or_else(Refusal::not_found)?;
    let class = ClassName { id: class.class_id, name: class.name, school: None };
    table(&class, &view, visitor.may_see_risk()).answer(&format)
}

fn table(class: &ClassName, view: &ClassView, with_risk: bool) -> Export {
    let mut columns = vec![
        "student_id",
        "name",
        "week_start",
        "answers",
        "right",
        "improvement",
        "improvement_low",
        "improvement_high",
        "engagement",
        "recovery",
        "goal_chance",
        "ability",
        "ability_se",
        "days_silent",
    ];
    if with_risk {
        columns.push("churn_risk");
    }
    let mut topics: Vec<&str> = view.report.topics.iter().map(|topic| &*topic.topic).collect();
    topics.sort_unstable();
    let mut heads: Vec<String> = columns.into_iter().map(str::to_owned).collect();
    heads
        .extend(topics.iter().flat_map(|topic| [format!("{topic}: right"), format!("{topic}: n")]));
    let row = |row: &StudentRow| {
        let kpi = |kind| Cell::of(row.kpis.get(kind).value);
        let improvement = row.kpis.get(KpiKind::Improvement);
        let mut cells = vec![
            Cell::Text(row.user_id.clone()),
            Cell::Text(row.display_name.clone().unwrap_or_default()),
            Cell::Text(view.week.to_string()),
            Cell::Number(f64::from(row.attempts)),
            Cell::Number(f64::from(row.right)),
            Cell::of(improvement.value),
            Cell::of(improvement.lower),
            Cell::of(improvement.upper),
            kpi(KpiKind::Engagement),
            kpi(KpiKind::Recovery),
            kpi(KpiKind::Goal),
            Cell::of(row.ability.map(|point| point.theta)),
            Cell::of(row.ability.and_then(|point| point.se)),
            Cell::of(row.days_silent.map(f64::from)),
        ];
        if with_risk {
            cells.push(kpi(KpiKind::Churn));
        }
        for topic in &topics {
            let found = row.topics.iter().find(|of| of.topic == *topic);
            cells.push(Cell::of(found.map(|of| f64::from(of.right))));
            cells.push(Cell::of(found.map(|of| f64::from(of.n))));
        }
        cells
    };
    Export {
        name: format!("{}-{}", class.name, view.week),
        columns: heads,
        rows: view.report.students.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use seedtest_report::MeanShare;

    use super::*;

    fn score(topic: &str, shares: &[f64]) -> TopicScore {
        let n = 20 * shares.len() as u32;
        let right = shares.iter().map(|share| (share * 20.0) as u32).sum();
        let mean = MeanShare::of(shares.iter().copied());
        TopicScore { topic: topic.into(), n, right, mean, ability: None }
    }

    #[test]
    fn a_difference_is_told_only_beyond_chance_and_of_enough_students() {
        let low = [0.1, 0.15, 0.2, 0.1, 0.2, 0.15];
        let high = [0.8, 0.85, 0.9, 0.8, 0.9, 0.85];
        let report = ClassReport {
            topics: vec![
                score("a", &low),
                score("b", &high),
                score("c", &high[..4]),
                score("d", &[0.1, 0.9, 0.4, 0.6, 0.5]),
            ],
            ..ClassReport::default()
        };
        let other = [0.5, 0.5, 0.6, 0.4, 0.5, 0.5, 0.55, 0.45];
        let everybody = Everybody {
            topics: ["a", "b", "c", "d"].map(|topic| score(topic, &other)).into(),
            ..Everybody::default()
        };
        let verdicts: Vec<_> = compare(&report, &everybody).iter().map(|row| row.verdict).collect();
        assert_eq!(verdicts, ["below", "above", "untold", "open"]);
    }
}
