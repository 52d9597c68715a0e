//! The page of one calibration, for who made it.

use serde::Serialize;

use super::block::{Block, Line};
use super::facts::facts;
use super::frame::{Frame, PAGE};
use crate::catalogue::Catalogue;
use crate::charts::{self, Table};
use crate::number::{count, decimal, percent};
use crate::view::{CalibratedItem, CalibrationFigure, CalibrationReport, GroupComparison, ItemRow};
use crate::wording;

/// Most items drawn one by one.
const MOST_DRAWN: usize = 60;

/// The page of a calibration, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct CalibrationPage {
    #[serde(flatten)]
    frame: Frame,
    summary: String,
    blocks: Vec<Block>,
}

impl CalibrationPage {
    pub(crate) fn new(report: &CalibrationReport, catalogue: &Catalogue) -> Self {
        let from = catalogue.fill("calibration.from", &[("file", &report.file)]);
        let size = [report.items.len(), report.thetas.len()].map(|n| count(n as u32));
        let subtitle = [
            ("model", report.provenance.model.as_str()),
            ("items", size[0].as_str()),
            ("students", size[1].as_str()),
        ];
        let frame = Frame {
            layout: PAGE,
            kind: "operator",
            lang: catalogue.lang().tag(),
            eyebrow: catalogue.text("calibration.eyebrow"),
            heading: report.heading.clone(),
            id: None,
            place: None,
            week: catalogue.fill("calibration.subtitle", &subtitle),
            links: Vec::new(),
            warnings: report.warnings.clone(),
            facts: facts(Some(&report.provenance), &from, catalogue),
            hidden: Vec::new(),
        };
        let summary = wording::calibration_summary(report, catalogue);
        Self { frame, summary, blocks: blocks(report, catalogue) }
    }
}

fn blocks(report: &CalibrationReport, catalogue: &Catalogue) -> Vec<Block> {
    let text = |key: &str| catalogue.text(key);
    let mut blocks = vec![
        fit(report, catalogue),
        flagged(&report.items, catalogue),
        items(&report.items, catalogue),
    ];
    let places: Vec<ItemRow> = report.items.iter().map(place).collect();
    let wright = charts::wright_map(&report.thetas, &places, catalogue);
    blocks.push(Block::of_figures("wright", text("section.wright"), vec![wright]));
    let information = charts::test_information(&report.information, catalogue);
    let title = text("calibration.information.section");
    blocks.push(Block::of_figures("models", title, vec![information]));
    let drawn: Vec<_> = report
        .items
        .iter()
        .take(MOST_DRAWN)
        .enumerate()
        .map(|(place, item)| charts::item_curve(item, place, catalogue))
        .collect();
    let mut curves = Block::of_figures("itempages", text("section.itempages"), drawn);
    if let Some(more) = report.items.len().checked_sub(MOST_DRAWN).filter(|more| *more > 0) {
        curves.text.push(catalogue.fill("calibration.more", &[("n", &count(more as u32))]));
    }
    blocks.push(curves);
    blocks.push(scores(&report.scores, catalogue));
    blocks.push(dimensions(report, catalogue));
    let compared = report.dif.iter().take(IDS.len()).enumerate();
    blocks.extend(compared.map(|(place, of)| comparison(of, place, catalogue)));
    blocks
}

/// An item with its place on the scale: its difficulty, or the mean of its steps. Items are counted there, so that
/// one of several steps is no more than one of a single step.
fn place(item: &CalibratedItem) -> ItemRow {
    let steps = &item.difficulties;
    let mean = steps.iter().map(|(b, _)| b).sum::<f64>() / steps.len() as f64;
    ItemRow {
        item: item.item.clone(),
        topic: None,
        discrimination: None,
        difficulty: (!steps.is_empty()).then_some(mean),
        check_key: false,
        n: item.n,
        right: 0,
    }
}

