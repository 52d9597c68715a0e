//! Two students of one id behind the rows that were looked at first.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::grid::Grid;
use crate::student_key::StudentKey;

/// Remembers for each id what stood beside it first. Ids and what stands beside them are known by 64 bits.
#[derive(Debug, Default)]
pub(crate) struct StudentWatch {
    beside: Vec<usize>,
    once: bool,
    seen: HashMap<u64, Box<[u64]>>,
}

/// What stands for an empty cell.
const BLANK: u64 = 0;

impl StudentWatch {
    /// `None` where a student may have any rows.
    pub(crate) fn of(key: &StudentKey) -> Option<Self> {
        let is_needed = key.once || !key.beside.is_empty();
        is_needed.then(|| Self { beside: key.beside.clone(), once: key.once, ..Self::default() })
    }

    /// Whether the row at hand, of an id, is another student's than the first of that id.
    pub(crate) fn is_other(&mut self, id: &str, grid: &Grid) -> bool {
        // Its keys are fixed: the same file gives the same rejects everywhere.
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let cell = |column: &usize| match grid.cell(*column).map(|cell| cell.shown()) {
            Ok(text) if !text.trim().is_empty() => hasher.hash_one(text.trim()).max(1),
            _ => BLANK,
        };
        let own: Box<[u64]> = self.beside.iter().map(cell).collect();
        match self.seen.entry(hasher.hash_one(id)) {
            Entry::Vacant(place) => {
                place.insert(own);
                false
            }
            Entry::Occupied(first) => {
                let differs =
                    |(one, other): (&u64, &u64)| one != other && *one != BLANK && *other != BLANK;
                self.once || first.get().iter().zip(&own).any(differs)
            }
        }
    }
}
