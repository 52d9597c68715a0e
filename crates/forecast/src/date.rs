//! Days of the proleptic Gregorian calendar as numbers, without time zones.

pub(crate) const DAY: i64 = 86_400;

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1..=12.
    pub(crate) month: u32,
    /// 1..=31.
    pub(crate) day: u32,
}

impl Date {
    /// The day with this number, counted from 1970-01-01 (Hinnant 2013, `civil_from_days`).
    pub(crate) fn of_number(number: i64) -> Self {
        let shifted = number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month: month as u32, day }
    }

    /// Days since 1970-01-01.
    pub(crate) fn number(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// Reads `YYYY-MM-DD`; `None` for anything else and for days that do not exist.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let date = Self { year, month, day };
        let plausible = (1..=12).contains(&month) && (1..=31).contains(&day);
        (plausible && Self::of_number(date.number()) == date).then_some(date)
    }

    /// Whether the next day is in another month.
    pub(crate) fn is_month_end(self) -> bool {
        Self::of_number(self.number() + 1).month != self.month
    }

    /// The same day `months` later; the last day of the month where it has no such day.
    pub(crate) fn plus_months(self, months: i64) -> Self {
        let count = self.year * 12 + i64::from(self.month) - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
        let mut date = Self { year, month, day: self.day };
        while Self::of_number(date.number()) != date {
            date.day -= 1;
        }
        date
    }
}

/// A time as text: `YYYY-MM-DD` at midnight, else `YYYY-MM-DDTHH:MM:SS`.
pub fn time_text(time: i64) -> String {
    let Date { year, month, day } = Date::of_number(time.div_euclid(DAY));
    let second = time.rem_euclid(DAY);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if second == 0 {
        return date;
    }
    format!("{date}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::{Date, time_text};

    #[test]
    fn a_time_is_written_with_its_hour_where_it_has_one() {
        assert_eq!(time_text(0), "1970-01-01");
        assert_eq!(time_text(-1), "1969-12-31T23:59:59");
        assert_eq!(time_text(1_736_123_400), "2025-01-06T00:30:00");
    }

    #[test]
    fn numbers_and_days_are_inverse() {
        for number in (-800_000..800_000).step_by(37) {
            assert_eq!(Date::of_number(number).number(), number);
        }
        assert_eq!(Date::parse("2024-02-29").map(Date::number), Some(19_782));
        assert_eq!(Date::parse("2023-02-29"), None);
        assert_eq!(Date::parse("2023-2"), None);
    }

    #[test]
    fn months_end_where_they_end() {
        let last = Date::parse("2024-01-31").unwrap();
        assert_eq!(last.plus_months(1), Date::parse("2024-02-29").unwrap());
        assert_eq!(last.plus_months(-2), Date::parse("2023-11-30").unwrap());
    }
}
