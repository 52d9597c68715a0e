//! The time a report is about.

use chrono::{Datelike, Days, NaiveDate};
use seedtest_kpi::week_start;
use seedtest_store::ReportPeriod;

/// A week, or the weeks of a month. Numbers are defined for weeks, so that a month is made of whole ones: those
/// whose Thursday lies in it, as ISO 8601 gives weeks to years. No day is in two months, none is in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// The week that begins on this Monday.
    Week(NaiveDate),
    /// The month that begins on this day.
    Month(NaiveDate),
}

impl Span {
    /// The week or month that a day lies in: the month that its week belongs to.
    pub(crate) fn of(period: ReportPeriod, day: NaiveDate) -> Self {
        let monday = week_start(day);
        match period {
            ReportPeriod::Weekly => Self::Week(monday),
            ReportPeriod::Monthly => Self::Month(first_day(thursday(monday))),
        }
    }

    /// The one before the one a day lies in.
    pub(crate) fn before(period: ReportPeriod, day: NaiveDate) -> Self {
        let first = Self::of(period, day).first_monday();
        Self::of(period, first.checked_sub_days(Days::new(1)).unwrap_or(first))
    }

    pub(crate) fn period(self) -> ReportPeriod {
        match self {
            Self::Week(_) => ReportPeriod::Weekly,
            Self::Month(_) => ReportPeriod::Monthly,
        }
    }

    /// By which it is stored: the Monday, or the first day of the month.
    pub(crate) fn start(self) -> NaiveDate {
        match self {
            Self::Week(start) | Self::Month(start) => start,
        }
    }

    /// How directories call it: the Monday, or year and month.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Week(monday) => monday.to_string(),
            Self::Month(first) => first.format("%Y-%m").to_string(),
        }
    }

    /// Monday of its first week.
    pub(crate) fn first_monday(self) -> NaiveDate {
        match self {
            Self::Week(monday) => monday,
            Self::Month(first) => {
                let monday = week_start(first);
                if thursday(monday) < first { plus(monday, 7) } else { monday }
            }
        }
    }

    /// Monday of its last week.
    pub(crate) fn last_monday(self) -> NaiveDate {
        match self {
            Self::Week(monday) => monday,
            Self::Month(first) => {
                let next = first_day(plus(first, 31));
                let after = Self::Month(next).first_monday();
                after.checked_sub_days(Days::new(7)).unwrap_or(after)
            }
        }
    }
}

fn thursday(monday: NaiveDate) -> NaiveDate {
    plus(monday, 3)
}

fn plus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn first_day(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn month(text: &str) -> (String, String) {
        let span = Span::Month(day(text));
        (span.first_monday().to_string(), span.last_monday().to_string())
    }

    #[test]
    fn a_month_is_its_weeks_by_their_thursdays() {
        assert_eq!(month("2025-03-01"), ("2025-03-03".into(), "2025-03-24".into()));
        assert_eq!(month("2025-04-01"), ("2025-03-31".into(), "2025-04-21".into()));
        assert_eq!(month("2025-05-01"), ("2025-04-28".into(), "2025-05-26".into()));
        // January 2027 begins with the week of the 4th.
        assert_eq!(month("2027-01-01"), ("2027-01-04".into(), "2027-01-25".into()));
    }

    #[test]
    fn every_day_is_of_exactly_one_month() {
        let mut at = day("2024-01-01");
        while at < day("2030-01-01") {
            let span = Span::of(ReportPeriod::Monthly, at);
            let end = plus(span.last_monday(), 6);
            assert!(span.first_monday() <= at && at <= end, "{at}: {span:?}");
            let next = Span::of(ReportPeriod::Monthly, plus(end, 1));
            assert_eq!(next.first_monday(), plus(end, 1), "{at}");
            assert_eq!(Span::before(ReportPeriod::Monthly, next.first_monday()), span, "{at}");
            at = plus(at, 1);
        }
    }

    #[test]
    fn the_week_before_is_the_one_that_ended() {
        for at in ["2025-03-10", "2025-03-12", "2025-03-16"] {
            let before = Span::before(ReportPeriod::Weekly, day(at));
            assert_eq!(before, Span::Week(day("2025-03-03")), "{at}");
        }
        assert_eq!(
            Span::before(ReportPeriod::Monthly, day("2025-04-02")),
            Span::Month(day("2025-03-01"))
        );
    }
}
