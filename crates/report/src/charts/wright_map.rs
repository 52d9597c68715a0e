//! Students and items on one scale.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::histogram::bins_of;
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::{count, decimal};
use crate::view::ItemRow;

const ID: &str = "wrightmap";
const HEIGHT: f64 = 300.0;
const TOP: f64 = 30.0;
const MIDDLE: f64 = 200.0;
/// The ends of the scale; what lies beyond stands in the last bin.
const RANGE: (f64, f64) = (-3.5, 3.5);
const BINS: usize = 14;

/// A Wright map (Wilson, 2005, *Constructing measures*): students by ability to the left, items by
/// difficulty to the right, both on the scale of θ, the hardest and the ablest at the top.
pub(crate) fn wright_map(thetas: &[f64], items: &[ItemRow], catalogue: &Catalogue) -> Figure {
    let title = catalogue.text("chart.wright.title");
    let difficulties: Vec<f64> = items.iter().filter_map(|item| item.difficulty).collect();
    if thetas.is_empty() || difficulties.is_empty() {
        return Figure::empty(ID, title, catalogue.text("chart.wright.empty"));
    }
    let students = bins_of(thetas, RANGE, BINS);
    let items = bins_of(&difficulties, RANGE, BINS);
    let above = difficulties.iter().filter(|&&b| b > highest(thetas)).count() as u32;
    let below = difficulties.iter().filter(|&&b| b < lowest(thetas)).count() as u32;
    let reading = catalogue.fill(
        "chart.wright.reading",
        &[
            ("students", &count(thetas.len() as u32)),
            ("items", &count(difficulties.len() as u32)),
            ("above", &count(above)),
            ("below", &count(below)),
        ],
    );
    let width = (RANGE.1 - RANGE.0) / BINS as f64;
    let row = |(i, (students, items)): (usize, (&u32, &u32))| {
        let from = RANGE.0 + width * i as f64;
        vec![
            format!("{} – {}", decimal(from, 1), decimal(from + width, 1)),
            count(*students),
            count(*items),
        ]
    };
    Figure {
        id: ID.into(),
        svg: Some(draw(&students, &items, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.wright.legend")),
        table: Table {
            columns: ["column.theta", "column.students", "column.items"]
                .map(|key| catalogue.text(key))
                .to_vec(),
            rows: students.iter().zip(&items).enumerate().map(row).collect(),
        },
    }
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn draw(students: &[u32], items: &[u32], catalogue: &Catalogue) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = Scale::new(RANGE, (HEIGHT - 8.0, TOP));
    let gap = 16.0;
    let name = |key| catalogue.text(key);
    drawing.text("name", (MIDDLE - gap - 4.0, 16.0), Anchor::End, &name("column.students"));
    drawing.text("name", (MIDDLE + gap + 4.0, 16.0), Anchor::Start, &name("column.items"));
    for tick in [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0] {
        drawing.text("label", (MIDDLE, y.at(tick) + 4.0), Anchor::Middle, &decimal(tick, 0));
    }
    let width = (RANGE.1 - RANGE.0) / students.len() as f64;
    for (counts, class, direction) in [(students, "bar", -1.0), (items, "bar hatched", 1.0)] {
        let most = f64::from(counts.iter().copied().max().unwrap_or(1).max(1));
        for (i, &n) in counts.iter().enumerate() {
            let from = RANGE.0 + width * i as f64;
            let length = (MIDDLE - gap - 4.0) * f64::from(n) / most;
            let near = MIDDLE + direction * gap;
            let heights = (y.at(from) - 1.0, y.at(from + width) + 1.0);
            drawing.bar(class, (near, near + direction * length), heights);
        }
    }
    drawing
}
