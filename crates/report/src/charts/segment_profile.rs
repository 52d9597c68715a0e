//! What sets a segment apart.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::{decimal, signed};
use crate::view::{Segment, SegmentDifference};
use crate::wording::feature_name;

const ID: &str = "segment";
const ROW: f64 = 38.0;
/// The ends of the axis in standard deviations: few segments are farther from everybody.
const RANGE: (f64, f64) = (-3.0, 3.0);

/// How the segment differs from everybody in each feature, in standard deviations, with its
/// interval; the line in the middle is everybody's mean.
pub(crate) fn segment_profile(segment: &Segment, reading: String, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.segment.title");
    if segment.differences.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    let svg = draw(&segment.differences, catalogue).finish(ID, &title, &reading);
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend: Some(catalogue.text("chart.segment.legend")),
        table: table(&segment.differences, catalogue),
    }
}

fn draw(differences: &[SegmentDifference], catalogue: &Catalogue) -> Drawing {
    let height = ROW * differences.len() as f64 + 6.0;
    let mut drawing = Drawing::new(WIDTH, height);
    let x = Scale::new(RANGE, (8.0, WIDTH - 8.0));
    drawing.line("axis", (x.at(0.0), 18.0), (x.at(0.0), height - 2.0));
    for (i, difference) in differences.iter().enumerate() {
        draw_row(&mut drawing, difference, ROW * i as f64, &x, catalogue);
    }
    drawing
}

fn draw_row(
    drawing: &mut Drawing,
    difference: &SegmentDifference,
    top: f64,
    x: &Scale,
    catalogue: &Catalogue,
) {
    let name = feature_name(&difference.feature, catalogue);
    let value = catalogue.fill("chart.segment.value", &[("effect", &signed(difference.effect, 2))]);
    drawing.text("name", (2.0, top + 14.0), Anchor::Start, &name);
    drawing.text("label", (WIDTH - 2.0, top + 14.0), Anchor::End, &value);
    let middle = top + 26.0;
    drawing.line("rail", (x.at(RANGE.0), middle), (x.at(RANGE.1), middle));
    if let Some((low, high)) = difference.lower.zip(difference.upper) {
        drawing.line("whisker", (x.at(low), middle), (x.at(high), middle));
    }
    drawing.dot("dot", (x.at(difference.effect), middle), 4.5);
}

fn table(differences: &[SegmentDifference], catalogue: &Catalogue) -> Table {
    let none = catalogue.text("none");
    let bound = |value: Option<f64>| value.map_or_else(|| none.clone(), |v| signed(v, 2));
    let row = |difference: &SegmentDifference| {
        vec![
            feature_name(&difference.feature, catalogue),
            decimal(difference.mean, 2),
            decimal(difference.cohort, 2),
            signed(difference.effect, 2),
            bound(difference.lower),
            bound(difference.upper),
        ]
    };
    let columns = [
        "column.feature",
        "column.segment_mean",
        "column.cohort_mean",
        "column.effect",
        "column.lower",
        "column.upper",
    ];
    Table {
        columns: columns.map(|key| catalogue.text(key)).to_vec(),
        rows: differences.iter().map(row).collect(),
    }
}
