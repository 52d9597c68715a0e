//! Rows of a request, read into columns.

use std::borrow::Cow;
use std::fmt;

use seedtest_responses::Texts;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Most names that the rows of a request may use together.
pub const MAX_COLUMNS: usize = 1024;
/// Whole numbers below this size are the same number as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Rows of named values: a list of objects in JSON, columns in memory. A key that a row lacks is null
/// there. At most [`MAX_COLUMNS`] different keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    len: usize,
    columns: Vec<(String, Cells)>,
    /// Whether somebody gave them, be it none.
    given: bool,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers only; NaN = null.
    Numbers(Vec<f64>),
    /// Texts only.
    Texts(Texts),
    /// Values of several kinds.
    Values(Vec<Value>),
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the request has the field, be it an empty list.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Names and values, in the order in which the names first came.
    pub fn into_columns(self) -> Vec<(String, Cells)> {
        self.columns
    }

    /// Position of a column, which most likely is `likely`.
    fn position(&mut self, name: &str, likely: usize) -> usize {
        if self.columns.get(likely).is_some_and(|(known, _)| known == name) {
            return likely;
        }
        if let Some(at) = self.columns.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.columns.push((name.to_owned(), Cells::Numbers(Vec::new())));
        self.columns.len() - 1
    }

    /// Fills what rows have left out.
    fn finish(mut self) -> Self {
        self.given = true;
        for (_, cells) in &mut self.columns {
            cells.resize(self.len);
        }
        self
    }
}

impl FromIterator<Map<String, Value>> for Rows {
    fn from_iter<I: IntoIterator<Item = Map<String, Value>>>(objects: I) -> Self {
        let mut rows = Self::default();
        for object in objects {
            for (at, (name, value)) in object.into_iter().enumerate() {
                let column = rows.position(&name, at);
                rows.columns[column].1.set(rows.len, value);
            }
            rows.len += 1;
        }
        rows.finish()
    }
}

impl Cells {
    fn resize(&mut self, n: usize) {
        match self {
            Self::Numbers(numbers) => numbers.resize(n, f64::NAN),
            Self::Texts(texts) => texts.resize(n),
            Self::Values(values) => values.resize(n, Value::Null),
        }
    }

    fn set_number(&mut self, row: usize, number: f64) {
        match self {
            Self::Numbers(numbers) => {
                numbers.resize(row, f64::NAN);
                numbers.push(number);
            }
            Self::Texts(_) | Self::Values(_) => self.set_value(row, value_of(number)),
        }
    }

    fn set(&mut self, row: usize, value: Value) {
        match value.as_f64() {
            Some(number) if is_exact(&value, number) => self.set_number(row, number),
            None if value.is_null() => self.resize(row + 1),
            _ => self.set_value(row, value),
        }
    }

    fn set_value(&mut self, row: usize, value: Value) {
        if let Value::String(text) = &value
            && self.set_text(row, text)
        {
            return;
        }
        let before: Option<Vec<Value>> = match self {
            Self::Numbers(numbers) => {
                Some(numbers.iter().map(|&number| value_of(number)).collect())
            }
            Self::Texts(texts) => Some((0..texts.len()).map(|row| text_of(texts, row)).collect()),
            Self::Values(_) => None,
        };
        if let Some(before) = before {
            *self = Self::Values(before);
        }
        if let Self::Values(values) = self {
            values.resize(row, Value::Null);
            values.push(value);
        }
    }

    /// Sets a text where there are only texts yet.
    fn set_text(&mut self, row: usize, text: &str) -> bool {
        if let Self::Numbers(numbers) = self
            && numbers.iter().all(|number| number.is_nan())
        {
            *self = Self::Texts(Texts::default());
        }
        let Self::Texts(texts) = self else { return false };
        texts.resize(row);
        texts.push(Some(text));
        true
    }

    fn get(&self, row: usize) -> Cow<'_, Value> {
        match self {
            Self::Texts(texts) => Cow::Owned(text_of(texts, row)),
            Self::Numbers(numbers) => Cow::Owned(value_of(numbers[row])),
            Self::Values(values) => Cow::Borrowed(&values[row]),
        }
    }
}

fn text_of(texts: &Texts, row: usize) -> Value {
    texts.get(row).map_or(Value::Null, |text| Value::from(&**text))
}

/// Whether a JSON number is the same number as `f64`.
fn is_exact(value: &Value, number: f64) -> bool {
    value.is_f64() || number.abs() < EXACT
}

/// A number as JSON; null for NaN, and without a fraction where it is whole.
fn value_of(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Value::from(number as i64);
    }
    Value::from(number)
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len))?;
        for row in 0..self.len {
            list.serialize_element(&Row { rows: self, row })?;
        }
        list.end()
    }
}

