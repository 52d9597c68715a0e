//! Columns that the user names: FIELD=COLUMN.

use crate::error::Error;
use crate::field::{Field, normalised};

/// Columns named by the user, as in `--map student=USER_ID,item=QUESTION`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap {
    entries: Vec<(Field, String)>,
}

impl ColumnMap {
    /// Reads `FIELD=COLUMN` pairs separated by commas. The field may be written as any of its
    /// aliases; the column may be written as `#3`, the third column. A column whose name holds a
    /// comma can only be given by its number.
    ///
    /// ```
    /// use seedtest_ingest::{ColumnMap, Field};
    /// let map = ColumnMap::parse("student=USER_ID, item=#2")?;
    /// assert_eq!(map.column(Field::Student), Some("USER_ID"));
    /// assert!(ColumnMap::parse("shoe_size=X").is_err());
    /// # Ok::<(), seedtest_ingest::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BadMap`] for a part without `=`, [`Error::UnknownField`] for a name that is no
    /// field, [`Error::FieldMappedTwice`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut map = Self::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let Some((name, column)) = part.split_once('=') else {
                return Err(Error::BadMap { part: part.to_owned() });
            };
            let (name, column) = (name.trim(), column.trim());
            if column.is_empty() {
                return Err(Error::BadMap { part: part.to_owned() });
            }
            let Some((field, _)) = Field::from_alias(name) else {
                return Err(Error::UnknownField { name: name.to_owned() });
            };
            map.set(field, column)?;
        }
        Ok(map)
    }

    /// Says which column holds `field`.
    ///
    /// # Errors
    /// [`Error::FieldMappedTwice`] if the field was already given another column.
    pub fn set(&mut self, field: Field, column: &str) -> Result<(), Error> {
        if self.column(field).is_some() {
            return Err(Error::FieldMappedTwice { field });
        }
        self.entries.push((field, column.to_owned()));
        Ok(())
    }

    /// The column given for `field`.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.entries.iter().find(|(f, _)| *f == field).map(|(_, column)| column.as_str())
    }

    /// Whether nothing was given, so that every column is found through its name.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was given: fields with their columns, in the order given.
    pub fn entries(&self) -> impl Iterator<Item = (Field, &str)> {
        self.entries.iter().map(|(field, column)| (*field, column.as_str()))
    }
}

/// What a user's name for a column leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    Found(usize),
    /// Two columns fit equally.
    Ambiguous(usize, usize),
    Missing,
}

/// The column a user called `wanted`: by exact name, by number (`#3`), or by a name that differs
/// only in case, spaces and punctuation.
pub(crate) fn find_column(headers: &[String], wanted: &str) -> Search {
    let exact = the_one(headers, |header| header == wanted);
    if exact != Search::Missing {
        return exact;
    }
    if let Some(number) = wanted.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        let index = number.checked_sub(1).filter(|&index| index < headers.len());
        return index.map_or(Search::Missing, Search::Found);
    }
    let key = normalised(wanted);
    the_one(headers, |header| !key.is_empty() && normalised(header) == key)
}

/// The name that a mistyped one may stand for.
pub(crate) fn nearest<'h>(names: &'h [String], typed: &str) -> Option<&'h str> {
    const ALIKE: f64 = 0.75;
    let typed = normalised(typed);
    let alike = names.iter().map(|name| (strsim::jaro_winkler(&normalised(name), &typed), name));
    let best = alike
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name.as_str())
}

fn the_one(headers: &[String], fits: impl Fn(&str) -> bool) -> Search {
    let mut fitting = headers.iter().enumerate().filter(|(_, header)| fits(header));
    match (fitting.next(), fitting.next()) {
        (None, _) => Search::Missing,
        (Some((index, _)), None) => Search::Found(index),
        (Some((first, _)), Some((second, _))) => Search::Ambiguous(first, second),
    }
}
