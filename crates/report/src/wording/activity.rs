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
    match minutes {
        Some(minutes) => catalogue.fill(
            "chart.daily.reading_minutes",
            &[("days", &active), ("answers", &answers), ("minutes", &decimal(minutes, 0))],
        ),
        None => catalogue.fill("chart.daily.reading", &[("days", &active), ("answers", &answers)]),
    }
}

/// A duration of days in the unit people would use for it.
pub(crate) fn duration(days: f64, catalogue: &Catalogue) -> String {
    let hours = days * 24.0;
    if hours < 1.0 {
        catalogue.count("duration.minutes", (hours * 60.0).round() as u32)
    } else if hours < 48.0 {
        catalogue.count("duration.hours", hours.round() as u32)
    } else {
        catalogue.fill("duration.days", &[("n", &decimal(days, 1))])
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;

    #[test]
    fn durations_have_a_fitting_unit() {
        let en = Catalogue::load(Lang::En).unwrap();
        let durations = [0.0007, 0.02, 0.5, 2.0, 12.34].map(|days| duration(days, &en));
        insta::assert_snapshot!(durations.join(", "), @"1 minute, 29 minutes, 12 hours, 2.0 days, 12.3 days");
    }
}
