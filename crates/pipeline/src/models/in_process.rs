//! Models of the jobs, fitted in this process.

use seedtest_families::growth::{Begin, GrowthAnswer, GrowthFitted, fit_growth_rows};
use seedtest_families::irt::{CalibratedLog, calibrate};
use seedtest_families::survival::{SurvivalAnswer, SurvivalSpec, fit_survival, table_digest};
use seedtest_families::{Error as FamilyError, FitRecord, result_digest};
use seedtest_numerics::Silent;
use seedtest_survival::Error as ModelError;
use seedtest_wire::SurvivalFitResponse;
use serde_json::Value;

use super::{CalibrationTask, ChurnTask, Fitted, FittedOrNot, GrowthTask, Models};
use crate::error::Error;
use crate::joblog::JobLog;
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
        let CalibrationTask { loaded, request, run_id, .. } = task;
        let calibrated =
            tokio::task::block_in_place(|| calibrate(&loaded.log, request, &mut Silent))?;
        report(&calibrated, log).map_err(Error::log)?;
        let response = calibrated.response(&loaded.log, run_id, CALIBRATION_VERSION, None);
        let nameless = calibrated.response(&loaded.log, "", CALIBRATION_VERSION, None);
        let record = FitRecord {
            input_digest: calibrated.input_digest.clone(),
            result_digest: result_digest(&nameless)?,
            verdict: serde_json::to_value(&nameless.fit_meta.verdict)?,
            seed: None,
        };
        Ok(Fitted { response: CalibrationRows::of(&response)?, record: Some(record) })
    }

    async fn fit_growth(
        &self,
        task: GrowthTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<Value>, Error> {
        let begin = Begin::Fresh(task.start);
        let fit = || fit_growth_rows(task.rows, task.plan.clone(), begin, &mut Silent);
        let fitted = match tokio::task::block_in_place(fit)? {
            GrowthAnswer::Fitted(fitted) => fitted,
            GrowthAnswer::Noop(noop) => return Ok(Err(noop.reason)),
        };
        let record = Some(growth_record(&fitted)?);
        Ok(Ok(Fitted { response: serde_json::to_value(fitted.response(true)?)?, record }))
    }

    async fn fit_churn(
        &self,
        task: ChurnTask<'_>,
        _: &mut JobLog<'_>,
    ) -> Result<FittedOrNot<SurvivalFitResponse>, Error> {
        let ChurnTask { data, today, spec, run_id } = task;
        let threshold = f64::from(spec.threshold_days);
        let spec = SurvivalSpec {
            covariates: Some(data.covariates.clone()),
            event_threshold_days: threshold,
            horizon_days: threshold,
            run_id: Some(run_id.to_owned()),
            ..SurvivalSpec::default()
        };
        let today = Some(today).filter(|table| table.n_rows > 0);
        let fit = || fit_survival(&data.table, today, &spec, &mut Silent);
        let fitted = match tokio::task::block_in_place(fit) {
            Ok(SurvivalAnswer::Fitted(fitted)) => fitted,
            Ok(SurvivalAnswer::Noop(noop)) => return Ok(Err(noop.reason)),
            // A school in which everyone is alike is no failure of the job.
            Err(FamilyError::Survival(error @ ModelError::NoUsableCovariate { .. })) => {
                return Ok(Err(error.to_string()));
            }
            Err(other) => return Err(other.into()),
        };
        let response = fitted.response_with_reasons()?;
        let mut nameless = response.clone();
        nameless.run_id.clear();
        nameless.stored_model = None;
        let record = FitRecord {
            input_digest: table_digest(&[&data.table]),
            result_digest: result_digest(&nameless)?,
            verdict: serde_json::to_value(&response.model_meta.verdict)?,
            seed: Some(spec.seed as i64),
        };
        Ok(Ok(Fitted { response, record: Some(record) }))
    }
}

fn growth_record(fitted: &GrowthFitted) -> Result<FitRecord, Error> {
    let mut response = fitted.response(false)?;
    response.run_id.clear();
    Ok(FitRecord {
        input_digest: fitted.input_digest.clone(),
        result_digest: result_digest(&response)?,
        verdict: serde_json::to_value(&response.verdict)?,
        seed: i64::try_from(response.seed).ok(),
    })
}

fn report(calibrated: &CalibratedLog, log: &mut JobLog<'_>) -> std::io::Result<()> {
    let CalibratedLog { fit, answers, .. } = calibrated;
    log.info(&format!(
        "Used {} answers; left out {} repeated and {} of unknown correctness",
        answers.item.len(),
        answers.dropped_duplicates,
        answers.dropped_unknown
    ))?;
    log.info(&format!(
        "log-likelihood {:.4}, {} items, {} skipped, {} students, {} iterations, converged={}",
        fit.log_likelihood,
        fit.items.len(),
        fit.skipped.len(),
        fit.abilities.len(),
        fit.verdict.iterations,
        fit.verdict.converged()
    ))
}
