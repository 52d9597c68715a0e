//! The ability, its history, and where it stands.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::ability_trend;
use crate::check::{check_ability, check_ascending};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, point) in report.ability.iter().enumerate() {
        check_ability(&format!("ability[{i}]"), point)?;
    }
    check_ascending("ability", report.ability.iter().map(|point| point.date))
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let reading = wording::growth(&report.ability, catalogue);
    let figures = vec![ability_trend(&report.ability, reading, catalogue)];
    let mut block = Block::of_figures("theta", catalogue.text("section.ability"), figures);
    if let Some(point) = report.ability.last() {
        block.text.push(wording::ability(point, report.standing.as_ref(), catalogue));
    }
    block
}
