//! Difficulty of the attempted items beside the student's ability.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, difficulty_histogram};
use crate::check::{ANY, check_number};
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, &difficulty) in report.item_difficulty.iter().enumerate() {
        check_number(&format!("item_difficulty[{i}]"), difficulty, ANY)?;
    }
    Ok(())
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let theta = report.ability.last().map(|point| point.theta);
    let reading = wording::difficulty(&report.item_difficulty, theta, catalogue);
    vec![difficulty_histogram(&report.item_difficulty, theta, reading, catalogue)]
}
