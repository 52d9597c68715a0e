//! Everything that can be said of a database that has just got its answers, computed in the order in which one
//! step reads what the others wrote. The steps are jobs; no formula stands here.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use seedtest_kpi::week_start;
use seedtest_store::{LogFilter, Store};

use crate::calendar::{DAYS_OF_WEEK, day_at, end_of};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::find;
use crate::registry::{JobLog, LogFormat, Settings, Watch};
use crate::runs::{Context, Environment, run_job};

/// The span of the answers of a database, and the instant from which they are looked at: the end of the day of the
/// newest one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Day of the oldest answer.
    pub first: NaiveDate,
    /// Day of the newest one.
    pub last: NaiveDate,
    /// Weeks from the first to the last day, both included.
    pub weeks: u32,
    /// Whether answers have topics.
    pub has_topics: bool,
    /// The instant.
    pub now: DateTime<Utc>,
    /// What everybody is to reach.
    pub goal: Option<TermGoal>,
}

/// A goal of everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermGoal {
    /// Share of right answers of a week, 0..1.
    pub share: f64,
    /// The day by which it is to be reached; `None` = in the newest week.
    pub by: Option<NaiveDate>,
}

/// A step: what it is called, and the job that does it.
#[derive(Debug, Clone, Copy)]
pub struct TermStep {
    /// What it is called.
    pub title: &'static str,
    /// The name of the job.
    pub job: &'static str,
    /// What it is told of the span.
    flags: &'static [(&'static str, Of)],
    /// Weeks of answers without which it has nothing to say.
    least_weeks: u32,
    /// Whether it is about topics.
    of_topics: bool,
    /// Whether it is told the goal.
    has_goal: bool,
}

impl TermStep {
    const fn of_topics(self) -> Self {
        Self { of_topics: true, ..self }
    }

    const fn with_goal(self) -> Self {
        Self { has_goal: true, ..self }
    }

    const fn with_weeks(self, least_weeks: u32) -> Self {
        Self { least_weeks, ..self }
    }

    /// Why it cannot be taken, where that is known beforehand.
    fn obstacle(&self, term: Term) -> Option<String> {
        if self.of_topics && !term.has_topics {
            return Some(
                "the answers have no topics (--map topic=COLUMN names their column)".to_owned(),
            );
        }
        (term.weeks < self.least_weeks).then(|| {
            let (least, weeks) = (self.least_weeks, term.weeks);
            let is = if weeks == 1 { "is one week" } else { "are fewer" };
            format!("it takes answers of {least} weeks or more, and there {is}")
        })
    }
}

/// What of the span a job is told.
#[derive(Debug, Clone, Copy)]
enum Of {
    First,
    Last,
    Weeks,
    Text(&'static str),
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEnd {
    /// It wrote so many rows.
    Done(u64),
    /// The same, by a model that did not converge.
    NotConverged(u64),
    /// Nothing has changed since it was done last.
    AsBefore,
    /// There was nothing that it could have done; why.
    Nothing(String),
    /// It failed; why.
    Failed(String),
}

const fn step(
    title: &'static str,
    job: &'static str,
    flags: &'static [(&'static str, Of)],
) -> TermStep {
    TermStep { title, job, flags, least_weeks: 1, of_topics: false, has_goal: false }
}

/// Answers among which topics are looked for.
const NEWEST: u64 = 1_000;

const SPAN: &[(&str, Of)] = &[("from", Of::First), ("to", Of::Last)];
const WEEKS: &[(&str, Of)] = &[("lookback-weeks", Of::Weeks)];

/// The steps, in their order.
pub const TERM_STEPS: &[TermStep] = &[
    step("calibration", "mirt-calibrate", &[("lookback-days", Of::Text("0"))]),
    step("topic abilities", "backfill-topic-theta", &[]).of_topics(),
    step("daily features", "features-backfill", SPAN).of_topics(),
    step("weekly KPIs", "compute-daily-kpis", SPAN),
    step(
        "progress",
        "glmm-fit-progress",
        &[("lookback-weeks", Of::Weeks), ("update-kpi", Of::Text("true"))],
    )
    .with_weeks(2),
    step("growth", "fit-bayesian-growth", WEEKS).with_weeks(2).with_goal(),
    step("churn risks", "fit-survival-churn", &[]),
    step("forecast", "forecast-prophet", WEEKS),
    step("segments", "cluster-segments", WEEKS),
    step("pages", "refresh-dashboard", &[]),
];

