//! Which kind of learner the student is.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, segment_profile};
use crate::check::{check_optional, check_segment};
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    let Some(detail) = &report.segment else { return Ok(()) };
    check_optional("segment.membership", detail.membership, (0.0, 1.0))?;
    check_segment("segment", &detail.segment)
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let Some(detail) = &report.segment else { return Vec::new() };
    vec![segment_profile(&detail.segment, wording::segment(detail, catalogue), catalogue)]
}
