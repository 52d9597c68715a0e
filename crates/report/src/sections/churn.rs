//! The risk of falling silent: the gauge with its reasons, and how long students go on.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, churn_gauge, survival_curve};
use crate::check::{ANY, check_number, check_optional};
use crate::error::Error;
use crate::page::Block;
use crate::view::{StudentReport, SurvivalCurve};
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };
/// Id of the section.
pub(crate) const RISK_SECTION: &str = "stay";

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, (days, left)) in report.survival.iter().flat_map(|curve| &curve.points).enumerate() {
        check_number(&format!("survival.points[{i}].days"), *days, (0.0, f64::MAX))?;
        check_number(&format!("survival.points[{i}].left"), *left, (0.0, 1.0))?;
    }
    let Some(churn) = &report.churn else { return Ok(()) };
    check_optional("churn.hazard_ratio", churn.hazard_ratio, (0.0, f64::MAX))?;
    for (i, reason) in churn.reasons.iter().enumerate() {
        check_number(&format!("churn.reasons[{i}].value"), reason.value, ANY)?;
        check_number(&format!("churn.reasons[{i}].contribution"), reason.contribution, ANY)?;
    }
    Ok(())
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.churn");
    let Some(risk) = report.kpis.churn.value else {
        return Block::sentence(RISK_SECTION, title, catalogue.text("risk.none"));
    };
    let mut reading = wording::churn(risk, report.churn.as_ref(), catalogue);
    if let Some(as_of) = wording::as_of(&report.kpis.churn, catalogue) {
        reading = format!("{reading} {as_of}");
    }
    let gauge = churn_gauge(risk, report.churn.as_ref(), reading, catalogue);
    let curve = survival_figure(report.survival.as_ref(), catalogue);
    Block::of_figures(RISK_SECTION, title, vec![gauge, curve])
}

/// How long students go on; a sentence without a fit.
pub(crate) fn survival_figure(curve: Option<&SurvivalCurve>, catalogue: &Catalogue) -> Figure {
    if let Some(curve) = curve.filter(|curve| curve.points.len() > 1) {
        return survival_curve(curve, wording::survival(curve, catalogue), catalogue);
    }
    let title = catalogue.text("chart.survival.title");
    Figure::empty("survival", title, catalogue.text("survival.empty"))
}
