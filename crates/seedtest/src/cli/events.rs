//! Flags of `seedtest events`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    pub(crate) action: EventsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsAction {
    /// Put an event in; it waits until somebody deals with it
    Put {
        /// What happened: session-finished
        #[arg(value_name = "KIND")]
        kind: String,
        /// The student
        #[arg(long, value_name = "ID")]
        user: String,
        /// When it happened, as 2025-06-30T08:00:00Z [default: now]
        #[arg(long, value_name = "INSTANT")]
        at: Option<DateTime<Utc>>,
        /// Sent twice for one student with the same key, it is one event
        #[arg(long, value_name = "TEXT")]
        key: Option<String>,
    },
    /// Deal with every event that is due; exit code 1 when one was given up
    Drain,
    /// How many events wait, are done, were given up
    Status,
}
