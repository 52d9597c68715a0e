//! Documents that mention a student: JSON of fits, requests, models and the ledger, and its texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::document::{About, How};
use super::rows::owner_column;
use crate::catalog::tables;
use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::ledger::kept_models::SEEDTEST_RUN_MODELS;
use crate::ledger::outbox::SEEDTEST_OUTBOX;
use crate::ledger::results::SEEDTEST_RUN_RESULTS;
use crate::ledger::runs::{SEEDTEST_RUN_REQUESTS, SEEDTEST_RUNS};
use crate::schema::{Kind, Owner, Table};

/// What one document says of a student.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Table and column.
    pub place: String,
    /// Key of the row, its values with blanks between them.
    pub key: String,
    /// The parts about the student; of a text the whole.
    pub parts: Vec<Json>,
}

/// A column that holds documents.
#[derive(Clone, Copy)]
struct Place {
    table: &'static Table,
    column: &'static str,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// JSON, of the engine's type.
    Json,
    /// JSON that is kept as it was sent.
    JsonText,
    /// A sentence.
    Text,
}

impl Place {
    fn name(&self) -> String {
        format!("{}.{}", self.table.name, self.column)
    }

    /// Models predict for others too: their parts stay, without the name.
    fn how<'l>(&self, label: &'l str) -> How<'l> {
        let is_model = self.table.name == SEEDTEST_RUN_MODELS.name || self.column == "model";
        if is_model { How::Relabel(label) } else { How::Remove(label) }
    }
}

/// Texts that are no JSON, or JSON as it came.
const TEXTS: [(&Table, &str, Form); 5] = [
    (&SEEDTEST_RUNS, "actor", Form::Text),
    (&SEEDTEST_RUNS, "error", Form::Text),
    (&SEEDTEST_OUTBOX, "last_error", Form::Text),
    (&SEEDTEST_RUN_REQUESTS, "request", Form::JsonText),
    (&SEEDTEST_RUN_RESULTS, "result", Form::JsonText),
];

/// Every column that holds documents: the JSON of tables whose rows belong to nobody, and the texts.
fn places(backend: Backend) -> Vec<Place> {
    let ours = tables(backend)
        .filter(|table| table.owner == Owner::Analytics && owner_column(table).is_none());
    let of_json = ours.flat_map(|table| {
        let json = table.columns.iter().filter(|column| column.kind == Kind::Json);
        json.map(move |column| Place { table, column: column.name, form: Form::Json })
    });
    let of_text = TEXTS.iter().map(|&(table, column, form)| {
        let found = tables(backend).find(|declared| declared.name == table.name);
        found.map(|table| Place { table, column, form })
    });
    of_json.chain(of_text.flatten()).collect()
}

/// A document that may mention the student, with the key of its row.
struct Found {
    key: Vec<String>,
    text: String,
}

/// A text with characters where what is no JSON after all spells them out.
fn plain(form: Form, text: &str) -> Cow<'_, str> {
    if form == Form::Text || !text.contains('\\') {
        return text.into();
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        read.push_str(before);
        let (character, length) = unescaped(escape).unwrap_or(('\\', 1));
        read.push(character);
        rest = &escape[length..];
    }
    read.push_str(rest);
    read.into()
}

/// The character that an escape of JSON at the begin of a text stands for, and the length of the escape.
fn unescaped(text: &str) -> Option<(char, usize)> {
    if text.starts_with("\\/") {
        return Some(('/', 2));
    }
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    let (units, length) = match char::from_u32(u32::from(first)) {
        Some(_) => (vec![first], 6),
        None => (vec![first, unit(6)?], 12),
    };
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((character, length))
}

