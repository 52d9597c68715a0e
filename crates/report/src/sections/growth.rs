//! Growth of the share of right answers with its posterior band and the goal.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::growth_curve;
use crate::check::{ANY, check_ascending, check_number, check_optional};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    let Some(growth) = &report.growth else { return Ok(()) };
    check_optional("growth.target", growth.target, ANY)?;
    for (i, week) in growth.weeks.iter().enumerate() {
        let numbers = [("mean", week.mean), ("lower", week.lower), ("upper", week.upper)];
        for (name, number) in numbers {
            check_number(&format!("growth.weeks[{i}].{name}"), number, ANY)?;
        }
        check_optional(&format!("growth.weeks[{i}].observed"), week.observed, ANY)?;
    }
    check_ascending("growth.weeks", growth.weeks.iter().map(|week| week.week_start))
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.growth");
    match &report.growth {
        Some(growth) if !growth.weeks.is_empty() => {
            let reading = wording::growth_curve(growth, catalogue);
            Block::of_figures("growing", title, vec![growth_curve(growth, reading, catalogue)])
        }
        _ => Block::sentence("growing", title, catalogue.text("growth.no_fit")),
    }
}
