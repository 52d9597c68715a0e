//! Answers of all students to some items as columns, and tables of pairs of items.

use crate::polytomous::Responses;

/// No answer.
const NONE: u8 = u8::MAX;

/// One column an item: the category of every student, from 0 in the order of the scores.
#[derive(Clone)]
pub(super) struct Tables {
    columns: Vec<Vec<u8>>,
    categories: Vec<usize>,
}

impl Tables {
    /// Of several answers of a student to an item the first counts.
    pub(super) fn new(data: &Responses<'_>, items: &[u32]) -> Self {
        let mut position = vec![usize::MAX; data.n_items];
        for (at, &item) in items.iter().enumerate() {
            position[item as usize] = at;
        }
        let mut columns = vec![vec![NONE; data.n_students]; items.len()];
        for ((&student, &item), &score) in data.student.iter().zip(data.item).zip(data.score) {
            if let Some(column) = columns.get_mut(position[item as usize]) {
                let slot = &mut column[student as usize];
                *slot = if *slot == NONE { score } else { *slot };
            }
        }
        let mut tables = Self { categories: Vec::with_capacity(columns.len()), columns };
        for column in &mut tables.columns {
            tables.categories.push(compact(column));
        }
        tables
    }

    pub(super) fn n_items(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn n_students(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Categories of an item by student; `None` where there is no answer.
    pub(super) fn answers(&self, item: usize) -> impl Iterator<Item = Option<u8>> + '_ {
        self.columns[item].iter().map(|k| Some(*k).filter(|k| *k != NONE))
    }

    /// Number of categories of each item.
    pub(super) fn categories(&self) -> &[usize] {
        &self.categories
    }

    /// The same design with other answers: `f` gives the category of an item and student, of so many by item.
    pub(super) fn redrawn(
        &self,
        categories: &[usize],
        mut f: impl FnMut(usize, usize) -> u8,
    ) -> Self {
        let mut columns = self.columns.clone();
        for (item, column) in columns.iter_mut().enumerate() {
            for (student, k) in column.iter_mut().enumerate().filter(|(_, k)| **k != NONE) {
                *k = f(item, student);
            }
        }
        Self { columns, categories: categories.to_vec() }
    }

    /// Counts of both categories of the students who answered both items, row-major, and the number of columns.
    pub(super) fn pair(&self, row: usize, column: usize) -> (Vec<f64>, usize) {
        let width = self.categories[column];
        let mut table = vec![0.0; self.categories[row] * width];
        for (x, y) in self.columns[row].iter().zip(&self.columns[column]) {
            if *x != NONE && *y != NONE {
                table[usize::from(*x) * width + usize::from(*y)] += 1.0;
            }
        }
        (table, width)
    }
}

/// Numbers the scores of a column from 0 without gaps; returns how many there are.
fn compact(column: &mut [u8]) -> usize {
    let mut seen = [false; 256];
    for k in column.iter().filter(|k| **k != NONE) {
        seen[usize::from(*k)] = true;
    }
    let mut new = [NONE; 256];
    let mut next = 0u8;
    for (score, _) in seen.iter().enumerate().filter(|(_, seen)| **seen) {
        new[score] = next;
        next += 1;
    }
    for k in column {
        *k = if *k == NONE { NONE } else { new[usize::from(*k)] };
    }
    usize::from(next)
}
