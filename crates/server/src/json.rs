//! Strict reading of JSON: no key twice in an object, no number that is not one, nothing nested
//! deeper than sense, before any type is read from it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::{ApiError, ApiResult, Code};

/// Deepest nesting of a request.
const MAX_DEPTH: usize = 32;
/// Objects with more keys are searched by hash instead of one by one.
const FEW_KEYS: usize = 16;

/// Reads `bytes` as `T` after checking that they are unambiguous JSON.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> ApiResult<T> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(Code::Malformed, "the body is empty")
            .hint("send a JSON object and Content-Type: application/json"));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::new(Code::Malformed, "the body is not a JSON object"));
    }
    check(bytes).map_err(|error| malformed(&error))?;
    typed(bytes)
}

/// Reads bytes that were checked before as `T`.
pub(crate) fn typed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> ApiResult<T> {
    serde_json::from_slice(bytes).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(Code::Malformed, format!("the body cannot be read: {error}"))
}

fn check(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    Unambiguous { depth: 0 }.deserialize(&mut json)?;
    json.end()
}

/// Any JSON value at some depth.
#[derive(Clone, Copy)]
struct Unambiguous {
    depth: usize,
}

impl Unambiguous {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Unambiguous {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut keys = Keys::default();
        while let Some(Key(key)) = map.next_key()? {
            if !keys.insert(key.clone()) {
                let shown: String = key.chars().take(40).collect();
                return Err(A::Error::custom(format_args!("the key {shown:?} stands twice")));
            }
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Keys of one object by their hashes with their text.
#[derive(Default)]
struct Keys<'a> {
    few: Vec<Cow<'a, str>>,
    many: std::collections::HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    /// False when the key was there.
    fn insert(&mut self, key: Cow<'a, str>) -> bool {
        if self.many.is_empty() && self.few.len() < FEW_KEYS {
            let new = !self.few.contains(&key);
            self.few.push(key);
            return new;
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(key)
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read::<serde_json::Value>(text.as_bytes()).unwrap_err().message
    }

    #[test]
    fn plain_json_passes() {
        for text in ["{}", r#"{"a":[1,-2,3.5,null,true,"x"],"b":{"a":1}}"#] {
            assert!(read::<serde_json::Value>(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        assert!(fault(r#"{"a":1,"b":{"c":1,"c":2}}"#).contains("\"c\" stands twice"));
        let keys = (0..40).map(|key| format!("\"k{}\":0", key % 39));
        let many = keys.collect::<Vec<_>>().join(",");
        assert!(fault(&format!("{{{many}}}")).contains("k0"));
        assert!(fault(r#"{"a":1,"\u0061":2}"#).contains("stands twice"));
    }

    #[test]
    fn depth_numbers_and_garbage_are_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(fault(&deep).contains("deeper than 32"));
        for text in ["{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":1e999}", "{\"a\":1}{", "", "  "] {
            fault(text);
        }
    }
}
