//! The newest week against the one before it, in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::findings::{Way, clear_difference};
use crate::number::{count, percent, percent_range, signed};
use crate::view::{Estimate, WeekScore, WeeklySlope};

/// The newest week with answers and whether it differs from the one with answers before it; of a group its mean,
/// where at least five students answered.
///
/// Where a model of progress says how the share changes a week, that comes last.
pub(crate) fn accuracy(
    weeks: &[WeekScore],
    slope: Option<WeeklySlope>,
    catalogue: &Catalogue,
) -> String {
    let mut known = weeks.iter().rev().filter_map(|week| Some((week.estimate()?, week)));
    let Some((found, last)) = known.next() else {
        let is_hidden = weeks.iter().any(|week| week.n > 0);
        let key = if is_hidden { "suppressed.sentence" } else { "chart.accuracy.empty" };
        return catalogue.text(key);
    };
    let key = match last.mean {
        Some(_) => "chart.accuracy.reading_mean",
        None => "chart.accuracy.reading",
    };
    let students = last.mean.map_or(0, |mean| mean.students);
    let now = catalogue.fill(
        key,
        &[
            ("week", &date::short(last.week_start, catalogue.lang())),
            ("share", &percent(found.share)),
            ("n", &count(last.n)),
            ("students", &count(students)),
            ("range", &percent_range(found.low, found.high)),
        ],
    );
    let compared = known.next().map(|before| comparison(found, before, catalogue));
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

fn comparison(
    last: Estimate,
    (found, before): (Estimate, &WeekScore),
    catalogue: &Catalogue,
) -> String {
    let key = match clear_difference(last, found) {
        Some(Way::Up) => "accuracy.better",
        Some(Way::Down) => "accuracy.worse",
        None => "accuracy.unclear",
    };
    let share = percent(found.share);
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
            mean: None,
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
