//! Flags of `seedtest backup` and `seedtest restore`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The copy
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// A copy that `seedtest backup` made
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Move the database that is there aside, to seedtest.db.replaced, or to -2, -3 … where that is there
    #[arg(long)]
    pub(crate) overwrite: bool,
}
