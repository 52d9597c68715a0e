//! Many reports to one place: made on several threads, put side by side, each entered once it is there.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::stream::{self, StreamExt as _};
use seedtest_publish::{Object, Publisher};
use seedtest_store::{ReportArtifact, Store};

use super::destination::Destination;
use super::edition::{Edition, Made};
use super::key::report_key;
use crate::error::Error;
use crate::registry::JobLog;

/// Failures one after the other with which a batch gives up: the place is gone, and each of them cost a
/// minute of patience.
const MOST_IN_A_ROW: usize = 8;

/// The place of a batch with what is known to be there.
pub(super) struct Place {
    pub(super) destination: Destination,
    pub(super) publisher: Publisher,
    /// What was entered for the week or month, by student and format.
    known: HashMap<(String, String), ReportArtifact>,
}

impl Place {
    /// Opens a destination and reads what was entered.
    pub(super) async fn open(
        destination: Destination,
        store: &Store,
        edition: &Edition,
    ) -> Result<Self, Error> {
        let publisher = destination.open()?;
        let span = edition.span();
        let entered = store.report_artifacts_of(span.period(), span.start()).await?;
        let known = entered
            .into_iter()
            .map(|report| ((report.user_id.clone(), report.format.clone()), report))
            .collect();
        Ok(Self { destination, publisher, known })
    }
}

/// How reports are published.
pub(super) struct Batch {
    pub(super) store: Store,
    pub(super) edition: Arc<Edition>,
    /// `None` = reports are made and let go.
    pub(super) place: Option<Place>,
    /// Put also what is there with the same content.
    pub(super) force: bool,
    pub(super) now: DateTime<Utc>,
}

/// What became of one student's report.
pub(super) struct Published {
    /// Every form, as it is entered now.
    pub(super) reports: Vec<ReportArtifact>,
    /// Objects that were put; 0 where all were there.
    pub(super) put: usize,
}

/// How a batch ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// Students whose report was put, or would be.
    pub(super) made: usize,
    /// Students whose report was there with the same content.
    pub(super) unchanged: usize,
    /// Students without KPIs.
    pub(super) without: usize,
    pub(super) failed: usize,
    /// Objects put.
    pub(super) objects: usize,
    /// Students nobody tried any more.
    pub(super) untried: usize,
}

impl Batch {
    /// Publishes the reports of students, `parallel` at a time, and logs what became of each in their order.
    pub(super) async fn run(
        &self,
        users: &[String],
        parallel: usize,
        log: &mut JobLog<'_>,
    ) -> Tally {
        let total = users.len();
        let mut tally = Tally::default();
        let mut in_a_row = 0;
        let work = stream::iter(users).map(async |user| (user, self.one(user).await));
        let mut done = std::pin::pin!(work.buffered(parallel.max(1)));
        let mut seen = 0;
        while let Some((user, result)) = done.next().await {
            seen += 1;
            let ends_all = self.count(user, result, &mut tally, &mut in_a_row, log);
            log.progress(seen as u64, total as u64);
            if seen % 10 == 0 || seen == total {
                let success = tally.made + tally.unchanged;
                let failed = tally.failed;
                log.line_with(
                    "PROGRESS",
                    &format!("{seen}/{total} processed; success={success}, failed={failed}"),
                );
            }
            if ends_all && seen < total {
                tally.untried = total - seen;
                tally.failed += tally.untried;
                log.line_with(
                    "ERROR",
                    &format!("given up: {} students were not tried", tally.untried),
                );
                break;
            }
        }
        tally
    }

