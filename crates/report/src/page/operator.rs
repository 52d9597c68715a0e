//! The report on the models, ready for its template.

use serde::Serialize;

use super::block::{Block, Link, arrange};
use super::frame::{Frame, Subject};
use super::items::item_tables;
use crate::catalogue::Catalogue;
use crate::charts::{self, Table};
use crate::custom::Custom;
use crate::number::{count, decimal};
use crate::sections::{forecast_block, segments_block, survival_figure};
use crate::view::{FitRow, OperatorReport};
use crate::{date, wording};

/// Most items drawn one by one.
const MOST_ITEMS: usize = 6;

/// The report on the models, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct OperatorPage {
    #[serde(flatten)]
    frame: Frame,
    summary: String,
    blocks: Vec<Block>,
}

impl OperatorPage {
    pub(crate) fn new(
        report: &OperatorReport,
        school_file: Option<&str>,
        catalogue: &Catalogue,
    ) -> Self {
        let back = school_file
            .map(|file| Link { name: catalogue.text("link.school"), file: Some(file.into()) });
        let frame = Frame::new(
            Subject {
                eyebrow: "page.operator",
                heading: catalogue.text("operator.heading"),
                id: None,
                place: None,
                week_start: report.week_start,
                generated_at: &report.generated_at,
                links: back.into_iter().collect(),
                warnings: &report.warnings,
                provenance: report.provenance.as_ref(),
            },
            catalogue,
        );
        Self {
            frame,
            summary: wording::operator_summary(report, catalogue),
            blocks: blocks(report, catalogue),
        }
    }

    /// Puts it into another template.
    pub(crate) fn lay_out(&mut self, layout: &'static str) {
        self.frame.layout = layout;
    }

    /// Leaves out and orders sections as a school wants them.
    pub(crate) fn arrange(&mut self, custom: &Custom) {
        arrange(&mut self.blocks, custom);
        self.frame.hidden.clone_from(&custom.hidden);
    }
}

fn blocks(report: &OperatorReport, catalogue: &Catalogue) -> Vec<Block> {
    let title = |key: &str| catalogue.text(key);
    let mut blocks = vec![fits(&report.fits, catalogue), linking(report, catalogue)];
    let wright = charts::wright_map(&report.thetas, &report.items, catalogue);
    blocks.push(Block::of_figures("wright", title("section.wright"), vec![wright]));
    blocks.extend(item_tables(&report.items, catalogue));
    let plain = report.item_pages.iter().enumerate();
    let categories = report.category_pages.iter().enumerate();
    let pages: Vec<_> = plain
        .map(|(place, item)| charts::item_page(item, place, catalogue))
        .chain(categories.map(|(place, item)| charts::item_curve(item, place, catalogue)))
        .take(MOST_ITEMS)
        .collect();
    if pages.is_empty() {
        blocks.push(Block::sentence(
            "itempages",
            title("section.itempages"),
            title("itempages.empty"),
        ));
    } else {
        blocks.push(Block::of_figures("itempages", title("section.itempages"), pages));
    }
    blocks.push(forecast_block(report.forecast.as_ref(), catalogue));
    let survival = survival_figure(report.survival.as_ref(), catalogue);
    blocks.push(Block::of_figures("churn", title("section.survival"), vec![survival]));
    blocks.push(segments_block(report.segments.as_ref(), catalogue));
    blocks
}

fn fits(fits: &[FitRow], catalogue: &Catalogue) -> Block {
    let name = catalogue.text("section.fits");
    if fits.is_empty() {
        return Block::sentence("fits", name, catalogue.text("fits.empty"));
    }
    let none = || catalogue.text("none");
    let row = |fit: &FitRow| {
        let figures = fit.figures.iter().map(|(name, value)| format!("{name} {}", figure(*value)));
        vec![
            catalogue.text(&format!("family.{}", fit.family.name())),
            fit.model.clone(),
            wording::verdict(fit, catalogue),
            date::long(fit.fitted_on, catalogue.lang()),
            fit.n.map_or_else(none, |n| count(u32::try_from(n).unwrap_or(u32::MAX))),
            figures.collect::<Vec<_>>().join(", "),
            fit.run_id.clone(),
        ]
    };
    let columns = [
        "column.family",
        "column.model",
        "column.verdict",
        "column.date",
        "column.n",
        "column.figures",
        "column.run",
    ];
    Block {
        text: wording::verdicts(fits, catalogue),
        table: Some(Table {
            columns: columns.map(|key| catalogue.text(key)).to_vec(),
            rows: fits.iter().map(row).collect(),
        }),
        is_empty: false,
        ..Block::sentence("fits", name, String::new())
    }
}

/// A whole number without decimals, a small one with more of them.
fn figure(value: f64) -> String {
    let decimals = if value.fract() == 0.0 {
        0
    } else if value.abs() < 0.1 {
        4
    } else {
        2
    };
    decimal(value, decimals)
}

fn linking(report: &OperatorReport, catalogue: &Catalogue) -> Block {
    let name = catalogue.text("section.linking");
    let Some(linking) = &report.linking else {
        return Block::sentence("linking", name, catalogue.text("linking.empty"));
    };
    let constants = linking.constants.iter();
    let rows = constants.map(|(name, value)| wording::constant(name, value, catalogue));
    let figures = if linking.anchors.is_empty() {
        Vec::new()
    } else {
        vec![charts::linking_plot(linking, catalogue)]
    };
    let table = (!linking.constants.is_empty()).then(|| Table {
        columns: ["column.constant", "column.value"].map(|key| catalogue.text(key)).to_vec(),
        rows: rows.collect(),
    });
    Block {
        text: vec![wording::linking(linking, catalogue)],
        table,
        figures,
        is_empty: false,
        ..Block::sentence("linking", name, String::new())
    }
}
