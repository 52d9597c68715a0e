//! The distance of points by name.

use std::str::FromStr;

use seedtest_forecast::Step;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The distance of points by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freq {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month of the calendar.
    Month,
    /// Three of them.
    Quarter,
}

impl FromStr for Freq {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "hour" | "hourly" | "h" => Ok(Self::Hour),
            "day" | "daily" | "d" => Ok(Self::Day),
            "week" | "weekly" | "w" => Ok(Self::Week),
            "month" | "monthly" | "m" | "ms" | "me" => Ok(Self::Month),
            "quarter" | "quarterly" | "q" => Ok(Self::Quarter),
            _ => Err(Error::option("freq", &text, "hour, day, week, month or quarter")),
        }
    }
}

impl Freq {
    /// The step after a series: months go from end to end where the series does.
    pub(super) fn step(self, time: &[i64]) -> Step {
        let at_ends = matches!(Step::of(time), Step::MonthEnds(_));
        let months = |count| if at_ends { Step::MonthEnds(count) } else { Step::Months(count) };
        match self {
            Self::Hour => Step::Seconds(3_600),
            Self::Day => Step::DAY,
            Self::Week => Step::WEEK,
            Self::Month => months(1),
            Self::Quarter => months(3),
        }
    }
}
