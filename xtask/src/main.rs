//! Chores of the repository: `cargo xtask gen` writes the reference pages from the code.

mod gen_command;
mod pages;
mod pages_command;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the repository
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Write the reference pages (docs/reference, docs/openapi.json) from the code
    Gen {
        /// Write nothing; exit code 1 when a page differs from the code
        #[arg(long)]
        check: bool,
    },
    /// Write shell completions and manual pages for a release
    Pages {
        /// Directory that gets the folders completions and man
        #[arg(value_name = "DIR")]
        out: PathBuf,
    },
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match Cli::parse().chore {
        Chore::Gen { check: true } => gen_command::check(),
        Chore::Gen { check: false } => gen_command::write(),
        Chore::Pages { out } => pages_command::write(&out),
    }
}
