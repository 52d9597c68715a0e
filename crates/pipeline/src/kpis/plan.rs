//! How KPI rows are computed.

use chrono::NaiveDate;
use seedtest_kpi::Options;
use seedtest_responses::TimeZone;
use seedtest_store::{LogFilter, Store};

use super::goal_model::GoalModels;
use super::kpi_settings::{MAX_ROWS, USE_BAYESIAN, USE_IRT_THETA, churn_horizon, session_gap};
use crate::error::Error;
use crate::evidence::{Evidence, Span};
use crate::registry::{JobLog, Settings};
use crate::scores::{Goal, Targets};

/// How rows are computed.
#[derive(Debug, Clone)]
pub(crate) struct KpiPlan {
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

impl KpiPlan {
    /// The plan the settings of a KPI job ask for.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Error> {
        let options = Options {
            lookback_days: settings.days("lookback-days")?,
            churn_horizon_days: churn_horizon(settings)?,
            session_gap_minutes: session_gap(settings)?,
            ..Options::default()
        };
        Ok(Self {
            options,
            goal: Targets::read(settings)?.goal(),
            use_theta: settings.switch(USE_IRT_THETA.key),
            use_bayesian: settings.switch(USE_BAYESIAN.key),
            everyone_with_ability: false,
            max_rows: settings.count(MAX_ROWS.key)?,
        })
    }

    /// The growth fits that predict on days from `first` to `last`; in a round of the day `round`, only
    /// those of earlier days.
    pub(crate) async fn goal_models(
        &self,
        store: &Store,
        (first, last): (NaiveDate, NaiveDate),
        round: Option<NaiveDate>,
    ) -> Result<GoalModels, Error> {
        if !self.use_bayesian {
            return Ok(GoalModels::default());
        }
        GoalModels::of_days(store, (first, last), round).await
    }

    /// What the days of interest from `first` to `last` are computed from.
    pub(crate) fn span(&self, zone: &TimeZone, first: NaiveDate, last: NaiveDate) -> Span {
        Span::of_days(zone, first, last, self.options.history_days())
    }

    /// Loads what the days of interest from `first` to `last` need.
    pub(crate) async fn load(
        &self,
        store: &Store,
        first: NaiveDate,
        last: NaiveDate,
        log: &mut JobLog<'_>,
    ) -> Result<Evidence, Error> {
        let span = self.span(store.time_zone(), first, last);
        let newest = (self.max_rows > 0).then_some(self.max_rows);
        let answers = LogFilter { newest, ..span.answers() };
        let evidence = Evidence::load(store, span, &answers).await?;
        if newest.is_some_and(|most| evidence.log.len() as u64 >= most) {
            let message =
                format!("METRICS_MAX_ROWS={} reached: older answers are left out", self.max_rows);
            log.warn(&message);
        }
        log.warn_of_conflicts(&evidence.log);
        Ok(evidence)
    }
}
