//! What this engine did and still has to do: its runs, and the events that wait for it. None of the
//! tables belongs to the contract, hence the prefix.

#[cfg(test)]
mod durability_tests;
pub(crate) mod kept_models;
pub(crate) mod lost;
pub(crate) mod outbox;
pub(crate) mod queue;
pub(crate) mod results;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod stale;
pub(crate) mod written;

use crate::schema::Migration;

const RUNS_AND_EVENTS: Migration = Migration { version: 2, name: "runs and events" };
const REQUESTS_AND_MODELS: Migration =
    Migration { version: 4, name: "requests and models of runs in tables of their own" };
/// The step that also brings columns by which old templates read daily features.
pub(crate) const OUTLIVING: Migration =
    Migration { version: 8, name: "runs that outlive their process; features for old templates" };