/// A section with a table; columns and texts by their keys.
fn with_table(
    (id, title): (&'static str, String),
    text: String,
    columns: &[&str],
    rows: Vec<Vec<String>>,
    catalogue: &Catalogue,
) -> Block {
    let columns = columns.iter().map(|key| catalogue.text(key)).collect();
    Block {
        table: Some(Table { columns, rows }),
        is_empty: false,
        ..Block::sentence(id, title, text)
    }
}

fn fit(report: &CalibrationReport, catalogue: &Catalogue) -> Block {
    let line = |(figure, value): &(CalibrationFigure, f64)| Line {
        name: catalogue.text(&format!("calibration_figure.{}", figure.name())),
        value: decimal(*value, if value.abs() >= 100.0 { 1 } else { 3 }),
        note: String::new(),
    };
    Block {
        lines: report.figures.iter().map(line).collect(),
        is_empty: report.figures.is_empty(),
        ..Block::sentence("fits", catalogue.text("calibration.fit"), String::new())
    }
}

fn flagged(items: &[CalibratedItem], catalogue: &Catalogue) -> Block {
    let told = |item: &CalibratedItem| {
        let flags = item.flags.iter().map(|flag| wording::calibration_flag(*flag, catalogue));
        flags.collect::<Vec<_>>().join(" ")
    };
    let rows: Vec<Vec<String>> = items
        .iter()
        .filter(|item| !item.flags.is_empty())
        .map(|item| vec![item.item.clone(), told(item)])
        .collect();
    let title = catalogue.text("calibration.flagged");
    if rows.is_empty() {
        return Block::sentence("flagged", title, catalogue.text("calibration.flagged.none"));
    }
    let columns = ["column.item", "calibration.what_to_do"];
    with_table(("flagged", title), String::new(), &columns, rows, catalogue)
}

fn items(items: &[CalibratedItem], catalogue: &Catalogue) -> Block {
    let none = || catalogue.text("none");
    let list = |numbers: &[(f64, Option<f64>)]| {
        let one = |&(value, se): &(f64, Option<f64>)| {
            let se = se.map_or(String::new(), |se| format!(" ± {}", decimal(se, 2)));
            format!("{}{se}", decimal(value, 2))
        };
        let all: Vec<String> = numbers.iter().map(one).collect();
        if all.is_empty() { none() } else { all.join(", ") }
    };
    let row = |item: &CalibratedItem| {
        vec![
            item.item.clone(),
            item.model.clone(),
            count(item.n),
            list(&item.slopes),
            list(&item.difficulties),
            if item.guessing > 0.0 { decimal(item.guessing, 2) } else { none() },
            item.item_rest.map_or_else(none, |r| decimal(r, 2)),
            item.infit.map_or_else(none, |x| decimal(x, 2)),
            item.s_x2_p.map_or_else(none, probability),
        ]
    };
    let columns = [
        "column.item",
        "column.model",
        "column.answers",
        "column.a",
        "column.b",
        "calibration.c",
        "calibration.correlation",
        "calibration.infit",
        "calibration.s_x2",
    ];
    let (title, note) =
        (catalogue.text("calibration.items"), catalogue.text("calibration.items.note"));
    with_table(("items", title), note, &columns, items.iter().map(row).collect(), catalogue)
}

fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { decimal(p, 3) }
}

fn scores(scores: &[(u32, f64, f64)], catalogue: &Catalogue) -> Block {
    let title = catalogue.text("calibration.scores");
    if scores.is_empty() {
        return Block::sentence("lines", title, catalogue.text("calibration.scores.none"));
    }
    let row = |&(score, theta, se): &(u32, f64, f64)| {
        vec![count(score), decimal(theta, 2), decimal(se, 2)]
    };
    let columns = ["calibration.score", "column.theta", "calibration.se"];
    let rows = scores.iter().map(row).collect();
    with_table(
        ("lines", title),
        catalogue.text("calibration.scores.note"),
        &columns,
        rows,
        catalogue,
    )
}

fn dimensions(report: &CalibrationReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("calibration.dimensions.title");
    let Some(n) = report.n_dimensions else {
        return Block::sentence("kinds", title, catalogue.text("calibration.dimensions.none"));
    };
    let text = match n {
        0 | 1 => catalogue.text("calibration.dimensions.one"),
        _ => catalogue.fill("calibration.dimensions.several", &[("n", &count(n))]),
    };
    let rows = report.eigenvalues.iter().enumerate().map(|(rank, &(observed, chance))| {
        vec![count(rank as u32 + 1), decimal(observed, 2), decimal(chance, 2)]
    });
    let columns = ["calibration.rank", "calibration.eigenvalue", "calibration.by_chance"];
    with_table(("kinds", title), text, &columns, rows.collect(), catalogue)
}

/// Ids of the sections of compared groups.
const IDS: [&str; 12] = [
    "dif1", "dif2", "dif3", "dif4", "dif5", "dif6", "dif7", "dif8", "dif9", "dif10", "dif11",
    "dif12",
];

fn comparison(of: &GroupComparison, place: usize, catalogue: &Catalogue) -> Block {
    let id = IDS[place.min(IDS.len() - 1)];
    let groups = [("reference", of.reference.as_str()), ("focal", of.focal.as_str())];
    let title = catalogue.fill("calibration.dif.title", &groups);
    let n = count(of.n_items);
    if of.items.is_empty() {
        return Block::sentence(id, title, catalogue.fill("calibration.dif.none", &[("n", &n)]));
    }
    let none = || catalogue.text("none");
    let row = |item: &crate::view::DifferingItem| {
        vec![
            item.item.clone(),
            item.class.clone().unwrap_or_else(none),
            item.difference.map_or_else(none, percent_signed),
            item.p.map_or_else(none, probability),
            wording::differing_item(item, of, catalogue),
        ]
    };
    let found = count(of.items.len() as u32);
    let text = catalogue.fill("calibration.dif.some", &[("found", &found), ("n", &n)]);
    let columns = [
        "column.item",
        "calibration.class",
        "calibration.difference",
        "calibration.p",
        "calibration.meaning",
    ];
    with_table((id, title), text, &columns, of.items.iter().map(row).collect(), catalogue)
}

fn percent_signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(share.abs()))
}

#[cfg(test)]
mod tests {
    use super::{CalibratedItem, place};

    #[test]
    fn an_item_of_several_steps_is_one_item() {
        let of = |steps: &[f64]| {
            let difficulties = steps.iter().map(|&b| (b, None)).collect();
            place(&CalibratedItem { difficulties, ..CalibratedItem::default() }).difficulty
        };
        assert_eq!(of(&[-1.0, 0.5, 2.0]), Some(0.5));
        assert_eq!(of(&[0.3]), Some(0.3));
        assert_eq!(of(&[]), None, "nominal categories have no place");
    }
}
