//! Flags of `seedtest alert`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct AlertArgs {
    #[command(subcommand)]
    pub(crate) action: AlertAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertAction {
    /// What the job send-alerts found, the newest first: key, what it is about, since when, how it stands
    List {
        /// At most so many
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Say that somebody takes care of an alert; nobody is told of it again
    Acknowledge {
        /// Its key, as `seedtest alert list` shows it
        #[arg(value_name = "KEY")]
        key: String,
        /// Who takes care
        #[arg(long, default_value = "command line", value_name = "NAME")]
        by: String,
    },
}
