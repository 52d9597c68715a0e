//! Whether an installation is as it should be: what `seedtest doctor` asks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use seedtest_fault::without_credentials;
use seedtest_kpi::LOOKBACK_DAYS;
use seedtest_store::Store;
use serde::Serialize;

use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::JOBS;
use crate::questions::Configuration;
use crate::registry::{JobEntry, Kind, Round, Settings};
use crate::remote::answers;
use crate::reports::lacking;
use crate::runs::{end_of_old_log, last_instant};

/// How long after its time a job may be late.
const SLACK: TimeDelta = TimeDelta::hours(2);

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// As it should be.
    Ok,
    /// Somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), standing: Standing::Ok, found: found.into(), hint: None }
    }

    /// Somebody should look at it.
    pub fn warn(
        name: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let hint = Some(hint.into());
        Self { name: name.into(), standing: Standing::Warn, found: found.into(), hint }
    }

    /// It does not work.
    pub fn fail(
        name: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { standing: Standing::Fail, ..Self::warn(name, found, hint) }
    }
}

/// Looks at the log, the jobs, the events, the database's clock and the model services that the
/// environment names. The schema must be up to date.
///
/// # Errors
/// Those of the database.
pub async fn examine(
    store: &Store,
    clock: Clock,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Check>, Error> {
    let now = clock.now();
    let old = end_of_old_log(store, clock, LOOKBACK_DAYS).await?;
    let instants = Instants { now, log_end: old.map(|day| last_instant(store, day)) };
    let mut checks = vec![log(store, now, old).await?];
    checks.extend(jobs(&Past::read(store).await?, instants, &environment));
    checks.extend(stale_fits(store).await?);
    checks.push(events(store).await?);
    checks.push(clocks(store, now).await?);
    checks.extend(settings(&environment));
    checks.extend(services(environment).await);
    Ok(checks)
}

/// What the ledger knows of jobs.
#[derive(Debug, Default)]
struct Past {
    /// Jobs that ran, however they ended.
    ran: BTreeSet<String>,
    /// When the last run ended that ended well, by job.
    ended: BTreeMap<String, DateTime<Utc>>,
}

impl Past {
    async fn read(store: &Store) -> Result<Self, Error> {
        let since = DateTime::UNIX_EPOCH;
        let ran = store.job_counts(since).await?.into_iter().map(|count| count.name).collect();
        let successes = store.job_successes(since).await?.into_iter();
        Ok(Self { ran, ended: successes.map(|last| (last.name, last.finished_at)).collect() })
    }
}

/// What is looked at when the freshness of a job is asked for.
#[derive(Debug, Clone, Copy)]
struct Instants {
    now: DateTime<Utc>,
    /// Where rounds stand, over a log that ended long ago.
    log_end: Option<DateTime<Utc>>,
}

impl Instants {
    /// The instant that a job should have been run for: one that stood at the end of the log has nothing newer to
    /// look at.
    fn of_job(self, ended: DateTime<Utc>) -> DateTime<Utc> {
        self.log_end.filter(|end| ended <= *end).unwrap_or(self.now)
    }
}

async fn log(store: &Store, now: DateTime<Utc>, old: Option<NaiveDate>) -> Result<Check, Error> {
    let Some(span) = store.log_span().await? else {
        return Ok(Check::warn(
            "log",
            "no answers",
            "import a response log: `seedtest import FILE`",
        ));
    };
    let day = |at: DateTime<Utc>| store.time_zone().date_of(at.timestamp_micros());
    let found = format!("{} answers from {} to {}", span.rows, day(span.first), day(span.last));
    if span.last > now + TimeDelta::days(1) {
        let hint = "the newest answer lies in the future: a wrong clock or a wrong date format";
        return Ok(Check::warn("log", found, hint));
    }
    if let Some(end) = old {
        let found = format!("{found}, none of the last {LOOKBACK_DAYS} days");
        let hint = format!(
            "nights look at the days before {end}; import newer answers: `seedtest import FILE`"
        );
        return Ok(Check::warn("log", found, hint));
    }
    Ok(Check::ok("log", found))
}

/// How fresh each job is that runs by itself.
fn jobs(
    past: &Past,
    instants: Instants,
    environment: &impl Fn(&str) -> Option<String>,
) -> Vec<Check> {
    if !JOBS.iter().any(|entry| past.ran.contains(entry.name)) {
        let hint = "`seedtest pipeline daily` runs a night, `seedtest schedule` every night";
        return vec![Check::warn("jobs", "none has run yet", hint)];
    }
    let of_job = |entry: &&JobEntry| entry.schedule.is_some();
    let check = |entry: &'static JobEntry| {
        let settings = Settings::resolve(entry, |_| None, environment).ok();
        match settings.and_then(|settings| lacking(entry, &settings)) {
            Some(variable) => {
                let found = format!("is left out: {variable} is not set");
                Check::ok(format!("job {}", entry.name), found)
            }
            None => job(entry, past, instants),
        }
    };
    JOBS.iter().filter(of_job).map(check).collect()
}

