//! Statements and events that a system sends one by one, read as those of a file.

use seedtest_responses::TimeZone;
use serde_json::{Map, Value};

use super::System;
use super::event_rows::events;
use crate::batch::Batch;
use crate::options::{Options, Wanted};
use crate::reading::Reading;
use crate::reject::RejectReason;
use crate::retries::Retries;

/// The answer that a document tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct SentAnswer {
    /// Which document, from 0.
    pub index: usize,
    /// The student.
    pub student: String,
    /// The item.
    pub item: String,
    /// Topic.
    pub topic: Option<String>,
    /// Sitting.
    pub session: Option<String>,
    /// Subject, course or test.
    pub subject: Option<String>,
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Right or wrong; `None` = not known.
    pub outcome: Option<bool>,
    /// How long it took.
    pub response_time_ms: Option<u32>,
    /// Hints used.
    pub hints: Option<u32>,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFault {
    /// Which one, from 0.
    pub index: usize,
    /// Why.
    pub reason: RejectReason,
    /// The value at fault.
    pub value: String,
}

/// What documents tell of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sent {
    /// Answers, in the order of the documents.
    pub answers: Vec<SentAnswer>,
    /// Documents that tell of something else, by their place.
    pub others: Vec<usize>,
    /// Documents that tell of an answer and cannot be read.
    pub faults: Vec<SentFault>,
}

/// Reads documents of a system of statements: xAPI or Caliper. `zone` is that of times without an offset; `latest`
/// is the newest time that an answer may have, in microseconds since 1970-01-01 UTC.
pub fn read_sent(
    system: System,
    documents: &[&Map<String, Value>],
    zone: &TimeZone,
    latest: i64,
) -> Sent {
    let options = Options { wanted: Wanted::Timed, ..Options::default() };
    let reading = Reading::scored(&options);
    let mut batch = Batch::default();
    for (index, document) in documents.iter().enumerate() {
        for found in events(system, document) {
            match found {
                Ok(event) => batch.push(index as u64, &event.cells(), &reading),
                Err((reason, value)) => batch.reject(index as u64, reason, value),
            }
        }
    }
    batch.place(zone, &mut Retries::default(), Some(latest));
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let mut sent = Sent::default();
    sent.answers.extend(batch.attempts().filter_map(|attempt| {
        Some(SentAnswer {
            index: attempt.line as usize,
            student: attempt.student.to_owned(),
            item: attempt.item.to_owned(),
            topic: owned(attempt.topic),
            session: owned(attempt.session),
            subject: owned(attempt.subject),
            at: attempt.at?,
            outcome: attempt.outcome,
            response_time_ms: attempt.response_time_ms,
            hints: attempt.hints,
        })
    }));
    for reject in batch.rejects() {
        let index = reject.line as usize;
        match reject.reason {
            RejectReason::NotAnAnswer => sent.others.push(index),
            reason => sent.faults.push(SentFault { index, reason, value: reject.value.clone() }),
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statements_are_answers_others_or_faults() {
        let statement = |verb: &str, result: Value, at: &str| {
            json!({"actor": {"mbox": "mailto:amy@x.org"}, "verb": {"id": format!("http://x/{verb}")},
                   "object": {"id": "q"}, "result": result, "timestamp": at})
        };
        let all = [
            statement("answered", json!({"success": true}), "2025-03-03T09:00:00Z"),
            statement("experienced", json!({}), "2025-03-03T09:00:00Z"),
            statement("answered", json!({"success": true}), "yesterday"),
            statement("scored", json!({"score": {"raw": 2, "max": 4}}), "2025-03-03T09:00:01Z"),
            statement("answered", json!({"success": true}), "2125-03-03T09:00:00Z"),
        ];
        let documents: Vec<_> = all.iter().filter_map(Value::as_object).collect();
        let latest = 1_800_000_000_000_000;
        let sent = read_sent(System::Xapi, &documents, &TimeZone::default(), latest);
        let answers: Vec<_> = sent.answers.iter().map(|of| (of.index, of.outcome)).collect();
        assert_eq!(answers, [(0, Some(true)), (3, Some(false))]);
        assert_eq!(sent.others, [1]);
        assert_eq!(sent.faults.iter().map(|of| of.index).collect::<Vec<_>>(), [2, 4]);
    }
}
