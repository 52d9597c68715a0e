//! Levels of ability, their growth and their standing in words.

use seedtest_numerics::quantile;

use crate::catalogue::Catalogue;
use crate::date::day_number;
use crate::interval::Z_95;
use crate::number::{count, decimal, percent, signed};
use crate::view::{AbilityPoint, FEWEST, Standing};

/// Lower ends of the ability levels and their catalogue keys, highest first.
const LEVELS: [(f64, &str); 8] = [
    (2.0, "level.outstanding"),
    (1.5, "level.very_high"),
    (1.0, "level.high"),
    (0.5, "level.above_average"),
    (-0.5, "level.average"),
    (-1.0, "level.below_average"),
    (-1.5, "level.low"),
    (f64::NEG_INFINITY, "level.very_low"),
];

/// Lower ends of growth per week and their catalogue keys, fastest first.
const GROWTH: [(f64, &str); 5] = [
    (0.1, "growth.fast"),
    (0.05, "growth.steady"),
    (0.0, "growth.slow"),
    (-0.05, "growth.slipping"),
    (f64::NEG_INFINITY, "growth.falling"),
];

/// Above this standard error the 95 % interval of θ spans two standard deviations of the students,
/// half the scale from "very low" to "outstanding".
const ROUGH_SE: f64 = 0.5;

fn band<'a>(bands: &[(f64, &'a str)], value: f64) -> &'a str {
    bands.iter().find(|(lowest, _)| value >= *lowest).map_or("", |(_, key)| key)
}

/// The level of an ability, such as "average".
pub(crate) fn level_name(theta: f64, catalogue: &Catalogue) -> String {
    catalogue.text(band(&LEVELS, theta))
}

