//! `verify-counts`: how many rows the results have.

use seedtest_store::Store;

use crate::error::Error;
use crate::registry::{AS_OF, JobEntry, JobLog, Outcome, Round, Work};

const TABLES: &[&str] =
    &["mirt_item_params", "mirt_ability", "mirt_fit_meta", "student_topic_theta", "weekly_kpi"];

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "verify-counts",
    aliases: &["ops-verify"],
    summary: "Row counts of the result tables and one student looked up in them",
    schedule: None,
    settings: &[AS_OF],
    reads: TABLES,
    writes: &[],
    rounds: &[Round::Monthly.at(95)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, log, .. } = work;
    for &table in TABLES {
        let line = match store.table_count(table).await {
            Ok(Some(rows)) => format!("{table}: {rows}"),
            Ok(None) => format!("{table}: ERROR (not in the schema)"),
            Err(error) => format!("{table}: ERROR ({error})"),
        };
        log.plain(&line);
    }
    if let Err(error) = sample(store, log).await {
        log.warn(&format!("no sample user could be read: {error}"));
    }
    Ok(Outcome::default())
}

/// One student with an ability, and what the newest week says of the same one.
async fn sample(store: &Store, log: &mut JobLog<'_>) -> Result<(), Error> {
    let newest = store.newest_kpi_week().await?;
    let rows = match newest {
        Some(week) => store.weekly_kpi(week).await?,
        None => Vec::new(),
    };
    let abilities = store.latest_abilities().await?;
    let user_id = abilities.first().map(|a| &a.user_id).or(rows.first().map(|row| &row.user_id));
    let Some(user_id) = user_id else {
        log.line_with("VERIFY", "no user to look up");
        return Ok(());
    };
    let theta = abilities.iter().find(|ability| ability.user_id == *user_id);
    let theta = theta.map_or("none".to_string(), |ability| format!("{:.4}", ability.theta));
    let week = rows.iter().find(|row| row.user_id == *user_id);
    let week = week.map_or("none".to_string(), |row| row.week_start.to_string());
    let message = format!("user={user_id} theta={theta} weekly_kpi={week}");
    log.line_with("VERIFY", &message);
    Ok(())
}
