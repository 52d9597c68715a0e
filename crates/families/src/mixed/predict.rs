//! Predictions from a stored mixed model.

use seedtest_ingest::Table;
use seedtest_numerics::Observer;
use seedtest_wire::{MixedPredictRequest, MixedPredictResponse};
use serde::Deserialize;

use super::hand_made::{HandMade, is_hand_made};
use super::rows::new_frame;
use super::spec::Scale;
use super::stored::Stored;
use crate::cost::of_new_rows;
use crate::error::Error;
use crate::family::admit;
use crate::rows::table_of;

/// Answers a request from the model in it, or the stored one it names.
///
/// # Errors
/// [`Error::NoStoredModel`] without either, [`Error::Field`] for a model that is none, and for rows that lack
/// a column of the formula.
pub fn predict(
    request: &MixedPredictRequest,
    stored: Option<&Stored>,
    family: &'static str,
    observer: &mut dyn Observer,
) -> Result<MixedPredictResponse, Error> {
    let scale = Scale::of(request.scale.as_deref())?;
    if let Some(model) = request.model.as_ref().filter(|model| is_hand_made(model)) {
        let table = table_of(request.newdata.clone())?;
        admit(observer, || Ok(of_new_rows(table.n_rows, 0.0)))?;
        let model = HandMade::deserialize(model).map_err(|error| wrong(&error))?;
        let with_random = request.with_random.unwrap_or(true);
        return model.predict(&table, with_random, scale, family, &observer.interrupt());
    }
    let sent = request.model.as_ref().map(read).transpose()?;
    let hint = "send `model` of a fit, or fit one first";
    let model = sent.as_ref().or(stored).ok_or(Error::NoStoredModel { family, hint })?;
    if let (Some(sent), Some(run_id)) = (&sent, &request.run_id) {
        let same = sent.run_id == *run_id || run_id.is_empty();
        if !same {
            let reason =
                format!("{run_id:?} is not that of `model` ({:?}); send one of them", sent.run_id);
            return Err(Error::field("run_id", reason));
        }
    }
    let table = table_of(request.newdata.clone())?;
    let columns = model.state.encoder.most_columns();
    admit(observer, || Ok(of_new_rows(table.n_rows, columns)))?;
    predict_table(model, &table, request.with_random.unwrap_or(true), scale)
}

fn read(model: &serde_json::Value) -> Result<Stored, Error> {
    Stored::deserialize(model).map_err(|error| wrong(&error))
}

fn wrong(error: &serde_json::Error) -> Error {
    Error::field("model", format!("is not one that a fit answered ({error})"))
}

/// Predicts the rows of a table.
///
/// # Errors
/// For rows that lack a column of the formula or a value, levels of fixed terms that the fit does not know, and a
/// model that was changed.
pub fn predict_table(
    model: &Stored,
    table: &Table,
    with_random: bool,
    scale: Scale,
) -> Result<MixedPredictResponse, Error> {
    let frame = new_frame(table, model.state.encoder.formula(), with_random)?;
    let rows = if table.n_rows == 0 {
        Vec::new()
    } else {
        model.state.predict(&frame, with_random, scale.into())?
    };
    let unknown = rows.iter().filter(|row| row.se.is_none()).count();
    let mut warnings = Vec::new();
    if unknown > 0 {
        warnings.push(format!(
            "no standard error of {unknown} predictions: a stored model does not keep how random and fixed \
             effects vary together; send the rows as newdata of the fit"
        ));
    }
    Ok(MixedPredictResponse {
        status: "success".into(),
        ok: true,
        run_id: model.run_id.clone(),
        scale: scale.name().to_owned(),
        n_predictions: rows.len(),
        predictions: rows.iter().map(|row| row.value).collect(),
        se: rows.iter().map(|row| row.se).collect(),
        warnings,
    })
}
