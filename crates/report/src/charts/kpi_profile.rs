//! The KPIs of one student side by side, each on its own range.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::view::{Kpi, KpiCards, KpiKind};
use crate::wording::{name_of_kpi, tick_label, write};

const ID: &str = "profile";
const ROW: f64 = 44.0;

/// Every KPI with a value on its range: a diamond at the value, a bar over its 95 % interval.
pub(crate) fn kpi_profile(kpis: &KpiCards, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.profile.title");
    let shown: Vec<(KpiKind, &Kpi, f64, (f64, f64))> = KpiKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let kpi = kpis.get(kind);
            Some((kind, kpi, kpi.value?, kind.drawn_range()?))
        })
        .collect();
    if shown.is_empty() {
        return Figure::empty(ID, title, catalogue.text("chart.kpis.empty"));
    }
    let reading = catalogue.text("chart.profile.reading");
    let mut drawing = Drawing::new(WIDTH, ROW * shown.len() as f64 + 4.0);
    for (i, &(kind, kpi, value, range)) in shown.iter().enumerate() {
        draw_row(&mut drawing, kind, (kpi, value, range), ROW * i as f64, catalogue);
    }
    let none = || catalogue.text("none");
    let row = |&(kind, kpi, value, _): &(KpiKind, &Kpi, f64, (f64, f64))| {
        let bound = |end: Option<f64>| end.map_or_else(none, |end| write(kind, end, catalogue));
        vec![
            name_of_kpi(kind, catalogue),
            write(kind, value, catalogue),
            bound(kpi.lower),
            bound(kpi.upper),
        ]
    };
    Figure {
        id: ID.into(),
        svg: Some(drawing.finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.profile.legend")),
        table: Table {
            columns: ["column.kpi", "column.value", "column.lower", "column.upper"]
                .map(|key| catalogue.text(key))
                .to_vec(),
            rows: shown.iter().map(row).collect(),
        },
    }
}

fn draw_row(
    drawing: &mut Drawing,
    kind: KpiKind,
    (kpi, value, (low, high)): (&Kpi, f64, (f64, f64)),
    top: f64,
    catalogue: &Catalogue,
) {
    let x = Scale::new((low, high), (66.0, WIDTH - 66.0));
    drawing.text("name", (2.0, top + 14.0), Anchor::Start, &name_of_kpi(kind, catalogue));
    let text = write(kind, value, catalogue);
    drawing.text("label", (WIDTH - 2.0, top + 14.0), Anchor::End, &text);
    let middle = top + 29.0;
    drawing.text("label", (58.0, middle + 4.0), Anchor::End, &tick_label(kind, low));
    drawing.text("label", (WIDTH - 58.0, middle + 4.0), Anchor::Start, &tick_label(kind, high));
    drawing.line("rail", (x.at(low), middle), (x.at(high), middle));
    if low < 0.0 {
        drawing.line("axis", (x.at(0.0), middle - 5.0), (x.at(0.0), middle + 5.0));
    }
    if let Some((lower, upper)) = kpi.lower.zip(kpi.upper) {
        drawing.bar("interval", (x.at(lower), x.at(upper)), (middle - 4.0, middle + 4.0));
    }
    drawing.diamond((x.at(value), middle), 7.0);
}