/// Documents in which the id stands, in one of the ways it can be written.
async fn candidates(
    session: &mut Session<'_>,
    place: &Place,
    user_id: &str,
) -> Result<Vec<Found>, Error> {
    let contains = |what: &str| match session.backend() {
        Backend::Postgres => format!("strpos(CAST({} AS TEXT), {what}) > 0", place.column),
        Backend::Sqlite => format!("instr(CAST({} AS TEXT), {what}) > 0", place.column),
    };
    // As JSON writes it; a sender may also write any character as \uXXXX, and a slash after a backslash.
    let quoted = Json::from(user_id).to_string();
    let inner = if place.form == Form::Text { user_id } else { &quoted[1..quoted.len() - 1] };
    let keys: Vec<String> =
        place.table.key.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
    let sql = format!(
        "SELECT CAST({} AS TEXT), {} FROM {} WHERE {} OR {} OR {} ORDER BY {}",
        place.column,
        keys.join(", "),
        place.table.name,
        contains("$1"),
        contains("'\\u'"),
        contains("'\\/'"),
        place.table.key.join(", "),
    );
    let width = keys.len();
    let read = |row: &Row<'_>| {
        let key: Result<Vec<String>, Error> =
            (1..=width).map(|at| row.required(at, row.owned_text(at)?)).collect();
        Ok(Found { text: row.required(0, row.owned_text(0)?)?, key: key? })
    };
    session.fetch(&sql, &[Value::text(inner)], read).await
}

pub(super) async fn read(session: &mut Session<'_>, user_id: &str) -> Result<Vec<Mention>, Error> {
    let mut all = Vec::new();
    let about = About::new(user_id);
    for place in places(session.backend()) {
        for found in candidates(session, &place, user_id).await? {
            let parts = match (place.form, serde_json::from_str::<Json>(&found.text)) {
                (Form::Json | Form::JsonText, Ok(json)) => about.parts(&json),
                (form, _) => {
                    let text = plain(form, &found.text);
                    if about.is_in(&text) { vec![Json::from(&*text)] } else { Vec::new() }
                }
            };
            if !parts.is_empty() {
                all.push(Mention { place: place.name(), key: found.key.join(" "), parts });
            }
        }
    }
    Ok(all)
}

pub(super) async fn erase(
    session: &mut Session<'_>,
    user_id: &str,
    label: &str,
) -> Result<BTreeMap<String, u64>, Error> {
    let mut all = BTreeMap::new();
    let about = About::new(user_id);
    for place in places(session.backend()) {
        for found in candidates(session, &place, user_id).await? {
            let how = place.how(label);
            let changed = match (place.form, serde_json::from_str::<Json>(&found.text)) {
                (Form::Json | Form::JsonText, Ok(mut json)) => {
                    let changed = about.erase(&mut json, how);
                    changed.then(|| json.to_string())
                }
                (form, _) => about.replaced(&plain(form, &found.text), label),
            };
            if let Some(text) = changed {
                write(session, &place, &found.key, &text).await?;
                *all.entry(place.name()).or_insert(0) += 1;
            }
        }
    }
    Ok(all)
}

async fn write(
    session: &mut Session<'_>,
    place: &Place,
    key: &[String],
    text: &str,
) -> Result<(), Error> {
    let value = match (session.backend(), place.form) {
        (Backend::Postgres, Form::Json) => "CAST($1 AS jsonb)",
        _ => "$1",
    };
    let matching: Vec<String> = place
        .table
        .key
        .iter()
        .zip(2..)
        .map(|(name, number)| format!("CAST({name} AS TEXT) = ${number}"))
        .collect();
    let sql = format!(
        "UPDATE {} SET {} = {value} WHERE {}",
        place.table.name,
        place.column,
        matching.join(" AND ")
    );
    let mut values = vec![Value::text(text)];
    values.extend(key.iter().map(|part| Value::text(part)));
    session.execute(&sql, &values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_where_a_text_is_no_json() {
        for (text, read) in [
            (r#"{"a": "\u0061\u006Dy", NaN}"#, r#"{"a": "amy", NaN}"#),
            (r"a\/b \ud83d\ude00 \uD558", "a/b 😀 하"),
            (r"\ud83d \u00 \n \", r"\ud83d \u00 \n \"),
            ("\\u가나다라", "\\u가나다라"),
        ] {
            assert_eq!(plain(Form::JsonText, text), read);
            assert_eq!(plain(Form::Text, text), text);
        }
    }
}
