//! Checks of a view model before anything is drawn from it.

use chrono::NaiveDate;

use crate::error::Error;
use crate::view::{
    AbilityPoint, CalibratedItem, CalibrationReport, ClassReport, ClassSegments, ForecastDetail,
    ItemRow, Kpi, KpiCards, KpiKind, MeanShare, OperatorReport, SchoolReport, Segment, StudentRow,
    TopicScore, WeekScore,
};

pub(crate) fn check_calibration(report: &CalibrationReport) -> Result<(), Error> {
    check_numbers("thetas", report.thetas.iter().copied())?;
    check_numbers("figures", report.figures.iter().map(|of| of.1))?;
    check_numbers("information", report.information.iter().flat_map(|of| [of.0, of.1, of.2]))?;
    check_numbers("scores", report.scores.iter().flat_map(|of| [of.1, of.2]))?;
    check_numbers("eigenvalues", report.eigenvalues.iter().flat_map(|of| [of.0, of.1]))?;
    check_calibrated("items", &report.items)
}

fn check_calibrated(name: &str, items: &[CalibratedItem]) -> Result<(), Error> {
    for (i, item) in items.iter().enumerate() {
        let path = format!("{name}[{i}]");
        let parameters = item.slopes.iter().chain(&item.difficulties);
        check_numbers(&path, parameters.flat_map(|of| [of.0, of.1.unwrap_or(0.0)]))?;
        let drawn = item.curve.iter().chain(&item.information);
        check_numbers(&path, drawn.flat_map(|of| [of.0, of.1]))?;
        let observed = item.observed.iter().flat_map(|of| [of.theta, of.share, of.low, of.high]);
        check_numbers(&path, observed)?;
    }
    Ok(())
}

fn check_numbers(name: &str, mut numbers: impl Iterator<Item = f64>) -> Result<(), Error> {
    numbers.try_for_each(|number| check_number(name, number, ANY))
}

pub(crate) fn check_class(report: &ClassReport) -> Result<(), Error> {
    check_rows("students", &report.students)?;
    check_weeks(&report.weekly_accuracy)?;
    check_topics(&report.topics)?;
    report.forecast.as_ref().map_or(Ok(()), check_forecast)?;
    check_segments(report.segments.as_ref())?;
    report.items.iter().enumerate().try_for_each(|(i, item)| check_item(i, item))
}

pub(crate) fn check_school(report: &SchoolReport) -> Result<(), Error> {
    for (i, class) in report.classes.iter().enumerate() {
        check_rows(&format!("classes[{i}].students"), &class.students)?;
    }
    check_weeks(&report.weekly_accuracy)?;
    check_topics(&report.topics)?;
    report.forecast.as_ref().map_or(Ok(()), check_forecast)?;
    check_segments(report.segments.as_ref())
}

pub(crate) fn check_operator(report: &OperatorReport) -> Result<(), Error> {
    for (i, &theta) in report.thetas.iter().enumerate() {
        check_number(&format!("thetas[{i}]"), theta, THETA)?;
    }
    for (i, item) in report.item_pages.iter().enumerate() {
        for (name, number) in [("a", item.a), ("b", item.b)] {
            check_number(&format!("item_pages[{i}].{name}"), number, ANY)?;
        }
        check_number(&format!("item_pages[{i}].c"), item.c, (0.0, 0.999))?;
        for (group, &(theta, n, right)) in item.observed.iter().enumerate() {
            let path = format!("item_pages[{i}].observed[{group}]");
            check_number(&path, theta, THETA)?;
            check_counts(&path, right, n)?;
        }
    }
    check_calibrated("category_pages", &report.category_pages)?;
    for (i, anchor) in report.linking.iter().flat_map(|linking| &linking.anchors).enumerate() {
        check_number(&format!("linking.anchors[{i}].before"), anchor.before, ANY)?;
        check_number(&format!("linking.anchors[{i}].now"), anchor.now, ANY)?;
    }
    for (i, (days, left)) in report.survival.iter().flat_map(|curve| &curve.points).enumerate() {
        check_number(&format!("survival.points[{i}].days"), *days, (0.0, f64::MAX))?;
        check_number(&format!("survival.points[{i}].left"), *left, (0.0, 1.0))?;
    }
    for (i, fit) in report.fits.iter().enumerate() {
        for (name, value) in &fit.figures {
            check_number(&format!("fits[{i}].{name}"), *value, ANY)?;
        }
    }
    report.forecast.as_ref().map_or(Ok(()), check_forecast)?;
    check_segments(report.segments.as_ref())?;
    report.items.iter().enumerate().try_for_each(|(i, item)| check_item(i, item))
}

fn check_rows(field: &str, students: &[StudentRow]) -> Result<(), Error> {
    for (i, student) in students.iter().enumerate() {
        let path = format!("{field}[{i}]");
        check_kpis(&format!("{path}.kpis"), &student.kpis)?;
        check_counts(&path, student.right, student.attempts)?;
        if let Some(halves) = student.halves {
            for (name, (right, n)) in [("recent", halves.recent), ("before", halves.before)] {
                check_counts(&format!("{path}.halves.{name}"), right, n)?;
            }
        }
        check_topics(&student.topics)?;
        if let Some(point) = &student.ability {
            check_ability(&format!("{path}.ability"), point)?;
        }
    }
    Ok(())
}

fn check_segments(found: Option<&ClassSegments>) -> Result<(), Error> {
    let segments = found.iter().flat_map(|found| &found.segments);
    segments
        .enumerate()
        .try_for_each(|(i, segment)| check_segment(&format!("segments[{i}]"), segment))
}

