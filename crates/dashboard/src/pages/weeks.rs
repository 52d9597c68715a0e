//! The week that a page is about: the one of its address, or the newest.

use chrono::NaiveDate;
use seedtest_store::{OverviewKind, Store};
use serde::{Deserialize, Serialize};

use crate::refusal::{PageResult, Refusal};

/// Most weeks to choose from: a year.
const MOST: u32 = 53;

/// The query of a page of a week.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WeekQuery {
    week: Option<String>,
}

/// A week to choose.
#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) monday: String,
    pub(crate) is_shown: bool,
}

impl WeekQuery {
    /// The Monday that was asked for; `None` = the newest week.
    pub(crate) fn week(&self) -> PageResult<Option<NaiveDate>> {
        let Some(text) = self.week.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| Refusal::not_found())
    }
}

/// The weeks of an overview, newest first, `shown` among them marked.
pub(crate) async fn choices(
    store: &Store,
    kind: OverviewKind,
    subject: &str,
    shown: NaiveDate,
) -> PageResult<Vec<Choice>> {
    let weeks = store.overview_weeks(kind, subject, MOST).await?;
    let choice =
        |monday: NaiveDate| Choice { monday: monday.to_string(), is_shown: monday == shown };
    Ok(weeks.into_iter().map(choice).collect())
}
