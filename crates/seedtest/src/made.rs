//! What a command makes before it is known whether anything comes of it.

use std::fs;
use std::path::{Path, PathBuf};

use seedtest_store::{Target, take_away};

use crate::cli::Global;
use crate::failure::Failure;
use crate::session;

/// Where rows are listed that were not used, in the data directory.
pub(crate) const REJECTS: &str = "rejects.csv";

/// What is not there yet and will be made.
#[derive(Debug)]
pub(crate) struct Made {
    database: Option<PathBuf>,
    /// The data directory and the folders above it, the innermost first.
    folders: Vec<PathBuf>,
}

impl Made {
    /// Looks before anything is made.
    pub(crate) fn before(global: &Global) -> Result<Self, Failure> {
        let database = match session::target(global)? {
            Target::Sqlite { path } if !path.exists() => Some(path),
            _ => None,
        };
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let folders = global.data_dir.ancestors().take_while(is_missing);
        Ok(Self { database, folders: folders.map(Path::to_owned).collect() })
    }

    /// Whether the database is made anew.
    pub(crate) fn has_database(&self) -> bool {
        self.database.is_some()
    }

    /// Takes a new database away again, for nothing is in it, and a new data directory with it; says whether the
    /// directory is gone. What another process uses by now stays, and a folder with something else in it.
    pub(crate) fn take_away(&self) -> bool {
        let Some(database) = &self.database else { return false };
        if take_away(database).is_err() {
            return false;
        }
        let Some(folder) = self.folders.first() else { return false };
        // What is not there needs not be taken away.
        let _ = fs::remove_file(folder.join(REJECTS));
        for made in &self.folders {
            let _ = fs::remove_dir(made);
        }
        !folder.exists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_in_it_stays() {
        let place = tempfile::tempdir().unwrap();
        let (outer, inner) = (place.path().join("a"), place.path().join("a/b"));
        let made = Made {
            database: Some(inner.join("x.db")),
            folders: vec![inner.clone(), outer.clone()],
        };
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("x.db"), "").unwrap();
        fs::write(inner.join(REJECTS), "").unwrap();
        fs::write(outer.join("mine.txt"), "").unwrap();
        assert!(made.take_away());
        assert!(outer.exists() && !inner.exists());
        let there = Made { database: None, folders: Vec::new() };
        assert!(!there.take_away() && !there.has_database());
    }
}
