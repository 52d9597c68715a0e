//! The newest week against the one before it, in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::interval::{newcombe, wilson};
use crate::number::{count, percent, percent_range};
use crate::view::WeekScore;

/// The newest week with answers and whether it differs from the one with answers before it.
pub(crate) fn accuracy(weeks: &[WeekScore], catalogue: &Catalogue) -> String {
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
    match answered.next() {
        Some(before) => format!("{now} {}", comparison(last, before, catalogue)),
        None => now,
    }
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
    use crate::view::WeekScore;

    fn week(day: u32, n: u32, right: u32) -> WeekScore {
        WeekScore { week_start: NaiveDate::from_ymd_opt(2026, 1, day).unwrap(), n, right }
    }

    #[test]
    fn a_change_is_named_only_beyond_chance() {
        let en = Catalogue::load(Lang::En).unwrap();
        insta::assert_snapshot!(accuracy(&[week(5, 40, 10), week(12, 40, 32)], &en), @"80% right in the week from 12 Jan (40 answered; 95% interval 65–90%). That is better than in the week from 5 Jan (25%), by more than chance.");
        insta::assert_snapshot!(accuracy(&[week(5, 10, 5), week(12, 10, 6)], &en), @"60% right in the week from 12 Jan (10 answered; 95% interval 31–83%). The difference to the week from 5 Jan (50%) may be chance.");
        insta::assert_snapshot!(accuracy(&[week(5, 0, 0), week(12, 1, 1)], &en), @"100% right in the week from 12 Jan (1 answered; 95% interval 21–100%).");
    }
}
