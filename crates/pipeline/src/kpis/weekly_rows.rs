//! From the log and the stored fits to rows of `weekly_kpi`, for any number of weeks in one load.

use std::ops::Range;

use chrono::NaiveDate;
use rayon::prelude::*;
use seedtest_kpi::{History, NotFinite, Source, WeeklyKpis, Windows, student_week, week_start};
use seedtest_responses::TimeZone;
use seedtest_store::{KpiPatch, NewWeeklyKpi, Tx, WeeklyKpi};
use serde_json::value::to_raw_value;

use super::fitted::FittedKpis;
use super::goal_model::GoalModels;
use super::plan::KpiPlan;
use super::record::{Sources, record};
use super::roster::{Enrolled, Roster};
use crate::calendar::{end_micros, end_of};
use crate::error::Error;
use crate::evidence::{Evidence, ThetaHistory};
use crate::threads::ahead;

/// Rows computed and written at a time: bounds the memory of a long history.
const BATCH_ROWS: usize = 4_000;

/// A student whose row could not be computed.
pub(crate) struct FailedStudent {
    pub(crate) user_id: String,
    pub(crate) error: NotFinite,
}

/// What a week came to.
#[derive(Default)]
pub(crate) struct WeekResult {
    pub(crate) processed: usize,
    pub(crate) failed: Vec<FailedStudent>,
    /// Students whose P had to be the Normal approximation although a posterior was asked for.
    pub(crate) without_posterior: usize,
}

/// Rows of some students, ready to be written.
#[derive(Default)]
struct Batch {
    /// Of weeks without any row.
    new: Vec<NewWeeklyKpi>,
    /// Of weeks that hold rows.
    patches: Vec<KpiPatch>,
    /// Position of the day, and whether P had to be the Normal approximation.
    written: Vec<(u32, bool)>,
    failed: Vec<(u32, FailedStudent)>,
}

impl Batch {
    fn join(mut self, mut other: Self) -> Self {
        self.new.append(&mut other.new);
        self.patches.append(&mut other.patches);
        self.written.append(&mut other.written);
        self.failed.append(&mut other.failed);
        self
    }
}

/// What becomes of the rows of a week.
#[derive(Clone, Copy, PartialEq)]
enum Write {
    /// They are computed and dropped.
    Nothing,
    /// The week has no row yet.
    New,
    /// They are merged with those that are there.
    Merge,
}

impl Write {
    /// A week that holds rows or does not.
    fn to_week(holds_rows: bool) -> Self {
        if holds_rows { Self::Merge } else { Self::New }
    }
}

/// The rows of one week after the other.
pub(crate) struct WeeklyRows<'a> {
    evidence: &'a Evidence,
    thetas: ThetaHistory<'a>,
    fitted: FittedKpis<'a>,
    goal_models: &'a GoalModels,
    plan: &'a KpiPlan,
}

impl<'a> WeeklyRows<'a> {
    pub(crate) fn new(
        evidence: &'a Evidence,
        fits: &'a [WeeklyKpi],
        goal_models: &'a GoalModels,
        plan: &'a KpiPlan,
    ) -> Self {
        let thetas = ThetaHistory::new(&evidence.thetas);
        let fitted = FittedKpis::new(fits, evidence.log.time_zone());
        Self { evidence, thetas, fitted, goal_models, plan }
    }

