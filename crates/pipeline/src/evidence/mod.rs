//! What KPIs and features are computed from, loaded once for everything that needs it.

mod abilities;
mod visits;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_kpi::History;
use seedtest_responses::{ResponseLog, TimeZone};
use seedtest_store::{LogFilter, Store};
use tokio::sync::OnceCell;

pub(crate) use abilities::{COPIED, FittedTheta, StoredThetas, ThetaHistory};
pub(crate) use visits::Visits;

use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;

/// A run of time, from an instant to just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Span {
    /// The days from `first` to `last` and `history_days` before them.
    pub(crate) fn of_days(
        zone: &TimeZone,
        first: NaiveDate,
        last: NaiveDate,
        history_days: u32,
    ) -> Self {
        Self { from: midnight(zone, days_before(first, history_days)), to: end_of(zone, last) }
    }

    /// From the earlier start to the later end.
    pub(crate) fn hull(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// All answers in it.
    pub(crate) fn answers(self) -> LogFilter {
        LogFilter { from: Some(self.from), to: Some(self.to), ..LogFilter::default() }
    }

    /// All answers of one student in it, or of everybody.
    pub(crate) fn answers_of(self, user_id: Option<&str>) -> LogFilter {
        LogFilter { user_id: user_id.map(str::to_string), ..self.answers() }
    }
}

/// Answers, other signs of life and abilities of a span of time.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) log: ResponseLog,
    pub(crate) visits: Visits,
    pub(crate) thetas: StoredThetas,
}

impl Evidence {
    /// Everything of the span; of its answers those that `answers` lets through. Where it names one
    /// student, all is of that student, and all abilities before the end of the span count.
    pub(crate) async fn load(
        store: &Store,
        span: Span,
        answers: &LogFilter,
    ) -> Result<Self, Error> {
        let log = store.load_log(answers).await?.log;
        let Span { from, to } = span;
        let (visits, thetas) = match &answers.user_id {
            Some(user_id) => (
                store.student_visits(user_id, from, to).await?,
                StoredThetas::of_student(store, user_id, to).await?,
            ),
            None => (store.visits(from, to).await?, StoredThetas::load(store, from, to).await?),
        };
        let visits = Visits::new(visits, &log);
        Ok(Self { log, visits, thetas })
    }

    /// Everyone with an answer or a visit, by id.
    pub(crate) fn users(&self) -> Vec<&str> {
        let mut users: Vec<&str> = self.log.students().iter().map(|id| &**id).collect();
        users.extend(self.visits.users());
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Everything known of one student.
    pub(crate) fn history(&self, user_id: &str) -> History<'_> {
        self.visits.history(&self.log, user_id)
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
