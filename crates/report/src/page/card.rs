use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::charts::range_bar;
use crate::view::{Kpi, KpiCards, KpiKind, Reason};
use crate::wording::{self, Trust};

/// One KPI as a page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Card {
    /// Unique on the page.
    id: String,
    name: String,
    /// The field's symbol without its subscript; empty for plain counts.
    symbol: &'static str,
    /// The subscript t of I_t, E_t, R_t and A_t; else empty.
    subscript: &'static str,
    /// The number, or a word for "not known".
    value: String,
    /// Against the week before.
    change: Option<String>,
    /// The value on its range, as SVG.
    bar: Option<String>,
    /// What the number means for this student; or why there is none.
    meaning: String,
    /// Trust in the number, as a class name; `None` without a number or where nothing is estimated.
    trust: Option<&'static str>,
    /// The same as a short label.
    trust_label: Option<String>,
    /// How sure we are and why; or what would make the number known.
    certainty: String,
}

/// The cards of the KPIs that have something to show.
pub(crate) fn cards(kpis: &KpiCards, catalogue: &Catalogue) -> Vec<Card> {
    KpiKind::ALL
        .into_iter()
        .filter(|&kind| kpis.is_shown(kind))
        .map(|kind| card(kind, kpis.get(kind), catalogue))
        .collect()
}

fn card(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> Card {
    match kpi.value {
        Some(value) => known(kind, kpi, value, catalogue),
        None => unknown(kind, kpi.reason.unwrap_or(Reason::NotEstimated), catalogue),
    }
}

fn known(kind: KpiKind, kpi: &Kpi, value: f64, catalogue: &Catalogue) -> Card {
    let meaning = wording::meaning(kind, value, catalogue);
    let (trust, certainty) = wording::certainty(kind, kpi, catalogue);
    let is_estimate = trust != Trust::Counted;
    Card {
        value: wording::write(kind, value, catalogue),
        change: kpi.previous.map(|before| wording::change(kind, value, before, catalogue)),
        bar: bar(kind, kpi, &meaning, catalogue),
        meaning,
        trust: is_estimate.then(|| trust.name()),
        trust_label: is_estimate.then(|| catalogue.text(&format!("trust.{}", trust.name()))),
        certainty,
        ..blank(kind, catalogue)
    }
}

fn unknown(kind: KpiKind, reason: Reason, catalogue: &Catalogue) -> Card {
    let text = |part: &str| catalogue.text(&format!("reason.{}.{part}", reason.code()));
    Card { meaning: text("why"), certainty: text("next"), ..blank(kind, catalogue) }
}

fn blank(kind: KpiKind, catalogue: &Catalogue) -> Card {
    Card {
        id: format!("kpi-{}", kind.name()),
        name: catalogue.text(&format!("kpi.{}.name", kind.name())),
        symbol: symbol(kind).0,
        subscript: symbol(kind).1,
        value: catalogue.text("not_known"),
        change: None,
        bar: None,
        meaning: String::new(),
        trust: None,
        trust_label: None,
        certainty: String::new(),
    }
}

fn bar(kind: KpiKind, kpi: &Kpi, meaning: &str, catalogue: &Catalogue) -> Option<String> {
    let range = kind.range()?;
    let ends = wording::interval(kind, kpi);
    let drawn = Kpi { lower: ends.map(|ends| ends.0), upper: ends.map(|ends| ends.1), ..*kpi };
    let id = format!("kpi-{}", kind.name());
    let name = catalogue.text(&format!("kpi.{}.name", kind.name()));
    range_bar(&id, &name, meaning, &drawn, range, |tick| wording::tick_label(kind, tick))
}

/// Symbol and subscript of a KPI.
fn symbol(kind: KpiKind) -> (&'static str, &'static str) {
    match kind {
        KpiKind::Improvement => ("I", "t"),
        KpiKind::Efficiency => ("E", "t"),
        KpiKind::Recovery => ("R", "t"),
        KpiKind::Engagement => ("A", "t"),
        KpiKind::Goal => ("P", ""),
        KpiKind::Churn => ("S", ""),
        KpiKind::Sessions | KpiKind::MeanGap => ("", ""),
    }
}
