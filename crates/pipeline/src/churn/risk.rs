//! S of every student by a stored fit.

use seedtest_families::churn::{ChurnSpec, NoProbability, StudentRisk, table_today};
use seedtest_families::survival::{Stored as SurvivalModel, predictions_of};

use super::of_evidence::students_today;
use crate::error::Error;
use crate::evidence::Evidence;

/// S of every student by a stored fit.
pub(crate) fn risks(
    model: &SurvivalModel,
    evidence: &Evidence,
    spec: &ChurnSpec,
) -> Result<Vec<StudentRisk>, Error> {
    let today = students_today(evidence, spec);
    let names: Vec<String> = model.covariates().into_iter().map(str::to_owned).collect();
    let table = table_today(&today.at_risk(), &names, model.means());
    today.risks(&predictions_of(model, &table)?).map_err(|error| answered(&error))
}

/// What a model answered that no model may, as the fault of whoever fitted it.
pub(crate) fn answered(error: &NoProbability) -> Error {
    Error::Service { url: "/survival/fit".into(), reason: error.to_string(), variable: None }
}
