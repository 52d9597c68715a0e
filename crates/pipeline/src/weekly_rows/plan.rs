use chrono::NaiveDate;
use seedtest_kpi::Options;
use seedtest_store::{LogFilter, Store};

use crate::calendar::end_of;
use crate::error::Error;
use crate::evidence::{Evidence, Span};
use crate::goal_model::GoalModels;
use crate::joblog::JobLog;
use crate::kpi_record::Goal;
use crate::settings::Settings;

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
    pub(crate) async fn goal_models(
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

    /// What the days of interest from `first` to `last` are computed from.
    pub(crate) fn span(&self, first: NaiveDate, last: NaiveDate) -> Span {
        Span::of_days(first, last, self.options.history_days())
    }

    /// Loads what the days of interest from `first` to `last` need.
    pub(crate) async fn load(
        &self,
        store: &Store,
        first: NaiveDate,
        last: NaiveDate,
        log: &mut JobLog<'_>,
    ) -> Result<Evidence, Error> {
        let span = self.span(first, last);
        let newest = (self.max_rows > 0).then_some(self.max_rows);
        let answers = LogFilter { newest, ..span.answers() };
        let evidence = Evidence::load(store, span, &answers).await?;
        if newest.is_some_and(|most| evidence.log.len() as u64 >= most) {
            let message =
                format!("METRICS_MAX_ROWS={} reached: older answers are left out", self.max_rows);
            log.warn(&message).map_err(Error::log)?;
        }
        Ok(evidence)
    }
}
