use seedtest_irt::Observer;
use seedtest_store::Store;
use seedtest_wire::{
    SurvivalFitRequest, SurvivalFitResponse, SurvivalNoop, SurvivalPredictRequest,
};

use super::FitAnswer;
use super::fitted::newest;
use crate::clock::Clock;
use crate::error::Error;
use crate::ledger::{FitRecord, result_digest};
use crate::survival::{SurvivalAnswer, SurvivalModel, fit_survival_request};

/// The ledger's name for these fits.
pub const SURVIVAL: &str = "survival";

/// Answers `POST /survival/fit`. The fit is called `run_id`.
///
/// # Errors
/// Those of [`fit_survival_request`].
pub fn answer_survival_fit(
    request: &SurvivalFitRequest,
    run_id: &str,
    observer: &mut dyn Observer,
) -> Result<FitAnswer<SurvivalFitResponse, SurvivalNoop>, Error> {
    let fitted = match fit_survival_request(request, Some(run_id), observer)? {
        SurvivalAnswer::Fitted(fitted) => fitted,
        SurvivalAnswer::Noop(noop) => return Ok(FitAnswer::Noop(noop)),
    };
    let mut response = fitted.response_with(false, request.reasons.unwrap_or(true))?;
    let named = std::mem::take(&mut response.run_id);
    let record = FitRecord {
        input_digest: result_digest(request)?,
        result_digest: result_digest(&response)?,
        verdict: serde_json::to_value(&response.model_meta.verdict)?,
        seed: Some(request.seed() as i64),
    };
    response.run_id = named;
    let model = serde_json::to_value(&fitted.model)?;
    response.stored_model = (request.keep_model == Some(true)).then(|| model.clone());
    Ok(FitAnswer::Fitted { response: Box::new(response), record, model })
}

/// The fit a prediction asks for: that of its `run_id`, made by a job or a request, else the
/// newest.
///
/// # Errors
/// When the database refuses, or what is stored cannot be read.
pub async fn stored_survival(
    store: &Store,
    clock: Clock,
    request: &SurvivalPredictRequest,
) -> Result<Option<SurvivalModel>, Error> {
    let named = request.run_id.as_deref().filter(|id| !id.eq_ignore_ascii_case("latest"));
    let of_job = match named {
        Some(run_id) => store.survival_fit(run_id).await?,
        None => store.latest_survival_fit(clock.now()).await?,
    };
    let of_job = of_job.map(|fit| (fit.fitted_at, fit.model["model"].clone()));
    let of_request = store.kept_model(SURVIVAL, named).await?;
    newest([of_job, of_request])
}
