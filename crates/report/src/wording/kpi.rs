//! Values of KPIs with their units, and what they mean.

use super::activity::duration;
use super::certainty::Trust;
use crate::catalogue::Catalogue;
use crate::number::{decimal, percent, signed};
use crate::view::{Kpi, KpiKind};

/// The value of a KPI as text, or a dash.
pub(crate) fn value_or_dash(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> String {
    kpi.value.map_or_else(|| catalogue.text("none"), |number| write(kind, number, catalogue))
}

/// A value in the unit of its KPI.
pub(crate) fn write(kind: KpiKind, number: f64, catalogue: &Catalogue) -> String {
    match kind {
        KpiKind::Improvement => signed(number, 2),
        KpiKind::Engagement => decimal(number, 2),
        KpiKind::Efficiency | KpiKind::Recovery | KpiKind::Goal | KpiKind::Churn => percent(number),
        KpiKind::Sessions => decimal(number, 0),
        KpiKind::MeanGap => duration(number, catalogue),
    }
}

/// An end or the middle of the range of a KPI.
pub(crate) fn tick_label(kind: KpiKind, tick: f64) -> String {
    match kind {
        KpiKind::Improvement => signed(tick, 0),
        KpiKind::Engagement => decimal(tick, usize::from(tick.fract() != 0.0)),
        _ => percent(tick),
    }
}

/// The value against that of the week before.
pub(crate) fn change(kind: KpiKind, now: f64, before: f64, catalogue: &Catalogue) -> String {
    let text = write(kind, before, catalogue);
    let key = if text == write(kind, now, catalogue) {
        "change.same"
    } else if now > before {
        "change.up"
    } else {
        "change.down"
    };
    catalogue.fill(key, &[("before", &text)])
}

/// What a value means, in one sentence. What is not sure yet is not judged.
pub(crate) fn meaning(kind: KpiKind, value: f64, trust: Trust, catalogue: &Catalogue) -> String {
    let band = match (band(kind, value), trust) {
        ("rose" | "rose_little", Trust::Unsure) => "maybe_rose",
        ("fell" | "fell_little", Trust::Unsure) => "maybe_fell",
        ("most" | "some" | "few", Trust::Unsure) => "share",
        ("likely" | "open" | "unlikely", Trust::Unsure) => "unsure",
        (band, _) => band,
    };
    let key = format!("kpi.{}.{band}", kind.name());
    catalogue.fill(&key, &[("value", &write(kind, value, catalogue))])
}

/// The band of a value. Bands of P (.5, .7) and S (.3, .5, .7) are those of the product's metrics;
/// the others are ours: I_t of .1 is a change of some 15 points in a full set of answers.
fn band(kind: KpiKind, value: f64) -> &'static str {
    let bands: &[(f64, &'static str)] = match kind {
        KpiKind::Improvement => {
            &[(0.1, "rose"), (0.03, "rose_little"), (-0.03, "same"), (-0.1, "fell_little")]
        }
        KpiKind::Efficiency => &[(0.005, "faster")],
        KpiKind::Recovery => &[(0.7, "most"), (0.4, "some")],
        KpiKind::Engagement => &[(0.7, "high"), (0.4, "middle")],
        KpiKind::Goal => &[(0.7, "likely"), (0.5, "open")],
        KpiKind::Churn => &[(0.7, "very_high"), (0.5, "high"), (0.3, "watch")],
        KpiKind::Sessions | KpiKind::MeanGap => &[],
    };
    let lowest = match kind {
        KpiKind::Improvement => "fell",
        KpiKind::Efficiency => "not_faster",
        KpiKind::Recovery => "few",
        KpiKind::Engagement | KpiKind::Churn => "low",
        KpiKind::Goal => "unlikely",
        KpiKind::Sessions | KpiKind::MeanGap => "meaning",
    };
    bands.iter().find(|(edge, _)| value >= *edge).map_or(lowest, |(_, name)| name)
}
