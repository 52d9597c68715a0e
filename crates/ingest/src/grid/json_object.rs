//! The values of one flat JSON object, read without building the object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::cell::Cell;
use crate::reject::RejectReason;

/// The values of an object by column. Texts lie one behind the other in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Values {
    slots: Vec<Slot>,
    text: String,
}

/// A value of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Slot {
    /// The object has no such key.
    #[default]
    Absent,
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text {
        start: usize,
        end: usize,
    },
    /// An array or object, or two values under one key.
    Unusable,
}

impl Values {
    /// The value of a column.
    pub(crate) fn cell(&self, column: usize) -> Result<Cell<'_>, RejectReason> {
        Ok(match self.slots.get(column).copied().unwrap_or_default() {
            Slot::Absent | Slot::Null => Cell::Null,
            Slot::Bool(value) => Cell::Bool(value),
            Slot::Integer(value) => Cell::Integer(value),
            Slot::Float(value) => Cell::Float(value),
            Slot::Text { start, end } => Cell::Text(&self.text[start..end]),
            Slot::Unusable => return Err(RejectReason::BadJson),
        })
    }

    /// Reads an object, asking `column_of` in which column the value of each key goes; `false` where the text
    /// is no object.
    pub(crate) fn read(
        &mut self,
        text: &str,
        column_of: impl FnMut(&str) -> Option<usize>,
    ) -> bool {
        self.slots.fill(Slot::Absent);
        self.text.clear();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let seed = RowSeed { values: self, column_of };
        seed.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
    }

    /// Puts a value in its column, where one may be only once.
    fn put(&mut self, column: usize, slot: Slot) {
        if self.slots.len() <= column {
            self.slots.resize(column + 1, Slot::Absent);
        }
        let is_first = self.slots[column] == Slot::Absent;
        self.slots[column] = if is_first { slot } else { Slot::Unusable };
    }
}

struct RowSeed<'v, F> {
    values: &'v mut Values,
    column_of: F,
}

impl<'de, F: FnMut(&str) -> Option<usize>> DeserializeSeed<'de> for RowSeed<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&str) -> Option<usize>> Visitor<'de> for RowSeed<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(KeySeed(&mut self.column_of))? {
            let Some(column) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let slot = map.next_value_seed(ValueSeed(&mut self.values.text))?;
            self.values.put(column, slot);
        }
        Ok(())
    }
}

struct KeySeed<'a, F>(&'a mut F);

impl<'de, F: FnMut(&str) -> Option<usize>> DeserializeSeed<'de> for KeySeed<'_, F> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnMut(&str) -> Option<usize>> Visitor<'_> for KeySeed<'_, F> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok((self.0)(key))
    }
}

struct ValueSeed<'v>(&'v mut String);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Slot;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Slot, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(Slot::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Slot, E> {
        Ok(Slot::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Slot, E> {
        Ok(Slot::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Slot, E> {
        match i64::try_from(value) {
            Ok(value) => Ok(Slot::Integer(value)),
            Err(_) => self.visit_str(&value.to_string()),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<Slot, E> {
        Ok(Slot::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Slot, E> {
        let start = self.0.len();
        self.0.push_str(text);
        Ok(Slot::Text { start, end: self.0.len() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Slot, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Slot::Unusable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slot, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Slot::Unusable)
    }
}
