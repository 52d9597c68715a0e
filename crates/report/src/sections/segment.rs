//! Which kind of learner the student is, and which kinds there are.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::{segment_profile, segment_sizes};
use crate::check::{check_optional, check_segment};
use crate::error::Error;
use crate::page::Block;
use crate::view::{ClassSegments, StudentReport};
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    let Some(detail) = &report.segment else { return Ok(()) };
    check_optional("segment.membership", detail.membership, (0.0, 1.0))?;
    check_segment("segment", &detail.segment)
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.segment");
    let Some(detail) = &report.segment else {
        return Block::sentence("kind", title, catalogue.text("segment.empty"));
    };
    let reading = wording::segment(detail, catalogue);
    Block::of_figures("kind", title, vec![segment_profile(&detail.segment, reading, catalogue)])
}

/// The kinds of learners in the database.
pub(crate) fn segments_block(found: Option<&ClassSegments>, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.segments");
    let Some(found) = found else {
        return Block::sentence("kinds", title, catalogue.text("segment.empty"));
    };
    let reading = wording::segments(found, catalogue);
    Block::of_figures("kinds", title, vec![segment_sizes(found, reading, catalogue)])
}
