//! What a job is: its entry in the table of jobs, its settings, its log.

mod entry;
mod job_log;
mod setting;
mod settings;

pub use entry::{JobEntry, Outcome, Place, Round};
pub use job_log::{JobLog, LogFormat, Watch};
pub use setting::{Accepts, Kind, Preset, Setting};
pub use settings::{Origin, Settings, file_addresses};

pub(crate) use entry::{Refit, Work};
pub(crate) use setting::{AS_OF, DRY_RUN, joined};
pub(crate) use settings::QUESTIONS;