/// Refuses numbers of a forecast that cannot be drawn.
pub(crate) fn check_forecast(detail: &ForecastDetail) -> Result<(), Error> {
    for (i, week) in detail.weeks.iter().enumerate() {
        let numbers = [
            ("value", week.value),
            ("expected", week.expected),
            ("lower", week.lower),
            ("upper", week.upper),
            ("unusual", week.unusual),
        ];
        for (name, number) in numbers {
            check_optional(&format!("forecast.weeks[{i}].{name}"), number, ANY)?;
        }
    }
    check_optional("forecast.rmse", detail.rmse, ANY)?;
    check_optional("forecast.mae", detail.mae, ANY)
}

/// Refuses numbers of a segment that cannot be drawn.
pub(crate) fn check_segment(path: &str, segment: &Segment) -> Result<(), Error> {
    check_number(&format!("{path}.share"), segment.share, (0.0, 1.0))?;
    check_optional(&format!("{path}.stability"), segment.stability, (0.0, 1.0))?;
    for (i, difference) in segment.differences.iter().enumerate() {
        let at = |name: &str| format!("{path}.differences[{i}].{name}");
        check_number(&at("mean"), difference.mean, ANY)?;
        check_number(&at("cohort"), difference.cohort, ANY)?;
        check_number(&at("effect"), difference.effect, ANY)?;
        check_optional(&at("lower"), difference.lower, ANY)?;
        check_optional(&at("upper"), difference.upper, ANY)?;
    }
    Ok(())
}

/// Abilities beyond this are a fault of the model, not of the student.
const THETA: (f64, f64) = (-100.0, 100.0);

pub(crate) const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

pub(crate) fn check_number(
    field: &str,
    value: f64,
    (lowest, highest): (f64, f64),
) -> Result<(), Error> {
    if !value.is_finite() {
        return Err(Error::NotFinite { field: field.to_owned(), value });
    }
    if value < lowest || value > highest {
        return Err(Error::OutOfRange { field: field.to_owned(), value, lowest, highest });
    }
    Ok(())
}

pub(crate) fn check_optional(
    field: &str,
    value: Option<f64>,
    range: (f64, f64),
) -> Result<(), Error> {
    value.map_or(Ok(()), |value| check_number(field, value, range))
}

pub(crate) fn check_kpis(path: &str, kpis: &KpiCards) -> Result<(), Error> {
    KpiKind::ALL
        .into_iter()
        .try_for_each(|kind| check_kpi(&format!("{path}.{}", kind.name()), kind, kpis.get(kind)))
}

fn check_kpi(path: &str, kind: KpiKind, kpi: &Kpi) -> Result<(), Error> {
    check_optional(&format!("{path}.value"), kpi.value, kind.range())?;
    check_optional(&format!("{path}.upper"), kpi.upper, ANY)?;
    let highest = kpi.upper.unwrap_or(f64::INFINITY);
    check_optional(&format!("{path}.lower"), kpi.lower, (f64::NEG_INFINITY, highest))
}

pub(crate) fn check_ability(path: &str, point: &AbilityPoint) -> Result<(), Error> {
    check_number(&format!("{path}.theta"), point.theta, THETA)?;
    check_optional(&format!("{path}.se"), point.se, (f64::MIN_POSITIVE, THETA.1))
}

pub(crate) fn check_weeks(weeks: &[WeekScore]) -> Result<(), Error> {
    for (i, week) in weeks.iter().enumerate() {
        check_counts(&format!("weekly_accuracy[{i}]"), week.right, week.n)?;
        for (name, mean) in [("mean", week.mean), ("group", week.group)] {
            check_mean(&format!("weekly_accuracy[{i}].{name}"), mean)?;
        }
    }
    check_ascending("weekly_accuracy", weeks.iter().map(|week| week.week_start))
}

pub(crate) fn check_topics(topics: &[TopicScore]) -> Result<(), Error> {
    topics.iter().enumerate().try_for_each(|(i, topic)| {
        let path = format!("topics[{i}]");
        check_counts(&path, topic.right, topic.n)?;
        check_mean(&format!("{path}.mean"), topic.mean)?;
        topic.ability.as_ref().map_or(Ok(()), |point| check_ability(&path, point))
    })
}

fn check_mean(path: &str, mean: Option<MeanShare>) -> Result<(), Error> {
    let Some(mean) = mean else { return Ok(()) };
    check_number(&format!("{path}.share"), mean.share, (0.0, 1.0))?;
    check_number(&format!("{path}.sd"), mean.sd, (0.0, 1.0))
}

fn check_item(i: usize, item: &ItemRow) -> Result<(), Error> {
    let path = format!("items[{i}]");
    check_counts(&path, item.right, item.n)?;
    check_optional(&format!("{path}.discrimination"), item.discrimination, ANY)?;
    check_optional(&format!("{path}.difficulty"), item.difficulty, ANY)
}

fn check_counts(field: &str, right: u32, n: u32) -> Result<(), Error> {
    if right > n {
        return Err(Error::TooManyRight { field: field.to_owned(), right, n });
    }
    Ok(())
}

pub(crate) fn check_ascending(
    field: &str,
    dates: impl Iterator<Item = NaiveDate>,
) -> Result<(), Error> {
    let mut before: Option<NaiveDate> = None;
    for (i, date) in dates.enumerate() {
        if before.is_some_and(|before| date <= before) {
            return Err(Error::NotAscending { field: format!("{field}[{i}]") });
        }
        before = Some(date);
    }
    Ok(())
}
