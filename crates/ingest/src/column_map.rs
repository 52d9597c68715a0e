use std::fmt::Write as _;

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

    pub(crate) fn entries(&self) -> impl Iterator<Item = (Field, &str)> {
        self.entries.iter().map(|(field, column)| (*field, column.as_str()))
    }
}

/// Position of the column a user called `wanted`: by exact name, by number (`#3`), or by a name
/// that differs only in case, spaces and punctuation.
pub(crate) fn find_column(headers: &[String], wanted: &str) -> Option<usize> {
    let mut exact = headers.iter().enumerate().filter(|(_, h)| *h == wanted);
    if let (Some((position, _)), None) = (exact.next(), exact.next()) {
        return Some(position);
    }
    if let Some(number) = wanted.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        return number.checked_sub(1).filter(|&i| i < headers.len());
    }
    let key = normalised(wanted);
    let mut close = headers.iter().enumerate().filter(|(_, h)| normalised(h) == key);
    match (close.next(), close.next()) {
        (Some((position, _)), None) if !key.is_empty() => Some(position),
        _ => None,
    }
}

/// Header names as one line of a message, cut where it would no longer be read.
pub(crate) fn list_names(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let mut line = String::new();
    for (i, name) in names.iter().take(SHOWN).enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        let _ = write!(line, "{separator}{}", crate::reject::shortened(name));
    }
    if names.len() > SHOWN {
        let _ = write!(line, ", … ({} more)", names.len() - SHOWN);
    }
    line
}
