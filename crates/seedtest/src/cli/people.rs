//! Rosters and names as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use seedtest_ingest::StudentIdColumn;

#[derive(Debug, Args)]
pub(crate) struct RosterArgs {
    #[command(subcommand)]
    pub(crate) action: RosterAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RosterAction {
    /// Schools, classes, students and who is in which class, from one file
    Import {
        /// CSV, Excel and the like with the columns student_id, name, class_id, class, school_id, school and grade
        /// (only the first is needed), or OneRoster 1.1 or 1.2 as a folder or a zip file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Which column of the OneRoster table of users the answers call students by
        #[arg(long, value_enum, default_value = "sourced-id", value_name = "COLUMN")]
        id: IdColumn,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NamesArgs {
    #[command(subcommand)]
    pub(crate) action: NamesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NamesAction {
    /// Names of topics and items, from one file
    Import {
        /// CSV, Excel and the like with the columns kind (topic or item), id, ko and en
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RecipientsArgs {
    #[command(subcommand)]
    pub(crate) action: RecipientsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecipientsAction {
    /// Addresses with whose reports they get and since when they agreed, from one file
    Import {
        /// CSV, Excel and the like with the columns student_id, address, lang (ko or en) and opted_in_at (the day they agreed; who
        /// has none gets nothing)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Every recipient, with whether they get letters
    List,
    /// Let a recipient leave
    #[command(group(clap::ArgGroup::new("whom").required(true).args(["address", "token"])))]
    OptOut {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: Option<String>,
        /// Only of this student
        #[arg(long, value_name = "ID", requires = "address")]
        student: Option<String>,
        /// The token that the letter names, in place of the address
        #[arg(long, value_name = "TOKEN")]
        token: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdColumn {
    /// sourcedId
    SourcedId,
    /// username
    Username,
    /// identifier
    Identifier,
    /// email
    Email,
}

impl IdColumn {
    pub(crate) fn column(self) -> StudentIdColumn {
        match self {
            Self::SourcedId => StudentIdColumn::SourcedId,
            Self::Username => StudentIdColumn::Username,
            Self::Identifier => StudentIdColumn::Identifier,
            Self::Email => StudentIdColumn::Email,
        }
    }
}
