//! Why a survival model cannot be fitted or used, with hints.

use seedtest_fault::FaultKind;

/// Why a survival model cannot be fitted or used. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no row at all.
    #[error("no rows")]
    NoRows,
    /// The time was up in the middle of a step.
    #[error(transparent)]
    Interrupted(#[from] seedtest_numerics::Interrupted),
    /// More than there may be room for.
    #[error(transparent)]
    OverBudget(#[from] seedtest_numerics::TooLarge),
    /// More rows than codes of 32 bits can number.
    #[error("{rows} rows are too many")]
    TooManyRows {
        /// Number of rows.
        rows: usize,
    },
    /// A column has the wrong length.
    #[error("column `{column}` has {found} rows, `stop` has {expected}")]
    Length {
        /// Name of the column.
        column: String,
        /// Its length.
        found: usize,
        /// Length of the times.
        expected: usize,
    },
    /// A time is negative, infinite or not a number.
    #[error("row {}: `{field}` is {value}, not a time", row + 1)]
    Time {
        /// Row, from 0.
        row: usize,
        /// `start` or `stop`.
        field: &'static str,
        /// The value found.
        value: f64,
    },
    /// A time that does not count periods.
    #[error("row {}: `{field}` is {value}, not a number of periods up to 1000", row + 1)]
    Period {
        /// Row, from 0.
        row: usize,
        /// `start` or `stop`.
        field: &'static str,
        /// The value found.
        value: f64,
    },
    /// An interval without length.
    #[error("row {}: stop {stop} is not after start {start}", row + 1)]
    Interval {
        /// Row, from 0.
        row: usize,
        /// Start of the interval.
        start: f64,
        /// End of the interval.
        stop: f64,
    },
    /// Two rows of one subject are under observation at the same time.
    #[error("row {} starts at {start}, before row {} of the same id ends at {stop}", row + 1, other + 1)]
    Overlap {
        /// Row that starts later, from 0.
        row: usize,
        /// Row that is still under observation, from 0.
        other: usize,
        /// Start of the one.
        start: f64,
        /// End of the other.
        stop: f64,
    },
    /// An event indicator that is neither 0 nor 1.
    #[error("row {}: event is {value}, not 0 or 1", row + 1)]
    Event {
        /// Row, from 0.
        row: usize,
        /// The value found.
        value: f64,
    },
    /// A value that is infinite, not a number, or more than 1e100 in size, whose square is none.
    #[error("row {}: `{column}` is {value}", row + 1)]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Name of the column.
        column: String,
        /// The value found.
        value: f64,
    },
    /// An offset so large that hazards or times are no numbers.
    #[error("row {}: the offset is {value}, which is not of the size of {scale}", row + 1)]
    Offset {
        /// Row, from 0.
        row: usize,
        /// The value found.
        value: f64,
        /// What offsets are added to.
        scale: &'static str,
    },
    /// A case weight that is not positive, or of absurd size.
    #[error("row {}: weight is {value}, not from 1e-50 to 1e50", row + 1)]
    Weight {
        /// Row, from 0.
        row: usize,
        /// The value found.
        value: f64,
    },
    /// No row ends with an event.
    #[error("no events in {rows} rows")]
    NoEvents {
        /// Number of rows.
        rows: usize,
    },
    /// No covariate at all.
    #[error("no covariates")]
    NoCovariates,
    /// Every covariate is constant or carries no information.
    #[error("none of the covariates {columns} carries information")]
    NoUsableCovariate {
        /// The covariates with the reasons.
        columns: String,
    },
    /// A field of the specification is out of range.
    #[error("{field} is {value}, it must be {required}")]
    Spec {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// What was asked for does not exist for such data.
    #[error("{what} cannot be computed with {with}")]
    Unsupported {
        /// The quantity or model.
        what: &'static str,
        /// The feature of the data or specification.
        with: &'static str,
    },
    /// The formula and the table do not fit together.
    #[error(transparent)]
    Formula(#[from] seedtest_formula::Error),
    /// A formula whose left side is not `Surv()`.
    #[error("the left side of the formula is not Surv(time, event)")]
    NotSurvival,
    /// A prediction for the wrong number of covariates.
    #[error("{found} values for {expected} covariates")]
    Values {
        /// Values given.
        found: usize,
        /// Covariates of the fit.
        expected: usize,
    },
    /// Data that do not fit the model they are used with.
    #[error("the data have the covariates {found}, the fit has {expected}")]
    OtherCovariates {
        /// Covariates of the data.
        found: String,
        /// Covariates of the fit.
        expected: String,
    },
    /// A stratum that the fitted data did not have.
    #[error("stratum {stratum} has no baseline")]
    UnknownStratum {
        /// Code of the stratum.
        stratum: u32,
    },
    /// Fewer groups than folds, or folds without events.
    #[error("{folds} folds cannot be made: {reason}")]
    Folds {
        /// Folds asked for.
        folds: usize,
        /// Why not.
        reason: String,
    },
    /// A number that cannot be known from the data.
    #[error("{what} is not known at {at}: {reason}")]
    NotEstimable {
        /// The quantity.
        what: &'static str,
        /// Time or horizon.
        at: f64,
        /// Why not.
        reason: &'static str,
    },
}

impl Error {
    /// The largest of some offsets, as what it cannot be.
    pub(crate) fn of_offsets(offsets: Option<&[f64]>, scale: &'static str) -> Self {
        let offsets = offsets.unwrap_or(&[]).iter().copied().enumerate();
        let larger = |one: (usize, f64), other: (usize, f64)| {
            if other.1.abs() > one.1.abs() { other } else { one }
        };
        let (row, value) = offsets.fold((0, 0.0), larger);
        Self::Offset { row, value, scale }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Formula(error) => error.kind(),
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::OverBudget(_) => FaultKind::TooLarge,
            Self::NoRows
            | Self::TooManyRows { .. }
            | Self::Length { .. }
            | Self::Time { .. }
            | Self::Period { .. }
            | Self::Interval { .. }
            | Self::Event { .. }
            | Self::NotFinite { .. }
            | Self::Offset { .. }
            | Self::Weight { .. }
            | Self::NoEvents { .. }
            | Self::NoCovariates
            | Self::NoUsableCovariate { .. }
            | Self::Spec { .. }
            | Self::Unsupported { .. }
            | Self::NotSurvival
            | Self::Values { .. }
            | Self::OtherCovariates { .. }
            | Self::UnknownStratum { .. }
            | Self::Folds { .. }
            | Self::NotEstimable { .. }
            | Self::Overlap { .. } => FaultKind::Data,
        }
    }

    /// The same error for a table of which only these rows took part: the row it names becomes that of
    /// the table.
    #[must_use]
    pub fn in_table(mut self, rows: &[u32]) -> Self {
        let of_table = |row: &mut usize| {
            if let Some(&of_table) = rows.get(*row) {
                *row = of_table as usize;
            }
        };
        match &mut self {
            Self::Overlap { row, other, .. } => {
                of_table(row);
                of_table(other);
            }
            Self::Time { row, .. }
            | Self::Period { row, .. }
            | Self::Interval { row, .. }
            | Self::Event { row, .. }
            | Self::NotFinite { row, .. }
            | Self::Offset { row, .. }
            | Self::Weight { row, .. } => of_table(row),
            _ => {}
        }
        self
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRows => "send at least one row",
            Self::Interrupted(_) => "allow more seconds, or send less data",
            Self::OverBudget(_) => "send fewer rows, periods or columns",
            Self::TooManyRows { .. } => "fit to a sample of the rows",
            Self::Length { .. } => "all columns describe the same rows",
            Self::Time { .. } => {
                "times are finite and at least 0, and positive where their logarithm is taken"
            }
            Self::Period { .. } => "round times up to whole periods, the first is 1",
            Self::Interval { .. } => "rows cover (start, stop] with start < stop; drop empty ones",
            Self::Overlap { .. } => {
                "mend the times, or give rows that are separate observations ids of their own"
            }
            Self::Event { .. } => {
                "code events as 1 and censoring as 0, as in Surv(time, status == 2)"
            }
            Self::NotFinite { .. } => {
                "drop the row, fill in the value, or use a unit in which it is below 1e100"
            }
            Self::Offset { .. } => {
                "an offset is added to a logarithm: an exposure goes in as offset(log(exposure))"
            }
            Self::Weight { value: 0.0, .. } => "leave out rows of weight 0: they say nothing",
            Self::Weight { value, .. } if value.is_nan() => {
                "fill in the weight, or leave the row out"
            }
            Self::Weight { value, .. } if *value < 0.0 => {
                "a weight says how much a row counts and is above 0: correct the cell"
            }
            Self::Weight { .. } => "use a unit in which weights are of ordinary size",
            Self::NoEvents { .. } => "follow up longer, or look at the definition of the event",
            Self::NoCovariates => "name at least one covariate, or estimate a Kaplan-Meier curve",
            Self::NoUsableCovariate { .. } => {
                "use covariates that differ between rows at risk at the same time"
            }
            Self::Spec { field, .. } if field.starts_with("--") => {
                "leave the flag out to get its default"
            }
            Self::Spec { .. } => "leave the field out to get its default",
            Self::Unsupported { .. } => "use another model or leave the feature out",
            Self::Formula(e) => e.hint(),
            Self::NotSurvival => "write Surv(time, event) ~ terms",
            Self::Values { .. } => "give one value for each covariate, in the order of the fit",
            Self::OtherCovariates { .. } => "use the data of the fit",
            Self::UnknownStratum { .. } => "predict for strata that were fitted",
            Self::Folds { .. } => "use fewer folds",
            Self::NotEstimable { .. } => "use a shorter horizon",
        }
    }
}
