//! Flags of `seedtest bank`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest bank import items.csv
  seedtest bank export --json bank.json && seedtest cat simulate --bank bank.json
  seedtest bank export --qti bank.zip
  seedtest bank rekey q17 --key C --data responses.csv --reason \"two right options\"")]
pub(crate) struct BankArgs {
    #[command(subcommand)]
    pub(crate) action: BankAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BankAction {
    /// Read items: columns item_id, text, topic_id, key, options (with | between them), exposure, enemies (with |); or a
    /// list of such objects; or QTI 3 items that have a text, options and a key and no more. What differs from the newest
    /// version is a new one
    Import {
        /// CSV, JSON, Parquet, .xlsx or .ods; QTI 3 as .xml or package .zip
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// The items that are given, with their newest parameters, as adaptive tests and `score` read them
    Export {
        /// Write to this file; `-` = standard output
        #[arg(long, default_value = "-", value_name = "OUT")]
        json: PathBuf,
        /// Write a package of QTI 3 items instead: text, options and key, without parameters
        #[arg(long, value_name = "OUT.zip", conflicts_with = "json")]
        qti: Option<PathBuf>,
        /// Retired items and those without parameters too
        #[arg(long)]
        all: bool,
    },
    /// Every version of an item, and its parameters by calibration
    Show {
        /// The item
        item: String,
    },
    /// An item is no longer given; its answers and parameters stay
    Retire {
        /// The item
        item: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Another key: every stored answer to the item is scored anew in one transaction, and who changed is listed
    Rekey {
        /// The item
        item: String,
        /// The right option; several with | between them
        #[arg(long)]
        key: String,
        /// What students chose: one line a student
        #[arg(long, value_name = "FILE")]
        data: PathBuf,
        /// Column of the student
        #[arg(long, default_value = "student_id", value_name = "COLUMN")]
        student: String,
        /// Column of the option
        #[arg(long, default_value = "response", value_name = "COLUMN")]
        response: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}
