//! What a student reads first: the week, what went well, what to practise next.

use crate::catalogue::Catalogue;
use crate::findings::{Way, clear_change, is_strength, lowest_topic, needs_practice, sure_topics};
use crate::interval::wilson;
use crate::number::{count, percent};
use crate::page::{Advice, Finding, Line};
use crate::view::{KpiKind, StudentReport, TopicScore};
use crate::wording::speed;

/// Most findings of a list.
const MOST: usize = 3;
/// Active days of 28 from which they are worth a word.
const OFTEN: f64 = 8.0;
/// A share of new tries of which more than this is surely right.
const RECOVERED: f64 = 0.5;

/// The week, or the month, in one sentence.
pub(crate) fn student_summary(report: &StudentReport, catalogue: &Catalogue) -> String {
    let first = report.month.map_or(report.week_start, |month| month.first_week);
    let weeks = report.weekly_accuracy.iter();
    let inside = weeks.filter(|week| (first..=report.week_start).contains(&week.week_start));
    let (right, n) = inside.fold((0, 0), |(right, n), week| (right + week.right, n + week.n));
    let period = if report.month.is_some() { "month" } else { "week" };
    if n == 0 {
        return catalogue.text(&format!("student.{period}.none"));
    }
    let form = if n == 1 { "one" } else { "other" };
    let share = percent(f64::from(right) / f64::from(n));
    let values = [("n", &*count(n)), ("right", &*count(right)), ("share", &share)];
    catalogue.fill(&format!("student.{period}.{form}"), &values)
}

fn of_topic(key: &str, topic: &TopicScore, catalogue: &Catalogue) -> Finding {
    Finding {
        text: catalogue.fill(key, &[("topic", &topic.topic)]),
        evidence: evidence(topic, catalogue),
        percent: (100 * u64::from(topic.right))
            .checked_div(topic.n.into())
            .map(|share| share as u32),
    }
}

/// `3 of 16 questions right`.
fn evidence(topic: &TopicScore, catalogue: &Catalogue) -> String {
    let values = [("right", &*count(topic.right)), ("n", &*count(topic.n))];
    catalogue.fill("evidence.topic", &values)
}

/// What surely went well; a sentence where nothing is sure.
pub(crate) fn went_well(report: &StudentReport, catalogue: &Catalogue) -> Advice {
    let strong = sure_topics(&report.topics, is_strength);
    let mut items: Vec<Finding> = strong
        .into_iter()
        .take(MOST - 1)
        .map(|topic| of_topic("well.topic", topic, catalogue))
        .collect();
    items.extend(improved(report, catalogue));
    items.extend(put_right(report, catalogue));
    items.extend(often(report, catalogue));
    items.truncate(MOST);
    let empty = items.is_empty().then(|| catalogue.text("well.empty"));
    Advice { items, empty }
}

fn improved(report: &StudentReport, catalogue: &Catalogue) -> Option<Finding> {
    let kpi = &report.kpis.improvement;
    clear_change(kpi).filter(|change| change.way == Way::Up)?;
    let n = kpi.n.map(|n| catalogue.count("evidence.two_weeks", n));
    Some(Finding {
        text: catalogue.text("well.improved"),
        evidence: n.unwrap_or_default(),
        percent: None,
    })
}

fn put_right(report: &StudentReport, catalogue: &Catalogue) -> Option<Finding> {
    let kpi = &report.kpis.recovery;
    let (share, n) = (kpi.value?, kpi.n?);
    let right = (share * f64::from(n)).round() as u32;
    wilson(right, n).filter(|(low, _)| *low > RECOVERED)?;
    let values = [("right", &*count(right)), ("n", &*count(n))];
    Some(Finding {
        text: catalogue.text("well.recovered"),
        evidence: catalogue.fill("evidence.retries", &values),
        percent: None,
    })
}

fn often(report: &StudentReport, catalogue: &Catalogue) -> Option<Finding> {
    let days = report.kpis.active_days.value.filter(|&days| days >= OFTEN)?;
    Some(Finding {
        text: catalogue.text("well.often"),
        evidence: catalogue.fill("evidence.days", &[("days", &count(days as u32))]),
        percent: None,
    })
}

/// The topics that surely ask for practice; the lowest so far where none is sure.
pub(crate) fn practise_next(report: &StudentReport, catalogue: &Catalogue) -> Advice {
    let weak = sure_topics(&report.topics, needs_practice);
    let items: Vec<Finding> = weak
        .into_iter()
        .take(MOST)
        .map(|topic| of_topic("practise.topic", topic, catalogue))
        .collect();
    let empty = items.is_empty().then(|| match lowest_topic(&report.topics) {
        Some(topic) => {
            let evidence = evidence(topic, catalogue);
            let values = [("topic", &*topic.topic), ("evidence", &evidence)];
            catalogue.fill("practise.lowest", &values)
        }
        None => catalogue.text("practise.empty"),
    });
    Advice { items, empty }
}

/// The week in plain numbers, each with what it rests on.
pub(crate) fn week_lines(report: &StudentReport, catalogue: &Catalogue) -> Vec<Line> {
    let line =
        |name: &str, value: String, note: String| Line { name: catalogue.text(name), value, note };
    let mut lines = Vec::new();
    let kpis = &report.kpis;
    if let Some(days) = kpis.active_days.value {
        let value = catalogue.fill("line.days", &[("days", &count(days as u32))]);
        lines.push(line("line.days.name", value, catalogue.text("line.days.note")));
    }
    if let Some(sessions) = kpis.sessions.value {
        let value = catalogue.count("line.sessions", sessions as u32);
        lines.push(line("line.sessions.name", value, catalogue.text("line.sessions.note")));
    }
    match (kpis.recovery.value, kpis.recovery.n) {
        (Some(share), Some(n)) => {
            let right = (share * f64::from(n)).round() as u32;
            let values = [("right", &*count(right)), ("n", &*count(n))];
            let value = catalogue.fill("line.retries", &values);
            lines.push(line("line.retries.name", value, catalogue.text("line.retries.note")));
        }
        _ => lines.extend(reason_line(report, KpiKind::Recovery, "line.retries.name", catalogue)),
    }
    match kpis.efficiency.value {
        Some(raw) => {
            let n = kpis.efficiency.n.map(|n| catalogue.count("line.speed.note", n));
            lines.push(line("line.speed.name", speed(raw, catalogue), n.unwrap_or_default()));
        }
        None => {
            lines.extend(reason_line(report, KpiKind::Efficiency, "line.speed.name", catalogue));
        }
    }
    lines
}

/// Why a number is not there, in its place; nothing where nobody can say.
fn reason_line(
    report: &StudentReport,
    kind: KpiKind,
    name: &str,
    catalogue: &Catalogue,
) -> Option<Line> {
    let reason = report.kpis.get(kind).reason?;
    let text = |part: &str| catalogue.text(&format!("reason.{}.{part}", reason.code()));
    let note = format!("{} {}", text("why"), text("next"));
    Some(Line { name: catalogue.text(name), value: catalogue.text("not_known"), note })
}
