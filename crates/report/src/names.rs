//! The names by which a school calls what it puts in the place of what ships.

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::lang::Lang;
use crate::style::colours;

/// Names of the colours, as `accent`.
pub fn colour_names() -> Vec<&'static str> {
    colours(1).into_keys().collect()
}

/// Keys of the texts, as `section.monday`; those of both languages are the same.
///
/// # Errors
/// When the texts that ship cannot be read.
pub fn text_keys() -> Result<Vec<String>, Error> {
    Ok(Catalogue::load(Lang::En)?.texts().keys().cloned().collect())
}