impl Term {
    /// The span of the answers that are there; `None` where there are none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(store: &Store, clock: Clock) -> Result<Option<Self>, Error> {
        let Some(span) = store.log_span().await? else { return Ok(None) };
        let zone = store.time_zone();
        let (first, last) = (day_at(zone, span.first), day_at(zone, span.last));
        let days = (week_start(last) - week_start(first)).num_days();
        let weeks = u32::try_from(days).unwrap_or(0) / DAYS_OF_WEEK + 1;
        let evening = end_of(zone, last) - Duration::microseconds(1);
        // The newest day is seen from its end; today from now.
        let now = if last < clock.today(zone) { evening } else { clock.now().max(span.last) };
        let newest = LogFilter { newest: Some(NEWEST), ..LogFilter::default() };
        let has_topics = !store.load_log(&newest).await?.log.topics().is_empty();
        Ok(Some(Self { first, last, weeks, has_topics, now, goal: None }))
    }

    /// The same with a goal.
    ///
    /// # Errors
    /// [`Error::GoalBefore`] for a day before the newest answer.
    pub fn with_goal(self, goal: TermGoal) -> Result<Self, Error> {
        match goal.by.filter(|day| *day < self.last) {
            Some(day) => Err(Error::GoalBefore { day, last: self.last }),
            None => Ok(Self { goal: Some(goal), ..self }),
        }
    }

    /// What the growth model is told of the goal, under the names of its settings: shares of right answers are
    /// looked at, and the goal counts so many weeks after the newest one.
    fn goal_says(self, key: &str) -> Option<String> {
        let goal = self.goal?;
        match key {
            "target" => Some(goal.share.to_string()),
            "target-scale" | "score-source" => Some("accuracy".to_owned()),
            "horizon-weeks" => {
                let days = (week_start(goal.by?) - week_start(self.last)).num_days();
                Some((days / i64::from(DAYS_OF_WEEK)).to_string())
            }
            _ => None,
        }
    }

    fn says(self, what: Of) -> String {
        match what {
            Of::First => self.first.to_string(),
            Of::Last => self.last.to_string(),
            Of::Weeks => self.weeks.to_string(),
            Of::Text(text) => text.to_owned(),
        }
    }

    /// Takes a step. What its job cannot do is told in its end and stops nobody.
    ///
    /// # Errors
    /// When somebody wants it to stop.
    pub async fn take<'w>(
        self,
        step: &TermStep,
        store: &Store,
        environment: Environment<'_>,
        actor: &str,
        watch: &'w mut Watch<'w>,
    ) -> Result<StepEnd, Error> {
        if let Some(reason) = step.obstacle(self) {
            return Ok(StepEnd::Nothing(reason));
        }
        let entry =
            find(step.job).ok_or_else(|| Error::UnknownRun { run_id: step.job.to_owned() })?;
        let flag = |key: &str| {
            let flag = step.flags.iter().find(|(name, _)| *name == key);
            let of_goal = || self.goal_says(key).filter(|_| step.has_goal);
            flag.map(|&(_, what)| self.says(what)).or_else(of_goal)
        };
        let settings = Settings::resolve(entry, flag, environment)?;
        let clock = Clock::fixed(self.now);
        let mut told = Vec::new();
        let mut log = JobLog::new(&mut told, LogFormat::Text, clock, false).watched(watch);
        let context =
            Context { store, clock, settings: &settings, log: &mut log, actor, in_round: false };
        let ended = run_job(entry, context).await;
        let reason = || last_line(&told);
        Ok(match ended {
            Ok(outcome) if outcome.failed => StepEnd::Failed(reason()),
            Ok(outcome) if outcome.already_running => StepEnd::Failed(reason()),
            Ok(outcome) if outcome.noop && is_as_before(&reason()) => StepEnd::AsBefore,
            Ok(outcome) if outcome.noop => StepEnd::Nothing(plainly(reason())),
            Ok(outcome) if outcome.not_converged => StepEnd::NotConverged(outcome.rows),
            Ok(outcome) => StepEnd::Done(outcome.rows),
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => StepEnd::Failed(match error.hint() {
                Some(hint) => format!("{error} ({hint})"),
                None => error.to_string(),
            }),
        })
    }
}

/// The last thing that a job said, without the prefix.
fn last_line(told: &[u8]) -> String {
    let text = String::from_utf8_lossy(told);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = match line.split_once("] ") {
        Some((prefix, said)) if prefix.starts_with('[') => said,
        _ => line,
    };
    // `Survival fit noop: no_events`
    let said = said.split_once(" noop: ").map_or(said, |(_, reason)| reason).trim();
    let said = if said.contains(' ') { said.to_owned() } else { said.replace('_', " ") };
    if said.is_empty() { "there is too little to go on".to_owned() } else { said }
}

