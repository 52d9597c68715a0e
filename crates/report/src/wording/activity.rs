//! Days of activity and durations in words.

use crate::catalogue::Catalogue;
use crate::number::decimal;
use crate::view::DayActivity;

/// Days with answers, answers and, where every day has them, minutes.
pub(crate) fn activity(days: &[DayActivity], catalogue: &Catalogue) -> String {
    if days.is_empty() {
        return catalogue.text("chart.daily.empty");
    }
    let attempts = days.iter().fold(0_u32, |sum, day| sum.saturating_add(day.attempts));
    let minutes: Option<f64> = days.iter().map(|day| day.minutes).sum();
    let active = catalogue.count("activity.days", days.len() as u32);
    let answers = catalogue.count("answers", attempts);
    // A single answer takes less than the minute that is written.
    match minutes.filter(|minutes| *minutes >= 1.0) {
        Some(minutes) => catalogue.fill(
            "chart.daily.reading_minutes",
            &[("days", &active), ("answers", &answers), ("minutes", &decimal(minutes, 0))],
        ),
        None => catalogue.fill("chart.daily.reading", &[("days", &active), ("answers", &answers)]),
    }
}

/// How long ago a day was.
pub(crate) fn days_ago(days: u32, catalogue: &Catalogue) -> String {
    match days {
        0 => catalogue.text("days_ago.today"),
        days => catalogue.count("days_ago", days),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{activity, days_ago};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::DayActivity;

    #[test]
    fn nobody_answers_in_no_minutes() {
        let catalogue = Catalogue::load(Lang::En).unwrap();
        let said = |minutes| {
            let date = NaiveDate::default();
            activity(&[DayActivity { date, attempts: 1, minutes: Some(minutes) }], &catalogue)
        };
        assert!(!said(0.4).contains("minutes"), "{}", said(0.4));
        assert!(said(12.0).contains("12 minutes"), "{}", said(12.0));
    }

    #[test]
    fn a_day_is_so_long_ago() {
        let said = |lang| {
            let catalogue = Catalogue::load(lang).unwrap();
            [0, 1, 12].map(|days| days_ago(days, &catalogue)).join(", ")
        };
        assert_eq!(said(Lang::En), "last day of the week, 1 day ago, 12 days ago");
        assert_eq!(said(Lang::Ko), "마지막 날, 1일 전, 12일 전");
    }
}