/// The ability with its level, how sure it is, and where it stands.
pub(crate) fn ability(
    point: &AbilityPoint,
    standing: Option<&Standing>,
    catalogue: &Catalogue,
) -> String {
    let level = level_name(point.theta, catalogue);
    let values = [("theta", &*decimal(point.theta, 2)), ("level", &*level)];
    let is_rough = point.se.is_none_or(|se| se > ROUGH_SE);
    let now = catalogue.fill(if is_rough { "ability.rough" } else { "ability.level" }, &values);
    let placed = standing.map(|standing| place(standing, catalogue));
    [Some(now), Some(ability_range(point, catalogue)), placed]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// How sure the current ability is.
fn ability_range(point: &AbilityPoint, catalogue: &Catalogue) -> String {
    let Some(se) = point.se else { return catalogue.text("ability.no_se") };
    let (low, high) = (point.theta - Z_95 * se, point.theta + Z_95 * se);
    let levels = (level_name(low, catalogue), level_name(high, catalogue));
    let values = [
        ("low", decimal(low, 2)),
        ("high", decimal(high, 2)),
        ("low_level", levels.0.clone()),
        ("high_level", levels.1.clone()),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let key = if levels.0 == levels.1 { "ability.range_one_level" } else { "ability.range" };
    catalogue.fill(key, &values)
}

/// Where the student stands and among whom; a group of fewer than five is no group to stand in.
fn place(standing: &Standing, catalogue: &Catalogue) -> String {
    let key = standing.group.key();
    let name = standing.group.name();
    let n = count(standing.n);
    if !standing.is_told() {
        let least = count(FEWEST);
        return catalogue
            .fill(&format!("standing.{key}.few"), &[("name", name), ("n", &n), ("least", &least)]);
    }
    let values = [
        ("name", name),
        ("n", &*n),
        ("top", &*percent((1.0 - standing.below).max(0.01))),
        ("below", &*percent(standing.below)),
    ];
    catalogue.fill(&format!("standing.{key}.place"), &values)
}

/// How the ability moved: a growth word only where the move exceeds the uncertainty of its ends.
pub(crate) fn growth(points: &[AbilityPoint], catalogue: &Catalogue) -> String {
    let [first, .., last] = points else {
        return catalogue.text(if points.is_empty() { "growth.none" } else { "growth.single" });
    };
    let slope = slope_per_week(points);
    let values = [("slope", &*signed(slope, 2)), ("n", &*count(points.len() as u32))];
    let key = match is_clear(first, last) {
        Some(true) => band(&GROWTH, slope),
        Some(false) => "growth.unclear",
        None => "growth.unknown",
    };
    catalogue.fill(key, &values)
}

/// Least-squares slope of θ over time, per week.
fn slope_per_week(points: &[AbilityPoint]) -> f64 {
    let n = points.len() as f64;
    let weeks = |point: &AbilityPoint| day_number(point.date) / 7.0;
    let mean_x = points.iter().map(weeks).sum::<f64>() / n;
    let mean_y = points.iter().map(|point| point.theta).sum::<f64>() / n;
    let sxy: f64 = points.iter().map(|p| (weeks(p) - mean_x) * (p.theta - mean_y)).sum();
    let sxx: f64 = points.iter().map(|p| (weeks(p) - mean_x).powi(2)).sum();
    sxy / sxx
}

/// Whether the last estimate differs from the first by more than 1.96 standard errors of their
/// difference, taken as independent. Estimates that share answers vary less than that, so the
/// verdict errs towards "unclear". `None` without standard errors.
fn is_clear(first: &AbilityPoint, last: &AbilityPoint) -> Option<bool> {
    let (a, b) = (first.se?, last.se?);
    Some((last.theta - first.theta).abs() > Z_95 * a.hypot(b))
}

/// The abilities of a class, in one sentence.
pub(crate) fn abilities(thetas: &[f64], catalogue: &Catalogue) -> String {
    let mut sorted = thetas.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartiles = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
    let [Some(low), Some(median), Some(high)] = quartiles else {
        return catalogue.text("chart.abilities.empty");
    };
    catalogue.fill(
        "chart.abilities.reading",
        &[
            ("n", &count(sorted.len() as u32)),
            ("median", &decimal(median, 2)),
            ("low", &decimal(low, 2)),
            ("high", &decimal(high, 2)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{ability, band, growth, is_clear, level_name, slope_per_week};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{AbilityPoint, Group, Standing};

    fn point(day: u32, theta: f64, se: Option<f64>) -> AbilityPoint {
        AbilityPoint { date: NaiveDate::from_ymd_opt(2026, 1, day).unwrap(), theta, se }
    }

    #[test]
    fn levels_change_at_the_edges() {
        let en = Catalogue::load(Lang::En).unwrap();
        let names = [2.0, 1.99, 1.0, 0.5, 0.49, -0.5, -0.51, -1.5, -1.51];
        let names = names.map(|theta| level_name(theta, &en));
        insta::assert_snapshot!(names.join(", "), @"outstanding, very high, high, a little above average, average, average, a little below average, low, very low");
        assert_eq!(band(&super::GROWTH, 0.05), "growth.steady");
    }

    #[test]
    fn growth_is_the_slope_per_week() {
        let points = [point(5, 0.0, None), point(12, 0.3, None), point(19, 0.6, None)];
        assert!((slope_per_week(&points) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_growth_word_needs_a_clear_move() {
        let clear = [point(5, 0.0, Some(0.1)), point(12, 0.3, Some(0.1))];
        let unclear = [point(5, 0.0, Some(0.3)), point(12, 0.3, Some(0.3))];
        assert_eq!(is_clear(&clear[0], &clear[1]), Some(true));
        let en = Catalogue::load(Lang::En).unwrap();
        insta::assert_snapshot!(growth(&clear, &en), @"Growing fast: +0.30 per week over 2 estimates, more than the uncertainty of the estimates.");
        insta::assert_snapshot!(growth(&unclear, &en), @"No clear trend over 2 estimates: the change is within their uncertainty.");
        insta::assert_snapshot!(growth(&clear[..1], &en), @"One estimate so far. A trend needs a second one.");
        insta::assert_snapshot!(growth(&[], &en), @"No ability estimate yet. It appears with the first calibration that includes answers of this student.");
    }

    #[test]
    fn a_place_names_its_group_and_small_groups_have_none() {
        let groups =
            [Group::Class("2학년 3반".into()), Group::School("한빛중".into()), Group::Everyone];
        let said = |lang| {
            let catalogue = Catalogue::load(lang).unwrap();
            let tell = |group: &Group, n| {
                let standing = Standing { below: 0.16, n, group: group.clone() };
                ability(&point(5, -0.7, Some(0.3)), Some(&standing), &catalogue)
            };
            groups
                .each_ref()
                .map(|group| format!("{}\n{}", tell(group, 30), tell(group, 4)))
                .join("\n")
        };
        insta::assert_snapshot!(Lang::ALL.map(said).join("\n"));
    }

    #[test]
    fn an_ability_says_how_sure_it_is() {
        let said = |lang| {
            let catalogue = Catalogue::load(lang).unwrap();
            [Some(0.2), Some(0.05), Some(0.7), None]
                .map(|se| ability(&point(5, 0.0, se), None, &catalogue))
                .join("\n")
        };
        insta::assert_snapshot!(Lang::ALL.map(said).join("\n"));
    }
}
