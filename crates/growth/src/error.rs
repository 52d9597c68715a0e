//! Why a growth model cannot be fitted, with hints.

use seedtest_fault::FaultKind;

/// Why a growth model cannot be fitted. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The columns do not belong together.
    #[error("{column} has {found} values, student has {expected}")]
    Length {
        /// Which column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length of the first column.
        expected: usize,
    },
    /// A value that no row may have.
    #[error("row {}: {column} is {value}; {expected}", row + 1)]
    BadValue {
        /// Row, from 0.
        row: usize,
        /// Which column.
        column: &'static str,
        /// The value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A student code past the number of students.
    #[error("row {}: student code {code} of {n_students} students", row + 1)]
    BadStudent {
        /// Row, from 0.
        row: usize,
        /// The code.
        code: u32,
        /// Number of students.
        n_students: usize,
    },
    /// More than there may be room for.
    #[error(transparent)]
    OverBudget(#[from] seedtest_numerics::TooLarge),
    /// Nobody waits any more.
    #[error(transparent)]
    Interrupted(#[from] seedtest_numerics::Interrupted),
    /// Too little to fit anything.
    #[error(
        "{rows} rows of {students} students are too few for a growth model (2 students, 3 rows)"
    )]
    TooFew {
        /// Usable rows.
        rows: usize,
        /// Students with rows.
        students: usize,
    },
    /// One student: nothing is known of how students differ.
    #[error(
        "all {rows} rows are of one student: how students differ cannot be told apart from how scores \
         scatter"
    )]
    OneStudent {
        /// Usable rows.
        rows: usize,
    },
    /// Every score is the same: the posterior of the residual has no proper form.
    #[error(
        "every score is {value}: there is no variation to model, so growth, differences between \
         students and scatter cannot be told apart"
    )]
    ConstantScores {
        /// The score.
        value: f64,
    },
    /// No student's scores vary: the posterior of the residual has no proper form.
    #[error(
        "the scores of every student are the same in all weeks: there is no scatter to tell growth from"
    )]
    NoScatter,
    /// A share that is no number of successes out of the trials.
    #[error(
        "row {}: {share} of {trials} answers is {} right answers, which is no whole number",
        row + 1,
        share * trials
    )]
    NotWhole {
        /// Row, from 0.
        row: usize,
        /// The share.
        share: f64,
        /// The trials.
        trials: f64,
    },
    /// A setting out of its range.
    #[error("{name} is {value}; {expected}")]
    BadSetting {
        /// Which setting.
        name: String,
        /// The value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// The rows are not those that the saved chains were sampled from.
    #[error("the saved draws belong to other rows or to another model")]
    OtherData,
    /// A number per row that the family does not know.
    #[error("{column} does not go with the {family} family")]
    NotWithFamily {
        /// Which column.
        column: &'static str,
        /// The family.
        family: &'static str,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadSetting { .. } => FaultKind::Setting,
            Self::OverBudget(_) => FaultKind::TooLarge,
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::Length { .. }
            | Self::BadValue { .. }
            | Self::BadStudent { .. }
            | Self::TooFew { .. }
            | Self::OneStudent { .. }
            | Self::ConstantScores { .. }
            | Self::NoScatter
            | Self::NotWhole { .. }
            | Self::OtherData
            | Self::NotWithFamily { .. } => FaultKind::Data,
        }
    }

    /// The same with the rows of the table that the model's rows were taken from; `table_rows` is empty
    /// where they are the same.
    #[must_use]
    pub fn with_rows(mut self, table_rows: &[u32]) -> Self {
        if let Self::BadValue { row, .. }
        | Self::BadStudent { row, .. }
        | Self::NotWhole { row, .. } = &mut self
        {
            *row = table_rows.get(*row).map_or(*row, |&of_table| of_table as usize);
        }
        self
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Length { .. } => "give one value a row in every column",
            Self::BadValue { .. } | Self::BadStudent { .. } => "mend or leave out that row",
            Self::OverBudget(_) => "ask for fewer draws, or give the rows of fewer students",
            Self::Interrupted(_) => "allow more with max_seconds, or give fewer rows",
            Self::TooFew { .. } => "look back further, or wait for more weeks",
            Self::OneStudent { .. } => "give the rows of at least two students",
            Self::NotWhole { .. } => {
                "give column n, the answers behind each share; a score that is no share of right answers is for the gaussian family"
            }
            Self::ConstantScores { .. } | Self::NoScatter => {
                "check that the score column is the right one; without variation there is no growth to estimate"
            }
            Self::BadSetting { .. } => "choose a value in that range",
            Self::OtherData => "give the rows of the fit that was saved, or fit them anew",
            Self::NotWithFamily { .. } => {
                "use gaussian for standard errors and weights, binomial for trials"
            }
        }
    }

    /// Whether there is just too little to fit, which is no fault of the caller.
    pub fn is_noop(&self) -> bool {
        matches!(
            self,
            Self::TooFew { .. }
                | Self::OneStudent { .. }
                | Self::ConstantScores { .. }
                | Self::NoScatter
        )
    }
}
