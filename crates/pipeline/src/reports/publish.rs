//! Reports to open at an address.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use seedtest_report::{Custom, Lang};
use seedtest_store::{ReportArtifact, ReportPeriod, Store};

use super::batch::{Batch, Place};
use super::destination::{DESTINATION, Destination};
use super::edition::Edition;
use super::material::Material;
use super::span::Span;
use super::write::ReportFormat;
use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::Settings;
use crate::runs::Environment;

/// Which report to publish, and where.
#[derive(Clone, Copy)]
pub struct PublishRequest<'a> {
    /// Canonical text id of the student.
    pub user_id: &'a str,
    /// Of a week or a month.
    pub period: ReportPeriod,
    /// Any day of it; `None` = that of the student's newest week with KPIs.
    pub day: Option<NaiveDate>,
    /// Language.
    pub lang: Lang,
    /// What a school puts in the place of what ships.
    pub custom: &'a Custom,
    /// Environment variables and settings that may name a bucket, as those of job `generate-weekly-report`.
    pub environment: Environment<'a>,
    /// Directory of reports, where no bucket is named.
    pub dir: &'a Path,
    /// Address under which the directory can be reached; `None` = the report gets a `file:` address.
    pub base_url: Option<&'a str>,
}

/// Publishes the report of one student and enters it in `report_artifacts` (a month in
/// `monthly_report_artifacts`); made again, it takes the place of the one before.
///
/// # Errors
/// [`Error::NothingToReport`] for a student or time without KPIs, [`Error::Publish`], or when the
/// database refuses.
pub async fn publish_report(
    store: &Store,
    clock: Clock,
    request: &PublishRequest<'_>,
) -> Result<ReportArtifact, Error> {
    // The database keeps microseconds.
    let now = clock.now().trunc_subsecs(6);
    let day = match request.day {
        Some(day) => day,
        None => newest_week(store, request.user_id, now).await?,
    };
    let span = Span::of(request.period, day);
    let settings =
        Settings::look_up("generate-weekly-report", &DESTINATION, |_| None, request.environment)?;
    let destination = match Destination::read(&settings)? {
        Some(destination) => destination,
        None => {
            Destination::directory(request.dir.to_path_buf(), request.base_url.map(str::to_owned))
        }
    };
    let material = Box::pin(Material::read(store, span, now)).await?;
    let formats = [ReportFormat::Html];
    let edition = Edition::new(material, request.lang, &formats, request.custom.clone())?;
    let place = Place::open(destination, store, &edition).await?;
    let batch = Batch {
        store: store.clone(),
        edition: Arc::new(edition),
        place: Some(place),
        // Who asks for one report gets a new one.
        force: true,
        now,
    };
    let published = batch.one(request.user_id).await?;
    published.reports.into_iter().next().ok_or(Error::Interrupted)
}

async fn newest_week(store: &Store, user_id: &str, now: DateTime<Utc>) -> Result<NaiveDate, Error> {
    let today = day_at(store.time_zone(), now);
    let rows = store.student_weekly_kpi(user_id, NaiveDate::default(), today, 1).await?;
    rows.first()
        .map(|row| row.week_start)
        .ok_or_else(|| Error::NothingToReport(format!("No KPIs found for user={user_id}")))
}
