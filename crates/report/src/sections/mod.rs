//! The sections of a student's report, a file and a line each: what is checked of the view model, and
//! the figures that are made from it.
//!
//! A new section is a file here with its type, its check, its words and its chart, a line in
//! [`OF_STUDENT`], a field of [`StudentReport`], and texts in both catalogues.

mod ability;
mod activity;
mod difficulty;
mod topics;
mod weeks;

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

/// The sections of a student's page in their order.
pub(crate) const OF_STUDENT: [Section; 5] =
    [ability::SECTION, topics::SECTION, weeks::SECTION, activity::SECTION, difficulty::SECTION];
