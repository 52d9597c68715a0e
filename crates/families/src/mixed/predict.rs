//! Predictions from a stored mixed model.

use seedtest_ingest::Table;
use seedtest_numerics::Observer;
use seedtest_wire::{MixedPredictRequest, MixedPredictResponse};
use serde::Deserialize;

use super::family::Kind;
use super::hand_made::{HandMade, is_hand_made};
use super::new_rows::{NewRow, Predictor, remarks, warnings};
use super::spec::Scale;
use super::stored::Stored;
use crate::cost::of_new_rows;
use crate::error::Error;
use crate::family::admit;
use crate::lmm::Linear;
use crate::rows::table_of;

/// Answers a request from the model in it, or the stored one it names.
///
/// # Errors
/// [`Error::NoStoredModel`] without either, [`Error::Field`] for a model that is none or of another family, and for
/// rows that lack a column of the formula.
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
    if family == Linear::NAME && model.family != "gaussian" {
        let reason = format!("is one of the family {}: send it to /glmm/predict", model.family);
        return Err(Error::field("model", reason));
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
/// For rows that lack a column of the formula, and a model that was changed. A row with a cell that cannot be predicted
/// from, be it empty, a text among numbers or a level of a fixed term that the fit does not know, has no prediction.
pub fn predict_table(
    model: &Stored,
    table: &Table,
    with_random: bool,
    scale: Scale,
) -> Result<MixedPredictResponse, Error> {
    let state = &model.state;
    let predictor = Predictor {
        encoder: &state.encoder,
        fixed: &state.fixed,
        undetermined: state.undetermined.as_ref(),
        random: &state.random,
        with_random,
    };
    let rows = predictor.rows(table, |frame| state.predict(frame, with_random, scale.into()))?;
    let without_se =
        |row: &&NewRow| row.value().is_some() && row.se().is_none() && row.doubt.is_none();
    let unknown = rows.iter().filter(without_se).count();
    let mut warnings = warnings(&rows);
    if unknown > 0 {
        warnings.push(format!(
            "no standard error of {unknown} predictions: a stored model does not keep how random and fixed \
             effects vary together; send the rows as newdata of the fit (`fit --newdata FILE`)"
        ));
    }
    Ok(MixedPredictResponse {
        status: "success".into(),
        ok: true,
        run_id: model.run_id.clone(),
        scale: scale.name().to_owned(),
        n_predictions: rows.len(),
        predictions: rows.iter().map(NewRow::value).collect(),
        se: rows.iter().map(NewRow::se).collect(),
        remarks: remarks(&rows),
        warnings,
    })
}
