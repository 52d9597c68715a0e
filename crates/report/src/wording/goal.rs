//! A goal, its date and its chance in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::number::{chance, decimal, percent};
use crate::page::GoalBox;
use crate::view::{GoalChance, GoalTarget, GoalUnit, StudentReport};
use crate::wording::{as_of, level_name};

/// A goal with its date: `80 points by 19 Dec`.
pub(crate) fn target(target: &GoalTarget, catalogue: &Catalogue) -> String {
    let what = match target.unit {
        GoalUnit::Points => {
            let decimals = usize::from(target.value.fract() != 0.0);
            catalogue.fill("goal.points", &[("value", &decimal(target.value, decimals))])
        }
        GoalUnit::RightShare => catalogue.fill("goal.share", &[("value", &percent(target.value))]),
        GoalUnit::Theta => {
            let level = level_name(target.value, catalogue);
            catalogue.fill("goal.level", &[("value", &decimal(target.value, 2)), ("level", &level)])
        }
    };
    match target.by {
        Some(day) => catalogue
            .fill("goal.by", &[("goal", &what), ("day", &date::long(day, catalogue.lang()))]),
        None => what,
    }
}

/// A chance as people say it: `7 in 10`; below 5 % and above 95 % as a percentage.
fn odds(probability: f64, catalogue: &Catalogue) -> String {
    let tenths = (probability * 10.0).round();
    if (1.0..=9.0).contains(&tenths) {
        return catalogue.fill("odds", &[("n", &decimal(tenths, 0))]);
    }
    chance(probability)
}

/// The goal of a student for the first screen: its chance, or why there is none.
pub(crate) fn goal_box(report: &StudentReport, catalogue: &Catalogue) -> GoalBox {
    let none = |text: String| GoalBox { value: None, text, evidence: None };
    let Some(goal) = &report.goal else {
        let key = if report.own_goals.is_empty() { "goal.none" } else { "goal.only_own" };
        return none(catalogue.text(key));
    };
    let what = target(&goal.target, catalogue);
    let Some(probability) = report.kpis.goal.value else {
        let why = match report.kpis.goal.reason {
            Some(reason) => catalogue.text(&format!("reason.{}.why", reason.code())),
            None => catalogue.text("reason.not_estimated_yet.why"),
        };
        return none(catalogue.fill("goal.unknown", &[("goal", &what), ("why", &why)]));
    };
    let range = report.kpis.goal.lower.zip(report.kpis.goal.upper).map(|(low, high)| {
        let (low, high) = (chance(low), chance(high));
        let key = if low == high { "goal.range_point" } else { "goal.range" };
        catalogue.fill(key, &[("low", &low), ("high", &high)])
    });
    let said: Vec<String> =
        [range, as_of(&report.kpis.goal, catalogue)].into_iter().flatten().collect();
    let evidence = (!said.is_empty()).then(|| said.join(" "));
    GoalBox { value: Some(odds(probability, catalogue)), text: what, evidence }
}

/// What the chance of a goal does over the weeks: the last one, with its interval.
pub(crate) fn chances(goal: &GoalChance, catalogue: &Catalogue) -> String {
    let what = target(&goal.target, catalogue);
    let Some(last) = goal.weeks.last() else { return what };
    let week = date::short(last.week_start, catalogue.lang());
    let values = [("goal", &*what), ("chance", &odds(last.chance, catalogue)), ("week", &week)];
    let said = catalogue.fill("chart.chances.reading", &values);
    match goal.weeks.len() {
        1 => format!("{said} {}", catalogue.text("chart.chances.single")),
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{goal_box, odds};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{
        GoalChance, GoalTarget, GoalUnit, Kpi, KpiCards, OwnGoal, Reason, StudentReport,
    };

    fn said(report: &StudentReport) -> String {
        Lang::ALL
            .map(|lang| {
                let told = goal_box(report, &Catalogue::load(lang).unwrap());
                let parts = [told.value, Some(told.text), told.evidence];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
            })
            .join("\n")
    }

    fn report(unit: GoalUnit, value: f64, by: bool, goal: Kpi) -> StudentReport {
        let by = by.then(|| NaiveDate::from_ymd_opt(2025, 12, 19).unwrap());
        StudentReport {
            goal: Some(GoalChance { target: GoalTarget { value, unit, by }, weeks: Vec::new() }),
            kpis: KpiCards { goal, ..KpiCards::default() },
            ..StudentReport::default()
        }
    }

    #[test]
    fn a_goal_has_its_number_its_date_and_its_chance() {
        let known = Kpi { lower: Some(0.41), upper: Some(0.9), ..Kpi::known(0.7) };
        insta::assert_snapshot!(
            [
                said(&report(GoalUnit::Points, 80.0, true, known)),
                said(&report(GoalUnit::RightShare, 0.75, true, known)),
                said(&report(GoalUnit::Theta, 0.5, false, known)),
                said(&report(GoalUnit::Points, 80.5, true, Kpi::unknown(Reason::SlopeOfPrior))),
                said(&StudentReport::default()),
                said(&StudentReport {
                    own_goals: vec![OwnGoal { topic: "분수".into(), target: None }],
                    ..StudentReport::default()
                }),
            ]
            .join("\n")
        );
    }

    #[test]
    fn nobody_is_sure_of_nothing_or_of_everything() {
        let en = Catalogue::load(Lang::En).unwrap();
        let told = [0.0, 0.004, 0.03, 0.06, 0.5, 0.94, 0.97, 0.996, 1.0].map(|p| odds(p, &en));
        assert_eq!(
            told,
            [
                "<\u{a0}1%",
                "<\u{a0}1%",
                "3%",
                "1 in 10",
                "5 in 10",
                "9 in 10",
                "97%",
                ">\u{a0}99%",
                ">\u{a0}99%"
            ]
        );
        let sure = Kpi { lower: Some(0.0), upper: Some(0.001), ..Kpi::known(0.0) };
        let text = said(&report(GoalUnit::Points, 80.0, true, sure));
        assert!(!text.contains("0%") || text.contains("80"), "{text}");
        assert!(text.contains("<\u{a0}1%") && !text.contains("between"), "{text}");
    }
}
