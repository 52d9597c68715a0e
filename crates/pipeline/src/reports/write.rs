//! Reports into files.

use std::collections::HashSet;
use std::fs;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_report::{
    CLASS_FILE_NAME, ClassLine, ClassReport, Custom, Lang, OPERATOR_FILE_NAME, OTHERS_FILE_NAME,
    Renderer, SchoolReport, Sheet, class_file_name, file_name,
};
use seedtest_store::{ReportPeriod, Store};

use super::class::{class_report, class_topics, class_weeks, item_rows};
use super::item_pages::Calibrated;
use super::material::Material;
use super::operator::operator_report;
use super::paper::Paper;
use super::segment::class_segments;
use super::span::Span;
use super::student::student_report;
use crate::calendar::day_at;
use crate::error::Error;

/// Whose reports to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// One student.
    Student(String),
    /// Everyone with KPIs in the week, and the class overview.
    All,
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportFormat {
    /// A self-contained page.
    Html,
    /// A4, in programs that were built with it.
    Pdf,
}

impl ReportFormat {
    /// Both, the page first.
    pub const ALL: [Self; 2] = [Self::Html, Self::Pdf];

    /// The word for it, which is also the ending of its files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
        }
    }

    /// Formats with commas between them; `None` for a text that names none or something else.
    pub fn list(text: &str) -> Option<Vec<Self>> {
        let of =
            |code: &str| Self::ALL.into_iter().find(|f| f.code().eq_ignore_ascii_case(code.trim()));
        let mut formats = text.split(',').map(of).collect::<Option<Vec<Self>>>()?;
        formats.sort_unstable();
        formats.dedup();
        Some(formats)
    }
}

/// Which reports to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// Whose.
    pub who: Who,
    /// Of a week or a month; months have reports of students only.
    pub period: ReportPeriod,
    /// Any day of it; `None` = the newest week with answers and KPIs.
    pub day: Option<NaiveDate>,
    /// Language.
    pub lang: Lang,
    /// In which forms; at least one.
    pub formats: Vec<ReportFormat>,
    /// What a school puts in the place of what ships.
    pub custom: Custom,
    /// Directory of the files; `None` = a directory named after the week or month under `base`.
    pub out: Option<PathBuf>,
    /// Parent of the default directory.
    pub base: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSummary {
    /// Monday of the week, or first day of the month.
    pub start: NaiveDate,
    /// Student reports.
    pub students: usize,
    /// The file to open first.
    pub open: PathBuf,
}

/// Renders the reports into files. A file appears under its name only when it is complete, and the
/// pages that link to others come after those.
pub async fn write_reports(
    store: &Store,
    request: &ReportRequest,
    now: DateTime<Utc>,
) -> Result<ReportSummary, Error> {
    let day = match request.day {
        Some(day) => day,
        None => newest_week(store, now).await?,
    };
    let span = Span::of(request.period, day);
    let has = |format| request.formats.contains(&format);
    let paper = if has(ReportFormat::Pdf) { Some(Paper::new(&request.custom)?) } else { None };
    let material = Box::pin(Material::read(store, span, now)).await?;
    let users = users(&material, &request.who)?;
    let out = request.out.clone().unwrap_or_else(|| request.base.join(span.name()));
    fs::create_dir_all(&out).map_err(Error::write(out.display().to_string()))?;
    let has_overviews = request.who == Who::All && request.period == ReportPeriod::Weekly;
    let calibrated = if has_overviews {
        Calibrated::read(store, material.calibration.as_ref()).await?
    } else {
        Calibrated::default()
    };
    let pages = Pages {
        material: &material,
        calibrated: &calibrated,
        renderer: Renderer::with(request.lang, request.custom.clone())?,
        has_html: has(ReportFormat::Html),
        paper,
        lang: request.lang,
        out: &out,
    };
    each_beside(&users, |user| pages.student(user, has_overviews))?;
    let open = match users.first() {
        _ if has_overviews => pages.overviews(&users)?,
        Some(user) => pages.file(&file_name(user)),
        None => out.clone(),
    };
    Ok(ReportSummary { start: span.start(), students: users.len(), open })
}

