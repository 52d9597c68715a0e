//! The page of one calibration, for who made it. It is in English, as the command that writes it.

use serde::Serialize;

use super::block::{Block, Line};
use super::facts::facts;
use super::frame::Frame;
use crate::catalogue::Catalogue;
use crate::charts::{self, Table};
use crate::number::{count, decimal, percent};
use crate::view::{CalibratedItem, CalibrationReport, GroupComparison, ItemRow};

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
        let frame = Frame {
            kind: "operator",
            lang: catalogue.lang().tag(),
            eyebrow: "Calibration".to_owned(),
            heading: report.heading.clone(),
            id: None,
            place: None,
            week: report.subtitle.clone(),
            links: Vec::new(),
            warnings: report.warnings.clone(),
            facts: facts(Some(&report.provenance), &report.generated_at, catalogue),
            hidden: Vec::new(),
        };
        Self { frame, summary: summary(report), blocks: blocks(report, catalogue) }
    }
}

fn summary(report: &CalibrationReport) -> String {
    let n = report.items.len() as u32;
    let flagged = report.items.iter().filter(|item| !item.flags.is_empty()).count() as u32;
    let sound = match report.provenance.converged {
        Some(false) => "The fit did NOT converge: do not use its numbers. ",
        _ => "",
    };
    let items = match flagged {
        0 => format!("None of {} items is flagged.", count(n)),
        _ => format!("Of {} items {} deserve a look.", count(n), count(flagged)),
    };
    format!("{sound}{items}")
}

fn blocks(report: &CalibrationReport, catalogue: &Catalogue) -> Vec<Block> {
    let mut blocks = vec![fit(report), flagged(&report.items), items(&report.items)];
    let steps: Vec<ItemRow> = report.items.iter().flat_map(steps).collect();
    let wright = charts::wright_map(&report.thetas, &steps, catalogue);
    blocks.push(Block::of_figures("wright", "Wright map".into(), vec![wright]));
    let information = charts::test_information(&report.information);
    blocks.push(Block::of_figures("models", "Information and error".into(), vec![information]));
    let drawn: Vec<_> = report
        .items
        .iter()
        .take(MOST_DRAWN)
        .enumerate()
        .map(|(place, item)| charts::item_curve(item, place))
        .collect();
    let mut curves = Block::of_figures("itempages", "Items one by one".into(), drawn);
    if let Some(more) = report.items.len().checked_sub(MOST_DRAWN).filter(|more| *more > 0) {
        curves.text.push(format!("{} more are in the JSON of the fit.", count(more as u32)));
    }
    blocks.push(curves);
    blocks.push(scores(&report.scores));
    blocks.push(dimensions(report));
    let compared = report.dif.iter().take(IDS.len()).enumerate();
    blocks.extend(compared.map(|(place, of)| comparison(of, place)));
    blocks
}

/// Each step of an item as a place on the scale.
fn steps(item: &CalibratedItem) -> Vec<ItemRow> {
    let row = |&(b, _): &(f64, Option<f64>)| ItemRow {
        item: item.item.clone(),
        topic: None,
        discrimination: None,
        difficulty: Some(b),
        check_key: false,
        n: item.n,
        right: 0,
    };
    item.difficulties.iter().map(row).collect()
}

fn with_table(
    id: &'static str,
    title: &str,
    text: String,
    columns: &[&str],
    rows: Vec<Vec<String>>,
) -> Block {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    Block {
        table: Some(Table { columns, rows }),
        is_empty: false,
        ..Block::sentence(id, title.to_owned(), text)
    }
}

fn fit(report: &CalibrationReport) -> Block {
    let line = |(name, value): &(String, f64)| Line {
        name: name.clone(),
        value: decimal(*value, if value.abs() >= 100.0 { 1 } else { 3 }),
        note: String::new(),
    };
    Block {
        lines: report.figures.iter().map(line).collect(),
        is_empty: report.figures.is_empty(),
        ..Block::sentence("fits", "The fit".into(), String::new())
    }
}

