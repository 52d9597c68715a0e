//! A weekly report to open at an address.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use reqwest::Url;
use seedtest_digest::sha256_hex;
use seedtest_report::Lang;
use seedtest_store::{ReportArtifact, Store};

use super::write::{ReportRequest, Who, write_reports};
use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;

/// Which report to publish, and where.
#[derive(Debug, Clone, Copy)]
pub struct PublishRequest<'a> {
    /// Canonical text id of the student.
    pub user_id: &'a str,
    /// Any day of the week; `None` = the student's newest week with KPIs.
    pub week: Option<NaiveDate>,
    /// Language.
    pub lang: Lang,
    /// Directory of reports; those of a week stand in one named after its Monday.
    pub dir: &'a Path,
    /// Address under which the directory can be reached; `None` = the report gets a `file:` address.
    pub base_url: Option<&'a str>,
}

/// Writes the weekly report of one student and enters it in `report_artifacts`; made again, it takes
/// the place of the one before.
///
/// # Errors
/// [`Error::NothingToReport`] for a student or week without KPIs, [`Error::Write`], or when the
/// database refuses.
pub async fn publish_report(
    store: &Store,
    clock: Clock,
    request: &PublishRequest<'_>,
) -> Result<ReportArtifact, Error> {
    // The database keeps microseconds.
    let now = clock.now().trunc_subsecs(6);
    let week = match request.week {
        Some(day) => seedtest_kpi::week_start(day),
        None => newest_week(store, request.user_id, now).await?,
    };
    let wanted = ReportRequest {
        who: Who::Student(request.user_id.to_string()),
        week: Some(week),
        lang: request.lang,
        out: None,
        base: request.dir.to_path_buf(),
    };
    let written = Box::pin(write_reports(store, &wanted, now)).await?.open;
    let text = fs::read(&written).map_err(Error::write(written.display().to_string()))?;
    let report = ReportArtifact {
        user_id: request.user_id.to_string(),
        week_start: week,
        format: "html".into(),
        url: address(&written, request)?,
        generated_at: now,
        sha256: Some(sha256_hex(&[&text])),
        bytes: Some(text.len() as i64),
    };
    let mut tx = store.begin().await?;
    tx.put_report_artifact(&report).await?;
    tx.commit().await?;
    Ok(report)
}

async fn newest_week(store: &Store, user_id: &str, now: DateTime<Utc>) -> Result<NaiveDate, Error> {
    let today = day_at(store.time_zone(), now);
    let rows = store.student_weekly_kpi(user_id, NaiveDate::default(), today, 1).await?;
    rows.first()
        .map(|row| row.week_start)
        .ok_or_else(|| Error::NothingToReport(format!("no KPIs found for user={user_id}")))
}

/// Below the base, or of the file.
fn address(written: &Path, request: &PublishRequest<'_>) -> Result<String, Error> {
    if let Some(base) = request.base_url {
        let below = written.strip_prefix(request.dir).unwrap_or(written);
        let parts = below.iter().map(|part| part.to_string_lossy().into_owned());
        let path = parts.collect::<Vec<_>>().join("/");
        return Ok(format!("{}/{path}", base.trim_end_matches('/')));
    }
    let full: PathBuf =
        fs::canonicalize(written).map_err(Error::write(written.display().to_string()))?;
    Url::from_file_path(&full)
        .map(String::from)
        .map_err(|()| Error::NoAddress { path: full.clone() })
}
