//! Ids as callers send them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

/// Longest id of a student, item or topic in a request, bytes.
pub const MAX_ID_BYTES: usize = 256;

/// An id as callers send it: text, or a number that is read as its text. Not empty and at most
/// [`MAX_ID_BYTES`] long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id<'a>(Cow<'a, str>);

impl Id<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Id<'a> {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor).map(Id)
    }
}

/// Text, or a number that is read as its text.
impl JsonSchema for Id<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text of 1 to 256 bytes, or a number that is read as its text.",
            "type": ["string", "number"],
            "minLength": 1,
            "maxLength": MAX_ID_BYTES,
        })
    }
}

struct IdVisitor;

fn checked<E: Error>(text: &str) -> Result<&str, E> {
    if text.is_empty() {
        return Err(E::custom("an id is empty"));
    }
    if text.len() > MAX_ID_BYTES {
        let n = text.len();
        return Err(E::custom(format_args!("an id has {n} bytes, {MAX_ID_BYTES} are possible")));
    }
    Ok(text)
}

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as text or number")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        checked(text).map(Cow::Borrowed)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        checked(text).map(|text| Cow::Owned(text.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }
}
