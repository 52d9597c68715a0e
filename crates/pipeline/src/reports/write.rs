//! Reports into files.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_report::{CLASS_FILE_NAME, Lang, file_name, render_class, render_student};
use seedtest_store::Store;

use super::class::class_report;
use super::material::Material;
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
/// class overview, which links to the others, comes last.
pub async fn write_reports(
    store: &Store,
    request: &ReportRequest,
    now: DateTime<Utc>,
) -> Result<ReportSummary, Error> {
    let week = match request.week {
        Some(day) => seedtest_kpi::week_start(day),
        None => newest_week(store).await?,
    };
    let material = Material::read(store, week, now).await?;
    let users = users(&material, &request.who)?;
    let out = request.out.clone().unwrap_or_else(|| request.base.join(week.to_string()));
    fs::create_dir_all(&out).map_err(Error::write(out.display().to_string()))?;
    for user in &users {
        let html = render_student(&student_report(&material, user), request.lang)?;
        write_file(&out.join(file_name(user)), &html)?;
    }
    let open = match &request.who {
        Who::Student(user) => out.join(file_name(user)),
        Who::All => {
            let html = render_class(&class_report(&material, &users), request.lang)?;
            let index = out.join(CLASS_FILE_NAME);
            write_file(&index, &html)?;
            index
        }
    };
    Ok(ReportSummary { week, students: users.len(), open })
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
