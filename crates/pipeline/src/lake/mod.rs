//! What Spark wrote into a lake, brought into the tables of dashboard and reports.

mod files;
mod rows;

use seedtest_kpi::{Source, WeeklyKpis};
use seedtest_store::{KpiPatch, Store, Tx};
use serde_json::json;

use crate::clock::Clock;
use crate::error::Error;
use crate::runs::{Environment, ImportCounts, OpenRun};

/// What became of the rows of a lake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LakeSummary {
    /// Calibrations.
    pub calibrations: usize,
    /// Their items.
    pub items: usize,
    /// Their abilities.
    pub abilities: usize,
    /// Students without an ability, who have a reason in the lake and no row in the database.
    pub without_ability: usize,
    /// KPI rows that are new or whose content changed.
    pub kpis_changed: u64,
    /// KPI rows that held everything already.
    pub kpis_unchanged: u64,
}

/// Reads the folders `mirt_fit_meta`, `mirt_ability` and `weekly_kpi` below `from`, a directory or an address such as
/// `s3://BUCKET/PREFIX`, as Parquet or as a Delta table, and writes them in one transaction. Written again, they leave
/// everything as it is.
///
/// A KPI row from answers alone does not take away what the database knows beside them: the ability, a P, and the S
/// of a survival model stay. The ledger has a line of it, with the time of the clock and who asked.
///
/// # Errors
/// For a place that cannot be read or holds none of the folders, rows that cannot be used, and what the database
/// refuses; nothing but the line of the ledger is written then.
pub async fn load_lake(
    store: &Store,
    from: &str,
    environment: Environment<'_>,
    (clock, actor): (Clock, &str),
) -> Result<LakeSummary, Error> {
    let lake = files::Lake::open(from, environment)?;
    let run = OpenRun::import_of("lake", store, json!({ "from": from }), clock, actor).await?;
    let results = run.store(store);
    let read = Box::pin(load(&results, &lake)).await;
    let closed = run.close_import(store, read.as_ref().map(counts)).await;
    let summary = read?;
    closed?;
    Ok(summary)
}

/// What the ledger says of it.
fn counts(summary: &LakeSummary) -> ImportCounts {
    let &LakeSummary {
        calibrations,
        items,
        abilities,
        without_ability,
        kpis_changed,
        kpis_unchanged,
    } = summary;
    let counts = json!({
        "calibrations": calibrations,
        "items": items,
        "abilities": abilities,
        "without_ability": without_ability,
        "kpis_changed": kpis_changed,
        "kpis_unchanged": kpis_unchanged,
    });
    let rows = (calibrations + items + abilities) as u64 + kpis_changed;
    ImportCounts { rows, counts, refused: None }
}

async fn load(store: &Store, lake: &files::Lake) -> Result<LakeSummary, Error> {
    let calibrations = rows::calibrations(lake).await?;
    let kpis = rows::kpis(lake).await?;
    if calibrations.fits.is_empty() && kpis.is_empty() {
        return Err(lake.empty());
    }
    let mut tx = store.begin().await?;
    let mut summary = LakeSummary {
        calibrations: calibrations.fits.len(),
        without_ability: calibrations.without_ability,
        ..LakeSummary::default()
    };
    for fit in &calibrations.fits {
        summary.items += fit.items.len();
        summary.abilities += fit.abilities.len();
        tx.write_calibration(fit).await?;
    }
    if !kpis.is_empty() {
        tx.lock_weekly_kpi().await?;
        let mut patches = Vec::with_capacity(kpis.len());
        for row in kpis {
            patches.push(beside_known(&mut tx, row).await?);
        }
        let merged = tx.merge_weekly_kpi(&patches).await?;
        (summary.kpis_changed, summary.kpis_unchanged) = (merged.changed, merged.unchanged);
    }
    tx.commit().await?;
    Ok(summary)
}

/// A row from answers alone without what it does not know and the stored row does.
async fn beside_known(tx: &mut Tx, row: rows::KpiRow) -> Result<KpiPatch, Error> {
    let rows::KpiRow { user_id, week_start, kpis } = row;
    let stored = tx.student_weekly_kpi(&user_id, week_start, week_start).await?;
    let patch = match stored.first() {
        None => kpis,
        Some(stored) => merged(WeeklyKpis::read(&kpis), WeeklyKpis::read(&stored.kpis)).into_map(),
    };
    Ok(KpiPatch { user_id, week_start, patch })
}

fn merged(new: WeeklyKpis, stored: WeeklyKpis) -> WeeklyKpis {
    let knows_goal =
        |row: &WeeklyKpis| row.goal.as_ref().is_some_and(|goal| goal.probability.is_ok());
    let is_fitted = |row: &WeeklyKpis| {
        row.churn.as_ref().is_some_and(|churn| churn.source == Some(Source::Survival))
    };
    let keeps_goal = !knows_goal(&new) && knows_goal(&stored);
    let keeps_churn = !is_fitted(&new) && is_fitted(&stored);
    let keeps_ability = new.theta.is_err() && stored.theta.is_ok();
    let ability = if keeps_ability { stored } else { new.clone() };
    WeeklyKpis {
        theta: ability.theta,
        theta_se: ability.theta_se,
        ability_estimate: ability.ability_estimate,
        delta_theta: ability.delta_theta,
        goal: new.goal.filter(|_| !keeps_goal),
        churn: new.churn.filter(|_| !keeps_churn),
        slope: None,
        forecast: None,
        ..new
    }
}

#[cfg(test)]
mod tests {
    use seedtest_kpi::{ChurnKpi, GoalKpi, GoalScale, GoalTarget};

    use super::*;

    fn row(theta: Option<f64>, goal: Option<f64>) -> WeeklyKpis {
        let target = GoalTarget { value: 0.0, scale: GoalScale::Theta };
        let unknown = seedtest_kpi::Missing::NotEstimated;
        WeeklyKpis {
            theta: theta.ok_or(Some(unknown)),
            goal: Some(GoalKpi::normal(goal.ok_or(unknown), target, None)),
            churn: Some(ChurnKpi::heuristic(Ok(0.2))),
            attempts: Some(7),
            ..WeeklyKpis::unknown()
        }
    }

    #[test]
    fn what_is_known_stays() {
        let found = merged(row(None, None), row(Some(0.5), Some(0.7)));
        assert_eq!((found.theta, found.attempts), (Ok(0.5), Some(7)));
        assert!(found.goal.is_none() && found.churn.is_some());
        let found = merged(row(Some(0.9), Some(0.8)), row(Some(0.5), Some(0.7)));
        assert_eq!(found.theta, Ok(0.9));
        assert_eq!(found.goal.unwrap().probability, Ok(0.8));
    }
}
