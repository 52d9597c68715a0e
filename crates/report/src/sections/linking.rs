//! How the calibration was put on the common scale.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::Table;
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check: |_| NO_FAULT, block };

/// Names and values are texts.
const NO_FAULT: Result<(), Error> = Ok(());

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.linking");
    if report.linking.is_empty() {
        return Block::sentence("linked", title, catalogue.text("linking.empty"));
    }
    let rows = report.linking.iter().map(|(name, value)| wording::constant(name, value, catalogue));
    Block {
        table: Some(Table {
            columns: ["column.constant", "column.value"].map(|key| catalogue.text(key)).to_vec(),
            rows: rows.collect(),
        }),
        is_empty: false,
        ..Block::sentence("linked", title, catalogue.text("linking.note"))
    }
}
