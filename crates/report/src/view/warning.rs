//! What a reader must know before trusting a report.

use serde::{Deserialize, Serialize};

/// Something the reader must know before trusting a number of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// The ability rests on few answers.
    FewAnswers {
        /// Answers behind it.
        n: u32,
    },
    /// Every answer was right: the ability is a lower bound pulled towards the average.
    AllRight {
        /// Answers behind it.
        n: u32,
    },
    /// Every answer was wrong: the ability is an upper bound pulled towards the average.
    AllWrong {
        /// Answers behind it.
        n: u32,
    },
    /// The model is older than the week of the report.
    OldFit {
        /// Days between the fit and the end of the week.
        days: u32,
    },
    /// Answers to items without parameters are not part of the ability.
    UnscoredItems {
        /// Such answers.
        n: u32,
    },
    /// Answers that models read were corrected since, and the models were not fitted again.
    StaleFits {
        /// Such kinds of models.
        n: u32,
    },
    /// A note of the pipeline, shown as it stands.
    Note {
        /// The text.
        text: String,
    },
}
