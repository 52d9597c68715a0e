//! From the log and the stored fits to rows of `weekly_kpi`, for any number of weeks in one load.

use chrono::NaiveDate;
use rayon::prelude::*;
use seedtest_kpi::{Options, Window, day_start_micros, student_week, week_start};
use seedtest_responses::ResponseLog;
use seedtest_store::{KpiPatch, LogFilter, Store, Tx, WeeklyKpi};

use crate::ahead::ahead;
use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;
use crate::fitted_kpis::{CHURN, FittedKpis, GOAL};
use crate::goal_model::GoalModels;
use crate::joblog::JobLog;
use crate::kpi_record::{Goal, NotFinite, Sources, record};
use crate::settings::Settings;
use crate::theta_history::{StoredThetas, ThetaHistory};
use crate::visits::Visits;

/// Students computed and written at a time: bounds the memory of a week.
const BATCH: usize = 2_500;
/// A carried P may come from a row that many days before the first week.
const FITTED_DAYS: u32 = 21;

/// How rows are computed.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) options: Options,
    pub(crate) goal: Goal,
    /// I_t from abilities where both windows have one.
    pub(crate) use_theta: bool,
    /// A stored posterior of an earlier week may be carried over, and a stored growth fit predicts
    /// the students who have none.
    pub(crate) use_bayesian: bool,
    /// Students with an ability get a row whether they were active or not.
    pub(crate) everyone_with_ability: bool,
    /// The most answers loaded, the newest first; 0 = all.
    pub(crate) max_rows: u64,
}

impl Plan {
    /// The plan the settings of a KPI job ask for.
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        let defaults = Options::default();
        let options = Options {
            lookback_days: settings
                .count("lookback-days")
                .map_or(defaults.lookback_days, |days| days.min(36_500) as u32),
            churn_horizon_days: settings
                .number("churn-horizon-days")
                .filter(|&days| days > 0.0)
                .unwrap_or(defaults.churn_horizon_days),
            ..defaults
        };
        Self {
            options,
            goal: Goal::from_settings(settings),
            use_theta: settings.switch("use-irt-theta"),
            use_bayesian: settings.switch("use-bayesian"),
            everyone_with_ability: false,
            max_rows: settings.count("max-rows").unwrap_or(0),
        }
    }

    /// The growth fits that predict on days from `first` to `last`.
    async fn goal_models(
        &self,
        store: &Store,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<GoalModels, Error> {
        if !self.use_bayesian {
            return Ok(GoalModels::default());
        }
        GoalModels::load(store, end_of(first), end_of(last)).await
    }
}

/// Everything the rows of a span of weeks are computed from.
pub(crate) struct Evidence {
    log: ResponseLog,
    visits: Visits,
    thetas: StoredThetas,
    goal_models: GoalModels,
}

impl Evidence {
    /// Loads what the days of interest from `first` to `last` need.
    pub(crate) async fn load(
        store: &Store,
        first: NaiveDate,
        last: NaiveDate,
        plan: &Plan,
        log: &mut JobLog<'_>,
    ) -> Result<Self, Error> {
        let from = midnight(days_before(first, plan.options.history_days()));
        let to = end_of(last);
        let newest = (plan.max_rows > 0).then_some(plan.max_rows);
        let filter = LogFilter { from: Some(from), to: Some(to), newest, ..LogFilter::default() };
        let loaded = store.load_log(&filter).await?.log;
        if newest.is_some_and(|most| loaded.len() as u64 >= most) {
            let message =
                format!("METRICS_MAX_ROWS={} reached: older answers are left out", plan.max_rows);
            log.warn(&message).map_err(Error::log)?;
        }
        let visits = Visits::new(store.visits(from, to).await?, &loaded);
        let thetas = StoredThetas::load(store, from, to).await?;
        let goal_models = plan.goal_models(store, first, last).await?;
        Ok(Self { log: loaded, visits, thetas, goal_models })
    }

    /// As [`Evidence::load`] for one student and one day.
    pub(crate) async fn of_student(
        store: &Store,
        user_id: &str,
        day: NaiveDate,
        plan: &Plan,
    ) -> Result<Self, Error> {
        let from = midnight(days_before(day, plan.options.history_days()));
        let to = end_of(day);
        let filter = LogFilter {
            from: Some(from),
            to: Some(to),
            user_id: Some(user_id.to_string()),
            ..LogFilter::default()
        };
        let log = store.load_log(&filter).await?.log;
        let visits = Visits::new(store.student_visits(user_id, from, to).await?, &log);
        let thetas = StoredThetas::of_student(store, user_id, to).await?;
        let goal_models = plan.goal_models(store, day, day).await?;
        Ok(Self { log, visits, thetas, goal_models })
    }
}

/// The rows with a P or S of a fitted model that matter for the weeks of `first` to `last`. While
/// the transaction lasts nobody else changes them.
pub(crate) async fn locked_fits(
    tx: &mut Tx,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    tx.lock_weekly_kpi().await?;
    Ok(tx.fitted_kpis(earliest_fit(first), last).await?)
}

