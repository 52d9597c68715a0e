//! What runs when: cron expressions and the points of time they mean.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use croner::Cron;
use seedtest_responses::TimeZone;
use thiserror::Error;

use crate::jobs::JOBS;
use crate::registry::{JobEntry, Place, Round};

/// A round or a job.
#[derive(Debug, Clone, Copy)]
pub(super) enum Planned {
    /// The jobs of a round in their order.
    Round(Round),
    /// A job that belongs to no round.
    Job(&'static JobEntry),
}

impl Planned {
    /// The name it is stored under.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Round(round) => round.name(),
            Self::Job(entry) => entry.name,
        }
    }
}

/// Something that runs at the points of a cron expression.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) what: Planned,
    /// As it was given.
    pattern: String,
    cron: Cron,
}

/// What runs when.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) entries: Vec<Entry>,
    zone: TimeZone,
}

/// When the rounds run; `None` = [`Round::schedule`].
#[derive(Debug, Clone, Copy, Default)]
pub struct RoundTimes<'a> {
    /// The nights.
    pub daily: Option<&'a str>,
    /// The nights that close a week.
    pub weekly: Option<&'a str>,
    /// What a month needs.
    pub monthly: Option<&'a str>,
}

/// The next point of something planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// Its name.
    pub name: &'static str,
    /// Its cron expression.
    pub pattern: String,
    /// The point; `None` = never again.
    pub at: Option<DateTime<Utc>>,
    /// What the clock on the wall shows then.
    pub wall: Option<NaiveDateTime>,
}

/// A cron expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the schedule of {name}, {pattern:?}, is no cron expression: {reason}")]
pub struct PlanError {
    /// Whose.
    pub name: &'static str,
    /// As it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Plan {
    /// The plan of the registry: the rounds at the times given, and every job with a schedule that belongs to
    /// neither nights nor weeks. Expressions have five fields (minute, hour, day of the
    /// month, month, day of the week) and mean the clock on the wall in `zone`.
    ///
    /// # Errors
    /// When an expression cannot be read.
    pub fn new(zone: &TimeZone, times: RoundTimes<'_>) -> Result<Self, PlanError> {
        let rounds = [
            (Round::Daily, times.daily),
            (Round::Weekly, times.weekly),
            (Round::Monthly, times.monthly),
        ];
        let of_round = |(round, given): (Round, Option<&str>)| {
            let pattern = given.or(round.schedule())?;
            Some(Entry::new(Planned::Round(round), pattern))
        };
        let alone = |entry: &'static JobEntry| {
            let often = |place: &Place| matches!(place.round, Round::Daily | Round::Weekly);
            let pattern = entry.schedule.filter(|_| !entry.rounds.iter().any(often))?;
            Some(Entry::new(Planned::Job(entry), pattern))
        };
        let entries = rounds.into_iter().filter_map(of_round);
        let entries = entries.chain(JOBS.iter().filter_map(alone));
        Ok(Self { entries: entries.collect::<Result<_, _>>()?, zone: zone.clone() })
    }

    /// What comes next, the soonest first.
    pub fn upcoming(&self, now: DateTime<Utc>) -> Vec<Upcoming> {
        let of_entry = |entry: &Entry| {
            let at = self.next(entry, now);
            let wall = at.and_then(|at| Some(self.on_the_wall(at)?.naive_utc()));
            Upcoming { name: entry.what.name(), pattern: entry.pattern.clone(), at, wall }
        };
        let mut upcoming: Vec<_> = self.entries.iter().map(of_entry).collect();
        upcoming.sort_by_key(|next| (next.at.is_none(), next.at));
        upcoming
    }

    /// The first point after `now`.
    pub(super) fn next(&self, entry: &Entry, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut wall = self.on_the_wall(now)?;
        // Where the clock steps back, a point of the hour that comes twice lies behind: it ran.
        loop {
            wall = entry.cron.find_next_occurrence(&wall, false).ok()?;
            let at = self.instant(wall)?;
            if at > now {
                return Some(at);
            }
        }
    }

    /// The last point up to `now`.
    pub(super) fn last(&self, entry: &Entry, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let wall = self.on_the_wall(now)?;
        let before = entry.cron.find_previous_occurrence(&wall, true).ok()?;
        self.instant(before).filter(|&at| at <= now)
    }

    fn on_the_wall(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.zone.local(at.timestamp_micros()))
    }

    fn instant(&self, wall: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.zone.instant_of(wall.timestamp_micros()))
    }
}

/// Whether a cron expression has five fields that can be read, and names a point that comes.
///
/// # Errors
/// What is wrong with it.
pub fn read_cron(pattern: &str) -> Result<(), String> {
    cron_of(pattern).map(drop)
}

