//! Publishing the reports of a week or month to one place, as jobs are asked to.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{NaiveDate, SubsecRound};
use seedtest_report::Lang;
use seedtest_store::{Cohort, ReportPeriod, Store};

use super::batch::{Batch, Place, Tally};
use super::customise::customised;
use super::destination::Destination;
use super::edition::Edition;
use super::material::Material;
use super::span::Span;
use super::write::ReportFormat;
use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::{JobEntry, JobLog, Settings};

/// Which reports to publish, where and how.
pub(crate) struct Publication {
    pub(crate) period: ReportPeriod,
    /// Any day of the week or month; `None` = the one that ended last.
    pub(crate) day: Option<NaiveDate>,
    pub(crate) lang: Lang,
    pub(crate) formats: Vec<ReportFormat>,
    /// File of the customising.
    pub(crate) customise: Option<PathBuf>,
    /// `None` is no error of a dry run.
    pub(crate) destination: Option<Destination>,
    /// Only this student.
    pub(crate) user: Option<String>,
    /// Only students of whom this holds.
    pub(crate) cohort: Option<(Cohort, String)>,
    pub(crate) max_users: usize,
    pub(crate) parallel: usize,
    pub(crate) force: bool,
    pub(crate) dry_run: bool,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Monday of the week, or first day of the month.
    pub(crate) start: NaiveDate,
    /// Students asked for.
    pub(crate) total: usize,
    /// Students whose report was put.
    pub(crate) made: usize,
    /// Students whose report was there with the same content.
    pub(crate) unchanged: usize,
    /// Students without KPIs.
    pub(crate) without: usize,
    pub(crate) failed: usize,
    /// Objects put and entered.
    pub(crate) entered: usize,
    /// Address of the first form, where one student was asked for.
    pub(crate) only_url: Option<String>,
}

/// The variable without which a job would have nothing to do by itself: one that sends letters needs a server,
/// one that publishes a place. `None` where nothing is lacking: what alerts find is kept for the pages, whoever is told.
pub fn lacking(entry: &JobEntry, settings: &Settings) -> Option<&'static str> {
    let has = |key: &str| entry.settings.iter().any(|setting| setting.key == key);
    let is_said = |key: &&str| settings.text(key).is_some();
    if has("webhook-url") {
        return None;
    }
    if has("smtp-host") {
        return (!is_said(&"smtp-host")).then_some("SMTP_HOST");
    }
    let is_named = ["to", "bucket", "output-dir"].iter().any(is_said);
    (has("bucket") && !is_named).then_some("S3_BUCKET")
}

impl Publication {
    /// Publishes; `None` where nobody has KPIs in the week or month.
    ///
    /// # Errors
    /// [`Error::NoDestination`], [`Error::Publish`] where the place cannot be used as it is set up,
    /// [`Error::Customise`], or when the database refuses. What fails for one student is logged and counted.
    pub(crate) async fn run(
        self,
        store: &Store,
        clock: Clock,
        log: &mut JobLog<'_>,
    ) -> Result<Option<Done>, Error> {
        // The database keeps microseconds.
        let now = clock.now().trunc_subsecs(6);
        let today = day_at(store.time_zone(), now);
        let span = match self.day {
            Some(day) => Span::of(self.period, day),
            None => Span::before(self.period, today),
        };
        let destination = if self.dry_run { None } else { Some(self.destination(log)?) };
        let custom = customised(self.customise.as_deref())?;
        let material = Box::pin(Material::read(store, span, now)).await?;
        let edition = Edition::new(material, self.lang, &self.formats, custom)?;
        let users = self.users(store, &edition, log).await?;
        let (n, start) = (users.len(), span.start());
        let formats: Vec<&str> = self.formats.iter().map(|format| format.code()).collect();
        let (formats, dry_run) = (formats.join(","), self.dry_run);
        log.info(&format!(
            "Generating reports for {n} users; week={start}, format={formats}, dry_run={dry_run}"
        ));
        if users.is_empty() {
            let newest = store.newest_kpi_week_until(today).await?;
            log.warn(&match newest {
                Some(week) => {
                    format!("Nobody to report of in {start}; the newest week with KPIs is {week}")
                }
                None => "There are no weekly KPIs yet: run compute-daily-kpis first".into(),
            });
            return Ok(None);
        }
        let parts = store.for_part();
        let place = match destination {
            Some(destination) => Some(Place::open(destination, &parts, &edition).await?),
            None => None,
        };
        let edition = Arc::new(edition);
        let batch = Batch { store: parts, edition, place, force: self.force, now };
        let tally = batch.run(&users, self.parallel, log).await;
        if dry_run {
            let made = tally.made;
            log.dry_run(&format!("Would publish the reports of {made} users"));
        }
        let only_url = match &self.user {
            Some(user) => url_of(store, span, user, self.formats.first()).await?,
            None => None,
        };
        Ok(Some(done(start, n, &tally, only_url)))
    }

    fn destination(&self, log: &mut JobLog<'_>) -> Result<Destination, Error> {
        self.destination.clone().ok_or_else(|| {
            let error = Error::NoDestination;
            log.line_with("ERROR", &error.to_string());
            error
        })
    }

    /// Whose reports to make: those asked for, at most so many.
    async fn users(
        &self,
        store: &Store,
        edition: &Edition,
        log: &mut JobLog<'_>,
    ) -> Result<Vec<String>, Error> {
        if let Some(user) = &self.user {
            return Ok(vec![user.clone()]);
        }
        let mut users = edition.students();
        if let Some((cohort, value)) = &self.cohort {
            let members = store.students_of(*cohort, value).await?;
            users.retain(|user| members.contains(user));
        }
        let most = self.max_users;
        if users.len() > most {
            let n = users.len();
            log.warn(&format!(
                "{n} users have KPIs, only the first {most} by id get a report: raise --max-users"
            ));
            users.truncate(most);
        }
        Ok(users)
    }
}

fn done(start: NaiveDate, total: usize, tally: &Tally, only_url: Option<String>) -> Done {
    Done {
        start,
        total,
        made: tally.made,
        unchanged: tally.unchanged,
        without: tally.without,
        failed: tally.failed,
        entered: tally.objects,
        only_url,
    }
}

async fn url_of(
    store: &Store,
    span: Span,
    user: &str,
    format: Option<&ReportFormat>,
) -> Result<Option<String>, Error> {
    let entered = store.report_artifacts_of(span.period(), span.start()).await?;
    let is_it = |report: &&seedtest_store::ReportArtifact| {
        report.user_id == user && format.is_some_and(|format| format.code() == report.format)
    };
    Ok(entered.iter().find(is_it).map(|report| report.url.clone()))
}
