//! How abilities spread over a class.

use seedtest_numerics::quantile;

use super::axes::Plot;
use super::drawing::{Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::histogram::{Bin, bins};
use super::scale_columns::{bin_name, draw_marked_value, draw_scale};
use crate::catalogue::Catalogue;
use crate::number::count;

const ID: &str = "abilities";
const HEIGHT: f64 = 220.0;

/// How many students of a class have which ability, with the median.
pub(crate) fn ability_histogram(thetas: &[f64], reading: String, catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.abilities.title");
    let mut sorted = thetas.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(median) = quantile(&sorted, 0.5) else {
        return Figure::empty(ID, title, reading);
    };
    let bins = bins(&sorted, None);
    let svg = draw(&bins, median, catalogue).finish(ID, &title, &reading);
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend: None,
        table: table(&bins, catalogue),
    }
}

fn draw(bins: &[Bin], median: f64, catalogue: &Catalogue) -> Drawing {
    let plot = Plot { top: 30.0, ..Plot::of_height(HEIGHT) };
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let (x, y) = draw_scale(&mut drawing, &plot, bins);
    for bin in bins {
        let sides = (x.at(bin.from) + 1.0, x.at(bin.to) - 1.0);
        drawing.bar("bar", sides, (plot.bottom, y.at(f64::from(bin.total()))));
    }
    draw_marked_value(&mut drawing, &plot, &x, median, &catalogue.text("chart.abilities.mark"));
    drawing
}

fn table(bins: &[Bin], catalogue: &Catalogue) -> Table {
    Table {
        columns: ["column.theta", "column.students"].map(|key| catalogue.text(key)).to_vec(),
        rows: bins.iter().map(|bin| vec![bin_name(bin, catalogue), count(bin.total())]).collect(),
    }
}
