//! The paragraph at the top of a report.

use seedtest_numerics::quantile;

use super::ability::{level_name, standing};
use super::particle::directional;
use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent};
use crate::view::{ClassReport, StudentReport, WeekScore};

/// Above this standard error the 95 % interval of θ spans two standard deviations of the students,
/// half the scale from "very low" to "outstanding".
const ROUGH_SE: f64 = 0.5;

/// What the week of a student comes down to, in two or three sentences.
pub(crate) fn student_summary(report: &StudentReport, catalogue: &Catalogue) -> String {
    let week = report.weekly_accuracy.iter().find(|week| week.week_start == report.week_start);
    let mut sentences = vec![week_sentence(week, catalogue)];
    match report.ability.last() {
        Some(point) => {
            let level = level_name(point.theta, catalogue);
            let is_rough = point.se.is_none_or(|se| se > ROUGH_SE);
            let key = if is_rough { "summary.ability_rough" } else { "summary.ability" };
            let particle = directional(&level, catalogue.lang());
            sentences.push(catalogue.fill(key, &[("level", &level), ("particle", particle)]));
            sentences.extend(standing(report.ability_percentile, report.class_size, catalogue));
        }
        None => sentences.push(catalogue.text("summary.no_ability")),
    }
    sentences.join(" ")
}

fn week_sentence(week: Option<&WeekScore>, catalogue: &Catalogue) -> String {
    match week {
        Some(week) if week.n > 0 => catalogue.fill(
            "summary.week",
            &[
                ("answers", &catalogue.count("answers", week.n)),
                ("share", &percent(f64::from(week.right) / f64::from(week.n))),
            ],
        ),
        _ => catalogue.text("summary.no_answers"),
    }
}

/// What the week of a class comes down to.
pub(crate) fn class_summary(report: &ClassReport, catalogue: &Catalogue) -> String {
    let active = report.students.iter().filter(|student| student.attempts > 0).count() as u32;
    let who = catalogue.fill(
        "summary.class",
        &[("active", &count(active)), ("students", &count(report.students.len() as u32))],
    );
    let week = report.weekly_accuracy.iter().find(|week| week.week_start == report.week_start);
    let mut sentences = vec![who];
    if active > 0 {
        sentences.push(week_sentence(week, catalogue));
    }
    let mut thetas: Vec<f64> =
        report.students.iter().filter_map(|student| student.ability).map(|p| p.theta).collect();
    thetas.sort_by(f64::total_cmp);
    if let Some(median) = quantile(&thetas, 0.5) {
        let level = level_name(median, catalogue);
        let values = [("median", &*decimal(median, 2)), ("level", &*level)];
        sentences.push(catalogue.fill("summary.class_ability", &values));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::week_sentence;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::WeekScore;

    #[test]
    fn a_week_is_one_sentence() {
        let en = Catalogue::load(Lang::En).unwrap();
        let week_start = NaiveDate::from_ymd_opt(2026, 3, 16).unwrap();
        let week = |n, right| Some(WeekScore { week_start, n, right });
        let sentences = [week(1, 1), week(1200, 840), week(0, 0), None]
            .map(|week| week_sentence(week.as_ref(), &en));
        insta::assert_snapshot!(sentences.join("\n"), @r#"
        1 answer this week, 100% right.
        1,200 answers this week, 70% right.
        No answers this week.
        No answers this week.
        "#);
    }
}
