//! The spread of every KPI over a class, as box plots.

use seedtest_numerics::quantile;

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::count;
use crate::view::{FEWEST, KpiCards, KpiKind};
use crate::wording::{tick_label, write};

const ID: &str = "kpis";
const ROW: f64 = 46.0;

/// The spread of one KPI over a class.
struct Spread {
    kind: KpiKind,
    range: (f64, f64),
    /// Least, first quartile, median, third quartile, greatest.
    five: [f64; 5],
    n: u32,
}

/// The spread of each KPI with a fixed range over a class: a line from the least to the greatest
/// value, a box over the middle half, a bar at the median.
pub(crate) fn quartiles(cards: &[&KpiCards], catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.kpis.title");
    let spreads: Vec<Spread> =
        KpiKind::ALL.into_iter().filter_map(|kind| spread(kind, cards)).collect();
    if spreads.is_empty() {
        return Figure::empty(ID, title, catalogue.text("chart.kpis.empty"));
    }
    let reading = catalogue.text("chart.kpis.reading");
    let svg = draw(&spreads, catalogue).finish(ID, &title, &reading);
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend: Some(catalogue.text("chart.kpis.legend")),
        table: table(&spreads, catalogue),
    }
}

fn spread(kind: KpiKind, cards: &[&KpiCards]) -> Option<Spread> {
    let range = kind.drawn_range()?;
    let mut values: Vec<f64> = cards.iter().filter_map(|cards| cards.get(kind).value).collect();
    values.sort_by(f64::total_cmp);
    // Quartiles of fewer are figures of persons.
    if values.len() < FEWEST as usize {
        return None;
    }
    let mut five = [0.0; 5];
    for (i, place) in five.iter_mut().enumerate() {
        *place = quantile(&values, i as f64 / 4.0)?;
    }
    Some(Spread { kind, range, five, n: values.len() as u32 })
}

fn name(kind: KpiKind, catalogue: &Catalogue) -> String {
    catalogue.text(&format!("kpi.{}.name", kind.name()))
}

fn draw(spreads: &[Spread], catalogue: &Catalogue) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, ROW * spreads.len() as f64 + 4.0);
    for (i, spread) in spreads.iter().enumerate() {
        draw_row(&mut drawing, spread, ROW * i as f64, catalogue);
    }
    drawing
}

fn draw_row(drawing: &mut Drawing, spread: &Spread, top: f64, catalogue: &Catalogue) {
    let x = Scale::new(spread.range, (62.0, WIDTH - 62.0));
    let [least, first, median, third, greatest] = spread.five.map(|value| x.at(value));
    let value = catalogue
        .fill("chart.kpis.value", &[("median", &write(spread.kind, spread.five[2], catalogue))]);
    drawing.text("name", (2.0, top + 14.0), Anchor::Start, &name(spread.kind, catalogue));
    drawing.text("label", (WIDTH - 2.0, top + 14.0), Anchor::End, &value);
    let middle = top + 29.0;
    let (low, high) = spread.range;
    drawing.text("label", (54.0, middle + 4.0), Anchor::End, &tick_label(spread.kind, low));
    drawing.text(
        "label",
        (WIDTH - 54.0, middle + 4.0),
        Anchor::Start,
        &tick_label(spread.kind, high),
    );
    drawing.line("rail", (x.at(low), middle), (x.at(high), middle));
    drawing.line("whisker", (least, middle), (greatest, middle));
    drawing.bar("box", (first, third), (middle - 6.0, middle + 6.0));
    drawing.line("median", (median, middle - 8.0), (median, middle + 8.0));
}

fn table(spreads: &[Spread], catalogue: &Catalogue) -> Table {
    let row = |spread: &Spread| {
        let mut cells = vec![name(spread.kind, catalogue), count(spread.n)];
        cells.extend(spread.five.map(|value| write(spread.kind, value, catalogue)));
        cells
    };
    let keys = [
        "column.kpi",
        "column.n",
        "column.least",
        "column.first_quartile",
        "column.median",
        "column.third_quartile",
        "column.greatest",
    ];
    Table {
        columns: keys.map(|key| catalogue.text(key)).to_vec(),
        rows: spreads.iter().map(row).collect(),
    }
}