/// The fields of an expression and what each may be.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31"),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of the week", "0 to 7 or SUN to SAT"),
];

fn cron_of(pattern: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = pattern.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let names = FIELDS.map(|(name, _)| name).join(", ");
        return Err(format!("needed are five fields: {names}, as 0 3 * * MON"));
    }
    let cron = Cron::from_str(pattern).map_err(|_| wrong_field(&fields))?;
    let comes = cron.find_next_occurrence(&DateTime::UNIX_EPOCH, false).is_ok();
    if comes { Ok(cron) } else { Err("no such day ever comes".into()) }
}

/// Which field of an expression cannot be read.
fn wrong_field(fields: &[&str]) -> String {
    let is_wrong = |at: usize| {
        let mut alone = ["*"; FIELDS.len()];
        alone[at] = fields[at];
        Cron::from_str(&alone.join(" ")).is_err()
    };
    let wrong = (0..FIELDS.len()).filter(|&at| is_wrong(at)).map(|at| {
        let (name, range) = FIELDS[at];
        format!("the {name} {:?} is not {range}", fields[at])
    });
    wrong.collect::<Vec<_>>().join(", ")
}

impl Entry {
    fn new(what: Planned, pattern: &str) -> Result<Self, PlanError> {
        let cron = cron_of(pattern).map_err(|reason| PlanError {
            name: what.name(),
            pattern: pattern.to_owned(),
            reason,
        })?;
        Ok(Self { what, pattern: pattern.to_owned(), cron })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn plan(zone: &str, daily: &str) -> Plan {
        let times = RoundTimes { daily: Some(daily), ..RoundTimes::default() };
        Plan::new(&zone.parse().unwrap(), times).unwrap()
    }

    #[test]
    fn points_are_those_of_the_clock_on_the_wall() {
        let plan = plan("Asia/Seoul", "0 3 * * *");
        let daily = &plan.entries[0];
        let noon = at("2026-03-02T03:00:00Z");
        assert_eq!(plan.last(daily, noon), Some(at("2026-03-01T18:00:00Z")));
        assert_eq!(plan.next(daily, noon), Some(at("2026-03-02T18:00:00Z")));
        let sharp = at("2026-03-01T18:00:00Z");
        assert_eq!(plan.last(daily, sharp), Some(sharp));
        assert_eq!(plan.next(daily, sharp), Some(at("2026-03-02T18:00:00Z")));
    }

    #[test]
    fn a_point_that_the_clock_leaves_out_or_shows_twice_comes_once() {
        let plan = plan("Europe/Berlin", "30 2 * * *");
        let daily = &plan.entries[0];
        // 29 March 2026: 02:00 is followed by 03:00.
        let spring = plan.next(daily, at("2026-03-28T12:00:00Z"));
        assert_eq!(spring, Some(at("2026-03-29T01:30:00Z")));
        assert_eq!(plan.next(daily, spring.unwrap()), Some(at("2026-03-30T00:30:00Z")));
        // 25 October 2026: 02:30 comes at 00:30 and at 01:30 UTC.
        let autumn = plan.next(daily, at("2026-10-24T12:00:00Z"));
        assert_eq!(autumn, Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(plan.next(daily, autumn.unwrap()), Some(at("2026-10-26T01:30:00Z")));
        assert_eq!(plan.last(daily, at("2026-10-25T01:45:00Z")), autumn);
    }

    #[test]
    fn the_plan_of_the_registry_has_each_job_once() {
        let plan = Plan::new(&TimeZone::default(), RoundTimes::default()).unwrap();
        let mut names: Vec<_> = plan.entries.iter().map(|entry| entry.what.name()).collect();
        assert!(names.starts_with(&["daily", "weekly", "monthly"]), "{names:?}");
        let before = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), before);
        let monday = at("2026-03-02T00:00:00Z");
        let next = plan.upcoming(monday);
        assert_eq!((next[0].name, next[0].at), ("weekly", Some(at("2026-03-02T03:00:00Z"))));
        assert!(
            next.iter()
                .any(|next| next.name == "daily" && next.at == Some(at("2026-03-03T03:00:00Z")))
        );
    }

    #[test]
    fn a_bad_expression_is_named() {
        let times = RoundTimes { daily: Some("at three"), ..RoundTimes::default() };
        let error = Plan::new(&TimeZone::default(), times).unwrap_err();
        assert_eq!((error.name, error.pattern.as_str()), ("daily", "at three"));
        let told = |pattern| read_cron(pattern).unwrap_err();
        assert_eq!(
            told("0 25 * * MONDAYS"),
            "the hour \"25\" is not 0 to 23, the day of the week \"MONDAYS\" is not 0 to 7 or SUN to SAT"
        );
        assert!(told("0 3 * *").contains("five fields"));
    }
}