fn job(entry: &JobEntry, past: &Past, instants: Instants) -> Check {
    let name = format!("job {}", entry.name);
    let run = format!("`seedtest job run {}`", entry.name);
    let hint = format!("`seedtest runs list` says how it ended; {run}");
    let Some(&ended) = past.ended.get(entry.name) else {
        return if past.ran.contains(entry.name) {
            Check::warn(name, "has never ended well", hint)
        } else {
            Check::warn(
                name,
                "never ran",
                format!("{run}, or `seedtest schedule`, which runs it in time"),
            )
        };
    };
    let found = format!("ended well on {}", ended.format("%Y-%m-%d %H:%M UTC"));
    if instants.of_job(ended) - ended > period(entry) + SLACK {
        return Check::warn(name, format!("{found}, too long ago"), hint);
    }
    Check::ok(name, found)
}

/// The longest time between two runs of a job as scheduled.
fn period(entry: &JobEntry) -> TimeDelta {
    let nightly = entry.rounds.iter().any(|place| place.round == Round::Daily);
    let fields: Vec<&str> = entry.schedule.unwrap_or_default().split_whitespace().collect();
    match fields.as_slice() {
        _ if nightly => TimeDelta::days(1),
        [_, _, "*", _, "*"] => TimeDelta::days(1),
        [_, _, "*", _, _] => TimeDelta::days(7),
        _ => TimeDelta::days(17),
    }
}