/// Does the work of every item on threads of their own, one item after the other on each.
///
/// Not on rayon's: work that waits there for parts of itself takes up the next student on the same stack, and so on
/// until the stack is full.
fn each_beside<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let all = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item)?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads.min(items.len())).map(|_| scope.spawn(all)).collect();
        started
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// What the pages of a week are written with.
struct Pages<'a> {
    material: &'a Material,
    calibrated: &'a Calibrated,
    renderer: Renderer,
    has_html: bool,
    paper: Option<Paper>,
    lang: Lang,
    out: &'a Path,
}

impl Pages<'_> {
    /// The report of one student, with a way back where the overviews are written beside it.
    fn student(&self, user: &str, has_overviews: bool) -> Result<(), Error> {
        let mut report = student_report(self.material, user, self.lang);
        report.class_file = has_overviews.then(|| self.file_of(user));
        self.write(
            &file_name(user),
            || self.renderer.student(&report),
            || self.renderer.student_sheet(&report),
        )
    }

    /// The file of the page that lists a student.
    fn file_of(&self, user: &str) -> String {
        let people = &self.material.people;
        match people.class_of(user) {
            Some(class) => class_file_name(&class.id),
            None if people.has_classes() => OTHERS_FILE_NAME.into(),
            None => CLASS_FILE_NAME.into(),
        }
    }

    /// The pages of the classes, of the models and of the school; returns the one to open first.
    fn overviews(&self, users: &[String]) -> Result<PathBuf, Error> {
        let operator = operator_report(self.material, self.calibrated, self.lang);
        self.write(
            OPERATOR_FILE_NAME,
            || self.renderer.operator(&operator, Some(CLASS_FILE_NAME)),
            || self.renderer.operator_sheet(&operator),
        )?;
        if self.material.people.has_classes() {
            self.school(users)?;
        } else {
            let mut report = class_report(self.material, None, users, self.lang);
            report.items = item_rows(self.material, self.lang);
            report.operator_file = Some(OPERATOR_FILE_NAME.into());
            self.class(CLASS_FILE_NAME, &report)?;
        }
        Ok(self.file(CLASS_FILE_NAME))
    }

    fn class(&self, file: &str, report: &ClassReport) -> Result<(), Error> {
        self.write(file, || self.renderer.class(report), || self.renderer.class_sheet(report))
    }

    /// Writes a page for every class with students of the week, and that of the school.
    fn school(&self, users: &[String]) -> Result<(), Error> {
        let people = &self.material.people;
        let items = item_rows(self.material, self.lang);
        let chosen: HashSet<&str> = users.iter().map(String::as_str).collect();
        let mut classes = Vec::new();
        let named =
            people.classes().into_iter().map(|class| (Some(class), class_file_name(&class.id)));
        for (class, file) in named.chain([(None, OTHERS_FILE_NAME.to_owned())]) {
            let members: Vec<String> = match class {
                Some(class) => {
                    let members = people.members_of(&class.id).iter();
                    members.filter(|user| chosen.contains(user.as_str())).cloned().collect()
                }
                None => {
                    users.iter().filter(|user| people.class_of(user).is_none()).cloned().collect()
                }
            };
            let mut report = class_report(self.material, class, &members, self.lang);
            // A class that fell silent as a whole is told, students of no class who did are not.
            let is_told = class.is_some() && !report.absent.is_empty();
            if members.is_empty() && !is_told {
                continue;
            }
            report.items.clone_from(&items);
            report.school_file = Some(CLASS_FILE_NAME.into());
            report.operator_file = Some(OPERATOR_FILE_NAME.into());
            self.class(&file, &report)?;
            classes.push(ClassLine {
                class: class.cloned(),
                file,
                absent: report.absent.len() as u32,
                students: report.students,
            });
        }
        let report = SchoolReport {
            name: people.school().map(str::to_owned),
            week_start: self.material.week,
            generated_at: self.material.generated_at.clone(),
            classes,
            weekly_accuracy: class_weeks(self.material, None),
            topics: class_topics(self.material, users, self.lang),
            forecast: self.material.forecast.clone(),
            segments: self.material.segment_run.as_ref().and_then(class_segments),
            operator_file: Some(OPERATOR_FILE_NAME.into()),
            warnings: Vec::new(),
            provenance: self.material.provenance.clone(),
        };
        self.write(
            CLASS_FILE_NAME,
            || self.renderer.school(&report),
            || self.renderer.school_sheet(&report),
        )
    }

    /// Writes a report in every form that is wanted.
    fn write(
        &self,
        name: &str,
        html: impl FnOnce() -> Result<String, seedtest_report::Error>,
        sheet: impl FnOnce() -> Result<Sheet, seedtest_report::Error>,
    ) -> Result<(), Error> {
        if self.has_html {
            write_file(&self.out.join(name), html()?.as_bytes())?;
        }
        match &self.paper {
            Some(paper) => write_file(&on_paper(&self.out.join(name)), &paper.print(&sheet()?)?),
            None => Ok(()),
        }
    }

    /// The file of a report to open.
    fn file(&self, name: &str) -> PathBuf {
        let page = self.out.join(name);
        if self.has_html { page } else { on_paper(&page) }
    }
}

