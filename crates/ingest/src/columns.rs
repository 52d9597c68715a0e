//! Which column of a file holds which field.

use std::path::Path;

use crate::column_map::{ColumnMap, Search, find_column};
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::glob::fits;
use crate::options::Options;
use crate::student_key::StudentKey;

/// Which column of a file was read as which field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    matched: Vec<(Field, usize, String)>,
    headers: Vec<String>,
    is_wide: bool,
    student: StudentKey,
}

impl Columns {
    /// Matches `headers` to fields: first what the user named, then by alias, where the best-ranked
    /// alias of a field wins. Columns that the user leaves alone are not looked at, nor fields that nobody wants.
    pub(crate) fn find(
        headers: Vec<String>,
        options: &Options,
        path: &Path,
    ) -> Result<Self, Error> {
        let mut columns = Self { headers, ..Self::default() };
        columns.take_mapped(&options.map, path)?;
        let mut claimed: Vec<usize> = columns.matched.iter().map(|(_, i, _)| *i).collect();
        for ignored in &options.ignored {
            let fitting =
                (0..columns.headers.len()).filter(|&i| fits(ignored, &columns.headers[i]));
            let before = claimed.len();
            claimed.extend(fitting);
            if claimed.len() == before {
                return Err(columns.unknown(ignored, path));
            }
        }
        // A group changes what is fitted, so nobody gets one for the name of a column.
        for field in Field::ALL.into_iter().filter(|field| *field != Field::Group) {
            if columns.index(field).is_none() && options.wanted.has(field) {
                columns.take_alias(field, &claimed, path)?;
            }
        }
        if columns.has(Field::ResponseTimeMs) && options.map.column(Field::ResponseTimeS).is_none()
        {
            columns.drop_field(Field::ResponseTimeS);
        }
        columns.tell_answers(options);
        columns.matched.sort_unstable();
        Ok(columns)
    }

    /// Columns whose names can mean the option chosen or whether it was right: what they are depends on whether
    /// there is a key.
    fn tell_answers(&mut self, options: &Options) {
        let has_key = self.has(Field::Key) || options.key.is_some();
        let given = |field| options.map.column(field).is_some();
        let is_response = |name: &str| matches!(normalised(name).as_str(), "response" | "resp");
        match (self.index(Field::Correct), self.index(Field::Answer)) {
            (Some(correct), None)
                if has_key && !given(Field::Correct) && is_response(&self.headers[correct]) =>
            {
                self.turn(Field::Correct, Field::Answer);
            }
            (None, Some(_)) if !has_key && !given(Field::Answer) => {
                self.turn(Field::Answer, Field::Correct);
            }
            // A column called after the right answer, where none has the student's, says which were right.
            (None, None) if !given(Field::Key) => self.turn(Field::Key, Field::Correct),
            _ => {}
        }
    }

    fn turn(&mut self, from: Field, to: Field) {
        for (field, ..) in &mut self.matched {
            if *field == from {
                *field = to;
            }
        }
    }

    fn drop_field(&mut self, dropped: Field) {
        self.matched.retain(|(field, ..)| *field != dropped);
    }

    fn take_mapped(&mut self, map: &ColumnMap, path: &Path) -> Result<(), Error> {
        for (field, wanted) in map.entries() {
            let index = match find_column(&self.headers, wanted) {
                Search::Found(index) => index,
                Search::Ambiguous(first, second) => {
                    return Err(self.ambiguous(field, first, second, path));
                }
                Search::Missing => return Err(self.unknown(wanted, path)),
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

    fn unknown(&self, column: &str, path: &Path) -> Error {
        Error::UnknownColumn {
            path: path.to_owned(),
            column: column.to_owned(),
            headers: self.headers.clone(),
        }
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
    pub(crate) fn require(&self, options: &Options, path: &Path) -> Result<(), Error> {
        let has_key = self.has(Field::Key) || options.key.is_some();
        let has_time =
            self.has(Field::CompletedAt) || self.has(Field::Day) || options.time_start.is_some();
        let checks = [
            (Field::Student, self.has(Field::Student)),
            (Field::Item, self.has(Field::Item)),
            (Field::Correct, self.has(Field::Correct) || (self.has(Field::Answer) && has_key)),
            (Field::CompletedAt, has_time || !options.require_time()),
        ];
        match checks.into_iter().find(|(_, there)| !there) {
            None => Ok(()),
            Some((field, _)) => Err(Error::MissingColumn {
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

    /// The columns of a table whose fields are known.
    pub(crate) fn of(headers: Vec<String>, matched: &[(Field, usize)], is_wide: bool) -> Self {
        let named = |(field, index): &(Field, usize)| (*field, *index, headers[*index].clone());
        let mut matched: Vec<_> = matched.iter().map(named).collect();
        matched.sort_unstable();
        let of_student = matched.iter().filter(|(field, ..)| *field == Field::Student);
        let parts = of_student.map(|(_, index, _)| *index).collect();
        let student = StudentKey { parts, ..StudentKey::default() };
        Self { matched, headers, is_wide, student }
    }

    /// Matches a column that comes late to its field, if no other has it.
    pub(crate) fn take_late(
        &mut self,
        name: &str,
        index: usize,
        options: &Options,
    ) -> Option<Field> {
        let (field, _) = Field::from_alias(name)?;
        let is_free = field != Field::Group && options.wanted.has(field) && !self.has(field);
        if !is_free || options.ignored.iter().any(|ignored| fits(ignored, name)) {
            return None;
        }
        self.matched.push((field, index, name.to_owned()));
        Some(field)
    }

    /// Says which columns together are the student.
    pub(crate) fn set_student(&mut self, key: StudentKey) {
        self.matched.retain(|(field, ..)| *field != Field::Student);
        if let Some(&first) = key.parts.first() {
            let names: Vec<&str> = key.parts.iter().map(|at| self.headers[*at].as_str()).collect();
            self.matched.push((Field::Student, first, names.join(" + ")));
            self.matched.sort_unstable();
        }
        self.student = key;
    }

    /// Columns whose values together are the student's id.
    pub(crate) fn student_parts(&self) -> &[usize] {
        &self.student.parts
    }

    /// How students are told apart.
    pub(crate) fn student_key(&self) -> &StudentKey {
        &self.student
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
