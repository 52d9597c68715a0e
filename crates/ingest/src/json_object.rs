//! The fields of one JSON object, read without building the object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::batch::Cells;
use crate::cell::Cell;
use crate::field::Field;
use crate::reject::RejectReason;

/// A value of a JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum JsonValue<'de> {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'de, str>),
    /// An array or object.
    Nested,
}

/// The values of one object that mean a field.
#[derive(Debug, Default)]
pub(crate) struct JsonRow<'de> {
    values: [Option<JsonValue<'de>>; Field::ALL.len()],
    is_repeated: bool,
}

impl JsonRow<'_> {
    /// The values as cells, or what is wrong with them and the field at fault.
    pub(crate) fn cells(&self) -> Result<Cells<'_>, (RejectReason, &'static str)> {
        if self.is_repeated {
            return Err((RejectReason::BadJson, "one key twice"));
        }
        let mut cells = Cells::default();
        for field in Field::ALL {
            let cell = match &self.values[field as usize] {
                None | Some(JsonValue::Null) => Cell::Null,
                Some(JsonValue::Bool(value)) => Cell::Bool(*value),
                Some(JsonValue::Integer(value)) => Cell::Integer(*value),
                Some(JsonValue::Float(value)) => Cell::Float(*value),
                Some(JsonValue::Text(text)) => Cell::Text(text),
                Some(JsonValue::Nested) => return Err((RejectReason::BadJson, field.name())),
            };
            cells.set(field, cell);
        }
        Ok(cells)
    }
}

/// Reads an object, asking `field_of` what each key means.
pub(crate) struct RowSeed<F>(pub(crate) F);

impl<'de, F: FnMut(&str) -> Option<Field>> DeserializeSeed<'de> for RowSeed<F> {
    type Value = JsonRow<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonRow<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&str) -> Option<Field>> Visitor<'de> for RowSeed<F> {
    type Value = JsonRow<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<JsonRow<'de>, A::Error> {
        let mut row = JsonRow::default();
        while let Some(field) = map.next_key_seed(KeySeed(&mut self.0))? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(ValueSeed)?;
            row.is_repeated |= row.values[field as usize].replace(value).is_some();
        }
        Ok(row)
    }
}

struct KeySeed<'a, F>(&'a mut F);

impl<'de, F: FnMut(&str) -> Option<Field>> DeserializeSeed<'de> for KeySeed<'_, F> {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnMut(&str) -> Option<Field>> Visitor<'_> for KeySeed<'_, F> {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok((self.0)(key))
    }
}

struct ValueSeed;

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = JsonValue<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = JsonValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(JsonValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(JsonValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(JsonValue::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(match i64::try_from(value) {
            Ok(value) => JsonValue::Integer(value),
            Err(_) => JsonValue::Text(Cow::Owned(value.to_string())),
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(JsonValue::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JsonValue::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(JsonValue::Nested)
    }
}