    fn zone(&self) -> &'a TimeZone {
        self.evidence.log.time_zone()
    }

    /// The students who get a row as of each of `days`.
    pub(crate) fn roster(&self, days: &'a [NaiveDate]) -> Roster<'a> {
        let evidence = self.evidence;
        let mut known: Vec<&str> = evidence.log.students().iter().map(|id| &**id).collect();
        known.extend(evidence.visits.users());
        if let Some(&last) = days.last().filter(|_| self.plan.everyone_with_ability) {
            known.extend(self.thetas.users_before(end_micros(self.zone(), last)));
        }
        known.par_sort_unstable();
        known.dedup();
        let enrolled = |user_id: &'a str| Enrolled { user_id, days: self.days_of(user_id, days) };
        let students = known.into_par_iter().map(enrolled);
        Roster { days, students: students.filter(|student| !student.days.is_empty()).collect() }
    }

    /// Positions of the days as of which a student gets a row.
    fn days_of(&self, user_id: &str, days: &[NaiveDate]) -> Vec<u32> {
        let history = self.history(user_id);
        let lookback = self.plan.options.lookback_days;
        let has_ability =
            |day| self.plan.everyone_with_ability && self.thetas.knows(user_id, self.end(day));
        let gets_row = |day: NaiveDate| history.is_active(day, lookback) || has_ability(day);
        (0..days.len() as u32).filter(|&position| gets_row(days[position as usize])).collect()
    }

    /// The first instant after a day.
    fn end(&self, day: NaiveDate) -> i64 {
        end_micros(self.zone(), day)
    }

    fn history(&self, user_id: &str) -> History<'a> {
        self.evidence.visits.history(&self.evidence.log, user_id)
    }

    /// Computes the rows of the roster and, in a transaction, writes them while the next ones are
    /// computed; what came of each day. A row whose numbers cannot be stored is left out and named.
    pub(crate) async fn write(
        &self,
        roster: &Roster<'_>,
        mut tx: Option<&mut Tx>,
    ) -> Result<Vec<WeekResult>, Error> {
        let mut ways = Vec::with_capacity(roster.days.len());
        for &day in roster.days {
            let holds_rows = match &mut tx {
                Some(tx) => Some(tx.has_weekly_kpi(week_start(day)).await?),
                None => None,
            };
            ways.push(holds_rows.map_or(Write::Nothing, Write::to_week));
        }
        let compute = |students: Range<usize>| self.batch(roster, students, &ways);
        let mut results: Vec<WeekResult> = ways.iter().map(|_| WeekResult::default()).collect();
        let take = async |batch: Result<Batch, Error>| {
            let batch = batch?;
            if let Some(tx) = &mut tx {
                tx.insert_weekly_kpi(&batch.new).await?;
                tx.merge_weekly_kpi(&batch.patches).await?;
            }
            for (day, is_normal) in batch.written {
                results[day as usize].processed += 1;
                results[day as usize].without_posterior += usize::from(is_normal);
            }
            for (day, failed) in batch.failed {
                results[day as usize].failed.push(failed);
            }
            Ok(())
        };
        ahead(roster.batches(BATCH_ROWS).into_iter(), compute, take).await?;
        Ok(results)
    }

    fn batch(
        &self,
        roster: &Roster<'_>,
        students: Range<usize>,
        ways: &[Write],
    ) -> Result<Batch, Error> {
        let students = roster.students[students].par_iter();
        students
            .map(|student| self.rows_of(student, roster.days, ways))
            .try_reduce(Batch::default, |left, right| Ok(left.join(right)))
    }

    /// The rows of one student.
    fn rows_of(
        &self,
        student: &Enrolled<'_>,
        days: &[NaiveDate],
        ways: &[Write],
    ) -> Result<Batch, Error> {
        let user_id = student.user_id;
        let history = self.history(user_id);
        let mut batch = Batch::default();
        for &position in &student.days {
            let day = days[position as usize];
            let record = match self.record(user_id, &history, day) {
                Ok(record) => record,
                Err(error) => {
                    let failed = FailedStudent { user_id: user_id.to_string(), error };
                    batch.failed.push((position, failed));
                    continue;
                }
            };
            let goal = record.goal.as_ref().and_then(|goal| goal.source);
            batch.written.push((position, goal == Some(Source::Normal)));
            match ways[position as usize] {
                Write::Nothing => {}
                Write::New => batch.new.push(NewWeeklyKpi {
                    user_id: user_id.to_string(),
                    week_start: week_start(day),
                    kpis: to_raw_value(&record)?,
                }),
                Write::Merge => batch.patches.push(patch(user_id, day, record)),
            }
        }
        Ok(batch)
    }

    /// The row of one student.
    ///
    /// # Errors
    /// [`NotFinite`] when something stored for the student is infinite or no number.
    pub(crate) fn row(&self, user_id: &str, as_of: NaiveDate) -> Result<WeeklyKpis, NotFinite> {
        self.record(user_id, &self.history(user_id), as_of)
    }

    fn record(
        &self,
        user_id: &str,
        history: &History<'_>,
        as_of: NaiveDate,
    ) -> Result<WeeklyKpis, NotFinite> {
        let plan = self.plan;
        let week = week_start(as_of);
        let halves = Windows::ending(self.zone(), as_of, plan.options.improvement_days);
        let pair = self.thetas.pair(user_id, halves);
        let used = pair.filter(|_| plan.use_theta);
        record(Sources {
            week: &student_week(history, as_of, &plan.options, used),
            ability: self.thetas.newest_before(user_id, self.end(as_of)),
            delta_theta: pair.map(|(recent, previous)| recent.theta - previous.theta),
            goal: plan.goal,
            goal_model: self.goal_models.newest_before(end_of(self.zone(), as_of)),
            goal_choice: self.fitted.choose(user_id, week, as_of, plan.use_bayesian),
            churn_choice: self.fitted.choose(user_id, week, as_of, true),
        })
    }
}

/// A row to be merged with what is there.
pub(crate) fn patch(user_id: &str, as_of: NaiveDate, record: WeeklyKpis) -> KpiPatch {
    let (user_id, week_start) = (user_id.to_string(), week_start(as_of));
    KpiPatch { user_id, week_start, patch: record.into_map() }
}
