//! What KPIs and features are computed from, loaded once for everything that needs it.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_responses::ResponseLog;
use seedtest_store::{LogFilter, Store};
use tokio::sync::OnceCell;

use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;
use crate::theta_history::StoredThetas;
use crate::visits::Visits;

/// A run of time, from an instant to just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Span {
    /// The days from `first` to `last` and `history_days` before them.
    pub(crate) fn of_days(first: NaiveDate, last: NaiveDate, history_days: u32) -> Self {
        Self { from: midnight(days_before(first, history_days)), to: end_of(last) }
    }

    /// From the earlier start to the later end.
    pub(crate) fn hull(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// All answers in it.
    pub(crate) fn answers(self) -> LogFilter {
        LogFilter { from: Some(self.from), to: Some(self.to), ..LogFilter::default() }
    }
}

/// Answers, other signs of life and abilities of a span of time.
pub(crate) struct Evidence {
    pub(crate) log: ResponseLog,
    pub(crate) visits: Visits,
    pub(crate) thetas: StoredThetas,
}

impl Evidence {
    /// Everything of the span; of its answers those that `answers` lets through.
    pub(crate) async fn load(
        store: &Store,
        span: Span,
        answers: &LogFilter,
    ) -> Result<Self, Error> {
        let log = store.load_log(answers).await?.log;
        let visits = Visits::new(store.visits(span.from, span.to).await?, &log);
        let thetas = StoredThetas::load(store, span.from, span.to).await?;
        Ok(Self { log, visits, thetas })
    }

    /// Everything of one student in the span, and all abilities before its end.
    pub(crate) async fn of_student(
        store: &Store,
        user_id: &str,
        span: Span,
    ) -> Result<Self, Error> {
        let answers = LogFilter { user_id: Some(user_id.to_string()), ..span.answers() };
        let log = store.load_log(&answers).await?.log;
        let visits = Visits::new(store.student_visits(user_id, span.from, span.to).await?, &log);
        let thetas = StoredThetas::of_student(store, user_id, span.to).await?;
        Ok(Self { log, visits, thetas })
    }
}

/// Evidence of several jobs that run side by side: whoever needs it first loads it for all.
///
/// Every job looks at its own windows only, so more than it asked for changes nothing.
pub(crate) struct SharedEvidence {
    span: Span,
    loaded: OnceCell<Evidence>,
}

impl SharedEvidence {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, loaded: OnceCell::new() }
    }

    /// The evidence; after a failure the next one to ask tries again.
    pub(crate) async fn get(&self, store: &Store) -> Result<&Evidence, Error> {
        let load = async || Evidence::load(store, self.span, &self.span.answers()).await;
        self.loaded.get_or_try_init(load).await
    }
}
