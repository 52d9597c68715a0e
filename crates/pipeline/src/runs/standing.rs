//! The instant a run stands on: now, the end of a day that was asked for, or, over an old log, the end
//! of the day of its newest answer.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use seedtest_kpi::LOOKBACK_DAYS;
use seedtest_store::Store;

use crate::calendar::{day_at, days_before, end_of, midnight};
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::{AS_OF, JobEntry, JobLog, Settings};

/// The clock of one job: `--as-of`, else over a log whose newest answer is older than what the job
/// looks at the end of that answer's day.
pub(super) async fn of_job(
    entry: &JobEntry,
    store: &Store,
    clock: Clock,
    settings: &Settings,
    log: &mut JobLog<'_>,
) -> Result<Clock, Error> {
    if let Some(day) = settings.date(AS_OF.key) {
        return on_day(store, day, clock);
    }
    match entry.reach.map(|reach| reach(settings)).transpose()?.flatten() {
        Some(days) => at_newest_answer(store, clock, days, log).await,
        None => Ok(clock),
    }
}

/// The clock of a round, which is the same for all its jobs.
pub(super) async fn of_round(
    store: &Store,
    clock: Clock,
    day: Option<NaiveDate>,
    log: &mut JobLog<'_>,
) -> Result<Clock, Error> {
    match day {
        Some(day) => on_day(store, day, clock),
        None => at_newest_answer(store, clock, LOOKBACK_DAYS, log).await,
    }
}

/// A past day is seen from its last microsecond.
pub(super) fn on_day(store: &Store, date: NaiveDate, clock: Clock) -> Result<Clock, Error> {
    let zone = store.time_zone();
    let today = clock.today(zone);
    match date {
        date if date > today => Err(Error::InTheFuture { date, today }),
        date if date < today => Ok(Clock::fixed(last_instant(store, date))),
        _ => Ok(clock),
    }
}

/// The last instant of a day.
pub(crate) fn last_instant(store: &Store, date: NaiveDate) -> DateTime<Utc> {
    end_of(store.time_zone(), date) - Duration::microseconds(1)
}

/// The day of the newest answer, where none is of the last `days` days.
///
/// # Errors
/// Those of the database.
pub(crate) async fn end_of_old_log(
    store: &Store,
    clock: Clock,
    days: u32,
) -> Result<Option<NaiveDate>, Error> {
    let (zone, now) = (store.time_zone(), clock.now());
    let from = midnight(zone, days_before(day_at(zone, now), days));
    if store.has_answers(from, now).await? {
        return Ok(None);
    }
    let newest = store.newest_answer(now).await?;
    Ok(newest.map(|newest| day_at(zone, newest)))
}

async fn at_newest_answer(
    store: &Store,
    clock: Clock,
    days: u32,
    log: &mut JobLog<'_>,
) -> Result<Clock, Error> {
    let Some(day) = end_of_old_log(store, clock, days).await? else { return Ok(clock) };
    log.warn(&format!(
        "the newest answer is of {day}, more than {days} days ago: standing at the end of that day \
         (--as-of DATE chooses another one)"
    ));
    Ok(Clock::fixed(last_instant(store, day)))
}
