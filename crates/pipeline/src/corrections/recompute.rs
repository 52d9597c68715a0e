//! What rests on answers that changed, computed anew: daily features and KPI rows of the days and weeks that look
//! back as far, abilities of the students. Fits of whole models are left to their next run, which is said.

use std::io;

use chrono::{Days, NaiveDate};
use seedtest_kpi::{LOOKBACK_DAYS, week_end, week_start};
use seedtest_store::{OverviewKind, StaleDays, Store, Touched};

use super::CorrectionContext;
use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::{compute_daily_kpis, features_backfill, refresh_dashboard, update_theta};
use crate::registry::{JobEntry, JobLog, LogFormat, Outcome, Settings};
use crate::runs::{Context, run_job};

/// Days that the KPIs of a week look back: two windows of 28 days.
const WINDOWS: u64 = 56;
/// Abilities of more students than this are left to a calibration, which takes them together.
const MOST_RESCORED: usize = 500;
/// Days that an ability can look back at most.
const MOST_DAYS: i64 = 1000;

/// What was computed anew after a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// First day of features and weeks.
    pub from: NaiveDate,
    /// Last one.
    pub to: NaiveDate,
    /// Rows of daily features.
    pub features: u64,
    /// KPI rows.
    pub kpis: u64,
    /// Students whose ability was estimated anew.
    pub rescored: usize,
    /// Students whose ability still is that of before; a calibration estimates it.
    pub left: usize,
    /// Students of whom there is no answer left.
    pub vanished: Vec<String>,
    /// Jobs whose fits read what was corrected; the ledger says so of them until they are made again.
    pub stale_fits: Vec<String>,
    /// What still has to be run, as commands.
    pub to_run: Vec<String>,
}

/// What has to be computed anew.
#[derive(Debug)]
pub(super) struct Plan {
    /// What no longer holds.
    pub(super) stale: Vec<StaleDays>,
    /// Students without any answer left.
    pub(super) vanished: Vec<String>,
    /// Jobs whose fits were marked.
    pub(super) stale_fits: Vec<String>,
    /// First and last day; `None` where nobody was touched.
    span: Option<(NaiveDate, NaiveDate)>,
    /// The last day of the weeks that had KPIs: later ones are not begun by a correction. `None` = there were none.
    kpis_until: Option<NaiveDate>,
}

impl Plan {
    /// `newest_week`: Monday of the newest week that has KPIs.
    pub(super) fn of(
        store: &Store,
        clock: Clock,
        touched: &[Touched],
        newest_week: Option<NaiveDate>,
    ) -> Self {
        let zone = store.time_zone();
        let today = clock.today(zone);
        let reach = |day: NaiveDate, days| {
            day.checked_add_days(Days::new(days)).unwrap_or(day).min(today).max(day)
        };
        let stale: Vec<StaleDays> = touched
            .iter()
            .map(|of| {
                let (first, last) = (day_at(zone, of.first), day_at(zone, of.last));
                StaleDays {
                    user_id: of.user_id.clone(),
                    first,
                    last,
                    first_week: week_start(first),
                    last_week: week_start(reach(last, WINDOWS)),
                }
            })
            .collect();
        let first = stale.iter().map(|of| of.first).min();
        let last = stale.iter().map(|of| reach(of.last, WINDOWS)).max();
        let kpis_until = newest_week.map(|week| week_end(week).min(today));
        let (vanished, stale_fits) = (Vec::new(), Vec::new());
        Self { stale, vanished, stale_fits, span: first.zip(last), kpis_until }
    }

    /// # Errors
    /// Those of the jobs. What was corrected stays corrected; the error says what to run.
    pub(super) async fn compute(
        mut self,
        context: CorrectionContext<'_>,
    ) -> Result<Recomputed, Error> {
        let today = context.clock.today(context.store.time_zone());
        let (from, to) = self.span.unwrap_or((today, today));
        let mut done = Recomputed {
            from,
            to,
            features: 0,
            kpis: 0,
            rescored: 0,
            left: 0,
            vanished: std::mem::take(&mut self.vanished),
            stale_fits: std::mem::take(&mut self.stale_fits),
            to_run: vec!["seedtest pipeline weekly".to_owned()],
        };
        if self.span.is_none() || context.store.log_span().await?.is_none() {
            return Ok(done);
        }
        let span = |key: &str| match key {
            "from" => Some(from.to_string()),
            "to" => Some(to.to_string()),
            _ => None,
        };
        done.features = job(context, &features_backfill::ENTRY, span).await?.rows;
        self.rescore(context, today, &mut done).await?;
        let Some(until) = self.kpis_until.filter(|until| *until >= from) else { return Ok(done) };
        let weeks = |key: &str| match key {
            "to" => Some(to.min(until).to_string()),
            key => span(key),
        };
        done.kpis = job(context, &compute_daily_kpis::ENTRY, weeks).await?.rows;
        // Pages that are there show what is right now.
        let pages = context.store.overview_weeks(OverviewKind::School, "", 1).await?;
        if !pages.is_empty() {
            job(context, &refresh_dashboard::ENTRY, |_| None).await?;
        }
        Ok(done)
    }

    async fn rescore(
        &self,
        context: CorrectionContext<'_>,
        today: NaiveDate,
        done: &mut Recomputed,
    ) -> Result<(), Error> {
        let span = context.store.log_span().await?;
        let Some(span) = span.filter(|_| !self.stale.is_empty()) else { return Ok(()) };
        if context.store.latest_item_params().await?.is_empty() {
            return Ok(());
        }
        // As the calibration did: from all answers.
        let first = day_at(context.store.time_zone(), span.first);
        let days = (today - first).num_days().clamp(1, MOST_DAYS - 1) + 1;
        let now = self.stale.iter().take(MOST_RESCORED);
        done.left = self.stale.len().saturating_sub(MOST_RESCORED);
        for of in now {
            let flags = |key: &str| match key {
                "user" => Some(of.user_id.clone()),
                "lookback-days" => Some(days.to_string()),
                _ => None,
            };
            if !job(context, &update_theta::ENTRY, flags).await?.noop {
                done.rescored += 1;
            }
        }
        if done.left > 0 {
            done.to_run.insert(0, "seedtest job run mirt-calibrate".to_owned());
        }
        Ok(())
    }
}

/// Runs a job without its log.
async fn job(
    context: CorrectionContext<'_>,
    entry: &JobEntry,
    flag: impl Fn(&str) -> Option<String>,
) -> Result<Outcome, Error> {
    let CorrectionContext { store, clock, environment, actor } = context;
    let settings = Settings::resolve(entry, flag, environment)?;
    let mut silent = io::sink();
    let log = &mut JobLog::new(&mut silent, LogFormat::Text, clock, false);
    run_job(entry, Context { store, clock, settings: &settings, log, actor, in_round: false }).await
}

const _: () =
    assert!(WINDOWS >= LOOKBACK_DAYS as u64, "a row looks back no further than the windows");
