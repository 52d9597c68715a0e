//! What all items together tell, by ability.

use super::axes::Plot;
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use crate::catalogue::Catalogue;
use crate::number::decimal;

const ID: &str = "testinformation";
const HEIGHT: f64 = 220.0;
/// A standard error up to which a test is useful for single students.
const USEFUL: f64 = 0.5;

/// The information of a test as a line, its standard error as a dashed line; points are ability, information, standard
/// error.
pub(crate) fn test_information(points: &[(f64, f64, f64)], catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("calibration.information.title");
    if points.is_empty() {
        return Figure::empty(ID, title, catalogue.text("calibration.information.empty"));
    }
    let peak = points
        .iter()
        .copied()
        .fold((0.0, 0.0, 0.0), |best, of| if of.1 > best.1 { of } else { best });
    let useful: Vec<f64> = points.iter().filter(|of| of.2 <= USEFUL).map(|of| of.0).collect();
    let at_most = decimal(USEFUL, 1);
    let range = useful.first().zip(useful.last()).map_or_else(
        || catalogue.fill("calibration.information.nowhere", &[("useful", &at_most)]),
        |(low, high)| {
            let (low, high) = (decimal(*low, 1), decimal(*high, 1));
            let values = [("low", &*low), ("high", &*high), ("useful", &*at_most)];
            catalogue.fill("calibration.information.useful", &values)
        },
    );
    let values = [
        ("peak", decimal(peak.0, 1)),
        ("information", decimal(peak.1, 1)),
        ("value", decimal(peak.2, 2)),
        ("fit", range),
    ];
    let values = values.each_ref().map(|(name, text)| (*name, &**text));
    let reading = catalogue.fill("calibration.information.reading", &values);
    let row = |&(theta, info, se): &(f64, f64, f64)| {
        vec![decimal(theta, 1), decimal(info, 2), decimal(se, 2)]
    };
    Figure {
        id: ID.into(),
        svg: Some(draw(points, peak.1).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("calibration.information.legend")),
        table: Table {
            columns: ["column.theta", "calibration.information", "calibration.se"]
                .map(|key| catalogue.text(key))
                .to_vec(),
            rows: points.iter().step_by(2).map(row).collect(),
        },
    }
}

fn draw(points: &[(f64, f64, f64)], peak: f64) -> Drawing {
    let plot = Plot::with_value_at_right(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let top = peak.max(f64::MIN_POSITIVE);
    let (x, y, error) = (plot.x((first, last)), plot.y((0.0, top)), plot.y((0.0, 1.0)));
    let rows: Vec<_> = y.ticks(4).iter().map(|&tick| (tick, decimal(tick, 1))).collect();
    plot.draw_rows(&mut drawing, &y, &rows);
    let columns: Vec<_> = x.ticks(7).iter().map(|&tick| (x.at(tick), decimal(tick, 0))).collect();
    plot.draw_columns(&mut drawing, &columns);
    let line: Vec<_> = points.iter().map(|of| (x.at(of.0), y.at(of.1))).collect();
    drawing.polyline("line", &line);
    let errors: Vec<_> =
        points.iter().filter(|of| of.2 <= 1.0).map(|of| (x.at(of.0), error.at(of.2))).collect();
    drawing.polyline("line mark", &errors);
    for (height, text) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
        drawing.text("label", (plot.right + 6.0, error.at(height) + 4.0), Anchor::Start, text);
    }
    drawing.text("value", (plot.right, plot.top + 4.0), Anchor::End, "θ");
    drawing
}