/// As [`locked_fits`], of one student and one week.
pub(crate) async fn locked_fits_of(
    tx: &mut Tx,
    user_id: &str,
    week: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    tx.lock_weekly_kpi().await?;
    Ok(tx.student_weekly_kpi(user_id, earliest_fit(week), week).await?)
}

/// As [`locked_fits`], for a run that writes nothing.
pub(crate) async fn fits(
    store: &Store,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    Ok(store.fitted_kpis(earliest_fit(first), last).await?)
}

fn earliest_fit(first: NaiveDate) -> NaiveDate {
    days_before(week_start(first), FITTED_DAYS)
}

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

impl WeekResult {
    /// Counts the rows and keeps those that can be stored.
    fn add(&mut self, rows: Vec<Result<KpiPatch, FailedStudent>>) -> Vec<KpiPatch> {
        let mut patches = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Ok(patch) => patches.push(patch),
                Err(failed) => self.failed.push(failed),
            }
        }
        self.processed += patches.len();
        self.without_posterior += patches.iter().filter(|row| is_normal(row)).count();
        patches
    }
}

/// The rows of one week after the other.
pub(crate) struct WeeklyRows<'a> {
    evidence: &'a Evidence,
    thetas: ThetaHistory<'a>,
    fitted: FittedKpis<'a>,
    plan: &'a Plan,
}

impl<'a> WeeklyRows<'a> {
    pub(crate) fn new(evidence: &'a Evidence, fits: &'a [WeeklyKpi], plan: &'a Plan) -> Self {
        let thetas = ThetaHistory::new(&evidence.thetas);
        Self { evidence, thetas, fitted: FittedKpis::new(fits), plan }
    }

    /// The students who get a row on `as_of`, by id.
    pub(crate) fn students(&self, as_of: NaiveDate) -> Vec<&'a str> {
        let evidence = self.evidence;
        let lookback = self.plan.options.lookback_days;
        let is_active =
            |id: &&str| evidence.visits.history(&evidence.log, id).is_active(as_of, lookback);
        let known = evidence.log.students().par_iter().map(|id| &**id);
        let mut students: Vec<&str> = known.filter(is_active).collect();
        students.extend(evidence.visits.users().filter(is_active));
        if self.plan.everyone_with_ability {
            students.extend(self.thetas.users_before(end_micros(as_of)));
        }
        students.sort_unstable();
        students.dedup();
        students
    }

    /// Computes the rows of these students and, in a transaction, writes them while the next ones
    /// are computed. A student whose numbers cannot be stored is left out and named.
    pub(crate) async fn write(
        &self,
        students: &[&str],
        as_of: NaiveDate,
        mut tx: Option<&mut Tx>,
    ) -> Result<WeekResult, Error> {
        let is_new = match &mut tx {
            Some(tx) => !tx.has_weekly_kpi(week_start(as_of)).await?,
            None => false,
        };
        let mut result = WeekResult::default();
        let compute =
            |batch: &[&str]| -> Vec<_> { batch.par_iter().map(|id| self.row(id, as_of)).collect() };
        let take = async |rows: Vec<Result<KpiPatch, FailedStudent>>| {
            let patches = result.add(rows);
            match &mut tx {
                Some(tx) if is_new => {
                    tx.insert_weekly_kpi(patches).await?;
                }
                Some(tx) => {
                    tx.merge_weekly_kpi(&patches).await?;
                }
                None => {}
            }
            Ok(())
        };
        ahead(students.chunks(BATCH), compute, take).await?;
        Ok(result)
    }

    /// The row of one student.
    pub(crate) fn row(&self, user_id: &str, as_of: NaiveDate) -> Result<KpiPatch, FailedStudent> {
        let plan = self.plan;
        let week = week_start(as_of);
        let half = Window::ending(as_of, plan.options.improvement_days);
        let pair = if plan.use_theta { self.thetas.pair(user_id, half) } else { None };
        let history = self.evidence.visits.history(&self.evidence.log, user_id);
        let choose = |key, may_carry| self.fitted.choose(key, user_id, week, as_of, may_carry);
        let sources = Sources {
            week: &student_week(&history, as_of, &plan.options, pair),
            ability: self.thetas.newest_before(user_id, end_micros(as_of)),
            goal: plan.goal,
            goal_model: self.evidence.goal_models.newest_before(end_of(as_of)),
            goal_choice: choose(&GOAL, plan.use_bayesian),
            churn_choice: choose(&CHURN, true),
        };
        match record(&sources) {
            Ok(patch) => Ok(KpiPatch { user_id: user_id.to_string(), week_start: week, patch }),
            Err(error) => Err(FailedStudent { user_id: user_id.to_string(), error }),
        }
    }
}

fn is_normal(row: &KpiPatch) -> bool {
    row.patch.get("P_source").and_then(|source| source.as_str()) == Some("normal")
}

fn end_micros(date: NaiveDate) -> i64 {
    day_start_micros(date.succ_opt().unwrap_or(date))
}