fn flagged(items: &[CalibratedItem]) -> Block {
    let rows: Vec<Vec<String>> = items
        .iter()
        .filter(|item| !item.flags.is_empty())
        .map(|item| vec![item.item.clone(), item.flags.join("; ")])
        .collect();
    if rows.is_empty() {
        let text = "Nothing deserves a look.".to_owned();
        return Block::sentence("flagged", "What to look at".into(), text);
    }
    with_table(
        "flagged",
        "What to look at",
        String::new(),
        &["Item", "What it is and what to do"],
        rows,
    )
}

fn items(items: &[CalibratedItem]) -> Block {
    let none = || "–".to_owned();
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
            item.s_x2_p
                .map_or_else(none, |p| if p < 0.001 { "< 0.001".into() } else { decimal(p, 3) }),
        ]
    };
    let columns = ["Item", "Model", "Answers", "a", "b", "c", "Item–rest r", "Infit", "p of S-X²"];
    let text = "± are standard errors; p is adjusted for all items.".to_owned();
    with_table("items", "Items", text, &columns, items.iter().map(row).collect())
}

fn scores(scores: &[(u32, f64, f64)]) -> Block {
    if scores.is_empty() {
        let text = "No table: not every score has an ability.".to_owned();
        return Block::sentence("lines", "Scores and abilities".into(), text);
    }
    let row = |&(score, theta, se): &(u32, f64, f64)| {
        vec![count(score), decimal(theta, 2), decimal(se, 2)]
    };
    let text =
        "The ability at which a student who answers every item is expected to get this score."
            .to_owned();
    let columns = ["Score", "θ", "Standard error"];
    with_table("lines", "Scores and abilities", text, &columns, scores.iter().map(row).collect())
}

fn dimensions(report: &CalibrationReport) -> Block {
    let title = "Dimensions";
    let Some(n) = report.n_dimensions else {
        let text =
            "Not counted: ask for them with --quality and a model of scored answers.".to_owned();
        return Block::sentence("kinds", title.into(), text);
    };
    let text = match n {
        0 | 1 => "One ability is enough: no second eigenvalue is beyond chance.".to_owned(),
        _ => format!(
            "{} abilities show: look at what the items have in common before using one.",
            count(n)
        ),
    };
    let rows = report.eigenvalues.iter().enumerate().map(|(rank, &(observed, chance))| {
        vec![count(rank as u32 + 1), decimal(observed, 2), decimal(chance, 2)]
    });
    with_table("kinds", title, text, &["Rank", "Eigenvalue", "By chance"], rows.collect())
}

/// Ids of the sections of compared groups.
const IDS: [&str; 12] = [
    "dif1", "dif2", "dif3", "dif4", "dif5", "dif6", "dif7", "dif8", "dif9", "dif10", "dif11",
    "dif12",
];

fn comparison(of: &GroupComparison, place: usize) -> Block {
    let id = IDS[place.min(IDS.len() - 1)];
    let title = format!("{} and {}", of.reference, of.focal);
    if of.items.is_empty() {
        let text = format!(
            "None of {} items is different for equally able students of the two groups.",
            count(of.n_items)
        );
        return Block::sentence(id, title, text);
    }
    let row = |item: &crate::view::DifferingItem| {
        vec![
            item.item.clone(),
            item.class.clone().unwrap_or_else(|| "–".into()),
            item.difference.map_or_else(|| "–".into(), percent_signed),
            item.p.map_or_else(
                || "–".into(),
                |p| if p < 0.001 { "< 0.001".into() } else { decimal(p, 3) },
            ),
            item.text.clone(),
        ]
    };
    let text = format!(
        "{} of {} items are different for equally able students of the two groups.",
        count(of.items.len() as u32),
        count(of.n_items)
    );
    let columns = ["Item", "Class", "Difference in score", "p", "What it means"];
    with_table(id, &title, text, &columns, of.items.iter().map(row).collect())
}

fn percent_signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(share.abs()))
}
