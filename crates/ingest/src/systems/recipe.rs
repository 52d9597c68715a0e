//! Which columns of a system's table are what.

use std::path::Path;

use super::System;
use super::rule::{Filter, OutcomeWords, TableRule};
use crate::column_map::{Search, find_column};
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::options::{DateFormat, Options};
use crate::reading::Reading;
use crate::scoring::Scoring;
use crate::time::TimeUnit;

/// How a table of a system is read.
pub(crate) struct Recipe {
    pub(crate) system: System,
    /// Columns that are all there, in normalised spelling.
    pub(crate) signature: &'static [&'static str],
    /// Columns that are not there: they belong to a similar table.
    pub(crate) without: &'static [&'static str],
    /// Columns of each field, the first that is there counting.
    pub(crate) columns: &'static [(Field, &'static [&'static str])],
    /// A second column that belongs to the name of the item.
    pub(crate) item_part: Option<&'static str>,
    pub(crate) filter: Option<Filter>,
    pub(crate) outcome_words: Option<OutcomeWords>,
    /// The most points of every answer.
    pub(crate) max_points: Option<f64>,
    /// What numbers in the time column count, since a start that the file does not name.
    pub(crate) since_start: Option<TimeUnit>,
    /// Whether the file's name is the student.
    pub(crate) student_is_file: bool,
    /// What is left out, for people.
    pub(crate) dropped: &'static str,
}

impl Recipe {
    pub(crate) const fn new(
        system: System,
        signature: &'static [&'static str],
        columns: &'static [(Field, &'static [&'static str])],
    ) -> Self {
        Self {
            system,
            signature,
            without: &[],
            columns,
            item_part: None,
            filter: None,
            outcome_words: None,
            max_points: None,
            since_start: None,
            student_is_file: false,
            dropped: "",
        }
    }

    /// Whether a table with these names is one of the system.
    pub(crate) fn fits(&self, names: &[String]) -> bool {
        self.missing(names).is_empty() && !self.without.iter().any(|name| has(names, name))
    }

    /// Columns of the system that a table lacks.
    pub(crate) fn missing(&self, names: &[String]) -> Vec<&'static str> {
        self.signature.iter().copied().filter(|name| !has(names, name)).collect()
    }

    /// The column of every field, those first that the user named.
    pub(crate) fn columns(
        &self,
        headers: &[String],
        options: &Options,
        path: &Path,
    ) -> Result<Vec<(Field, usize)>, Error> {
        let mut matched = Vec::new();
        for (field, wanted) in options.map.entries() {
            match find_column(headers, wanted) {
                Search::Found(index) => matched.push((field, index)),
                Search::Ambiguous(..) | Search::Missing => {
                    return Err(Error::UnknownColumn {
                        path: path.to_owned(),
                        column: wanted.to_owned(),
                        headers: headers.to_vec(),
                    });
                }
            }
        }
        let names = names_of(headers);
        for (field, columns) in self.columns {
            if matched.iter().any(|(known, _)| known == field) || !options.wanted.has(*field) {
                continue;
            }
            let is_free = |index: &usize| {
                !options.ignored.iter().any(|i| crate::glob::fits(i, &headers[*index]))
            };
            let place = columns.iter().find_map(|name| position(&names, name)).filter(is_free);
            matched.extend(place.map(|index| (*field, index)));
        }
        if !matched.iter().any(|(field, _)| *field == Field::ResponseTimeMs) {
            return Ok(matched);
        }
        matched.retain(|(field, _)| *field != Field::ResponseTimeS);
        Ok(matched)
    }

    /// What is done with each row.
    pub(crate) fn rule(&self, headers: &[String], path: &Path) -> TableRule {
        let names = names_of(headers);
        TableRule {
            item_part: self.item_part.and_then(|name| position(&names, name)),
            filter: self.filter.and_then(|filter| Some((filter, position(&names, filter.column)?))),
            outcome_words: self.outcome_words,
            max_points: self.max_points,
            student: self.student_is_file.then(|| file_stem(path)).flatten(),
        }
    }

    /// What the correctness of the system's tables is written in, where it is always the same.
    pub(crate) fn scoring(&self) -> Option<Scoring> {
        let points = self.max_points.map(|max| Scoring::Points { max: Some(max) });
        points.or(self.outcome_words.map(|_| Scoring::RightWrong { ox: false }))
    }

    /// The options with what the system is known to write.
    pub(crate) fn options(&self, options: &Options) -> Options {
        let mut options = options.clone();
        if options.date_format.is_none() {
            options.date_format = self.since_start.map(DateFormat::SinceStart);
        }
        options
    }

    /// Tells the reading what is known.
    pub(crate) fn inform(&self, reading: &mut Reading) {
        reading.notes.push(format!("{} (--from {})", self.system.title(), self.system.name()));
        if !self.dropped.is_empty() {
            reading.notes.push(format!("not read: {}", self.dropped));
        }
    }
}

/// Column names without case, spaces and punctuation.
pub(super) fn names_of(headers: &[String]) -> Vec<String> {
    headers.iter().map(|header| normalised(header)).collect()
}

fn has(names: &[String], wanted: &str) -> bool {
    position(names, wanted).is_some()
}

/// The first column of a name; one that ends in `*` stands for any that begins so.
fn position(names: &[String], wanted: &str) -> Option<usize> {
    match wanted.strip_suffix('*') {
        Some(start) => {
            names.iter().position(|name| name.starts_with(start) && !name.contains("category"))
        }
        None => names.iter().position(|name| name == wanted),
    }
}

fn file_stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let stem = name.split('.').next().unwrap_or_default();
    (!stem.is_empty() && stem != "-").then(|| stem.to_owned())
}
