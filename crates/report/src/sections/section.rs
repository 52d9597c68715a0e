//! What a section is.

use crate::catalogue::Catalogue;
use crate::charts::Figure;
use crate::error::Error;
use crate::view::StudentReport;

/// A part of the page with figures of its own.
pub(crate) struct Section {
    /// Refuses numbers that cannot be drawn.
    pub(crate) check: fn(&StudentReport) -> Result<(), Error>,
    /// Its figures; none where there is nothing to say.
    pub(crate) figures: fn(&StudentReport, &Catalogue) -> Vec<Figure>,
}
