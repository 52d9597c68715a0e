use seedtest_irt::Observer;
use seedtest_store::Store;
use seedtest_wire::{GrowthFitRequest, GrowthFitResponse, GrowthNoop, GrowthPredictRequest};

use super::FitAnswer;
use super::fitted::{named, newest, storable};
use crate::clock::Clock;
use crate::error::Error;
use crate::growth::{GrowthAnswer, StoredGrowth, fit_growth};
use crate::ledger::FitRecord;

/// The ledger's name for these fits.
pub const GROWTH: &str = "growth";

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

/// The fit a prediction asks for: that of its `run_id`, made by a job or a request, else the
/// newest.
///
/// # Errors
/// When the database refuses, or what is stored cannot be read.
pub async fn stored_growth(
    store: &Store,
    clock: Clock,
    request: &GrowthPredictRequest,
) -> Result<Option<StoredGrowth>, Error> {
    let named = request.run_id.as_deref().filter(|id| !id.eq_ignore_ascii_case("latest"));
    let of_job = match named {
        Some(run_id) => store.growth_fit(run_id).await?,
        None => store.latest_growth_fit(clock.now()).await?,
    };
    let of_job = of_job.map(|fit| (fit.fitted_at, fit.settings["model"].clone()));
    let of_request = store.kept_model(GROWTH, named).await?;
    newest([of_job, of_request])
}