struct Row<'a> {
    rows: &'a Rows,
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.rows.columns.iter().map(|(name, cells)| (name, cells.get(self.row)));
        serializer.collect_map(cells)
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        let mut rows = Rows::default();
        while list.next_element_seed(Object(&mut rows))?.is_some() {
            rows.len += 1;
        }
        Ok(rows.finish())
    }
}

/// The next row.
struct Object<'a>(&'a mut Rows);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let rows = self.0;
        let row = rows.len;
        let mut likely = 0;
        while let Some(column) = object.next_key_seed(Name { rows: &mut *rows, likely })? {
            object.next_value_seed(Cell { cells: &mut rows.columns[column].1, row })?;
            likely = column + 1;
        }
        Ok(())
    }
}

/// A key; gives the position of its column.
struct Name<'a> {
    rows: &'a mut Rows,
    likely: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let column = self.rows.position(name, self.likely);
        if column >= MAX_COLUMNS {
            let row = self.rows.len + 1;
            let message = format_args!("row {row}: more than {MAX_COLUMNS} different keys");
            return Err(E::custom(message));
        }
        Ok(column)
    }
}

/// The value of one row in a column.
struct Cell<'a> {
    cells: &'a mut Cells,
    row: usize,
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.cells.set_number(self.row, number);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.cells.set(self.row, Value::from(number));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.cells.set(self.row, Value::from(number));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.cells.resize(self.row + 1);
        Ok(())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.cells.set_value(self.row, Value::Bool(truth));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if !self.cells.set_text(self.row, text) {
            self.cells.set_value(self.row, Value::from(text));
        }
        Ok(())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<(), E> {
        self.cells.set_value(self.row, Value::String(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(list))?;
        self.cells.set_value(self.row, value);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(object))?;
        self.cells.set_value(self.row, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(json: &str) -> Rows {
        serde_json::from_str(json).unwrap()
    }

    fn numbers(cells: &Cells) -> Vec<Option<f64>> {
        let Cells::Numbers(numbers) = cells else { panic!("{cells:?}") };
        numbers.iter().map(|number| Some(*number).filter(|n| !n.is_nan())).collect()
    }

    #[test]
    fn objects_become_columns() {
        let columns = rows(r#"[{"a":1,"b":0.5},{"b":null,"c":"x"},{"a":2}]"#).into_columns();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(numbers(&columns[0].1), [Some(1.0), None, Some(2.0)]);
        assert_eq!(numbers(&columns[1].1), [Some(0.5), None, None]);
        let Cells::Texts(texts) = &columns[2].1 else { panic!("{:?}", columns[2].1) };
        assert_eq!(texts.clone().sorted(), (vec!["x".into()], vec![u32::MAX, 0, u32::MAX]));
    }

    #[test]
    fn a_column_of_several_kinds_keeps_what_was_sent() {
        let sent =
            json!([{"a": 17}, {"a": 0.5}, {"a": true}, {"a": [1]}, {"a": {"b": "c"}}, {"a": "17"}]);
        let read: Rows = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), sent);
        let sent = json!([{"a": "x"}, {}, {"a": "x"}, {"a": 2}, {"a": "y"}]);
        let read: Rows = serde_json::from_value(sent.clone()).unwrap();
        let missing = json!([{"a": "x"}, {"a": null}, {"a": "x"}, {"a": 2}, {"a": "y"}]);
        assert_eq!(serde_json::to_value(&read).unwrap(), missing);
        let large = json!([{"a": 9_007_199_254_740_993_u64}]);
        assert_eq!(serde_json::to_value(rows(&large.to_string())).unwrap(), large);
    }

    #[test]
    fn objects_in_memory_become_the_same_rows() {
        let sent = json!([{"a": 1, "b": "x"}, {"b": null}, {}]);
        let objects: Vec<Map<String, Value>> = serde_json::from_value(sent.clone()).unwrap();
        let read: Rows = serde_json::from_value(sent).unwrap();
        let written = |rows: &Rows| serde_json::to_string(rows).unwrap();
        assert_eq!(written(&objects.into_iter().collect()), written(&read));
        assert_eq!((read.len(), read.is_empty()), (3, false));
    }

    #[test]
    fn what_is_no_row_and_too_many_keys_are_refused() {
        for text in ["{}", "[1]", "[[]]", "[null]"] {
            assert!(serde_json::from_str::<Rows>(text).is_err(), "{text}");
        }
        let object = |row: usize| format!(r#"{{"k{row}":0}}"#);
        let list = (0..=MAX_COLUMNS).map(object).collect::<Vec<_>>().join(",");
        let error = serde_json::from_str::<Rows>(&format!("[{list}]")).unwrap_err().to_string();
        assert!(error.contains("row 1025: more than 1024 different keys"), "{error}");
    }
}
