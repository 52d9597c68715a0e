//! The history of the ability, and where it stands in the class.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, ability_trend};
use crate::check::{check_ability, check_ascending, check_optional};
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, point) in report.ability.iter().enumerate() {
        check_ability(&format!("ability[{i}]"), point)?;
    }
    check_ascending("ability", report.ability.iter().map(|point| point.date))?;
    check_optional("ability_percentile", report.ability_percentile, (0.0, 1.0))
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let reading = wording::growth(&report.ability, catalogue);
    vec![ability_trend(&report.ability, reading, catalogue)]
}
