//! The newest week against the one before it, in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::interval::{newcombe, wilson};
use crate::number::{count, percent, percent_range, signed};
use crate::view::{WeekScore, WeeklySlope};

/// The newest week with answers and whether it differs from the one with answers before it.
///
/// Where a model of progress says how the share changes a week, that comes last.
pub(crate) fn accuracy(
    weeks: &[WeekScore],
    slope: Option<WeeklySlope>,
    catalogue: &Catalogue,
) -> String {
    let mut answered = weeks.iter().rev().filter(|week| week.n > 0);
    let Some(last) = answered.next() else { return catalogue.text("chart.accuracy.empty") };
    let (low, high) = wilson(last.right, last.n).unwrap_or((0.0, 1.0));
    let now = catalogue.fill(
        "chart.accuracy.reading",
        &[
            ("week", &date::short(last.week_start, catalogue.lang())),
            ("share", &percent(f64::from(last.right) / f64::from(last.n))),
            ("n", &count(last.n)),
            ("range", &percent_range(low, high)),
        ],
    );
    let compared = answered.next().map(|before| comparison(last, before, catalogue));
    let moved = slope.map(|slope| progress(slope, catalogue));
    [Some(now), compared, moved].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn progress(slope: WeeklySlope, catalogue: &Catalogue) -> String {
    let points = |share: f64| signed(100.0 * share, 1);
    let WeeklySlope { value, lower, upper } = slope;
    let values = [("slope", points(value)), ("low", points(lower)), ("high", points(upper))];
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, text)| (*name, text.as_str())).collect();
    catalogue.fill("accuracy.slope", &values)
}

fn comparison(last: &WeekScore, before: &WeekScore, catalogue: &Catalogue) -> String {
    let key = match newcombe((last.right, last.n), (before.right, before.n)) {
        Some((low, _)) if low > 0.0 => "accuracy.better",
        Some((_, high)) if high < 0.0 => "accuracy.worse",
        _ => "accuracy.unclear",
    };
    let share = percent(f64::from(before.right) / f64::from(before.n));
    let week = date::short(before.week_start, catalogue.lang());
    catalogue.fill(key, &[("before", &share), ("week", &week)])
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::accuracy;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{WeekScore, WeeklySlope};

    fn week(day: u32, n: u32, right: u32) -> WeekScore {
        WeekScore {
            week_start: NaiveDate::from_ymd_opt(2026, 1, day).unwrap(),
            n,
            right,
            group: None,
        }
    }

    #[test]
    fn a_change_is_named_only_beyond_chance() {
        let en = Catalogue::load(Lang::En).unwrap();
        insta::assert_snapshot!(accuracy(&[week(5, 40, 10), week(12, 40, 32)], None, &en), @"80% right in the week from 12 Jan (40 answered; 95% interval 65–90%). That is better than in the week from 5 Jan (25%), by more than chance.");
        insta::assert_snapshot!(accuracy(&[week(5, 10, 5), week(12, 10, 6)], None, &en), @"60% right in the week from 12 Jan (10 answered; 95% interval 31–83%). The difference to the week from 5 Jan (50%) may be chance.");
        insta::assert_snapshot!(accuracy(&[week(5, 0, 0), week(12, 1, 1)], None, &en), @"100% right in the week from 12 Jan (1 answered; 95% interval 21–100%).");
    }

    #[test]
    fn a_slope_comes_last_with_its_interval() {
        let en = Catalogue::load(Lang::En).unwrap();
        let slope = WeeklySlope { value: 0.021, lower: -0.004, upper: 0.046 };
        let text = accuracy(&[week(12, 1, 1)], Some(slope), &en);
        let last =
            "Over the weeks it moves by +2.1 percentage points a week (95% interval −0.4 to +4.6).";
        assert!(text.ends_with(last), "{text}");
        assert!(!accuracy(&[], Some(slope), &en).contains("a week"));
    }
}
