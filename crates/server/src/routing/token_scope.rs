//! What the token of an internal caller opens.

/// What a token of an internal caller opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenScope {
    /// Stored numbers of students, predictions and scores.
    Read,
    /// Fits of models.
    Fit,
    /// Jobs and reports, which write into the database.
    Jobs,
    /// Events of students.
    Events,
    /// The runs of every caller, besides one's own.
    Operator,
}

impl TokenScope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Read, Self::Fit, Self::Jobs, Self::Events, Self::Operator];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Fit => "fit",
            Self::Jobs => "jobs",
            Self::Events => "events",
            Self::Operator => "operator",
        }
    }

    /// The scope of that word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == word)
    }
}
