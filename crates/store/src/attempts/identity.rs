//! The UUID and the number that stand for text ids in view `attempt`, and where SQLite keeps them.

use std::collections::HashSet;
use std::io::Write as _;

use md5::{Digest, Md5};
use uuid::Uuid;

use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, text};

const SEPARATOR: u8 = 0x1f;
const IF_NEW: &str = "ON CONFLICT DO NOTHING";

pub(crate) const STUDENT_IDENTITY: Table = Table::analytics(
    "student_identity",
    &[text("user_id").required(), Column::new("student_id", Kind::Uuid).required()],
)
.key(&["user_id"])
.only(Backend::Sqlite);

pub(crate) const ITEM_IDENTITY: Table = Table::analytics(
    "item_identity",
    &[text("item_id").required(), Column::new("item_number", Kind::BigInt).required()],
)
.key(&["item_id"])
.only(Backend::Sqlite);

/// The UUID that stands for a student in view `attempt`: the id itself when it is a UUID of 36
/// characters, else the md5 of its text laid out as a UUID.
pub fn student_id(user_id: &str) -> Uuid {
    match user_id.len() {
        36 => parse_uuid(user_id).unwrap_or_else(|| md5_uuid(user_id)),
        _ => md5_uuid(user_id),
    }
}

/// The number that stands for an item in view `attempt`: the id itself when it is a whole number
/// of 64 bits, else the first 64 bits of the md5 of its text.
pub fn item_number(item_id: &str) -> i64 {
    whole_number(item_id).unwrap_or_else(|| first_64_bits(md5(item_id.as_bytes())))
}

/// The id of an answer of an exam: the first 64 bits of the md5 of exam and question.
pub(crate) fn exam_answer_id(exam_result_id: Uuid, question_id: &str) -> i64 {
    first_64_bits(md5(format!("{exam_result_id}-{question_id}").as_bytes()))
}

/// The id of an imported answer, which makes the same answer the same row.
pub(crate) fn attempt_id(
    user_id: &str,
    item_id: &str,
    completed_at_micros: i64,
    topic_id: Option<&str>,
    session_id: Option<&str>,
) -> i64 {
    let mut text = Vec::with_capacity(128);
    attempt_id_in(&mut text, (user_id, item_id), completed_at_micros, (topic_id, session_id))
}

/// The same for many answers one after the other, in a buffer of the caller.
pub(crate) fn attempt_id_in(
    text: &mut Vec<u8>,
    (user_id, item_id): (&str, &str),
    completed_at_micros: i64,
    (topic_id, session_id): (Option<&str>, Option<&str>),
) -> i64 {
    text.clear();
    text.extend_from_slice(user_id.as_bytes());
    text.push(SEPARATOR);
    text.extend_from_slice(item_id.as_bytes());
    text.push(SEPARATOR);
    // Writing to a Vec cannot fail.
    let _ = write!(text, "{completed_at_micros}");
    for part in [topic_id, session_id] {
        text.push(SEPARATOR);
        text.extend_from_slice(part.unwrap_or("").as_bytes());
    }
    first_64_bits(md5(text))
}

/// The id of an exam document that brings none: the md5 of its session as a UUID.
pub(crate) fn exam_result_id(session_id: &str) -> Uuid {
    md5_uuid(session_id)
}

/// A whole number of 64 bits, as PostgreSQL's `seedtest_whole_number` reads it: blanks around it, a
/// sign and a fraction of zeros are allowed.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = (1..=30).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && fraction.bytes().all(|byte| byte == b'0');
    if is_number { whole.parse().ok() } else { None }
}

/// PostgreSQL allows a hyphen after every group of four digits.
fn parse_uuid(text: &str) -> Option<Uuid> {
    let mut digits = String::with_capacity(32);
    let mut previous = b'-';
    for byte in text.bytes() {
        let allowed = match byte {
            b'-' => previous != b'-' && digits.len().is_multiple_of(4) && digits.len() < 32,
            _ => byte.is_ascii_hexdigit(),
        };
        if !allowed {
            return None;
        }
        if byte != b'-' {
            digits.push(char::from(byte));
        }
        previous = byte;
    }
    if digits.len() == 32 { Uuid::try_parse(&digits).ok() } else { None }
}

fn md5_uuid(text: &str) -> Uuid {
    Uuid::from_bytes(md5(text.as_bytes()))
}

fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

fn first_64_bits(digest: [u8; 16]) -> i64 {
    (u128::from_be_bytes(digest) >> 64) as i64
}

/// Ids whose UUID or number this transaction has already stored.
///
/// SQLite has no md5, so its views look both up in a table; PostgreSQL computes them.
#[derive(Debug, Default)]
pub(crate) struct KnownIdentities {
    students: HashSet<Box<str>>,
    items: HashSet<Box<str>>,
}

impl KnownIdentities {
    /// Stores the identities of ids not seen before in this transaction.
    pub(crate) async fn store<'a>(
        &mut self,
        session: &mut Session<'_>,
        students: impl Iterator<Item = &'a str>,
        items: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        if matches!(session, Session::Postgres(_)) {
            return Ok(());
        }
        let new_students = unseen(&mut self.students, students);
        let mut values = Vec::with_capacity(new_students.len() * 2);
        for user_id in new_students {
            values.extend([Value::text(user_id), Value::Uuid(Some(student_id(user_id)))]);
        }
        STUDENT_IDENTITY.insert().on_conflict(IF_NEW).run(session, &values).await?;

        let new_items = unseen(&mut self.items, items);
        let mut values = Vec::with_capacity(new_items.len() * 2);
        for item_id in new_items {
            values.extend([Value::text(item_id), Value::int(item_number(item_id))]);
        }
        ITEM_IDENTITY.insert().on_conflict(IF_NEW).run(session, &values).await?;
        Ok(())
    }
}

/// Forgets the identities of students who have no answers any more.
pub(crate) async fn forget_identities(session: &mut Session<'_>) -> Result<(), Error> {
    if matches!(session, Session::Postgres(_)) {
        return Ok(());
    }
    let sql = "DELETE FROM student_identity WHERE user_id NOT IN (SELECT user_id FROM attempt_log) \
         AND user_id NOT IN (SELECT user_id FROM exam_results WHERE user_id IS NOT NULL)";
    session.execute(sql, &[]).await?;
    Ok(())
}

fn unseen<'a>(known: &mut HashSet<Box<str>>, ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut new = Vec::new();
    let mut last = None;
    for id in ids {
        // The rows of a student mostly follow each other.
        if last == Some(id) {
            continue;
        }
        last = Some(id);
        if !known.contains(id) {
            known.insert(id.into());
            new.push(id);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_of_the_contract() {
        // docs/contract/metrics.md M2.
        assert_eq!(student_id("user-123").to_string(), "bc17c97c-3d89-7d43-b7e0-7ca0266eafa8");
        let uuid = "6F9619FF-8B86-4D01-B42D-00CF4FC964FF";
        assert_eq!(student_id(uuid).to_string(), uuid.to_lowercase());
    }

    #[test]
    fn malformed_uuids_are_hashed() {
        let dashes = "-".repeat(36);
        assert_eq!(student_id(&dashes), md5_uuid(&dashes));
        let shifted = "6f9619ff8-b86-4d01-b42d-00cf4fc964ff";
        assert_eq!(student_id(shifted), md5_uuid(shifted));
    }

    #[test]
    fn the_answer_id_of_the_contract() {
        // docs/contract/schema.md S3: md5 prefix f8c59391c8454720.
        let exam = Uuid::try_parse("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap();
        assert_eq!(exam_answer_id(exam, "101"), -520_847_927_551_899_872);
    }

    #[test]
    fn whole_numbers_only() {
        assert_eq!(whole_number(" 101\n"), Some(101));
        assert_eq!(whole_number("+7.000"), Some(7));
        assert_eq!(whole_number("-9223372036854775808"), Some(i64::MIN));
        for text in ["", ".", "+", "9223372036854775808", "1e3", "0x1f", "7.5", "1_000", "٣"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn text_items_get_a_number_of_their_own() {
        assert_eq!(item_number("42"), 42);
        assert_ne!(item_number("q-42"), item_number("q-43"));
    }

    #[test]
    fn the_fields_of_an_attempt_do_not_run_together() {
        let id = |user, item, topic| attempt_id(user, item, 0, topic, None);
        assert_ne!(id("a", "bc", None), id("ab", "c", None));
        assert_ne!(id("a", "b", Some("t")), id("a", "b", None));
        assert_eq!(id("a", "b", Some("")), id("a", "b", None));
    }
}
