//! Flags of `seedtest runs`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) action: RunsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// The newest runs, one a line
    List {
        /// Only runs of this job or model
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Only runs that failed
        #[arg(long)]
        failed: bool,
        /// At most this many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Everything the ledger has of one run, as JSON
    Show {
        /// Id of the run
        run_id: String,
    },
    /// Repeat a fit from its stored specification and compare the results; exit code 1 unless they
    /// are identical
    Verify {
        /// Id of the run
        run_id: String,
    },
}
