//! Files of JSON objects that tell of events.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::event::{Event, Fault};
use super::{System, caliper, edx_log, py_irt, xapi};
use crate::batch::Batch;
use crate::error::Error;
use crate::json_texts::{JsonShape, JsonTexts};
use crate::lines::Found;
use crate::options::Options;
use crate::reading::Reading;
use crate::reject::{RejectReason, shortened_bytes};
use crate::source::{Source, stream_error};

/// Reads the answers that events tell of.
pub(crate) struct EventRows {
    path: PathBuf,
    texts: JsonTexts,
    system: System,
    reading: Reading,
    rows: u64,
}

impl EventRows {
    pub(crate) fn of(source: Source, system: System, shape: JsonShape, options: &Options) -> Self {
        let path = source.path().to_owned();
        let texts = JsonTexts::new(source.into_input(), shape, options.max_document_bytes);
        Self { path, texts, system, reading: Reading::scored(options), rows: 0 }
    }

    /// Adds answers to `batch` until it holds `rows` of them or the file ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        while !batch.is_full(rows) {
            let found = self.texts.advance().map_err(|e| stream_error(&self.path, self.rows, e))?;
            match found {
                Found::End => break,
                Found::TooLong => self.reject(batch, RejectReason::LineTooLong),
                Found::Line => self.push_text(batch),
            }
        }
        Ok(())
    }

    fn push_text(&mut self, batch: &mut Batch) {
        self.rows += 1;
        let Ok(text) = std::str::from_utf8(self.texts.text()) else {
            return self.reject(batch, RejectReason::BadEncoding);
        };
        let Ok(document) = serde_json::from_str::<Map<String, Value>>(text) else {
            return self.reject(batch, RejectReason::BadJson);
        };
        for found in events(self.system, &document) {
            match found {
                Ok(event) => batch.push(self.texts.number(), &event.cells(), &self.reading),
                Err((reason, value)) => batch.reject(self.texts.number(), reason, value),
            }
        }
    }

    fn reject(&self, batch: &mut Batch, reason: RejectReason) {
        batch.reject(self.texts.number(), reason, shortened_bytes(self.texts.text()));
    }
}

/// The answers of a document, which may be an envelope around several.
pub(crate) fn events(system: System, document: &Map<String, Value>) -> Vec<Result<Event, Fault>> {
    let inner = match system {
        System::Xapi => document.get("statements"),
        System::Caliper => document.get("data").filter(|_| !document.contains_key("action")),
        _ => None,
    };
    let Some(Value::Array(documents)) = inner else { return one(system, document) };
    let of = |value: &Value| match value {
        Value::Object(document) => one(system, document),
        other => vec![Err((RejectReason::BadJson, shortened_bytes(other.to_string().as_bytes())))],
    };
    documents.iter().flat_map(of).collect()
}

fn one(system: System, document: &Map<String, Value>) -> Vec<Result<Event, Fault>> {
    let found = match system {
        System::Caliper => caliper::read(document),
        System::EdxLog => edx_log::read(document),
        System::PyIrt => py_irt::read(document),
        _ => xapi::read(document),
    };
    match found {
        Ok(events) => events.into_iter().map(Ok).collect(),
        Err(fault) => vec![Err(fault)],
    }
}
