//! Difficulty of the attempted items beside the student's ability.

use super::axes::Plot;
use super::drawing::{Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::histogram::{Bin, bins};
use super::scale_columns::{bin_name, draw_marked_value, draw_scale};
use crate::catalogue::Catalogue;
use crate::number::count;

const ID: &str = "difficulty";
const HEIGHT: f64 = 220.0;

/// How many items of which difficulty were attempted, beside the student's θ: easier items plain,
/// harder ones hatched.
pub(crate) fn difficulty_histogram(
    difficulties: &[f64],
    theta: Option<f64>,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.difficulty.title");
    if difficulties.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    let bins = bins(difficulties, theta);
    let legend = theta.map(|_| catalogue.text("chart.difficulty.legend"));
    let svg = draw(&bins, theta, catalogue).finish(ID, &title, &reading);
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend,
        table: table(&bins, theta, catalogue),
    }
}

fn draw(bins: &[Bin], theta: Option<f64>, catalogue: &Catalogue) -> Drawing {
    let plot = Plot { top: 30.0, ..Plot::of_height(HEIGHT) };
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let (x, y) = draw_scale(&mut drawing, &plot, bins);
    for bin in bins {
        let sides = (x.at(bin.from) + 1.0, x.at(bin.to) - 1.0);
        let easier = y.at(f64::from(bin.below));
        drawing.bar("bar", sides, (plot.bottom, easier));
        let harder_class = if theta.is_some() { "bar hatched" } else { "bar" };
        drawing.bar(harder_class, sides, (easier, y.at(f64::from(bin.total()))));
    }
    if let Some(theta) = theta {
        draw_marked_value(&mut drawing, &plot, &x, theta, &catalogue.text("chart.difficulty.mark"));
    }
    drawing
}

fn table(bins: &[Bin], theta: Option<f64>, catalogue: &Catalogue) -> Table {
    let mut keys = vec!["column.difficulty", "column.items"];
    if theta.is_some() {
        keys.extend(["column.easier", "column.harder"]);
    }
    let row = |bin: &Bin| {
        let mut cells = vec![bin_name(bin, catalogue), count(bin.total())];
        if theta.is_some() {
            cells.extend([count(bin.below), count(bin.above)]);
        }
        cells
    };
    Table {
        columns: keys.into_iter().map(|key| catalogue.text(key)).collect(),
        rows: bins.iter().map(row).collect(),
    }
}
