use seedtest_irt::Silent;

use super::calibrate::answer_calibrate;
use super::growth::{GROWTH, answer_growth_fit};
use super::survival::{SURVIVAL, answer_survival_fit};
use crate::ledger::FitRecord;

/// Fits the request of a stored run again, without a name of its own.
///
/// # Errors
/// Why it cannot be repeated.
pub(crate) fn repeat_request(model: &str, request: &str) -> Result<FitRecord, String> {
    match model {
        "irt" => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_calibrate(&request, "", &mut Silent);
            Ok(answer.map_err(|error| error.to_string())?.record)
        }
        GROWTH => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_growth_fit(&request, "", &mut Silent);
            let answer = answer.map_err(|error| error.to_string())?;
            answer.record().cloned().ok_or_else(|| "there is too little to fit".to_string())
        }
        SURVIVAL => {
            let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
            let answer = answer_survival_fit(request, "", &mut Silent);
            let answer = answer.map_err(|error| error.to_string())?;
            answer.record().cloned().ok_or_else(|| "there is too little to fit".to_string())
        }
        _ => Err(format!("this version does not repeat fits of {model}")),
    }
}
