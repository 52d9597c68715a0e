//! Reports into files.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_report::{
    CLASS_FILE_NAME, ClassLine, Lang, OPERATOR_FILE_NAME, OTHERS_FILE_NAME, Renderer, SchoolReport,
    class_file_name, file_name,
};
use seedtest_store::Store;

use super::class::{class_report, class_topics, class_weeks};
use super::material::Material;
use super::operator::operator_report;
use super::segment::class_segments;
use super::student::student_report;
use crate::error::Error;

/// Whose reports to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// One student.
    Student(String),
    /// Everyone with KPIs in the week, and the class overview.
    All,
}

/// Which reports to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// Whose.
    pub who: Who,
    /// Any day of the week; `None` = the newest week with KPIs.
    pub week: Option<NaiveDate>,
    /// Language.
    pub lang: Lang,
    /// Directory of the files; `None` = a directory named after the week under `base`.
    pub out: Option<PathBuf>,
    /// Parent of the default directory.
    pub base: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSummary {
    /// Monday of the week.
    pub week: NaiveDate,
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
    let week = match request.week {
        Some(day) => seedtest_kpi::week_start(day),
        None => newest_week(store).await?,
    };
    let material = Box::pin(Material::read(store, week, now)).await?;
    let users = users(&material, &request.who)?;
    let out = request.out.clone().unwrap_or_else(|| request.base.join(week.to_string()));
    fs::create_dir_all(&out).map_err(Error::write(out.display().to_string()))?;
    let pages = Pages {
        material: &material,
        renderer: Renderer::new(request.lang)?,
        lang: request.lang,
        out: &out,
    };
    for user in &users {
        pages.student(user, request.who == Who::All)?;
    }
    let open = match &request.who {
        Who::Student(user) => out.join(file_name(user)),
        Who::All => pages.overviews(&users)?,
    };
    Ok(ReportSummary { week, students: users.len(), open })
}

/// What the pages of a week are written with.
struct Pages<'a> {
    material: &'a Material,
    renderer: Renderer,
    lang: Lang,
    out: &'a Path,
}

impl Pages<'_> {
    /// The report of one student, with a way back where the overviews are written beside it.
    fn student(&self, user: &str, has_overviews: bool) -> Result<(), Error> {
        let mut report = student_report(self.material, user, self.lang);
        report.class_file = has_overviews.then(|| self.file_of(user));
        self.write(&file_name(user), &self.renderer.student(&report)?)
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
        let operator = operator_report(self.material, self.lang);
        let html = self.renderer.operator(&operator, Some(CLASS_FILE_NAME))?;
        self.write(OPERATOR_FILE_NAME, &html)?;
        let html = if self.material.people.has_classes() {
            self.school(users)?
        } else {
            let mut report = class_report(self.material, None, users, self.lang);
            report.operator_file = Some(OPERATOR_FILE_NAME.into());
            self.renderer.class(&report)?
        };
        self.write(CLASS_FILE_NAME, &html)?;
        Ok(self.out.join(CLASS_FILE_NAME))
    }

    /// Writes a page for every class with students of the week, and gives that of the school.
    fn school(&self, users: &[String]) -> Result<String, Error> {
        let people = &self.material.people;
        let mut classes = Vec::new();
        let named =
            people.classes().into_iter().map(|class| (Some(class), class_file_name(&class.id)));
        for (class, file) in named.chain([(None, OTHERS_FILE_NAME.to_owned())]) {
            let is_in = |user: &&String| match class {
                Some(class) => people.is_in(user, &class.id),
                None => people.class_of(user).is_none(),
            };
            let members: Vec<String> = users.iter().filter(is_in).cloned().collect();
            if members.is_empty() {
                continue;
            }
            let mut report = class_report(self.material, class, &members, self.lang);
            report.school_file = Some(CLASS_FILE_NAME.into());
            report.operator_file = Some(OPERATOR_FILE_NAME.into());
            self.write(&file, &self.renderer.class(&report)?)?;
            classes.push(ClassLine { class: class.cloned(), file, students: report.students });
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
        Ok(self.renderer.school(&report)?)
    }

    fn write(&self, name: &str, html: &str) -> Result<(), Error> {
        write_file(&self.out.join(name), html)
    }
}

async fn newest_week(store: &Store) -> Result<NaiveDate, Error> {
    store
        .newest_kpi_week()
        .await?
        .ok_or_else(|| Error::NothingToReport("there are no weekly KPIs yet".into()))
}

fn users(material: &Material, who: &Who) -> Result<Vec<String>, Error> {
    let week = material.week;
    match who {
        Who::Student(user) if material.kpis.contains_key(user) => Ok(vec![user.clone()]),
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

fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    let partial = path.with_extension("html.partial");
    let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // The error below says what failed; a leftover part must not add to it.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(Error::write(path.display().to_string()))
}
