//! How jobs are run: under a lock and in the ledger of runs, in rounds, for events, for one
//! student; and how a stored fit is repeated.

mod accepted;
mod events;
mod ledger;
mod on_demand;
mod rounds;
mod run;
mod side_by_side;
mod standing;

pub(crate) use ledger::{PROGRAM_VERSION, run_id};

pub use accepted::{AcceptedJob, NewJob, accept_job, check_job, given_settings};
pub use events::{Event, EventKind, drain_events, put_event};
pub use ledger::{FitEnd, FitRun, NewFit, Verification, accept_fit, fit_run_id, verify_run};
pub use on_demand::{Environment, StudentRun, ThetaUpdate, WeekRecomputed, WeekRun};
pub use rounds::{RoundRequest, RoundSummary, run_round};
pub use run::{Context, run_job};

pub(crate) use events::put_event_with;
pub(crate) use ledger::{ImportCounts, OpenRun};
pub(crate) use standing::{end_of_old_log, last_instant};