/// What jobs say where there was too little to go on, and the same for who knows no table and no model.
const PLAINLY: &[(&str, &str)] = &[
    ("No observations found", "no answer could be used"),
    ("No users found in mirt_ability", "no ability is estimated yet: the calibration comes first"),
    ("combinations found", "no answer has a topic"),
    ("No recent users found", "nobody answered in the last four weeks"),
    ("No data found for Bayesian fitting", "there are no weekly scores yet"),
    ("No weekly aggregates found", "there are no weekly scores yet"),
    ("No user activity data", "there are too few weeks to see who stops answering"),
    ("no events", "nobody has stopped answering so far, so there is nothing to learn from"),
    ("Insufficient I_t data", "improvement is known of too few weeks"),
    ("Insufficient users for clustering", "there are too few students to compare"),
    ("Insufficient data", "there are too few answers for this model"),
];

/// A reason without the names of tables, models and figures of the program.
fn plainly(said: String) -> String {
    let plain = PLAINLY.iter().find(|(phrase, _)| said.contains(phrase));
    plain.map_or(said, |(_, plain)| (*plain).to_owned())
}

/// Whether a job says that what it would write is there already.
fn is_as_before(said: &str) -> bool {
    said.starts_with("Same answers and settings as") || said.contains("Upserted 0 ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_in_plain_words() {
        for said in [
            "No users found in mirt_ability; nothing to backfill.",
            "No (user_id, topic_id, date) combinations found from 2025-02-14 to 2025-02-14.",
            "No recent users found (lookback=28 days); exiting.",
            "Insufficient I_t data for Prophet fitting (need >= 4 weeks)",
            "Insufficient users for clustering (need >= 5)",
            "Insufficient data: n = 3, a fit needs 10 rows",
            "no events",
        ] {
            let plain = plainly(said.to_owned());
            assert!(!plain.contains(['_', '=', '>']) && plain != said, "{plain}");
        }
        let other = "q3 has no answers".to_owned();
        assert_eq!(plainly(other.clone()), other);
        assert!(is_as_before("Same answers and settings as run fit-1 of today; nothing to do"));
        assert!(is_as_before("Backfill complete. Upserted 0 topic thetas."));
    }

    #[test]
    fn a_goal_counts_in_the_week_of_its_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let term = Term {
            first: day("2025-09-01"),
            last: day("2025-11-26"),
            weeks: 13,
            has_topics: true,
            now: "2025-11-26T14:59:59Z".parse().unwrap(),
            goal: None,
        };
        let goal = |by| TermGoal { share: 0.8, by };
        // The 26th of November is a Wednesday, the 19th of December a Friday three weeks later.
        let with = term.with_goal(goal(Some(day("2025-12-19")))).unwrap();
        let said =
            ["target", "target-scale", "horizon-weeks", "seed"].map(|key| with.goal_says(key));
        assert_eq!(said, [Some("0.8".into()), Some("accuracy".into()), Some("3".into()), None]);
        assert_eq!(term.with_goal(goal(None)).unwrap().goal_says("horizon-weeks"), None);
        assert_eq!(term.goal_says("target"), None);
        let past = term.with_goal(goal(Some(day("2025-11-25"))));
        assert!(matches!(past, Err(Error::GoalBefore { .. })));
    }

    #[test]
    fn every_step_is_a_job_that_takes_its_flags() {
        for step in TERM_STEPS {
            let entry = find(step.job).unwrap();
            for (key, _) in step.flags {
                assert!(
                    entry.settings.iter().any(|setting| setting.key == *key),
                    "{} {key}",
                    step.job
                );
            }
            let of_goal = ["target", "target-scale", "score-source", "horizon-weeks"];
            let takes = |key: &&str| entry.settings.iter().any(|setting| setting.key == *key);
            assert!(!step.has_goal || of_goal.iter().all(takes), "{}", step.job);
        }
    }

    #[test]
    fn the_reason_is_what_was_said_last() {
        assert_eq!(last_line(b"[INFO] one\n[WARN] too few weeks\n"), "too few weeks");
        assert_eq!(last_line(b"No users found.\n\n"), "No users found.");
        assert_eq!(last_line(b"[WARN] Survival fit noop: no_events\n"), "no events");
        assert_eq!(last_line(b""), "there is too little to go on");
    }
}
