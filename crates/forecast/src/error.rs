//! Why a series cannot be modelled or a model cannot be used.

use seedtest_fault::FaultKind;

use crate::date::time_text;
use crate::step::Step;

/// Why a series cannot be modelled or a model cannot be used. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The time was up in the middle of a step.
    #[error(transparent)]
    Interrupted(#[from] seedtest_numerics::Interrupted),
    /// A column has the wrong length.
    #[error("column `{column}` has {found} values, `time` has {expected}")]
    Length {
        /// Name of the column.
        column: String,
        /// Its length.
        found: usize,
        /// Number of times.
        expected: usize,
    },
    /// Too few points for a forecast.
    #[error("{points} points are too few for a forecast ({required} are needed)")]
    TooFew {
        /// Points given.
        points: usize,
        /// Points needed.
        required: usize,
    },
    /// A model that repeats a cycle, of points whose distance has no usual one.
    #[error("{model} repeats a cycle, and points of this step ({step}) have no usual one")]
    NoCycle {
        /// Word of the model.
        model: &'static str,
        /// Distance of the points.
        step: Step,
    },
    /// The same instant twice.
    #[error("rows {} and {} have the same time {}", first + 1, second + 1, time_text(*time))]
    DuplicateTime {
        /// A row, from 0.
        first: usize,
        /// The other row.
        second: usize,
        /// Seconds since 1970-01-01.
        time: i64,
    },
    /// A time too far from now for a calendar.
    #[error("row {}: the time {time} is not between the years 1 and 9999", row + 1)]
    BadTime {
        /// Row, from 0.
        row: usize,
        /// Seconds since 1970-01-01.
        time: i64,
    },
    /// Points to forecast past the year 9999.
    #[error("row {}: after {} there are no {points} points to forecast before the year 10000", row + 1, time_text(*last))]
    Beyond {
        /// Row of the last observation, from 0.
        row: usize,
        /// Its time.
        last: i64,
        /// Points that were to be forecast.
        points: usize,
    },
    /// A value that is infinite, not a number, or more than 1e100 in size.
    #[error("row {}: `{column}` is {value}", row + 1)]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Name of the column.
        column: String,
        /// The value.
        value: f64,
    },
    /// Values that differ by so little that squares of their differences are no numbers.
    #[error("the values differ, but by {range:e} at most")]
    TooClose {
        /// Largest value less smallest.
        range: f64,
    },
    /// Logistic growth between bounds that leave no room.
    #[error("row {}: the capacity {cap} is not above the floor {floor}", row + 1)]
    Capacity {
        /// Row, from 0.
        row: usize,
        /// The capacity.
        cap: f64,
        /// The floor.
        floor: f64,
    },
    /// A value above its capacity or below its floor.
    #[error("row {}: the value {value} is outside its bounds {floor}..{cap}", row + 1)]
    OutsideCapacity {
        /// Row, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// The floor.
        floor: f64,
        /// The capacity.
        cap: f64,
    },
    /// A column the specification needs is not there.
    #[error("the {what} `{name}` is missing")]
    MissingColumn {
        /// `capacity`, `floor`, `regressor` or `condition`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Two components of one name, or a name the model uses itself.
    #[error("the name `{name}` is taken")]
    Name {
        /// The name.
        name: String,
    },
    /// A change point outside the history.
    #[error("the change point {} is outside the history", time_text(*time))]
    Changepoint {
        /// Seconds since 1970-01-01.
        time: i64,
    },
    /// A setting out of its range.
    #[error("{name} is {value}; {expected}")]
    Setting {
        /// Which setting.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A line of a calendar that cannot be read.
    #[error("line {line} of the calendar: {reason}")]
    Calendar {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::NoCycle { .. }
            | Self::Name { .. }
            | Self::Changepoint { .. }
            | Self::Setting { .. }
            | Self::Calendar { .. } => FaultKind::Setting,
            Self::Length { .. }
            | Self::TooFew { .. }
            | Self::DuplicateTime { .. }
            | Self::BadTime { .. }
            | Self::Beyond { .. }
            | Self::NotFinite { .. }
            | Self::TooClose { .. }
            | Self::Capacity { .. }
            | Self::OutsideCapacity { .. }
            | Self::MissingColumn { .. } => FaultKind::Data,
        }
    }

    /// The same error with its rows called as `name` calls them: a caller may have left rows out or
    /// brought them into another order.
    #[must_use]
    pub fn at_rows(mut self, name: impl Fn(usize) -> usize) -> Self {
        match &mut self {
            Self::DuplicateTime { first, second, .. } => {
                (*first, *second) = (name(*first), name(*second));
            }
            Self::BadTime { row, .. }
            | Self::Beyond { row, .. }
            | Self::NotFinite { row, .. }
            | Self::Capacity { row, .. }
            | Self::OutsideCapacity { row, .. } => *row = name(*row),
            Self::Interrupted(_)
            | Self::Length { .. }
            | Self::TooFew { .. }
            | Self::NoCycle { .. }
            | Self::TooClose { .. }
            | Self::MissingColumn { .. }
            | Self::Name { .. }
            | Self::Changepoint { .. }
            | Self::Setting { .. }
            | Self::Calendar { .. } => {}
        }
        self
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Interrupted(_) => "allow more with max_seconds, or send fewer points",
            Self::Length { .. } => "give one value for each time in every column",
            Self::TooFew { .. } => "look back further, or wait for more points",
            Self::NoCycle { .. } => {
                "ask for another model, or for steps of an hour, a day, a week, a month or a quarter"
            }
            Self::DuplicateTime { .. } => "keep one value for each time, or their mean",
            Self::BadTime { .. } => "give times as seconds since 1970-01-01",
            Self::Beyond { .. } => {
                "mend the last time, or leave the row out (9999 often stands for no end); or forecast fewer points"
            }
            Self::NotFinite { .. } => {
                "leave the row out (gaps are allowed), or mend the value; it must be below 1e100"
            }
            Self::TooClose { .. } => {
                "give the values in a smaller unit, so that they differ by more than 1e-100"
            }
            Self::Capacity { .. } => "give a capacity above the floor in every row",
            Self::OutsideCapacity { .. } => "raise the capacity, or use linear growth",
            Self::MissingColumn { .. } => "give the column for every row, also for future ones",
            Self::Name { .. } => {
                "rename the component; trend, additive_terms, multiplicative_terms, holidays and yhat are reserved"
            }
            Self::Changepoint { .. } => {
                "give change points between the first and the last observed time"
            }
            Self::Setting { .. } => "choose a value in that range, or leave the setting out",
            Self::Calendar { .. } => "write name,first day,last day,kind with days as YYYY-MM-DD",
        }
    }

    /// Whether there is just too little to fit, which is no fault of the caller.
    pub fn is_noop(&self) -> bool {
        matches!(self, Self::TooFew { .. })
    }
}
