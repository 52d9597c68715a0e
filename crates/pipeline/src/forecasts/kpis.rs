//! What the series of a student says, into the newest KPI row.

use std::collections::HashMap;

use chrono::NaiveDate;
use seedtest_families::Outcome;
use seedtest_families::prophet::{Fitted, Spec, fit_many};
use seedtest_kpi::{ForecastKpi, week_start};
use seedtest_store::{KpiPatch, Tx};

use super::series::WeeklySeries;
use crate::error::Error;

/// What the own series of every student says; a student with too few weeks is not in it.
pub(crate) fn forecast_kpis(
    students: &[WeeklySeries],
    spec: &Spec,
) -> Result<Vec<(String, ForecastKpi)>, Error> {
    let series: Vec<(&[i64], &[f64])> =
        students.iter().map(|of| (&of.time[..], &of.value[..])).collect();
    let mut kpis = Vec::new();
    for (of, outcome) in students.iter().zip(fit_many(&series, spec)) {
        if let (Outcome::Fitted(fitted), Some(user_id)) = (outcome?, of.scope.user_id()) {
            kpis.push((user_id.to_owned(), kpi(&fitted)));
        }
    }
    Ok(kpis)
}

/// Merges what the series say into the newest KPI row of every student that has one; returns the
/// number of rows.
pub(crate) async fn write_forecast_kpis(
    tx: &mut Tx,
    kpis: &[(String, ForecastKpi)],
    today: NaiveDate,
) -> Result<u64, Error> {
    tx.lock_weekly_kpi().await?;
    let newest: HashMap<String, NaiveDate> =
        tx.newest_kpi_rows(week_start(today)).await?.into_iter().collect();
    let patch = |(user_id, kpi): &(String, ForecastKpi)| {
        let week_start = *newest.get(user_id)?;
        Some(KpiPatch { user_id: user_id.clone(), week_start, patch: kpi.patch() })
    };
    let patches: Vec<KpiPatch> = kpis.iter().filter_map(patch).collect();
    tx.merge_weekly_kpi(&patches).await?;
    Ok(patches.len() as u64)
}

fn kpi(fitted: &Fitted) -> ForecastKpi {
    let forecast = &fitted.forecast;
    ForecastKpi {
        next: forecast.future.first().and_then(|point| point.yhat),
        anomaly: forecast.judgements.last().and_then(|judgement| judgement.z),
    }
}
