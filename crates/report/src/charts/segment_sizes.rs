//! The segments of a class.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::label;
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent};
use crate::view::{ClassSegments, Segment};
use crate::wording::segment_name;

const ID: &str = "segments";
const ROW: f64 = 38.0;

/// The share of every segment as a bar; the table has how sure it is.
pub(crate) fn segment_sizes(
    found: &ClassSegments,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.segments.title");
    if found.segments.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    let svg = draw(&found.segments, catalogue).finish(ID, &title, &reading);
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend: Some(catalogue.text("chart.segments.legend")),
        table: table(&found.segments, catalogue),
    }
}

fn draw(segments: &[Segment], catalogue: &Catalogue) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, ROW * segments.len() as f64 + 6.0);
    let x = Scale::new((0.0, 1.0), (2.0, WIDTH - 2.0));
    for (i, segment) in segments.iter().enumerate() {
        let top = ROW * i as f64;
        let value = catalogue.fill(
            "chart.segments.value",
            &[("share", &percent(segment.share)), ("n", &count(segment.size))],
        );
        let room = WIDTH / label::SIZE - label::width(&value) - 2.0;
        let name = label::ellipsise(&segment_name(segment, catalogue), room);
        drawing.text("name", (x.at(0.0), top + 14.0), Anchor::Start, &name);
        drawing.text("label", (x.at(1.0), top + 14.0), Anchor::End, &value);
        let middle = top + 25.0;
        drawing.bar("track", (x.at(0.0), x.at(1.0)), (middle - 5.0, middle + 5.0));
        drawing.bar("bar", (x.at(0.0), x.at(segment.share)), (middle - 5.0, middle + 5.0));
    }
    drawing
}

fn table(segments: &[Segment], catalogue: &Catalogue) -> Table {
    let none = catalogue.text("none");
    let row = |segment: &Segment| {
        let came =
            if segment.is_new { catalogue.text("segments.new") } else { count(segment.came) };
        vec![
            segment_name(segment, catalogue),
            count(segment.size),
            percent(segment.share),
            segment.stability.map_or_else(|| none.clone(), |s| decimal(s, 2)),
            came,
        ]
    };
    let columns = [
        "column.segment",
        "column.students",
        "column.share_of_all",
        "column.stability",
        "column.came",
    ];
    Table {
        columns: columns.map(|key| catalogue.text(key)).to_vec(),
        rows: segments.iter().map(row).collect(),
    }
}
