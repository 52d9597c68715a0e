//! Result reports of QTI 3 (1EdTech): `assessmentResult` documents.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::PathBuf;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};

use super::event::Event;
use super::iso_duration::milliseconds;
use crate::batch::Batch;
use crate::error::Error;
use crate::options::Options;
use crate::reading::Reading;
use crate::reject::RejectReason;
use crate::scoring;
use crate::source::{Input, Source};
use crate::xml::{attribute, local};

/// Reads the results of items, one report behind the other.
pub(crate) struct QtiRows {
    path: PathBuf,
    xml: Reader<BufReader<Input>>,
    buffer: Vec<u8>,
    reading: Reading,
    report: Report,
    rows: u64,
    ended: bool,
}

/// What is known of the report at hand.
#[derive(Default)]
struct Report {
    student: String,
    test: Option<String>,
    item: Option<ItemResult>,
    /// Outcome or response variable at hand.
    variable: Option<String>,
    in_value: bool,
}

/// The result of one item.
#[derive(Default)]
struct ItemResult {
    identifier: String,
    at: Option<String>,
    session_status: String,
    values: BTreeMap<String, String>,
    max: Option<f64>,
}

impl QtiRows {
    pub(crate) fn of(source: Source, options: &Options) -> Self {
        let path = source.path().to_owned();
        let xml = Reader::from_reader(BufReader::with_capacity(64 << 10, source.into_input()));
        Self {
            path,
            xml,
            buffer: Vec::new(),
            reading: Reading::scored(options),
            report: Report::default(),
            rows: 0,
            ended: false,
        }
    }

    /// Adds answers to `batch` until it holds `rows` of them or the file ends.
    pub(crate) fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<(), Error> {
        /// Longest text between two tags that is kept.
        const LONGEST: usize = 1 << 20;
        while !self.ended && !batch.is_full(rows) {
            self.buffer.clear();
            let failed = |path: &PathBuf, rows, message: String| Error::Xml {
                path: path.clone(),
                rows,
                message,
            };
            let event = self.xml.read_event_into(&mut self.buffer);
            let event = event.map_err(|error| failed(&self.path, self.rows, error.to_string()))?;
            match event {
                Xml::Eof => self.ended = true,
                Xml::Start(tag) => self.report.open(&tag),
                Xml::Empty(tag) => {
                    self.report.open(&tag);
                    let name = local(tag.name().as_ref()).to_owned();
                    self.rows +=
                        u64::from(self.report.close(&name, batch, &self.reading, self.rows + 1));
                }
                Xml::Text(text) if self.report.in_value && text.len() < LONGEST => {
                    self.report.value(&text);
                }
                Xml::End(tag) => {
                    let name = local(tag.name().as_ref()).to_owned();
                    self.rows +=
                        u64::from(self.report.close(&name, batch, &self.reading, self.rows + 1));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Report {
    fn open(&mut self, tag: &BytesStart<'_>) {
        match local(tag.name().as_ref()) {
            "assessmentResult" => *self = Self::default(),
            "context" => {
                self.student = attribute(tag, "sourcedId")
                    .or_else(|| attribute(tag, "sourcedid"))
                    .unwrap_or_default();
            }
            "testResult" => self.test = attribute(tag, "identifier"),
            "itemResult" => {
                self.item = Some(ItemResult {
                    identifier: attribute(tag, "identifier").unwrap_or_default(),
                    at: attribute(tag, "datestamp"),
                    session_status: attribute(tag, "sessionStatus").unwrap_or_default(),
                    ..ItemResult::default()
                });
            }
            "outcomeVariable" | "responseVariable" => {
                self.variable = attribute(tag, "identifier");
                if let (Some(item), Some("SCORE")) = (&mut self.item, self.variable.as_deref()) {
                    item.max =
                        attribute(tag, "normalMaximum").and_then(|max| scoring::number(&max));
                }
            }
            "value" => self.in_value = self.item.is_some() && self.variable.is_some(),
            _ => {}
        }
    }

    fn value(&mut self, text: &str) {
        let (Some(item), Some(variable)) = (&mut self.item, &self.variable) else { return };
        item.values.entry(variable.clone()).or_insert_with(|| text.trim().to_owned());
    }

    /// Ends an element; whether an item ended with it.
    fn close(&mut self, name: &str, batch: &mut Batch, reading: &Reading, row: u64) -> bool {
        match name {
            "value" => self.in_value = false,
            "outcomeVariable" | "responseVariable" => self.variable = None,
            "itemResult" => {
                let Some(item) = self.item.take() else { return false };
                match self.event(&item) {
                    Ok(event) => batch.push(row, &event.cells(), reading),
                    Err(reason) => batch.reject(row, reason, item.identifier),
                }
                return true;
            }
            _ => {}
        }
        false
    }

    fn event(&self, item: &ItemResult) -> Result<Event, RejectReason> {
        let score = item.values.get("SCORE").and_then(|text| scoring::number(text));
        let max =
            item.max.or_else(|| item.values.get("MAXSCORE").and_then(|text| scoring::number(text)));
        let is_open = matches!(item.session_status.as_str(), "initial" | "pendingSubmission");
        let Some(score) = score.filter(|_| !is_open) else { return Err(RejectReason::NotAnAnswer) };
        // Without a maximum, 0 and 1 say what they usually do.
        let right = (max.is_none() && (score == 0.0 || score == 1.0)).then_some(score == 1.0);
        if max.is_none() && right.is_none() {
            return Err(RejectReason::BadPoints);
        }
        Ok(Event {
            student: self.student.clone(),
            item: item.identifier.clone(),
            right,
            points: max.map(|max| (score, max)),
            at: item.at.clone(),
            response_time_ms: item.values.get("duration").and_then(|text| {
                scoring::number(text)
                    .map(|seconds| seconds * 1_000.0)
                    .or_else(|| milliseconds(text))
            }),
            subject: self.test.clone(),
            ..Event::default()
        })
    }
}
