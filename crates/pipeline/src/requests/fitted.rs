use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::ledger::FitRecord;

/// What came of a request for a fit.
#[derive(Debug, Clone, PartialEq)]
pub enum FitAnswer<R, N> {
    /// Fitted.
    Fitted {
        /// What the caller gets.
        response: Box<R>,
        /// What the ledger keeps of the fit.
        record: FitRecord,
        /// What predicts from the fit later.
        model: Value,
    },
    /// There is too little to fit.
    Noop(N),
}

impl<R: Serialize, N> FitAnswer<R, N> {
    /// What the ledger keeps; `None` without a fit.
    pub fn record(&self) -> Option<&FitRecord> {
        match self {
            Self::Fitted { record, .. } => Some(record),
            Self::Noop(_) => None,
        }
    }
}

/// The newest of the stored fits that can predict.
pub(super) fn newest<M: DeserializeOwned>(
    stored: [Option<(DateTime<Utc>, Value)>; 2],
) -> Result<Option<M>, Error> {
    let usable = stored.into_iter().flatten().filter(|(_, model)| !model.is_null());
    let found = usable.max_by_key(|(at, _)| *at);
    Ok(found.map(|(_, model)| serde_json::from_value(model)).transpose()?)
}
