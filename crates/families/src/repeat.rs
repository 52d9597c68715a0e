//! A stored request, fitted again.

use seedtest_irt::Silent;

use crate::growth::{self, answer_growth_fit};
use crate::irt::{self, answer_calibrate};
use crate::record::FitRecord;
use crate::survival::{self, answer_survival_fit};

/// Fits the request of a stored run again, without a name of its own.
///
/// # Errors
/// Why it cannot be repeated.
pub fn repeat_request(model: &str, request: &str) -> Result<FitRecord, String> {
    match model {
        irt::NAME => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_calibrate(&request, "", &mut Silent);
            Ok(answer.map_err(|error| error.to_string())?.record)
        }
        growth::NAME => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_growth_fit(&request, "", &mut Silent);
            let answer = answer.map_err(|error| error.to_string())?;
            answer.record().cloned().ok_or_else(|| "there is too little to fit".to_string())
        }
        survival::NAME => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_survival_fit(request, "", &mut Silent);
            let answer = answer.map_err(|error| error.to_string())?;
            answer.record().cloned().ok_or_else(|| "there is too little to fit".to_string())
        }
        _ => Err(format!("this version does not repeat fits of {model}")),
    }
}
