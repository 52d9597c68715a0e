//! Flags of `seedtest token`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) action: TokenAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Make a token and print its secret, which is shown this once; the service knows it within two
    /// seconds. A name may have several tokens
    Add {
        /// Who carries it, in logs and in the ledger: letters, digits, `.`, `_` and `-`
        name: String,
        /// What it opens: read, fit, jobs, events, operator
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPE,…")]
        scopes: Vec<String>,
        /// Until when it holds, as 90d, 12h, 2026-01-31 or an instant [default: for good]
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
        /// Take the secret from this file instead of making one; `-` = standard input
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Every token: id, name, scopes, until when it holds; secrets are not stored
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Take back one token, or every token of a name; the service knows it within two seconds
    Revoke {
        /// Id or name
        #[arg(value_name = "ID|NAME")]
        which: String,
    },
    /// Make another token of a name, with the scopes of its newest one; those before end soon
    Rotate {
        /// Whose
        name: String,
        /// For how long those before still hold, as 24h
        #[arg(long, default_value = "24h", value_name = "TIME")]
        overlap: String,
        /// Until when the new one holds, as 90d, 12h, 2026-01-31 or an instant [default: for good]
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
    },
}
