//! One answer as callers send it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::id::Id;

/// One answer as callers send it. The student may be called `user_id`, `student_id`, `student` or
/// `user`, the item `item_id` or `question_id`, correctness `is_correct`, `correct` or `y`, a score `score`
/// or `category`; where a row has several of them, the first in this order counts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["is_correct"]},
    {"required": ["correct"]},
    {"required": ["y"]},
    {"required": ["score"]},
    {"required": ["category"]},
]))]
pub struct ObservationJson<'a> {
    /// Student; a request about one student may leave it out.
    #[schemars(extend("x-aliases" = ["student_id", "student", "user"]))]
    pub user_id: Option<Id<'a>>,
    /// Item.
    #[schemars(extend("x-aliases" = ["question_id"]))]
    pub item_id: Id<'a>,
    /// Right, wrong, or not known (null); also as 1 and 0.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        schema_with = "correctness",
        extend("x-aliases" = ["correct", "y"])
    )]
    pub is_correct: Option<bool>,
    /// Score of the answer, or number of the category that was chosen: 0, 1, 2, … For models of items with several
    /// categories; where it stands, correctness may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, schema_with = "score", extend("x-aliases" = ["category"]))]
    pub score: Option<u8>,
    /// Group of the student (grade, class), the same in all rows of a student: every group then has an
    /// ability distribution of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Id<'a>>,
    /// Time of the answer, RFC 3339; where it is missing, the order of rows stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ObservationJson<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Row)
    }
}

fn correctness(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": [true, false, 1, 0, null]})
}

fn score(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["integer", "null"], "minimum": 0, "maximum": 254})
}

struct Row;

const STUDENT: [&str; 4] = ["user_id", "student_id", "student", "user"];
const ITEM: [&str; 2] = ["item_id", "question_id"];
const CORRECT: [&str; 3] = ["is_correct", "correct", "y"];
const SCORE: [&str; 2] = ["score", "category"];

/// A value under the best of its names so far.
struct Named<T> {
    rank: usize,
    value: Option<T>,
}

impl<T> Named<T> {
    const NONE: Self = Self { rank: usize::MAX, value: None };

    fn offer(&mut self, rank: usize, value: T) {
        if rank < self.rank {
            *self = Self { rank, value: Some(value) };
        }
    }
}

fn rank(names: &[&str], key: &str) -> Option<usize> {
    names.iter().position(|name| *name == key)
}

impl<'de> Visitor<'de> for Row {
    type Value = ObservationJson<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut student, mut item, mut correct) = (Named::NONE, Named::NONE, Named::NONE);
        let (mut responded_at, mut group, mut score) = (None, None, Named::NONE);
        while let Some(Key(key)) = map.next_key()? {
            if let Some(rank) = rank(&STUDENT, &key) {
                student.offer(rank, map.next_value()?);
            } else if let Some(rank) = rank(&ITEM, &key) {
                item.offer(rank, map.next_value()?);
            } else if let Some(rank) = rank(&CORRECT, &key) {
                correct.offer(rank, map.next_value::<Correctness>()?.0);
            } else if let Some(rank) = rank(&SCORE, &key) {
                score.offer(rank, map.next_value::<Score>()?.0);
            } else if key == "group" {
                group = map.next_value::<Option<Id<'de>>>()?;
            } else if key == "responded_at" {
                responded_at = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let missing = |names: &[&str]| A::Error::custom(format!("an answer has no {}", names[0]));
        Ok(ObservationJson {
            user_id: student.value.flatten(),
            item_id: item.value.ok_or_else(|| missing(&ITEM))?,
            is_correct: match correct.value {
                None if score.value.is_some() => None,
                correct => correct.ok_or_else(|| missing(&CORRECT))?,
            },
            score: score.value.flatten(),
            group,
            responded_at,
        })
    }
}

/// A key, borrowed where the text has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Key)
    }
}

struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_string()))
    }
}

/// `true`, `false`, 1, 0 or null.
struct Correctness(Option<bool>);

impl<'de> Deserialize<'de> for Correctness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CorrectnessVisitor).map(Correctness)
    }
}

/// A whole number from 0 to 254, or null.
struct Score(Option<u8>);

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(Self(None)) };
        if number.fract() == 0.0 && (0.0..=254.0).contains(&number) {
            return Ok(Self(Some(number as u8)));
        }
        Err(D::Error::custom(format_args!("score is {number}, not a whole number from 0 to 254")))
    }
}

struct CorrectnessVisitor;

fn zero_or_one<E: Error>(number: f64) -> Result<Option<bool>, E> {
    match number {
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        other => {
            Err(E::custom(format_args!("correctness is {other}, not true, false, 0, 1, null")))
        }
    }
}

impl Visitor<'_> for CorrectnessVisitor {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, 0, 1 or null")
    }

    fn visit_bool<E: Error>(self, correct: bool) -> Result<Option<bool>, E> {
        Ok(Some(correct))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<bool>, E> {
        zero_or_one(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<bool>, E> {
        zero_or_one(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<bool>, E> {
        zero_or_one(number)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<bool>, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ObservationJson<'_>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_spelling_reads_the_same() {
        let expected = read(r#"{"user_id":"7","item_id":"q1","is_correct":true}"#).unwrap();
        for text in [
            r#"{"student_id":7,"question_id":"q1","correct":1}"#,
            r#"{"student":"7","item_id":"q1","y":1.0,"extra":{"a":[1]}}"#,
            r#"{"user":"7","item_id":"q1","correct":true}"#,
            r#"{"student_id":"8","user_id":"7","item_id":"q1","y":0,"is_correct":true}"#,
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_none_and_what_is_wrong_is_named() {
        let known = read(r#"{"item_id":"q","is_correct":null}"#).unwrap();
        assert_eq!((known.is_correct, known.user_id), (None, None));
        assert!(read(r#"{"item_id":"q","is_correct":0.5}"#).unwrap_err().contains("0.5"));
        assert!(read(r#"{"item_id":"q"}"#).unwrap_err().contains("is_correct"));
        let scored = read(r#"{"item_id":"q","score":3.0,"category":1}"#).unwrap();
        assert_eq!((scored.score, scored.is_correct), (Some(3), None));
        assert_eq!(read(r#"{"item_id":"q","score":null}"#).unwrap().score, None);
        for wrong in ["0.5", "-1", "255"] {
            let text = format!(r#"{{"item_id":"q","score":{wrong}}}"#);
            assert!(read(&text).unwrap_err().contains(wrong), "{wrong}");
        }
        assert!(read(r#"{"is_correct":1}"#).unwrap_err().contains("item_id"));
        assert!(read(r#"{"item_id":"","is_correct":1}"#).unwrap_err().contains("empty"));
        let long = format!(r#"{{"item_id":"{}","is_correct":1}}"#, "x".repeat(10_000));
        assert!(read(&long).unwrap_err().contains("10000 bytes"));
    }
}