/// Whether models rest on answers that were corrected since; nothing where none does.
async fn stale_fits(store: &Store) -> Result<Option<Check>, Error> {
    let stale = store.stale_fits().await?;
    let Some(last) = stale.last() else { return Ok(None) };
    let names: BTreeSet<&str> = stale.iter().map(|fit| fit.name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let found =
        format!("{} read answers that {} corrected since", names.join(", "), last.corrected_by);
    let hint = "fit again: `seedtest pipeline weekly`";
    Ok(Some(Check::warn("models", found, hint)))
}

async fn events(store: &Store) -> Result<Check, Error> {
    let counts = store.event_counts().await?;
    let found = format!("{} wait, {} done, {} given up", counts.waiting, counts.done, counts.dead);
    if counts.dead > 0 {
        let hint = "the log of whoever dealt with them says why: `seedtest events status`";
        return Ok(Check::warn("events", found, hint));
    }
    Ok(Check::ok("events", found))
}

async fn clocks(store: &Store, now: DateTime<Utc>) -> Result<Check, Error> {
    let Some(theirs) = store.clock().await? else {
        return Ok(Check::ok("clock", now.format("%Y-%m-%d %H:%M:%S UTC").to_string()));
    };
    let apart = (theirs - now).num_seconds().abs();
    let found = format!("{apart} s apart from the database's");
    if apart > 30 {
        let hint = "set both clocks by NTP: days and schedules depend on them";
        return Ok(Check::warn("clock", found, hint));
    }
    Ok(Check::ok("clock", found))
}

/// What the environment and the configuration file say that no job or question can use, each fault once.
fn settings(environment: &impl Fn(&str) -> Option<String>) -> Vec<Check> {
    let of_jobs = JOBS.iter().flat_map(|entry| Settings::faults(entry, |_| None, environment));
    let faults = Configuration::faults(environment).into_iter().chain(of_jobs);
    let mut told = BTreeSet::new();
    let check = |error: Error| {
        let found = error.to_string();
        let hint = error.hint().unwrap_or_default();
        told.insert(found.clone()).then(|| Check::fail("settings", found, hint))
    };
    let missing = JOBS.iter().filter_map(|entry| missing(entry, environment));
    faults.filter_map(check).chain(missing).collect()
}

/// What a job lacks that runs by itself and is not left out: it would fail every time.
fn missing(entry: &JobEntry, environment: &impl Fn(&str) -> Option<String>) -> Option<Check> {
    entry.schedule?;
    let settings = Settings::resolve(entry, |_| None, environment).ok()?;
    if lacking(entry, &settings).is_some() {
        return None;
    }
    let Error::MissingSetting { key, .. } = (entry.check)(&settings).err()? else { return None };
    let setting = entry.settings.iter().find(|setting| setting.key == key)?;
    let variable = setting.env.first()?;
    let found = format!("{} needs {variable}, which is not set", entry.name);
    Some(Check::fail("settings", found, format!("set {variable}: without it the job always fails")))
}

/// Whether the model services answer that jobs are told to call. What is wrong with settings is said elsewhere.
async fn services(environment: impl Fn(&str) -> Option<String>) -> Vec<Check> {
    let mut addresses = BTreeMap::new();
    for entry in JOBS {
        let Ok(settings) = Settings::resolve(entry, |_| None, &environment) else { continue };
        for setting in entry.settings.iter().filter(|setting| is_address(setting)) {
            let Some(url) = settings.text(setting.key) else { continue };
            addresses.insert(url.to_owned(), settings.variable(setting.key).unwrap_or_default());
        }
    }
    let mut checks = Vec::new();
    for (url, variable) in addresses {
        let name = format!("service {variable}");
        checks.push(match answers(&url).await {
            Ok(()) => Check::ok(name, "answers /healthz"),
            Err(reason) => {
                let hint =
                    format!("start it, or unset {variable}: models then run in this process");
                let shown = without_credentials(&url, false);
                Check::fail(name, format!("{shown}: {reason}"), hint)
            }
        });
    }
    checks
}

fn is_address(setting: &crate::registry::Setting) -> bool {
    setting.key == "base-url" && setting.kind == Kind::Address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Of a log that goes on.
    fn on(now: &str) -> Instants {
        Instants { now: at(now), log_end: None }
    }

    fn named(name: &str) -> &'static JobEntry {
        JOBS.iter().find(|entry| entry.name == name).unwrap()
    }

    #[test]
    fn periods_follow_the_schedules() {
        assert_eq!(period(named("compute-daily-kpis")), TimeDelta::days(1));
        assert_eq!(period(named("fit-bayesian-growth")), TimeDelta::days(7));
        assert_eq!(period(named("cluster-segments")), TimeDelta::days(17));
    }

    #[test]
    fn a_job_is_late_after_its_period() {
        let entry = named("compute-daily-kpis");
        let ended = at("2026-03-02T03:00:00Z");
        let name = entry.name.to_owned();
        let past = Past { ran: [name.clone()].into(), ended: [(name, ended)].into() };
        assert_eq!(job(entry, &past, on("2026-03-03T04:00:00Z")).standing, Standing::Ok);
        assert_eq!(job(entry, &past, on("2026-03-03T06:00:00Z")).standing, Standing::Warn);
    }

    #[test]
    fn a_job_that_stood_at_the_end_of_an_old_log_is_not_late() {
        let entry = named("compute-daily-kpis");
        let old =
            Instants { log_end: Some(at("2025-06-23T14:59:59Z")), ..on("2026-03-03T06:00:00Z") };
        let standing = |ended: &str| {
            let name = entry.name.to_owned();
            let past = Past { ran: [name.clone()].into(), ended: [(name, at(ended))].into() };
            job(entry, &past, old).standing
        };
        assert_eq!(standing("2025-06-23T14:59:59Z"), Standing::Ok);
        assert_eq!(standing("2025-06-20T14:59:59Z"), Standing::Warn, "before the newest answers");
        assert_eq!(standing("2026-02-01T03:00:00Z"), Standing::Warn, "by the clock, too long ago");
    }

    #[test]
    fn only_jobs_that_reach_others_need_to_be_told_where() {
        let past = Past { ran: ["prune".to_owned()].into(), ..Past::default() };
        let all = jobs(&past, on("2026-03-03T06:00:00Z"), &|_| None);
        let left_out = all.iter().filter(|check| check.found.starts_with("is left out"));
        let names: Vec<&str> = left_out.map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["job generate-weekly-report", "job mail-weekly-report"]);
        // Imports and fits are runs of the ledger, too.
        let others = Past { ran: ["import".to_owned()].into(), ..Past::default() };
        assert_eq!(
            jobs(&others, on("2026-03-03T06:00:00Z"), &|_| None)[0].found,
            "none has run yet"
        );
    }

    #[test]
    fn a_job_that_never_ran_is_told_from_one_that_always_failed() {
        let now = on("2026-03-03T06:00:00Z");
        let found = |past: &Past| job(named("compute-daily-kpis"), past, now).found;
        assert_eq!(found(&Past::default()), "never ran");
        let failed = Past { ran: ["compute-daily-kpis".to_owned()].into(), ..Past::default() };
        assert_eq!(found(&failed), "has never ended well");
        let none = jobs(&Past::default(), now, &|_| None);
        assert_eq!((none.len(), none[0].found.as_str()), (1, "none has run yet"));
    }

    #[test]
    fn a_job_that_runs_by_itself_says_what_it_lacks() {
        let of = |set: &[(&str, &str)]| {
            let looked_up = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, text)| (*text).to_owned())
            };
            settings(&looked_up)
        };
        let [lacks] = &of(&[("SMTP_HOST", "mail.school.kr")])[..] else {
            panic!("{:?}", of(&[("SMTP_HOST", "mail.school.kr")]));
        };
        assert_eq!(lacks.standing, Standing::Fail);
        assert_eq!(lacks.found, "mail-weekly-report needs MAIL_FROM, which is not set");
        let both = [("SMTP_HOST", "mail.school.kr"), ("MAIL_FROM", "school@school.kr")];
        assert_eq!((of(&both), of(&[])), (vec![], vec![]));
    }

    #[test]
    fn every_fault_of_the_settings_is_a_check_of_its_own() {
        let set = |name: &str| match name {
            "METRICS_DEFAULT_TARGET" => Some("high".to_owned()),
            "KPI_LOOKBACK_DAYS" | "SMTP_PORT" => Some("-1".to_owned()),
            _ => None,
        };
        let found = settings(&set);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|check| check.standing == Standing::Fail));
    }
}
