//! Which column of a file holds which field.

use std::path::Path;

use crate::column_map::{ColumnMap, Search, find_column};
use crate::error::Error;
use crate::field::Field;

/// Which column of a file was read as which field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    matched: Vec<(Field, usize, String)>,
    headers: Vec<String>,
    is_wide: bool,
}

impl Columns {
    /// Matches `headers` to fields: first what the user named, then by alias, where the best-ranked
    /// alias of a field wins.
    pub(crate) fn find(headers: Vec<String>, map: &ColumnMap, path: &Path) -> Result<Self, Error> {
        let mut columns = Self { matched: Vec::new(), headers, is_wide: false };
        columns.take_mapped(map, path)?;
        let claimed: Vec<usize> = columns.matched.iter().map(|(_, i, _)| *i).collect();
        // A group changes what is fitted, so nobody gets one for the name of a column.
        for field in Field::ALL.into_iter().filter(|field| *field != Field::Group) {
            if columns.index(field).is_none() {
                columns.take_alias(field, &claimed, path)?;
            }
        }
        if columns.has(Field::ResponseTimeMs) && map.column(Field::ResponseTimeS).is_none() {
            columns.matched.retain(|(field, ..)| *field != Field::ResponseTimeS);
        }
        columns.matched.sort_unstable();
        Ok(columns)
    }

    fn take_mapped(&mut self, map: &ColumnMap, path: &Path) -> Result<(), Error> {
        for (field, wanted) in map.entries() {
            let index = match find_column(&self.headers, wanted) {
                Search::Found(index) => index,
                Search::Ambiguous(first, second) => {
                    return Err(self.ambiguous(field, first, second, path));
                }
                Search::Missing => {
                    return Err(Error::UnknownColumn {
                        path: path.to_owned(),
                        column: wanted.to_owned(),
                        headers: self.headers.clone(),
                    });
                }
            };
            self.matched.push((field, index, self.headers[index].clone()));
        }
        Ok(())
    }

    fn take_alias(&mut self, field: Field, claimed: &[usize], path: &Path) -> Result<(), Error> {
        let mut best: Option<(u8, usize)> = None;
        let mut rival = None;
        for (index, header) in self.headers.iter().enumerate() {
            let Some((_, rank)) = Field::from_alias(header).filter(|(f, _)| *f == field) else {
                continue;
            };
            if claimed.contains(&index) {
                continue;
            }
            match best {
                Some((best_rank, _)) if rank > best_rank => {}
                Some((best_rank, _)) if rank == best_rank => rival = Some(index),
                _ => {
                    best = Some((rank, index));
                    rival = None;
                }
            }
        }
        let Some((_, first)) = best else { return Ok(()) };
        if let Some(second) = rival {
            return Err(self.ambiguous(field, first, second, path));
        }
        self.matched.push((field, first, self.headers[first].clone()));
        Ok(())
    }

    fn ambiguous(&self, field: Field, first: usize, second: usize, path: &Path) -> Error {
        Error::AmbiguousColumns {
            path: path.to_owned(),
            field,
            first: (first + 1, self.headers[first].clone()),
            second: (second + 1, self.headers[second].clone()),
        }
    }

    /// Fails where a field a log cannot do without has no column.
    pub(crate) fn require(&self, fields: &[Field], path: &Path) -> Result<(), Error> {
        match fields.iter().find(|&&field| !self.has(field)) {
            None => Ok(()),
            Some(&field) => Err(Error::MissingColumn {
                path: path.to_owned(),
                field,
                headers: self.headers.clone(),
            }),
        }
    }

    /// Every matched field with the name of its column, in field order.
    pub fn matched(&self) -> impl Iterator<Item = (Field, &str)> {
        self.matched.iter().map(|(field, _, name)| (*field, name.as_str()))
    }

    /// Whether a column was found for `field`.
    pub fn has(&self, field: Field) -> bool {
        self.index(field).is_some()
    }

    /// Every column name of the file, in file order.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The columns of a table with one item a column.
    pub(crate) fn of_wide_table(
        headers: Vec<String>,
        student: Option<usize>,
        group: Option<usize>,
    ) -> Self {
        let matched = |(field, index): (Field, Option<usize>)| {
            index.map(|index| (field, index, headers[index].clone()))
        };
        let fields = [(Field::Student, student), (Field::Group, group)];
        Self { matched: fields.into_iter().filter_map(matched).collect(), headers, is_wide: true }
    }

    /// Whether the table has one student a row and one item a column.
    pub fn is_wide(&self) -> bool {
        self.is_wide
    }

    pub(crate) fn positions(&self) -> impl Iterator<Item = (Field, usize)> {
        self.matched.iter().map(|(field, index, _)| (*field, *index))
    }

    pub(crate) fn index(&self, field: Field) -> Option<usize> {
        self.matched.iter().find(|(f, ..)| *f == field).map(|(_, index, _)| *index)
    }
}
