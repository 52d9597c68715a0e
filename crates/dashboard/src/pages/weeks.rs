//! The week that a page is about: the one of its address, or the newest.

use axum::http::StatusCode;
use chrono::{NaiveDate, Weekday};
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
    /// Monday of the week that was asked for by any of its days, as commands and jobs take it; `None` = the newest
    /// week.
    pub(crate) fn week(&self) -> PageResult<Option<NaiveDate>> {
        let Some(text) = self.week.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let day = text.parse::<NaiveDate>().ok();
        let monday = day.and_then(|day| day.week(Weekday::Mon).checked_first_day());
        let refused = || Refusal::new(StatusCode::BAD_REQUEST, "refusal.week").with("week", text);
        monday.map(Some).ok_or_else(refused)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> PageResult<Option<NaiveDate>> {
        WeekQuery { week: Some(text.to_owned()) }.week()
    }

    #[test]
    fn any_day_stands_for_its_week() {
        let monday = NaiveDate::from_ymd_opt(2025, 3, 10);
        for day in ["2025-03-10", "2025-03-11", " 2025-03-16 "] {
            assert_eq!(asked(day), Ok(monday), "{day}");
        }
        assert_eq!(asked(" "), Ok(None));
        assert_eq!(WeekQuery::default().week(), Ok(None));
    }

    #[test]
    fn what_is_no_day_is_refused_in_words() {
        for text in ["nonsense", "2025-13-01", "2025-W11", "-262143-01-01"] {
            let refused = asked(text).unwrap_err();
            assert_eq!((refused.status, refused.word), (StatusCode::BAD_REQUEST, "refusal.week"));
            assert_eq!(refused.about, [("week", text.to_owned())]);
        }
    }
}
