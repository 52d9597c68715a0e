//! What the form of a file says of how it is read.

use seedtest_ingest::{
    ColumnMap, DateFormat, Field, Missing, Options, Wanted, WideOptions, parse_moment,
};
use serde::Serialize;

use crate::fields::Fields;
use crate::refusal::{PageResult, Refusal};

/// What a form asks about columns, in its order.
const ASKED: [Field; 8] = [
    Field::Student,
    Field::Item,
    Field::Correct,
    Field::CompletedAt,
    Field::Topic,
    Field::ResponseTimeMs,
    Field::Answer,
    Field::Key,
];

/// Words for how times are written, after the empty one, which has that found out.
pub(super) fn date_formats() -> Vec<&'static str> {
    let named = DateFormat::NAMES.split(", ").filter(|name| DateFormat::parse(name).is_some());
    std::iter::once("").chain(named).collect()
}

/// What the form says of how a file is read; texts that are empty say nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Reading {
    /// Columns by the name of their field.
    pub(super) columns: Vec<(&'static str, String)>,
    time_start: String,
    date_format: String,
    right_at: String,
    /// Columns that together are the student, with commas between them.
    id: String,
    /// Columns of items, and those that are none, of a table with one student a row.
    item_columns: String,
    not_items: String,
    /// What stands for no answer.
    na: String,
    sheet: String,
    header_row: String,
    encoding: String,
}

impl Reading {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).unwrap_or_default().to_owned();
        let columns = ASKED.iter().map(|field| (field.name(), text(field.name())));
        Self {
            columns: columns.collect(),
            time_start: text("time_start"),
            date_format: text("date_format"),
            right_at: text("right_at"),
            id: text("id"),
            item_columns: text("item_columns"),
            not_items: text("not_items"),
            na: text("na"),
            sheet: text("sheet"),
            header_row: text("header_row"),
            encoding: text("encoding"),
        }
    }

    /// The same as an import reads it.
    pub(super) fn options(&self, wanted: Wanted) -> PageResult<Options> {
        let start = given(&self.time_start).map(parse_moment).transpose();
        let right_at = given(&self.right_at).map(str::parse::<f64>).transpose();
        let right_at = right_at.ok().filter(|at| at.is_none_or(|at| at > 0.0 && at <= 1.0));
        let header_row = given(&self.header_row).map(str::parse::<u64>).transpose();
        let header_row = header_row.ok().filter(|row| row.is_none_or(|row| row > 0));
        let missing = given(&self.na).map_or_else(|| Ok(Missing::default()), Missing::parse);
        let id = listed(&self.id);
        Ok(Options {
            map: self.map(&id)?,
            id,
            wanted,
            time_start: start.map_err(|_| Refusal::invalid("time_start", "import.no_time"))?,
            date_format: self.date_format()?,
            right_at: right_at.ok_or_else(|| Refusal::invalid("right_at", "import.no_share"))?,
            missing: missing.map_err(|_| Refusal::invalid("na", "import.no_list"))?,
            wide: WideOptions {
                items: listed(&self.item_columns),
                not_items: listed(&self.not_items),
                ..WideOptions::default()
            },
            encoding: given(&self.encoding).map(str::to_owned),
            sheet: given(&self.sheet).map(str::to_owned),
            header_row: header_row
                .ok_or_else(|| Refusal::invalid("header_row", "import.no_row"))?,
            ..Options::default()
        })
    }

    fn map(&self, id: &[String]) -> PageResult<ColumnMap> {
        let mut map = ColumnMap::default();
        let named = ASKED.iter().zip(&self.columns).map(|(field, (_, column))| (*field, column));
        // Several columns that are the student stand for the one.
        let of_student = id.first().map(|column| (Field::Student, column));
        let named = named.filter(|(field, column)| {
            !column.is_empty() && (*field != Field::Student || of_student.is_none())
        });
        for (field, column) in named.chain(of_student) {
            let set = map.set(field, column);
            set.map_err(|_| Refusal::invalid(field.name(), "import.no_column"))?;
        }
        Ok(map)
    }

    fn date_format(&self) -> PageResult<Option<DateFormat>> {
        let Some(text) = given(&self.date_format) else { return Ok(None) };
        let read = DateFormat::parse(text);
        read.map(Some).ok_or_else(|| Refusal::invalid("date_format", "import.no_format"))
    }
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn listed(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(pairs: &[(&str, &str)]) -> Reading {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Reading::of(&Fields(pairs.collect()))
    }

    #[test]
    fn a_form_says_how_a_file_is_read() {
        let given = reading(&[
            ("student", "학번"),
            ("item", ""),
            ("time_start", "2025-03-01"),
            ("date_format", "dmy"),
            ("right_at", "0.6"),
            ("na", "9,-99"),
            ("item_columns", "q*, x1"),
            ("sheet", "2"),
            ("header_row", "3"),
            ("encoding", "cp949"),
        ]);
        let options = given.options(Wanted::Timed).unwrap();
        assert_eq!(options.map.column(Field::Student), Some("학번"));
        assert_eq!(options.map.column(Field::Item), None);
        assert_eq!((options.right_at, options.time_start.is_some()), (Some(0.6), true));
        assert_eq!(options.wide.items, ["q*", "x1"]);
        assert_eq!((options.sheet.as_deref(), options.header_row), (Some("2"), Some(3)));
        assert_eq!(options.encoding.as_deref(), Some("cp949"));
        for (field, value, word) in [
            ("time_start", "soon", "import.no_time"),
            ("date_format", "next week", "import.no_format"),
            ("right_at", "1.4", "import.no_share"),
            ("right_at", "x", "import.no_share"),
            ("header_row", "0", "import.no_row"),
        ] {
            let refused = reading(&[(field, value)]).options(Wanted::Timed).unwrap_err();
            assert_eq!(refused.word, word, "{value}");
        }
    }

    #[test]
    fn several_columns_are_the_student_in_the_place_of_one() {
        let given = reading(&[("student", "이름"), ("id", "반, 번호")]);
        let options = given.options(Wanted::Timed).unwrap();
        assert_eq!(options.id, ["반", "번호"]);
        assert_eq!(options.map.column(Field::Student), Some("반"));
    }

    #[test]
    fn every_form_of_times_that_is_offered_can_be_read() {
        assert!(date_formats().len() > 8);
        for name in &date_formats()[1..] {
            let read = reading(&[("date_format", name)]).options(Wanted::Timed).unwrap();
            assert!(read.date_format.is_some(), "{name}");
        }
    }
}
