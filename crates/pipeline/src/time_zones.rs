//! The time zone of a database: chosen once, kept with the rows that were counted in it, changed only
//! together with them.

use chrono::NaiveDate;
use seedtest_kpi::{KeyGroup, LOOKBACK_DAYS, keys_of};
use seedtest_responses::TimeZone;
use seedtest_store::{KpiKeys, Store};

use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;

/// The same database with its days counted in the zone that is stored, or, where nothing has been
/// counted yet, in the one that is asked for, which is stored then.
///
/// # Errors
/// [`Error::OtherTimeZone`] when rows are there that were counted in another zone than the one asked
/// for, [`Error::UnknownTimeZone`] when this program does not know the stored one.
pub async fn in_its_time_zone(store: Store, asked: Option<&TimeZone>) -> Result<Store, Error> {
    let stored = stored(&store).await?;
    let counted_in = stored.clone().unwrap_or_default();
    let Some(asked) = asked.filter(|&asked| *asked != counted_in) else {
        return Ok(store.in_time_zone(counted_in));
    };
    if store.holds_days().await? {
        return Err(Error::OtherTimeZone { stored: counted_in, asked: asked.clone() });
    }
    let mut tx = store.begin().await?;
    tx.set_time_zone(asked.name()).await?;
    tx.commit().await?;
    Ok(store.in_time_zone(asked.clone()))
}

/// What has to be computed again after a change of zone: every day from the first answer to the last
/// KPI row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recount {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// Counts the days of a database in another zone from now on, and forgets what was counted in the old
/// one: daily features, and of the KPI rows all but P and S of fitted models. Says which days have to be
/// computed again; `None` where there is no answer.
///
/// # Errors
/// When the database refuses; nothing is changed then.
pub async fn change_time_zone(
    store: Store,
    zone: &TimeZone,
    clock: Clock,
) -> Result<(Store, Option<Recount>), Error> {
    let span = store.log_span().await?;
    let mut tx = store.begin().await?;
    tx.set_time_zone(zone.name()).await?;
    let groups = [KeyGroup::Week, KeyGroup::Goal, KeyGroup::Churn, KeyGroup::Forecast];
    let [mut week, goal, churn, forecast] = groups.map(keys_of);
    // What a series says rests on the weeks.
    week.extend(forecast);
    tx.forget_days(KpiKeys { week: &week, goal: &goal, churn: &churn }).await?;
    tx.commit().await?;
    let recount = span.map(|span| {
        let last = day_at(zone, span.last);
        let last_row = last.checked_add_days(chrono::Days::new(u64::from(LOOKBACK_DAYS)));
        let today = clock.today(zone);
        Recount { from: day_at(zone, span.first), to: last_row.unwrap_or(last).min(today) }
    });
    Ok((store.in_time_zone(zone.clone()), recount))
}

async fn stored(store: &Store) -> Result<Option<TimeZone>, Error> {
    let Some(name) = store.stored_time_zone().await? else { return Ok(None) };
    name.parse().map(Some).map_err(Error::UnknownTimeZone)
}
