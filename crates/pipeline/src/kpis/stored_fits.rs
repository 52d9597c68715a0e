//! Rows with a P or S of a fitted model.

use chrono::NaiveDate;
use seedtest_kpi::week_start;
use seedtest_store::{Store, Tx, WeeklyKpi};

use crate::calendar::days_before;
use crate::error::Error;

/// A carried P may come from a row that many days before the first week.
const FITTED_DAYS: u32 = 21;

/// The rows with a P or S of a fitted model that matter for the weeks of `first` to `last`. While
/// the transaction lasts nobody else changes them.
pub(crate) async fn locked_fits(
    tx: &mut Tx,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    tx.lock_weekly_kpi().await?;
    Ok(tx.fitted_kpis(earliest_fit(first), last).await?)
}

/// As [`locked_fits`], of one student and one week.
pub(crate) async fn locked_fits_of(
    tx: &mut Tx,
    user_id: &str,
    week: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    tx.lock_weekly_kpi().await?;
    Ok(tx.student_weekly_kpi(user_id, earliest_fit(week), week).await?)
}

/// As [`locked_fits`], for a run that writes nothing.
pub(crate) async fn fits(
    store: &Store,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    Ok(store.fitted_kpis(earliest_fit(first), last).await?)
}

fn earliest_fit(first: NaiveDate) -> NaiveDate {
    days_before(week_start(first), FITTED_DAYS)
}