    /// Enters a result into the tally; whether there is no use in going on.
    fn count(
        &self,
        user: &str,
        result: Result<Published, Error>,
        tally: &mut Tally,
        in_a_row: &mut usize,
        log: &mut JobLog<'_>,
    ) -> bool {
        let error = match result {
            Ok(published) => {
                *in_a_row = 0;
                tally.objects += published.put;
                if published.put > 0 || self.place.is_none() {
                    tally.made += 1;
                } else {
                    tally.unchanged += 1;
                }
                for report in &published.reports {
                    log.debug(&format!("user={user} {}: {}", report.format, report.url));
                }
                return false;
            }
            Err(error) => error,
        };
        if let Error::NothingToReport(reason) = &error {
            log.warn(reason);
            tally.without += 1;
            return false;
        }
        tally.failed += 1;
        *in_a_row += 1;
        if let Error::Publish(failure) = &error {
            log.line_with("ERROR", &format!("S3 upload failed: {failure}"));
        }
        let week = self.edition.span().start();
        log.line_with(
            "ERROR",
            &format!("Report generation failed for user={user}, week={week}: {error}"),
        );
        let is_hopeless = match &error {
            Error::Publish(failure) => {
                failure.stops_everything() && tally.made + tally.unchanged == 0
            }
            Error::NoPdf => true,
            _ => false,
        };
        is_hopeless || *in_a_row >= MOST_IN_A_ROW
    }

    /// Makes and publishes the report of one student.
    ///
    /// # Errors
    /// [`Error::NothingToReport`] without KPIs; [`Error::Publish`], [`Error::Report`], or those of the database.
    /// Nothing is entered that is not there.
    pub(super) async fn one(&self, user_id: &str) -> Result<Published, Error> {
        let (edition, user) = (Arc::clone(&self.edition), user_id.to_owned());
        let made = tokio::task::spawn_blocking(move || edition.make(&user)).await;
        let made = made.map_err(|_| Error::Interrupted)??;
        let Some(place) = &self.place else {
            return Ok(Published { reports: Vec::new(), put: 0 });
        };
        let mut reports = Vec::new();
        let mut put = 0;
        for made in made {
            let (report, is_put) = self.bring(place, user_id, made).await?;
            put += usize::from(is_put);
            reports.push(report);
        }
        let known = |report: &ReportArtifact| {
            place.known.get(&(report.user_id.clone(), report.format.clone())) == Some(report)
        };
        if !reports.iter().all(known) {
            let mut tx = self.store.begin().await?;
            for report in &reports {
                tx.put_report_artifact(report).await?;
            }
            tx.commit().await?;
        }
        Ok(Published { reports, put })
    }

    /// Brings one form of a report to its place, unless it is there already; gives what to enter.
    async fn bring(
        &self,
        place: &Place,
        user_id: &str,
        made: Made,
    ) -> Result<(ReportArtifact, bool), Error> {
        let publisher = &place.publisher;
        let span = self.edition.span();
        let code = made.format.code();
        let (period, start) = (span.period(), span.start());
        let key = report_key(user_id, span, code, publisher.is_directory());
        let url = match place.destination.signed {
            Some(opens_for) => publisher.signed_url(&key, opens_for).await?,
            None => publisher.url(&key),
        };
        let known = place.known.get(&(user_id.to_owned(), code.to_owned()));
        let is_there = known.filter(|report| {
            report.content_digest.as_deref() == Some(&made.content_digest)
                && report.key.as_deref() == Some(&key)
                && without_query(&report.url) == without_query(&url)
        });
        if let Some(report) = is_there.filter(|_| !self.force) {
            // A link that opens for a time is given anew; a plain one is what it was.
            return Ok((ReportArtifact { url, ..report.clone() }, false));
        }
        let content_type = made.format.content_type();
        let object = Object { key: &key, content_type, content: made.content.clone() };
        publisher.put(&object).await?;
        let report = ReportArtifact {
            user_id: user_id.to_owned(),
            period,
            start,
            format: code.to_owned(),
            url,
            generated_at: self.now,
            sha256: Some(made.sha256),
            bytes: Some(made.content.len() as i64),
            key: Some(key),
            content_digest: Some(made.content_digest),
        };
        Ok((report, true))
    }
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
