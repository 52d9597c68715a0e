//! `POST /survival/fit`: from the request to what is sent and stored.

use seedtest_ingest::Table;
use seedtest_irt::Observer;
use seedtest_wire::{SurvivalFitRequest, SurvivalNoop};
use serde_json::value::RawValue;

use super::fit::{SurvivalAnswer, fit_survival, table_digest};
use super::model::SurvivalModel;
use super::spec::SurvivalSpec;
use crate::digest::result_digest as digest_of;
use crate::error::Error;
use crate::fitted::{FitAnswer, named_with_predictions, storable};
use crate::record::FitRecord;
use crate::rows::table_of;
use crate::two_threads::on_two_threads;

/// Rows from which on a second thread helps.
const WORTH_A_THREAD: usize = 256;

/// Room for a prediction without reasons.
const BYTES_OF_A_PREDICTION: usize = 160;

/// Answers `POST /survival/fit`. The fit is called `run_id`.
///
/// # Errors
/// Those of [`fit_survival`], and for rows or options that cannot be read.
pub fn answer_survival_fit(
    mut request: SurvivalFitRequest,
    run_id: &str,
    observer: &mut dyn Observer,
) -> Result<FitAnswer<(), SurvivalNoop>, Error> {
    let spec = SurvivalSpec { run_id: Some(run_id.to_owned()), ..SurvivalSpec::of(&request)? };
    let rows = table_of(std::mem::take(&mut request.rows))?;
    let newdata = request.newdata.take().map(table_of).transpose()?;
    let tables: Vec<&Table> = std::iter::once(&rows).chain(&newdata).collect();
    let many = rows.n_rows >= WORTH_A_THREAD;
    let (fitted, input_digest) = on_two_threads(
        many,
        || fit_survival(&rows, newdata.as_ref(), &spec, observer),
        || digest_of(&(&request, table_digest(&tables))),
    );
    let fitted = match fitted? {
        SurvivalAnswer::Fitted(fitted) => fitted,
        SurvivalAnswer::Noop(noop) => return Ok(FitAnswer::Noop(noop)),
    };
    let reasons = request.reasons.unwrap_or(true) && fitted.has_room_for_reasons();
    let (predictions, rest) = on_two_threads(
        many,
        || {
            let mut json = Vec::with_capacity(fitted.names.len() * BYTES_OF_A_PREDICTION);
            serde_json::to_writer(&mut json, &fitted.predictions_json(reasons))?;
            Ok::<_, Error>(json)
        },
        || {
            let mut response = fitted.response_without_predictions()?;
            response.run_id.clear();
            let model = storable::<SurvivalModel>(&fitted.model.for_predictions())?;
            Ok::<_, Error>((serde_json::to_vec(&response)?, model, response.model_meta.verdict))
        },
    );
    let (rest, model, verdict) = rest?;
    let (mut json, result_digest) = named_with_predictions(&rest, &predictions?, run_id)?;
    let record = FitRecord {
        input_digest: input_digest?,
        result_digest,
        verdict: serde_json::to_value(&verdict)?,
        seed: Some(request.seed() as i64),
    };
    if request.keep_model == Some(true) {
        append(&mut json, br#","stored_model":"#, &model);
    }
    Ok(FitAnswer::Fitted { response: (), json, record, model })
}

/// Puts a last field into an object.
fn append(object: &mut Vec<u8>, key: &[u8], value: &RawValue) {
    object.pop();
    object.extend_from_slice(key);
    object.extend_from_slice(value.get().as_bytes());
    object.push(b'}');
}
