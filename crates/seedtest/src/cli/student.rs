//! Flags of `seedtest student`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct StudentArgs {
    #[command(subcommand)]
    pub(crate) action: StudentAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StudentAction {
    /// Everything that is held of a student, as JSON: rows of every table, what fits and the ledger say,
    /// reports, refused rows
    Export {
        /// The student
        id: String,
        /// Directories of reports besides DATA_DIR/reports and REPORT_OUTPUT_DIR
        #[arg(long = "reports", value_name = "DIR")]
        reports: Vec<PathBuf>,
        /// Write to this file; `-` = standard output
        #[arg(long, default_value = "-", value_name = "OUT")]
        json: PathBuf,
    },
    /// Erase the same, for good, and print the receipt as JSON; the ledger keeps it without the id
    Erase {
        /// The student
        id: String,
        /// Directories of reports besides DATA_DIR/reports and REPORT_OUTPUT_DIR
        #[arg(long = "reports", value_name = "DIR")]
        reports: Vec<PathBuf>,
        /// Only say what would be erased
        #[arg(long)]
        dry_run: bool,
        /// Write the receipt to this file; `-` = standard output
        #[arg(long, default_value = "-", value_name = "OUT")]
        json: PathBuf,
    },
    /// Two ids are one student: everything of the first becomes that of the second, now and in later imports
    Merge {
        /// The id that goes
        #[arg(value_name = "OLD")]
        old: String,
        /// The id that stays
        #[arg(value_name = "NEW")]
        new: String,
    },
    /// The pseudonym that stands for a student of a tenant; SEEDTEST_PSEUDONYM_KEY has the key
    Pseudonym {
        /// The student
        id: String,
        /// The tenant, as --pseudonyms of the import named it
        #[arg(long, value_name = "TENANT")]
        tenant: String,
    },
}
