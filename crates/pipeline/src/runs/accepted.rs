//! Jobs that were asked for and nobody waits for: accepted with a line of the ledger, run later, by this
//! process or, where it ends before, by another one.

use chrono::NaiveDate;
use seedtest_store::{ReportPeriod, RunKind, RunStart, Store};
use serde_json::{Map, Value, json};

use super::ledger::{OpenRun, PROGRAM_VERSION};
use super::run::{Context, run_begun};
use super::standing;
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::{AS_OF, DRY_RUN, JobEntry, JobLog, Kind, LogFormat, Outcome, Settings};
use crate::reports::{Span, lacking};

/// A job as it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// Id of the run.
    pub run_id: &'a str,
    /// Which job.
    pub entry: &'static JobEntry,
    /// Its settings as they were given.
    pub given: &'a Map<String, Value>,
    /// Who asked.
    pub actor: &'a str,
}

/// Looks at the settings of a job as it will itself when it runs: what it would refuse then is refused before
/// anybody is told that it was accepted.
///
/// # Errors
/// Those of the job for its settings.
pub fn check_job(
    store: &Store,
    clock: Clock,
    entry: &JobEntry,
    settings: &Settings,
) -> Result<(), Error> {
    let clock = match settings.date(AS_OF.key) {
        Some(day) => standing::on_day(store, day, clock)?,
        None => clock,
    };
    let lacks = lacking(entry, settings).is_some();
    match (entry.check)(settings) {
        // Without a mail server nobody gets a letter, which is no fault.
        Err(Error::MissingSetting { .. }) if lacks => return Ok(()),
        Err(error) => return Err(error),
        Ok(()) if lacks && !settings.switch(DRY_RUN.key) => return Err(Error::NoDestination),
        Ok(()) => {}
    }
    let zone = store.time_zone();
    let today = clock.today(zone);
    if let Some(looks) = entry.looks {
        looks(settings, zone, today)?;
    }
    if let Some(reach) = entry.reach {
        reach(settings)?;
    }
    must_have_begun(settings, today)
}

/// Refuses a week that has not begun, and a month where the job is about months too.
fn must_have_begun(settings: &Settings, today: NaiveDate) -> Result<(), Error> {
    let Some(day) = settings.date("week") else { return Ok(()) };
    let periods = ReportPeriod::ALL.map(|period| (period.code(), period));
    let period = match settings.text("period") {
        Some(_) => settings.word("period", &periods)?,
        None => ReportPeriod::Weekly,
    };
    let date = Span::of(period, day).first_monday();
    if date > today { Err(Error::InTheFuture { date, today }) } else { Ok(()) }
}

/// Accepts a job. When this returns, it is begun some day, whatever becomes of this process. Secrets
/// among its settings, and addresses, which may hold some, are not written down.
pub async fn accept_job(store: &Store, clock: Clock, job: NewJob<'_>) -> Result<(), Error> {
    let is_secret = |key: &str| {
        let mut settings = job.entry.settings.iter();
        settings.any(|s| s.key == key && matches!(s.kind, Kind::Secret | Kind::Address))
    };
    let given: Map<String, Value> = job
        .given
        .iter()
        .filter(|(key, _)| !is_secret(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let start = RunStart {
        run_id: job.run_id.to_string(),
        kind: RunKind::Job,
        name: job.entry.name.to_string(),
        actor: job.actor.to_string(),
        program_version: PROGRAM_VERSION.to_string(),
        spec: json!({ "given": given }),
        seed: None,
        started_at: clock.now(),
    };
    Ok(store.queue_run(&start, None).await?)
}

/// The settings of a job that was accepted and has not begun, as they were given.
pub fn given_settings(spec: &Value) -> Map<String, Value> {
    spec["given"].as_object().cloned().unwrap_or_default()
}

/// A job that was accepted, ready to run.
#[derive(Clone, Copy)]
pub struct AcceptedJob<'a> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Which job.
    pub entry: &'static JobEntry,
    /// Its settings.
    pub settings: &'a Settings,
    /// Id of the run.
    pub run_id: &'a str,
    /// What a caller who asks later is told of a failure, as JSON.
    pub explain: &'a (dyn Fn(&Error) -> Option<String> + Sync),
}

impl AcceptedJob<'_> {
    /// Runs it as [`run_job`](super::run_job) does. Its line, with its log as the result, is closed when
    /// this returns.
    ///
    /// # Errors
    /// [`Error::Withdrawn`] when it was cancelled before it began; those of the job.
    pub async fn run(self) -> Result<Outcome, Error> {
        let Self { store, clock, entry, settings, run_id, explain } = self;
        let mut written = Vec::new();
        let mut log = JobLog::new(&mut written, LogFormat::Text, clock, false);
        let stands = standing::of_job(entry, store, clock, settings, &mut log).await;
        let clock = stands.as_ref().copied().unwrap_or(clock);
        let run = OpenRun::accepted(store, entry, settings, clock, run_id).await?;
        let outcome = match stands {
            Ok(clock) => {
                let context =
                    Context { store, clock, settings, log: &mut log, actor: "", in_round: false };
                run_begun(entry, context, &run).await
            }
            Err(error) => Err(error),
        };
        let told = match &outcome {
            Ok(outcome) => {
                let text = String::from_utf8_lossy(&written);
                let lines: Vec<&str> = text.lines().collect();
                Some(json!({ "rows": outcome.rows, "log": lines }).to_string())
            }
            Err(error) => explain(error),
        };
        run.close(store, &outcome, told.as_deref()).await?;
        outcome
    }
}
