//! Which answer counts where a student answered an item more than once.

use clap::ValueEnum;
use seedtest_responses::Duplicates;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DuplicatesChoice {
    First,
    Last,
    All,
}

impl DuplicatesChoice {
    pub(crate) fn rule(self) -> Duplicates {
        match self {
            Self::First => Duplicates::First,
            Self::Last => Duplicates::Last,
            Self::All => Duplicates::All,
        }
    }
}
