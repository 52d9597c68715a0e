//! Jobs for one student, or for everybody now, asked for by name: run, entered in the ledger, and
//! what they wrote read back.

use chrono::{Duration, NaiveDate, SubsecRound};
use seedtest_kpi::week_start;
use seedtest_store::{Ability, Store, WeeklyKpi};

use super::run::{Context, run_unlocked};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::{recompute_weekly_kpi, update_theta};
use crate::registry::{JobEntry, JobLog, LogFormat, Outcome, Settings};

/// Looks an environment variable up.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// A run for one student.
#[derive(Clone, Copy)]
pub struct StudentRun<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Environment variables that set up the job.
    pub environment: Environment<'a>,
    /// Who asked for it, for the ledger.
    pub actor: &'a str,
    /// Canonical text id of the student.
    pub user_id: &'a str,
}

/// How an ability is to be estimated; what is `None` is as the job has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThetaUpdate<'a> {
    /// Answers of this many days.
    pub lookback_days: Option<u32>,
    /// Only item parameters of this model.
    pub model: Option<&'a str>,
    /// Only item parameters of this version.
    pub version: Option<&'a str>,
}

impl StudentRun<'_> {
    /// Computes the KPIs of the week that begins on `monday` (this week's by default) and stores
    /// them. `None`: none of the six can be computed, and nothing was written.
    pub async fn recompute_week(
        self,
        monday: Option<NaiveDate>,
    ) -> Result<Option<WeeklyKpi>, Error> {
        let monday = week_start(monday.unwrap_or_else(|| self.clock.today(self.store.time_zone())));
        let flag = |key: &str| match key {
            "user" => Some(self.user_id.to_string()),
            "week-start" => Some(monday.to_string()),
            _ => None,
        };
        if self.run(&recompute_weekly_kpi::ENTRY, self.clock, flag).await?.noop {
            return Ok(None);
        }
        let user_id = self.store.student_now(self.user_id).await?;
        let rows = self.store.student_weekly_kpi(&user_id, monday, monday, 1).await?;
        Ok(rows.into_iter().next())
    }

    /// Estimates the ability from stored item parameters and stores it. `None`: there is no answer
    /// to an item with parameters, and nothing was written.
    pub async fn update_theta(self, update: ThetaUpdate<'_>) -> Result<Option<Ability>, Error> {
        // The database keeps microseconds.
        let now = self.clock.now().trunc_subsecs(6);
        let flag = |key: &str| match key {
            "user" => Some(self.user_id.to_string()),
            "lookback-days" => update.lookback_days.map(|days| days.to_string()),
            "model" => update.model.map(str::to_string),
            "version" => update.version.map(str::to_string),
            _ => None,
        };
        if self.run(&update_theta::ENTRY, Clock::fixed(now), flag).await?.noop {
            return Ok(None);
        }
        let until = now + Duration::microseconds(1);
        let user_id = self.store.student_now(self.user_id).await?;
        let rows = self.store.student_abilities(&user_id, now, until, u32::MAX).await?;
        Ok(rows.into_iter().find(|row| row.version == "online"))
    }

    async fn run(
        self,
        entry: &JobEntry,
        clock: Clock,
        flag: impl Fn(&str) -> Option<String>,
    ) -> Result<Outcome, Error> {
        run_quietly(entry, self.store, clock, self.environment, self.actor, flag).await
    }
}

async fn run_quietly(
    entry: &JobEntry,
    store: &Store,
    clock: Clock,
    environment: Environment<'_>,
    actor: &str,
    flag: impl Fn(&str) -> Option<String>,
) -> Result<Outcome, Error> {
    let settings = Settings::resolve(entry, flag, environment)?;
    let mut silent = std::io::sink();
    let log = &mut JobLog::new(&mut silent, LogFormat::Text, clock, false);
    let context = Context { store, clock, settings: &settings, log, actor, in_round: false };
    run_unlocked(entry, context).await
}

/// A run of this week's KPIs for everybody.
#[derive(Clone, Copy)]
pub struct WeekRun<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Environment variables that set up the job.
    pub environment: Environment<'a>,
    /// Who asked for it, for the ledger.
    pub actor: &'a str,
}

/// What a run of the week came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekRecomputed {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Students that were active in the window or have an ability.
    pub considered: u64,
    /// Students whose row was written.
    pub processed: u64,
}

impl WeekRun<'_> {
    /// Computes this week's KPIs of all students who were active in the last `weeks` weeks or have
    /// an ability, `limit` of them at most, and stores them.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`] while another process does the same, and those of the job.
    pub async fn recompute(self, weeks: u32, limit: Option<u32>) -> Result<WeekRecomputed, Error> {
        let entry = &recompute_weekly_kpi::ENTRY;
        let Some(lock) = self.store.try_job_lock(entry.name).await? else {
            return Err(Error::AlreadyRunning(entry.name));
        };
        let flag = |key: &str| match key {
            "lookback-days" => Some((7 * weeks).to_string()),
            "limit-users" => limit.map(|most| most.to_string()),
            _ => None,
        };
        let Self { store, clock, environment, actor } = self;
        let outcome = run_quietly(entry, store, clock, environment, actor, flag).await;
        lock.release().await;
        let outcome = outcome?;
        Ok(WeekRecomputed {
            week_start: week_start(clock.today(store.time_zone())),
            considered: outcome.rows + outcome.left_out,
            processed: outcome.rows,
        })
    }
}
