//! What a section is.

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;

/// A part of the page of a student.
pub(crate) struct Section {
    /// Refuses numbers that cannot be drawn.
    pub(crate) check: fn(&StudentReport) -> Result<(), Error>,
    /// What is shown of it; one sentence where there is nothing to show.
    pub(crate) block: fn(&StudentReport, &Catalogue) -> Block,
}
