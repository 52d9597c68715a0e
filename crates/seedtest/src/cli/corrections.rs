//! Flags of what puts right what was put in.

use clap::{Args, Subcommand};

use super::typed_time::TypedTime;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportAction {
    /// The imports with their ids, the newest first, and what of them is there
    List {
        /// Most lines
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Take back what an import wrote; refused where its rows were changed since
    Undo {
        /// Id of the import, as `import list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest answer void --student s17 --item q3 --reason \"copied\"
  seedtest answer correct --student s17 --item q3 --at 2025-03-12T09:30:00Z --right")]
pub(crate) struct AnswerArgs {
    #[command(subcommand)]
    pub(crate) action: AnswerAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AnswerAction {
    /// An answer no longer counts
    Void {
        #[command(flatten)]
        which: WhichAnswer,
    },
    /// A voided answer counts again
    Restore {
        #[command(flatten)]
        which: WhichAnswer,
    },
    /// An answer was right, or wrong
    #[command(group(clap::ArgGroup::new("outcome").required(true).args(["right", "wrong"])))]
    Correct {
        #[command(flatten)]
        which: WhichAnswer,
        /// It was right
        #[arg(long)]
        right: bool,
        /// It was wrong
        #[arg(long)]
        wrong: bool,
    },
}

/// Which answer of an imported log.
#[derive(Debug, Args)]
pub(crate) struct WhichAnswer {
    /// The student
    #[arg(long, value_name = "ID")]
    pub(crate) student: String,
    /// The item
    #[arg(long, value_name = "ID")]
    pub(crate) item: String,
    /// When it was given, as 2025-03-12 09:30, 2025-03-12T09:30:00Z or a day; needed where the student answered the
    /// item more than once
    #[arg(long, value_name = "TIME", value_parser = TypedTime::parse)]
    pub(crate) at: Option<TypedTime>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
