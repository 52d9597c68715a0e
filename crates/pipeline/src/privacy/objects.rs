//! Published reports of a student: objects in a bucket, or in a directory.

use seedtest_publish::Publisher;
use seedtest_store::{ReportArtifact, Store};
use serde_json::{Value, json};

use crate::error::Error;
use crate::registry::Settings;
use crate::reports::{DESTINATION, Destination};
use crate::runs::Environment;

/// The place reports are published to, by the variables that job `generate-weekly-report` reads; `None` where they
/// name none.
///
/// # Errors
/// Where it cannot be used as it is set up.
pub fn reports_publisher(environment: Environment<'_>) -> Result<Option<Publisher>, Error> {
    let settings =
        Settings::look_up("generate-weekly-report", &DESTINATION, |_| None, environment)?;
    Destination::read(&settings)?.map(|destination| destination.open()).transpose()
}

/// What is entered as published of a student.
pub(crate) struct StudentObjects {
    /// Those whose place is at hand.
    here: Vec<ReportArtifact>,
    /// Those published elsewhere.
    elsewhere: Vec<ReportArtifact>,
}

impl StudentObjects {
    pub(crate) async fn find(
        store: &Store,
        ids: &[&str],
        publisher: Option<&Publisher>,
    ) -> Result<Self, Error> {
        let mut published = Vec::new();
        for user_id in ids {
            published.extend(store.report_artifacts(user_id).await?);
        }
        let published = published.into_iter().filter(|report| report.key.is_some());
        let is_here = |report: &ReportArtifact| {
            let url = report.url.split('?').next().unwrap_or_default();
            publisher.zip(report.key.as_deref()).is_some_and(|(at, key)| at.url(key) == url)
        };
        // A file on this machine is found as a file.
        let (here, elsewhere) =
            published.filter(|report| !report.url.starts_with("file:")).partition(is_here);
        Ok(Self { here, elsewhere })
    }

    /// Takes away those whose place is at hand.
    ///
    /// # Errors
    /// [`Error::Publish`] at the first that cannot be.
    pub(crate) async fn remove(&self, publisher: Option<&Publisher>) -> Result<(), Error> {
        let Some(publisher) = publisher else { return Ok(()) };
        for key in self.here.iter().filter_map(|report| report.key.as_deref()) {
            publisher.remove(key).await?;
        }
        Ok(())
    }

    /// Those whose place is at hand.
    pub(crate) fn here(&self) -> &[ReportArtifact] {
        &self.here
    }

    /// How many; their addresses hold the id.
    pub(super) fn counts(&self) -> Value {
        json!({"removed": self.here.len(), "elsewhere": self.elsewhere.len()})
    }

    /// Addresses of those that have to be removed by hand.
    pub(crate) fn left(&self) -> Vec<&str> {
        self.elsewhere.iter().map(|report| report.url.as_str()).collect()
    }
}
