//! Where "now" comes from.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_responses::TimeZone;

use crate::calendar::day_at;

/// Where "now" comes from. Time enters the program here and nowhere else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// The system clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still, for replays and tests.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self { fixed: Some(now) }
    }

    /// The current instant.
    #[allow(clippy::disallowed_methods)] // this is where time enters
    pub fn now(&self) -> DateTime<Utc> {
        self.fixed.unwrap_or_else(Utc::now)
    }

    /// The current instant, or that of the system where it is later: what a replay calls now may lie behind the data
    /// that it is given.
    #[allow(clippy::disallowed_methods)] // this is where time enters
    pub(crate) fn latest(&self) -> DateTime<Utc> {
        self.now().max(Utc::now())
    }

    /// The clock of what happens now, whatever day is looked at: that of the system, unless this one is ahead of it.
    pub(crate) fn onwards(self) -> Self {
        if self.latest() > self.now() { Self::default() } else { self }
    }

    /// The current date in `zone`.
    pub fn today(&self, zone: &TimeZone) -> NaiveDate {
        day_at(zone, self.now())
    }
}
