//! The models of the jobs at another address.

use seedtest_wire::SurvivalFitResponse;
use serde_json::Value;

use super::growth::fit_growth_remotely;
use super::irt::calibrate_remotely;
use super::survival::fit_survival_remotely;
use super::{CalibrationRows, Service};
use crate::error::Error;
use crate::models::{CalibrationTask, ChurnTask, Fitted, FittedOrNot, GrowthTask, Models};
use crate::registry::JobLog;

impl Models for Service {
    async fn calibrate(
        &self,
        task: CalibrationTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<CalibrationRows>, Error> {
        let CalibrationTask { loaded, answers, spec, .. } = task;
        let response = calibrate_remotely(self, &loaded.log, answers, spec, log).await?;
        Ok(Fitted { response, record: None })
    }

    async fn fit_growth(
        &self,
        task: GrowthTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let response = fit_growth_remotely(self, task.rows, task.spec, log).await?;
        if response["status"] == "noop" {
            return Ok(Err(response["reason"].as_str().unwrap_or("no reason given").to_owned()));
        }
        Ok(Ok(Fitted { response, record: None }))
    }

    async fn fit_churn(
        &self,
        task: ChurnTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<SurvivalFitResponse>, Error> {
        let ChurnTask { data, today, spec, .. } = task;
        let response = fit_survival_remotely(self, &data.table, today, spec, log).await?;
        Ok(response.map(|response| Fitted { response, record: None }))
    }
}
