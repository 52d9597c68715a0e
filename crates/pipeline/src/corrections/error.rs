//! Why a correction was not made.

use chrono::{DateTime, SecondsFormat, Utc};
use seedtest_fault::FaultKind;

/// Why a correction was not made; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    /// No import has that id.
    #[error("no import has the id {run_id:?}")]
    UnknownImport {
        /// The id.
        run_id: String,
    },
    /// The import wrote nothing, or was made before imports could be undone.
    #[error(
        "the import {run_id} wrote nothing that could be taken back, or was made by an earlier release"
    )]
    NothingImported {
        /// Its id.
        run_id: String,
    },
    /// Rows of the import were changed since.
    #[error(
        "the import {run_id} cannot be undone: since then {}",
        changed(*answers, *documents)
    )]
    ImportChanged {
        /// Its id.
        run_id: String,
        /// Answers that were corrected, voided or moved to another student.
        answers: u64,
        /// Documents that were replaced.
        documents: u64,
    },
    /// A student has two responses to one item.
    #[error("student {user_id:?} has two different responses")]
    TwoResponses {
        /// The student.
        user_id: String,
    },
    /// A key that is none.
    #[error("the key is empty")]
    NoKey,
    /// A key that the item does not have.
    #[error("item {item_id:?} has the options {options}: {key} is none of them")]
    NoOption {
        /// The item.
        item_id: String,
        /// The right option that is none.
        key: String,
        /// Its options.
        options: String,
    },
    /// Stored answers without a response cannot be scored by another key.
    #[error(
        "{n} stored answers to item {item_id:?} have no response in the file, the first is of student {user_id:?}"
    )]
    NoResponse {
        /// The first such student.
        user_id: String,
        /// The item.
        item_id: String,
        /// How many answers.
        n: usize,
    },
    /// There is no such answer.
    #[error("no imported answer of student {user_id:?} to item {item_id:?}{}", when(at.as_ref()))]
    NoAnswer {
        /// The student.
        user_id: String,
        /// The item.
        item_id: String,
        /// The time that was asked for.
        at: Option<DateTime<Utc>>,
    },
    /// The student answered the item more than once.
    #[error(
        "student {user_id:?} answered item {item_id:?} {} times: {}", times.len(), listed(times)
    )]
    SeveralAnswers {
        /// The student.
        user_id: String,
        /// The item.
        item_id: String,
        /// When.
        times: Vec<DateTime<Utc>>,
    },
    /// Both ids are one already, and the one that would go is the one that stays.
    #[error("{old:?} and {new:?} are one student, called {stays:?}")]
    SameStudent {
        /// The id that should have gone.
        old: String,
        /// The one it should have become.
        new: String,
        /// The one that stays.
        stays: String,
    },
    /// The id that should go is another student's since an earlier merge.
    #[error("{old:?} is {into:?} since the two ids were merged: it cannot become {new:?}")]
    MergedBefore {
        /// The id that should have gone.
        old: String,
        /// What it became.
        into: String,
        /// What it should have become.
        new: String,
    },
    /// An id that is none.
    #[error("an id of a student is not empty and has no U+0000")]
    BadId,
}

impl CorrectionError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownImport { .. } => "`seedtest import list` shows the imports with their ids",
            Self::NothingImported { .. } => "`seedtest import list` shows what each import wrote",
            Self::ImportChanged { answers: 0, .. } => {
                "undo the later import first; `seedtest import list` shows them, the newest first"
            }
            Self::ImportChanged { .. } => {
                "correct single answers (`seedtest answer void`), or go back to a backup from before the import"
            }
            Self::NoAnswer { .. } => {
                "ids and times are compared as they are stored: `seedtest export answers --student ID` shows \
                 them. Answers of exam documents are corrected in the document, which is imported again"
            }
            Self::SeveralAnswers { .. } => "say which: --at TIME",
            Self::TwoResponses { .. } => "give one line a student",
            Self::NoKey => {
                "write the right option, several with | between them, such as --key 'A|C'"
            }
            Self::NoOption { .. } => {
                "write the option as the responses have it; where the item has others now, read it in first \
                 (`seedtest bank import`)"
            }
            Self::NoResponse { .. } => {
                "give the responses of every student who answered the item: all its answers are scored anew, or none"
            }
            Self::SameStudent { .. } => "nothing needs to be done",
            Self::MergedBefore { .. } => {
                "if all of them are one student, merge the id that it became; if not, go back to a backup from \
                 before the first merge"
            }
            Self::BadId => "give the ids as the files write them",
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownImport { .. } | Self::NothingImported { .. } | Self::NoAnswer { .. } => {
                FaultKind::NotFound
            }
            Self::ImportChanged { .. } | Self::SameStudent { .. } | Self::MergedBefore { .. } => {
                FaultKind::Conflict
            }
            Self::SeveralAnswers { .. } | Self::BadId | Self::NoKey | Self::NoOption { .. } => {
                FaultKind::Setting
            }
            Self::TwoResponses { .. } | Self::NoResponse { .. } => FaultKind::Data,
        }
    }
}

fn changed(answers: u64, documents: u64) -> String {
    let answers = (answers > 0).then(|| {
        format!("{answers} of its answers were corrected, voided or moved to another student")
    });
    let documents =
        (documents > 0).then(|| format!("{documents} of its documents were replaced or erased"));
    let parts: Vec<String> = answers.into_iter().chain(documents).collect();
    parts.join(", ")
}

fn when(at: Option<&DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| format!(" at {}", stamp(at)))
}

fn listed(times: &[DateTime<Utc>]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = times.iter().take(SHOWN).map(stamp).collect();
    let more = times.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn stamp(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
