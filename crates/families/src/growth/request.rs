//! `POST /growth/fit`: from the request to what is sent and stored.

use seedtest_irt::Observer;
use seedtest_wire::{GrowthFitRequest, GrowthFitResponse, GrowthNoop};

use super::fit::{GrowthAnswer, fit_growth};
use super::model::StoredGrowth;
use crate::error::Error;
use crate::fitted::{FitAnswer, named, storable};
use crate::record::FitRecord;

/// Answers `POST /growth/fit`. The fit is called `run_id`.
///
/// # Errors
/// Those of [`fit_growth`].
pub fn answer_growth_fit(
    request: &GrowthFitRequest,
    run_id: &str,
    observer: &mut dyn Observer,
) -> Result<FitAnswer<Box<GrowthFitResponse>, GrowthNoop>, Error> {
    let fitted = match fit_growth(request, Some(run_id), observer)? {
        GrowthAnswer::Fitted(fitted) => fitted,
        GrowthAnswer::Noop(noop) => return Ok(FitAnswer::Noop(noop)),
    };
    let mut response = fitted.response(true)?;
    let stored = response.stored_model.take();
    response.run_id.clear();
    let (mut json, result_digest) = named(&response, run_id)?;
    let record = FitRecord {
        input_digest: fitted.input_digest,
        result_digest,
        verdict: serde_json::to_value(&response.verdict)?,
        seed: Some(response.seed as i64),
    };
    run_id.clone_into(&mut response.run_id);
    let model = storable::<Option<StoredGrowth>>(&stored)?;
    if request.keep_model == Some(true) {
        response.stored_model = stored;
        json = serde_json::to_vec(&response)?;
    }
    Ok(FitAnswer::Fitted { response: Box::new(response), json, record, model })
}
