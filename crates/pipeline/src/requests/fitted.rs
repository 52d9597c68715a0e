use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::ledger::{FitRecord, sha256_hex};

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
pub(super) fn named(nameless: &impl Serialize, run_id: &str) -> Result<(Vec<u8>, String), Error> {
    let mut json = serde_json::to_vec(nameless)?;
    let digest = sha256_hex(&json);
    name(&mut json, run_id)?;
    Ok((json, digest))
}

/// Puts the name of the run into a response as JSON.
pub(super) fn name(nameless: &mut Vec<u8>, run_id: &str) -> Result<(), Error> {
    put(nameless, br#""run_id":"#, b"\"\"", &serde_json::to_vec(run_id)?);
    Ok(())
}

/// Puts a value where the `empty` one stands after the first `key`.
pub(super) fn put(json: &mut Vec<u8>, key: &[u8], empty: &[u8], value: &[u8]) {
    let blank = [key, empty].concat();
    let Some(at) = json.windows(blank.len()).position(|window| window == blank) else { return };
    let at = at + key.len();
    let after = json.split_off(at);
    json.reserve_exact(value.len() + after.len());
    json.extend_from_slice(value);
    json.extend_from_slice(&after[empty.len()..]);
}

/// The newest of the stored fits that can predict.
pub(super) fn newest<M: DeserializeOwned>(
    stored: [Option<(DateTime<Utc>, Value)>; 2],
) -> Result<Option<M>, Error> {
    let usable = stored.into_iter().flatten().filter(|(_, model)| !model.is_null());
    let found = usable.max_by_key(|(at, _)| *at);
    Ok(found.map(|(_, model)| serde_json::from_value(model)).transpose()?)
}
