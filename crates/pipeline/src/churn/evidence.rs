use chrono::{Days, NaiveDate};
use seedtest_kpi::{History, day_start_micros};
use seedtest_responses::ResponseLog;
use seedtest_store::{LogFilter, Store};

use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;
use crate::theta_history::StoredThetas;
use crate::visits::Visits;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Two windows of 28 days lie behind a landmark.
const DAYS_BEHIND: u32 = 56;

/// Which landmarks, and what a silence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChurnSpec {
    /// The day of interest.
    pub today: NaiveDate,
    /// Landmarks lie in this many days before today, and so does the last activity of a student who
    /// gets a risk.
    pub lookback_days: u32,
    /// Whole days without activity that count as a silence.
    pub threshold_days: u32,
}

impl ChurnSpec {
    /// Days a landmark is observed: the horizon, which is the threshold, and half as long again.
    pub(super) fn follow_up_days(&self) -> i64 {
        i64::from(self.threshold_days) * 3 / 2
    }

    /// The Sundays of the lookback, oldest first: ends of the weeks the KPIs stand for.
    pub(super) fn landmark_days(&self) -> impl Iterator<Item = i64> + use<> {
        let first = seedtest_kpi::week_end(days_before(self.today, self.lookback_days));
        let last = day_number(self.today);
        (day_number(first)..=last).step_by(7)
    }
}

/// What the data set is made of.
pub(crate) struct Evidence {
    log: ResponseLog,
    visits: Visits,
    thetas: StoredThetas,
}

impl Evidence {
    /// Loads everything the lookback needs, of all students or of one.
    pub(crate) async fn load(
        store: &Store,
        spec: &ChurnSpec,
        user_id: Option<&str>,
    ) -> Result<Self, Error> {
        let from = midnight(days_before(spec.today, spec.lookback_days + DAYS_BEHIND));
        let to = end_of(spec.today);
        let user = user_id.map(str::to_owned);
        let filter =
            LogFilter { from: Some(from), to: Some(to), user_id: user, ..LogFilter::default() };
        let log = store.load_log(&filter).await?.log;
        let mut visits = store.visits(from, to).await?;
        visits.retain(|visit| user_id.is_none_or(|id| visit.user_id == id));
        let visits = Visits::new(visits, &log);
        Ok(Self { log, visits, thetas: StoredThetas::load(store, from, to).await? })
    }

    #[cfg(test)]
    pub(super) fn new(log: ResponseLog, visits: Vec<seedtest_store::VisitRow>) -> Self {
        let visits = Visits::new(visits, &log);
        Self { log, visits, thetas: StoredThetas::default() }
    }

    /// Everyone with an answer or a visit, by id.
    pub(crate) fn users(&self) -> Vec<&str> {
        let mut users: Vec<&str> = self.log.students().iter().map(|id| &**id).collect();
        users.extend(self.visits.users());
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Stored abilities.
    pub(crate) fn thetas(&self) -> &StoredThetas {
        &self.thetas
    }

    /// Everything known of one student.
    pub(crate) fn history(&self, user_id: &str) -> History<'_> {
        self.visits.history(&self.log, user_id)
    }
}

/// Days with an answer or a visit, ascending.
pub(super) fn active_days(history: &History<'_>) -> Vec<i64> {
    let answers = history.log.at()[history.rows.clone()].iter().copied();
    let visits = history.visits.iter().map(|visit| visit.at);
    let mut days: Vec<i64> =
        answers.chain(visits).map(|at| at.div_euclid(MICROS_PER_DAY)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// Days since 1970-01-01.
pub(super) fn day_number(date: NaiveDate) -> i64 {
    day_start_micros(date) / MICROS_PER_DAY
}

/// The date of a day number.
pub(super) fn date_of(day: i64) -> NaiveDate {
    let epoch = NaiveDate::default();
    let days = Days::new(day.unsigned_abs());
    let date = if day >= 0 { epoch.checked_add_days(days) } else { epoch.checked_sub_days(days) };
    date.unwrap_or(epoch)
}
