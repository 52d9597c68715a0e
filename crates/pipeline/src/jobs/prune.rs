//! `prune`: lets go of what has been kept long enough.

use seedtest_store::Kept;

use crate::calendar::{days_before, midnight};
use crate::error::Error;
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Round, Setting, Work};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "prune",
    aliases: &[],
    summary: "Let go of requests, ledger lines, events and replaced results that are old enough",
    schedule: Some("0 6 * * 0"),
    settings: &[
        keep("keep-requests-days", 90, &["SEEDTEST_KEEP_REQUESTS_DAYS"], REQUESTS),
        keep("keep-runs-days", 400, &["SEEDTEST_KEEP_RUNS_DAYS"], RUNS),
        keep("keep-events-days", 30, &["SEEDTEST_KEEP_EVENTS_DAYS"], EVENTS),
        keep("keep-abilities-days", 800, &["SEEDTEST_KEEP_ABILITIES_DAYS"], ABILITIES),
        keep("keep-fits-days", 800, &["SEEDTEST_KEEP_FITS_DAYS"], FITS),
        keep("keep-reports-days", 800, &["SEEDTEST_KEEP_REPORTS_DAYS"], REPORTS),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["seedtest_runs"],
    writes: &[
        "seedtest_run_requests",
        "seedtest_run_models",
        "seedtest_run_results",
        "seedtest_runs",
        "seedtest_outbox",
        "seedtest_alerts",
        "seedtest_alert_deliveries",
        "drift_alerts",
        "item_calibration",
        "drift_windows",
        "mirt_ability",
        "mirt_item_params",
        "mirt_fit_meta",
        "student_topic_theta",
        "survival_risk_history",
        "growth_brms_meta",
        "growth_glmm_meta",
        "survival_fit_meta",
        "prophet_fit_meta",
        "prophet_anomalies",
        "report_artifacts",
        "monthly_report_artifacts",
        "report_mails",
    ],
    rounds: &[Round::Monthly.at(90)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

const REQUESTS: &str = "Keep bodies of requests and replaced models for so long, 0 = for ever";
const RUNS: &str =
    "Keep lines of the ledger and events that were given up for so long, 0 = for ever";
const EVENTS: &str =
    "Keep events that were dealt with and alerts that are over for so long, 0 = for ever";
const ABILITIES: &str =
    "Keep abilities, item parameters and risks that later ones replaced for so long, 0 = for ever";
const FITS: &str = "Keep fits that later ones replaced and anomalies for so long, 0 = for ever";
const REPORTS: &str = "Keep what is known of written reports for so long, 0 = for ever";

const fn keep(
    key: &'static str,
    days: u32,
    env: &'static [&'static str],
    help: &'static str,
) -> Setting {
    Setting::new(key, Kind::Count, help).env(env).or(Preset::Count(days)).of_operator()
}

/// The setting of a kind.
fn key(kept: Kept) -> &'static str {
    match kept {
        Kept::Requests => "keep-requests-days",
        Kept::Runs => "keep-runs-days",
        Kept::Events => "keep-events-days",
        Kept::Abilities => "keep-abilities-days",
        Kept::Fits => "keep-fits-days",
        Kept::Reports => "keep-reports-days",
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let zone = store.time_zone();
    let today = clock.today(zone);
    let mut all = 0;
    let mut tx = store.begin().await?;
    for kept in Kept::ALL {
        let days = settings.days(key(kept))?;
        if days == 0 {
            continue;
        }
        let day = days_before(today, days);
        for (table, rows) in tx.prune(kept, midnight(zone, day)).await? {
            all += rows;
            if rows > 0 {
                log.info(&format!("{table}: {rows} rows from before {day}"));
            }
        }
    }
    if settings.switch("dry-run") {
        tx.rollback().await?;
        log.dry_run(&format!("Would let go of {all} rows"));
    } else {
        tx.commit().await?;
        log.info(&format!("Let go of {all} rows"));
    }
    Ok(Outcome { rows: all, noop: all == 0, ..Outcome::default() })
}
