//! What the last run found, for this one to go on with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use seedtest_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calendar::{day_at, midnight};
use crate::error::Error;

/// Who was where in a run, and which numbers were ever given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct LastRun {
    /// Number by student; 0 is noise.
    pub(crate) assignments: BTreeMap<Arc<str>, u32>,
    /// The first number that was never given.
    pub(crate) free: u32,
}

impl LastRun {
    /// The newest run of an earlier day: one that is repeated on its day goes on with the same.
    pub(crate) async fn load(store: &Store, now: DateTime<Utc>) -> Result<Self, Error> {
        let zone = store.time_zone();
        let before = midnight(zone, day_at(zone, now)) - Duration::microseconds(1);
        let newest = store.latest_segment_run(before).await?;
        let carried = newest.and_then(|mut run| run.labels.get_mut("carry").map(Value::take));
        // A run of another program has none.
        Ok(carried.and_then(|carried| serde_json::from_value(carried).ok()).unwrap_or_default())
    }
}
