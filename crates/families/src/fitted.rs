//! What comes of a request for a fit, as the bytes that are sent and digested.

use std::ops::Range;

use memchr::memmem;
use seedtest_digest::sha256_hex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::Error;
use crate::record::FitRecord;

/// What came of a request for a fit.
#[derive(Debug, Clone)]
pub enum FitAnswer<R, N> {
    /// Fitted.
    Fitted {
        /// What the caller gets, as far as anybody here looks into it.
        response: R,
        /// What the caller gets, as JSON.
        json: Vec<u8>,
        /// What the ledger keeps of the fit.
        record: FitRecord,
        /// What predicts from the fit later.
        model: Box<RawValue>,
    },
    /// There is too little to fit.
    Noop(N),
}

impl<R, N> FitAnswer<R, N> {
    /// What the ledger keeps; `None` without a fit.
    pub fn record(&self) -> Option<&FitRecord> {
        match self {
            Self::Fitted { record, .. } => Some(record),
            Self::Noop(_) => None,
        }
    }
}

/// A response as JSON, and the digest of what does not depend on the name of the run. The response has
/// a `run_id` that is empty yet, in front of anything that comes from the caller.
pub(crate) fn named(nameless: &impl Serialize, run_id: &str) -> Result<(Vec<u8>, String), Error> {
    let nameless = serde_json::to_vec(nameless)?;
    let named = filled(&nameless, &[(place_of_name(&nameless), &serde_json::to_vec(run_id)?)]);
    Ok((named, sha256_hex(&[&nameless])))
}

/// The same of a response without its predictions, which are JSON already; an empty list stands for
/// them.
pub(crate) fn named_with_predictions(
    nameless: &[u8],
    predictions: &[u8],
    run_id: &str,
) -> Result<(Vec<u8>, String), Error> {
    let place = place_of(nameless, br#""predictions":"#, b"[]");
    let parts = [&nameless[..place.start], predictions, &nameless[place.end..]];
    let name = (place_of_name(nameless), &*serde_json::to_vec(run_id)?);
    let named = filled(nameless, &[name, (place, predictions)]);
    Ok((named, sha256_hex(&parts)))
}

fn place_of_name(json: &[u8]) -> Range<usize> {
    place_of(json, br#""run_id":"#, b"\"\"")
}

/// Where the `empty` value of a key stands first. Keys of the caller's choice have numbers there, and
/// quotes inside texts are escaped.
fn place_of(json: &[u8], key: &[u8], empty: &[u8]) -> Range<usize> {
    let begin = memmem::find(json, &[key, empty].concat()).map_or(json.len(), |at| at + key.len());
    begin..(begin + empty.len()).min(json.len())
}

/// The text with other values at these places, which follow one another.
fn filled(json: &[u8], values: &[(Range<usize>, &[u8])]) -> Vec<u8> {
    let more: usize = values.iter().map(|(_, value)| value.len()).sum();
    let mut filled = Vec::with_capacity(json.len() + more);
    let mut at = 0;
    for (place, value) in values {
        filled.extend_from_slice(&json[at..place.start]);
        filled.extend_from_slice(value);
        at = place.end;
    }
    filled.extend_from_slice(&json[at..]);
    filled
}

/// A model as it is stored. JSON has null for a number that is none, and such a model could not be read
/// again.
pub(crate) fn storable<M: DeserializeOwned>(
    model: &impl Serialize,
) -> Result<Box<RawValue>, Error> {
    let model = to_raw_value(model)?;
    match serde_json::from_str::<M>(model.get()) {
        Ok(_) => Ok(model),
        Err(_) => Err(Error::NoNumbers),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_model_that_could_not_be_read_again_is_refused() {
        assert_eq!(storable::<Vec<f64>>(&[0.5, 1e300]).unwrap().get(), "[0.5,1e+300]");
        let error = storable::<Vec<f64>>(&[0.5, f64::INFINITY]).unwrap_err();
        assert!(matches!(error, Error::NoNumbers), "{error}");
    }

    #[test]
    fn name_and_predictions_come_to_their_places_and_only_there() {
        let nameless = json!({
            "run_id": "", "scores": {"run_id": 1.0, "\"predictions\":[]": 0.5, "predictions": 0.25},
            "predictions": [], "warnings": ["\"run_id\":\"\""],
        });
        // Keys in the order of a response, which a map does not keep.
        let text = format!(
            r#"{{"run_id":"","scores":{},"predictions":[],"warnings":{}}}"#,
            nameless["scores"], nameless["warnings"]
        );
        let (named, digest) =
            named_with_predictions(text.as_bytes(), br#"[{"user_id":"a"}]"#, "run-\"1\"").unwrap();
        let mut expected = nameless;
        expected["predictions"] = json!([{"user_id": "a"}]);
        let whole =
            text.replacen(r#""predictions":[],"w"#, r#""predictions":[{"user_id":"a"}],"w"#, 1);
        assert_eq!(digest, sha256_hex(&[whole.as_bytes()]));
        expected["run_id"] = json!("run-\"1\"");
        assert_eq!(serde_json::from_slice::<Value>(&named).unwrap(), expected);
    }
}
