//! The six KPIs side by side, with their symbols.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::kpi_profile;
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check: |_| NO_FAULT, block };

/// The KPIs are checked with the report.
const NO_FAULT: Result<(), Error> = Ok(());

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let figures = vec![kpi_profile(&report.kpis, catalogue)];
    let mut block = Block::of_figures("kpis", catalogue.text("section.kpis"), figures);
    block.lines = wording::kpi_lines(report, catalogue);
    block.is_empty = block.figures.is_empty() && block.lines.is_empty();
    block
}
