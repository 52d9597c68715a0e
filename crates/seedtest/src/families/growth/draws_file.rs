//! The file of all draws of a fit of growth.

use std::fs;
use std::path::Path;

use seedtest_families::growth::{Fitted, Saved, draws_from_parquet, draws_to_parquet};

use crate::failure::Failure;

/// Writes every draw of a fit, and where its chains stand; the file is there as a whole or not at all.
pub(super) fn write_draws(fitted: &Fitted, path: &Path) -> Result<(), Failure> {
    let bytes = draws_to_parquet(fitted)?;
    let partial = path.with_extension("partial");
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    written.map_err(|source| {
        // The error that counts is the first one.
        let _ = fs::remove_file(&partial);
        seedtest_pipeline::Error::Write { what: path.display().to_string(), source }.into()
    })
}

/// Reads what [`write_draws`] wrote.
pub(super) fn read_draws(path: &Path) -> Result<Saved, Failure> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| {
        let hint = "give the file that `seedtest fit growth --draws FILE` wrote";
        Failure::new(format!("{name}: {error}"), Some(hint.into()))
    })?;
    draws_from_parquet(bytes)
        .map_err(|error| Failure::new(format!("{name}: {error}"), error.hint()))
}
