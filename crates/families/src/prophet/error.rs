//! Why the rows of a series cannot be read.

use seedtest_fault::FaultKind;

/// Why the rows of a series cannot be read. Fields count rows from 0, messages from 1 (without a
/// header).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SeriesError {
    /// A cell that is no day and no time.
    #[error(
        "row {}: `{column}` is {text:?}, no day (YYYY-MM-DD) and no time (YYYY-MM-DDTHH:MM:SS)",
        row + 1
    )]
    Time {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// Dates that two orders of their numbers read, each otherwise.
    #[error("`{column}` holds dates such as {example:?} that can be {orders}")]
    Ambiguous {
        /// The column.
        column: String,
        /// One of them.
        example: String,
        /// The orders.
        orders: String,
    },
    /// A row without a time.
    #[error("row {}: `{column}` is missing", row + 1)]
    NoTime {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
    /// Times of which some have a zone and some have none, or of several zones.
    #[error("row {}: {text:?} {has}, row {} {other_has}", row + 1, other + 1)]
    Zones {
        /// A row.
        row: usize,
        /// What stands there.
        text: String,
        /// Of which zone it is.
        has: String,
        /// An earlier row.
        other: usize,
        /// Of which zone that is.
        other_has: String,
    },
    /// A day among times.
    #[error("row {}: {day:?} is a day without a time, row {} is the time {text:?}", row + 1, other + 1)]
    DayAmongTimes {
        /// A row with a day.
        row: usize,
        /// What stands there.
        day: String,
        /// A row with a time that is not midnight.
        other: usize,
        /// What stands there.
        text: String,
    },
    /// A value that is missing where the model needs it.
    #[error("row {}: `{column}` is missing", row + 1)]
    Missing {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
}

impl SeriesError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Time { .. }
            | Self::Ambiguous { .. }
            | Self::NoTime { .. }
            | Self::Zones { .. }
            | Self::DayAmongTimes { .. }
            | Self::Missing { .. } => FaultKind::Data,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Time { .. } => {
                "write days as 2025-03-01, months as 2025-03 and times as 2025-03-01T09:00:00, with the year in four digits; \
                 or leave the row out"
            }
            Self::Ambiguous { .. } => {
                "say which of them comes first: --date-format dmy (day, month, year), mdy or ymd, `date_format` of the \
                 options in a request"
            }
            Self::NoTime { .. } => "write the day or time of every row, or leave the row out",
            Self::Zones { .. } => {
                "write all times by the clock of one place: with the same zone in every row, or with none"
            }
            Self::DayAmongTimes { .. } => {
                "write a time in every row (midnight as 00:00:00), or a day in every row"
            }
            Self::Missing { .. } => "give regressors, conditions and capacities in every row",
        }
    }
}
