//! Models of the jobs, fitted at another address: the same request that a caller would send.

use seedtest_families::churn;
use seedtest_families::clustering::{self, Clustering};
use seedtest_families::growth::{self, Growth};
use seedtest_families::irt::{self, Irt};
use seedtest_families::lmm::PROGRESS_PATH;
use seedtest_families::prophet::{self, Prophet};
use seedtest_families::survival::{self, Survival};
use seedtest_families::{ModelFamily, find_family, objects};
use seedtest_wire::{
    ClusterFitResponse, MixedFitRequest, ProphetFitRequest, ProphetFitResponse, SurvivalFitResponse,
};
use serde::Serialize;
use serde_json::Value;

use super::{CalibrationRows, Service};
use crate::error::Error;
use crate::models::{
    CalibrationTask, ChurnTask, ClusterTask, Fitted, FittedForecasts, FittedOrNot, ForecastTask,
    GrowthTask, Models, ProgressTask,
};
use crate::registry::JobLog;

impl Models for Service {
    async fn calibrate(
        &self,
        task: CalibrationTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<CalibrationRows>, Error> {
        log.info("Calling R IRT service...");
        let request = irt::request_of(&task.loaded.log, task.answers, task.spec);
        let answer = fit::<Irt>(self, &request, log).await?;
        Ok(Fitted { response: serde_json::from_value(answer)?, record: None })
    }

    async fn fit_growth(
        &self,
        task: GrowthTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let request = growth::request_of(task.rows, task.spec)?;
        let answer = fit::<Growth>(self, &request, log).await?;
        Ok(fitted_or_not(answer).map(|response| Fitted { response, record: None }))
    }

    async fn fit_churn(
        &self,
        task: ChurnTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<SurvivalFitResponse>, Error> {
        let spec = churn::model_of(task.data, task.spec);
        let request = survival::request_of(&task.data.table, task.today, &spec);
        match fitted_or_not(fit::<Survival>(self, &request, log).await?) {
            Err(reason) => Ok(Err(reason)),
            Ok(answer) => {
                Ok(Ok(Fitted { response: serde_json::from_value(answer)?, record: None }))
            }
        }
    }

    async fn fit_progress(
        &self,
        task: ProgressTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let request = MixedFitRequest { rows: objects(task.table), ..task.request.clone() };
        let answer = self.post(PROGRESS_PATH, &serde_json::to_value(request)?, log).await?;
        Ok(fitted_or_not(answer).map(|response| Fitted { response, record: None }))
    }

    async fn forecast(
        &self,
        task: ForecastTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<FittedForecasts>, Error> {
        let mut response = Vec::with_capacity(task.series.len());
        for of in task.series {
            let rows = prophet::rows_of(&of.time, &of.value);
            let request = ProphetFitRequest { rows, ..task.request.clone() };
            let answer = fitted_or_not(fit::<Prophet>(self, &request, log).await?);
            let found = answer.map(serde_json::from_value::<ProphetFitResponse>);
            response.push(match found {
                Ok(found) => Ok(found?),
                Err(reason) => Err(reason),
            });
        }
        Ok(Fitted { response, record: None })
    }

    async fn cluster(
        &self,
        task: ClusterTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<ClusterFitResponse>, Error> {
        let request = clustering::request_of(task.table, task.spec);
        match fitted_or_not(fit::<Clustering>(self, &request, log).await?) {
            Err(reason) => Ok(Err(reason)),
            Ok(answer) => {
                Ok(Ok(Fitted { response: serde_json::from_value(answer)?, record: None }))
            }
        }
    }
}

/// The answer of the family's route for fits, as it came.
async fn fit<F: ModelFamily>(
    service: &Service,
    request: &impl Serialize,
    log: &mut JobLog<'_>,
) -> Result<Value, Error> {
    let path = find_family(F::NAME).map_or("", |family| family.fit.path);
    service.post(path, &serde_json::to_value(request)?, log).await
}

/// The answer, or the reason of a service that had too little to fit.
fn fitted_or_not(answer: Value) -> Result<Value, String> {
    if answer["status"] == "noop" {
        return Err(answer["reason"].as_str().unwrap_or("no reason given").to_owned());
    }
    Ok(answer)
}
