//! What a teacher reads first.

use chrono::NaiveDate;

use crate::catalogue::Catalogue;
use crate::findings::{Change, Way, halves_agree, is_told};
use crate::number::{chance, count, percent, percent_range};
use crate::view::{MeanShare, StudentRow, TopicScore, WeekScore};
use crate::wording::{as_of, leading_reason, told_risk};

/// The mean of the shares of those who answered in the week, each counting the same.
pub(crate) fn mean_of_week(students: &[StudentRow]) -> Option<MeanShare> {
    let answered = students.iter().filter(|student| student.attempts > 0);
    MeanShare::of(answered.map(|of| f64::from(of.right) / f64::from(of.attempts)))
}

/// The week of a group in one or two sentences, of those with figures and `absent` more; no share of fewer than five
/// students.
pub(crate) fn class_summary(
    students: &[StudentRow],
    absent: u32,
    weeks: &[WeekScore],
    week_start: NaiveDate,
    catalogue: &Catalogue,
) -> String {
    let active = students.iter().filter(|student| student.attempts > 0).count() as u32;
    let all = (students.len() as u32).saturating_add(absent);
    let values = [("active", &*count(active)), ("students", &*count(all))];
    let who = catalogue.fill("summary.class", &values);
    let week = weeks.iter().find(|week| week.week_start == week_start && week.n > 0);
    let answers = match week {
        Some(_) if !is_told(active) => Some(catalogue.text("suppressed.sentence")),
        Some(week) => mean_of_week(students).map(|mean| {
            let values = [("n", &*count(week.n)), ("share", &percent(mean.share))];
            catalogue.fill("summary.answers", &values)
        }),
        None => None,
    };
    std::iter::once(who).chain(answers).collect::<Vec<_>>().join(" ")
}

/// How a whole class did in a topic; `None` where fewer than five students answered.
pub(crate) fn class_topic(topic: &TopicScore, catalogue: &Catalogue) -> Option<String> {
    let (found, mean) = (topic.estimate()?, topic.mean?);
    let values = [
        ("n", &*count(topic.n)),
        ("students", &*count(mean.students)),
        ("share", &percent(found.share)),
        ("range", &percent_range(found.low, found.high)),
    ];
    Some(catalogue.fill("monday.class_topic", &values))
}

/// A clear change of a student with its evidence and how sure it is.
pub(crate) fn moved(student: &StudentRow, change: Change, catalogue: &Catalogue) -> String {
    let sure = chance(change.sure);
    let Some(halves) = student.halves.filter(|_| halves_agree(student, change.way)) else {
        let key = match change.way {
            Way::Up => "monday.up",
            Way::Down => "monday.down",
        };
        return catalogue.fill(key, &[("sure", &sure)]);
    };
    let key = match change.way {
        Way::Up => "monday.up.halves",
        Way::Down => "monday.down.halves",
    };
    let share = |(right, n): (u32, u32)| percent(f64::from(right) / f64::from(n));
    let values = [
        ("sure", sure),
        ("now", share(halves.recent)),
        ("before", share(halves.before)),
        ("now_n", count(halves.recent.1)),
        ("before_n", count(halves.before.1)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    catalogue.fill(key, &values)
}

/// A high risk with what raises it most.
pub(crate) fn risk_reason(student: &StudentRow, risk: f64, catalogue: &Catalogue) -> String {
    let risk = told_risk(risk, student.churn.as_ref());
    let said = match student.churn.as_ref().and_then(|detail| leading_reason(detail, catalogue)) {
        Some(reason) => {
            catalogue.fill("monday.risk.reason", &[("risk", &risk), ("reason", &reason)])
        }
        None => catalogue.fill("monday.risk", &[("risk", &risk)]),
    };
    match as_of(&student.kpis.churn, catalogue) {
        Some(as_of) => format!("{said} {as_of}"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::class_summary;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{StudentRow, WeekScore};

    #[test]
    fn a_share_of_four_students_is_not_told() {
        let week_start = NaiveDate::from_ymd_opt(2026, 3, 16).unwrap();
        let weeks = [WeekScore { week_start, n: 60, right: 40, mean: None, group: None }];
        let said = |active, lang| {
            let student = StudentRow { attempts: 12, right: 8, ..StudentRow::default() };
            let mut students = vec![student; active];
            students.push(StudentRow::default());
            class_summary(&students, 2, &weeks, week_start, &Catalogue::load(lang).unwrap())
        };
        insta::assert_snapshot!(Lang::ALL.map(|lang| said(5, lang)).join("\n"));
        for lang in Lang::ALL {
            assert!(!said(4, lang).contains('%'), "{}", said(4, lang));
        }
    }
}