/// The newest week with KPIs in which somebody answered, at the time of the clock; where nobody did, the newest that
/// has begun. A week that has just begun is nothing to look back on, nor are weeks of which only the KPIs are there.
pub(super) async fn newest_week(store: &Store, now: DateTime<Utc>) -> Result<NaiveDate, Error> {
    let zone = store.time_zone();
    if let Some(last) = store.newest_answer(now).await? {
        let week = store.newest_kpi_week_until(day_at(zone, last)).await?;
        if let Some(week) = week {
            return Ok(week);
        }
    }
    store
        .newest_kpi_week_until(day_at(zone, now))
        .await?
        .ok_or_else(|| Error::NothingToReport("there are no weekly KPIs yet".into()))
}

fn users(material: &Material, who: &Who) -> Result<Vec<String>, Error> {
    let week = material.week;
    match who {
        Who::Student(user) if material.kpis.contains_key(user) => Ok(vec![user.clone()]),
        Who::Student(user) if !material.is_known(user) => {
            Err(Error::UnknownStudent { user_id: user.clone() })
        }
        Who::Student(user) => {
            Err(Error::NothingToReport(format!("no KPIs found for user={user} week={week}")))
        }
        Who::All if material.kpis.is_empty() => {
            Err(Error::NothingToReport(format!("no KPIs found for week={week}")))
        }
        Who::All => {
            let mut users: Vec<String> = material.kpis.keys().cloned().collect();
            users.sort_unstable();
            Ok(users)
        }
    }
}

/// The name of the file of a page, for paper.
fn on_paper(page: &Path) -> PathBuf {
    page.with_extension("pdf")
}

fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    let partial = path.with_added_extension("partial");
    let written = fs::write(&partial, content).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // The error below says what failed; a leftover part must not add to it.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(Error::write(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rayon::prelude::*;

    use super::*;

    thread_local! {
        /// Students whose work has begun on this stack and is not at its end.
        static OPEN: Cell<u32> = const { Cell::new(0) };
    }

    /// Work that waits for parts of itself, as a page for paper may.
    fn in_parts(deepest: &AtomicU32) {
        OPEN.set(OPEN.get() + 1);
        deepest.fetch_max(OPEN.get(), Ordering::Relaxed);
        let sum: u32 = (0..10_000_u32).into_par_iter().with_max_len(10).map(|n| n % 7).sum();
        assert!(sum > 0);
        OPEN.set(OPEN.get() - 1);
    }

    #[test]
    fn no_student_is_begun_on_top_of_one_who_waits() {
        let students: Vec<u32> = (0..500).collect();
        let (done, deepest) = (AtomicU32::new(0), AtomicU32::new(0));
        let work = |_: &u32| {
            in_parts(&deepest);
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        each_beside(&students, work).unwrap();
        assert_eq!((done.into_inner(), deepest.into_inner()), (500, 1));
    }

    #[test]
    fn the_first_failure_ends_the_work() {
        let students: Vec<u32> = (0..500).collect();
        let tried = AtomicU32::new(0);
        let failed = each_beside(&students, |_| {
            tried.fetch_add(1, Ordering::Relaxed);
            Err(Error::Interrupted)
        });
        assert!(matches!(failed, Err(Error::Interrupted)));
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get) as u32;
        assert!(tried.into_inner() <= threads, "each thread stops at its own");
    }
}
