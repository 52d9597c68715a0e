//! Models of the jobs, fitted in this process.

use seedtest_families::churn;
use seedtest_families::clustering::{self, Clustering};
use seedtest_families::growth::{self, Begin, Growth};
use seedtest_families::irt;
use seedtest_families::lmm::Lmm;
use seedtest_families::mixed;
use seedtest_families::prophet::{self, Prophet};
use seedtest_families::survival::{self, Survival};
use seedtest_families::{
    Error as FamilyError, ModelFamily, Outcome, Summary, record, result_digest,
};
use seedtest_numerics::Silent;
use seedtest_survival::Error as ModelError;
use seedtest_wire::{ClusterFitResponse, SurvivalFitResponse};
use serde_json::Value;

use super::{
    CalibrationTask, ChurnTask, ClusterTask, Fitted, FittedForecasts, FittedOrNot, ForecastTask,
    GrowthTask, Models, ProgressTask,
};
use crate::error::Error;
use crate::registry::JobLog;
use crate::remote::CalibrationRows;

/// Version of the rows a calibration writes.
pub(crate) const CALIBRATION_VERSION: &str = "v1";

/// Models fitted in this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InProcess;

impl Models for InProcess {
    async fn calibrate(
        &self,
        task: CalibrationTask<'_>,
        log: &mut JobLog<'_>,
    ) -> Result<Fitted<CalibrationRows>, Error> {
        let CalibrationTask { loaded, spec, run_id, .. } = task;
        let fitted = tokio::task::block_in_place(|| irt::fit(&loaded.log, spec, &mut Silent))?;
        report(&fitted, log);
        let response = fitted.response(&loaded.log, spec, run_id);
        let nameless = fitted.response(&loaded.log, spec, "");
        let record = record(&nameless, fitted.summary(spec.seed))?;
        Ok(Fitted { response: CalibrationRows::of(&response)?, record: Some(record) })
    }

    async fn fit_growth(
        &self,
        task: GrowthTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let GrowthTask { rows, spec, start, run_id } = task;
        let fit = || growth::fit_rows(rows, spec.clone(), Begin::Fresh(start), &mut Silent);
        let fitted = match tokio::task::block_in_place(fit)? {
            Outcome::Fitted(fitted) => fitted,
            Outcome::TooLittle(noop) => return Ok(Err(noop.reason)),
        };
        let record = record(&fitted.response(""), Growth::summary(spec, &fitted))?;
        let mut response = serde_json::to_value(fitted.response(run_id))?;
        response["stored_model"] = serde_json::to_value(growth::Stored::of(&fitted, run_id))?;
        Ok(Ok(Fitted { response, record: Some(record) }))
    }

    async fn fit_churn(
        &self,
        task: ChurnTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<SurvivalFitResponse>, Error> {
        let ChurnTask { data, today, spec, run_id } = task;
        let spec = churn::model_of(data, spec);
        let today = Some(today).filter(|table| table.n_rows > 0);
        let fit = || survival::fit(&data.table, today, &spec, &mut Silent);
        let fitted = match tokio::task::block_in_place(fit) {
            Ok(Outcome::Fitted(fitted)) => fitted,
            Ok(Outcome::TooLittle(noop)) => return Ok(Err(noop.reason)),
            // A school in which everyone is alike is no failure of the job.
            Err(FamilyError::Survival(error @ ModelError::NoUsableCovariate { .. })) => {
                return Ok(Err(error.to_string()));
            }
            Err(other) => return Err(other.into()),
        };
        let record = record(&fitted.response("")?, Survival::summary(&spec, &fitted))?;
        let mut response = fitted.response(run_id)?;
        response.stored_model = Some(serde_json::to_value(fitted.stored(run_id))?);
        Ok(Ok(Fitted { response, record: Some(record) }))
    }

    async fn fit_progress(
        &self,
        task: ProgressTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let ProgressTask { table, spec, run_id, .. } = task;
        let fit = || mixed::fit(table, None, spec, &mut Silent);
        let fitted = match tokio::task::block_in_place(fit) {
            Ok(Outcome::Fitted(fitted)) => fitted,
            Ok(Outcome::TooLittle(noop)) => return Ok(Err(noop.reason)),
            // A school of one class, or in which everyone is alike, is no failure of the job.
            Err(FamilyError::Mixed(error)) if error.is_of_too_little() => {
                return Ok(Err(error.to_string()));
            }
            Err(other) => return Err(other.into()),
        };
        let record = record(&fitted.response(""), Lmm::summary(spec, &fitted))?;
        let response = serde_json::to_value(fitted.response(run_id))?;
        Ok(Ok(Fitted { response, record: Some(record) }))
    }

    async fn forecast(
        &self,
        task: ForecastTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<Fitted<FittedForecasts>, Error> {
        let spec = prophet::Spec::of(task.request)?;
        let series: Vec<(&[i64], &[f64])> =
            task.series.iter().map(|of| (&of.time[..], &of.value[..])).collect();
        let fitted = tokio::task::block_in_place(|| prophet::fit_many(&series, &spec));
        let mut response = Vec::with_capacity(fitted.len());
        let (mut inputs, mut results) = (Vec::new(), Vec::new());
        let mut summary = None;
        for (of, outcome) in task.series.iter().zip(fitted) {
            let fitted = match outcome? {
                Outcome::Fitted(fitted) => fitted,
                Outcome::TooLittle(noop) => {
                    response.push(Err(noop.reason));
                    continue;
                }
            };
            let run_id = of.scope.run_id(task.run_id);
            let mut found = fitted.response(&run_id);
            found.stored_model = Some(serde_json::to_value(prophet::Stored::of(&fitted, &run_id))?);
            response.push(Ok(found));
            inputs.push(fitted.input_digest.clone());
            results.push(fitted.response(""));
            summary.get_or_insert_with(|| Prophet::summary(&spec, &fitted));
        }
        // One line of the ledger stands for all series: the verdict is that of the first.
        let summary = summary.map(|summary| {
            Ok::<_, Error>(Summary { input_digest: result_digest(&inputs)?, ..summary })
        });
        let record = summary.transpose()?.map(|summary| record(&results, summary)).transpose()?;
        Ok(Fitted { response, record })
    }

    async fn cluster(
        &self,
        task: ClusterTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<ClusterFitResponse>, Error> {
        let ClusterTask { table, spec, run_id } = task;
        let fit = || clustering::fit(table, spec, &mut Silent);
        let fitted = match tokio::task::block_in_place(fit)? {
            Outcome::Fitted(fitted) => fitted,
            Outcome::TooLittle(noop) => return Ok(Err(noop.reason)),
        };
        let record = record(&fitted.response(""), Clustering::summary(spec, &fitted))?;
        let mut response = fitted.response(run_id);
        let stored = clustering::Stored::of(&fitted, run_id);
        response.stored_model = Some(serde_json::to_value(stored)?);
        Ok(Ok(Fitted { response, record: Some(record) }))
    }
}

fn report(fitted: &irt::Fitted, log: &mut JobLog<'_>) {
    let irt::Fitted { fit, answers, .. } = fitted;
    log.info(&format!(
        "Used {} answers; left out {} repeated and {} of unknown correctness",
        answers.item.len(),
        answers.dropped_duplicates,
        answers.dropped_unknown
    ));
    log.info(&format!(
        "log-likelihood {:.4}, {} items, {} skipped, {} students, {} iterations, converged={}",
        fit.log_likelihood,
        fit.items.len(),
        fit.skipped.len(),
        fit.abilities.len(),
        fit.verdict.iterations,
        fit.verdict.converged()
    ));
}
