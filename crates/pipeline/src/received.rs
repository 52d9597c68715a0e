//! Statements that a learning system sends: their answers go into the log, and each student whose answers are new
//! is an event, so that the ability is estimated anew.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use seedtest_digest::keyed_hex;
use seedtest_ingest::SentAnswer;
use seedtest_store::{AnswerChange, AttemptRow, Correction, Statement, Store, Tx};

use crate::clock::Clock;
use crate::error::Error;
use crate::runs::{Event, EventKind, put_event};

/// A statement with its id, its text and the answer it tells of, if it tells of one.
#[derive(Debug, Clone)]
pub struct ReceivedStatement {
    /// Its id.
    pub id: String,
    /// Its content, by which one that comes again with other words is known.
    pub content: String,
    /// Its answer.
    pub answer: Option<SentAnswer>,
    /// The id of the statement that it voids.
    pub voids: Option<String>,
}

/// What became of the statements of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Answers that are new.
    pub stored: u64,
    /// Answers that were there already.
    pub known: u64,
    /// Statements that tell of no answer.
    pub others: u64,
    /// Students whose answers were voided.
    pub voided: Vec<String>,
}

/// Why the statements of a request are not taken in. None of them is, then.
#[derive(Debug)]
pub enum Refused {
    /// The statement at this place has the id of another one with other content.
    OtherContent(usize),
    /// The answer of the statement at this place contradicts one that is there: the same student, item and instant.
    Contradiction(usize),
    /// The database refused.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<seedtest_store::Error> for Refused {
    fn from(error: seedtest_store::Error) -> Self {
        Self::Error(error.into())
    }
}

/// Takes statements in: all of them or none. Durable when it returns; sent again, nothing changes.
///
/// # Errors
/// [`Refused`] names the statement.
pub async fn receive_statements(
    store: &Store,
    clock: Clock,
    source: &str,
    statements: &[ReceivedStatement],
) -> Result<Received, Refused> {
    let mut tx = store.begin().await?;
    let received = write(&mut tx, clock, source, statements).await?;
    tx.commit().await?;
    // After the answers: whoever deals with an event finds them. A sender who got no answer sends again.
    for (user_id, at) in newest(statements) {
        let at = at.min(clock.now());
        let event = Event { kind: EventKind::SessionFinished, user_id, at, key: None };
        put_event(store, clock, &event).await?;
    }
    for user_id in &received.voided {
        let (user_id, at) = (user_id.clone(), clock.now());
        let event = Event { kind: EventKind::SessionFinished, user_id, at, key: None };
        put_event(store, clock, &event).await?;
    }
    Ok(received)
}

async fn write(
    tx: &mut Tx,
    clock: Clock,
    source: &str,
    statements: &[ReceivedStatement],
) -> Result<Received, Refused> {
    let digests: Vec<String> =
        statements.iter().map(|of| keyed_hex(source.as_bytes(), &[&of.content])).collect();
    let ids: Vec<&str> = statements.iter().map(|of| of.id.as_str()).collect();
    let known = tx.known_statements(&ids).await?;
    let is_other = |at: &usize| known.get(ids[*at]).is_some_and(|known| *known != digests[*at]);
    if let Some(at) = (0..ids.len()).find(is_other) {
        return Err(Refused::OtherContent(at));
    }
    let is_new = |at: &usize| !known.contains_key(ids[*at]);
    let new: Vec<usize> = (0..ids.len()).filter(is_new).collect();
    let with_answers: Vec<(usize, &SentAnswer)> =
        new.iter().filter_map(|&at| Some((at, statements[at].answer.as_ref()?))).collect();
    let rows: Vec<AttemptRow<'_>> =
        with_answers.iter().filter_map(|(_, answer)| row(answer, source)).collect();
    let written = tx.write_attempts(&rows).await?;
    if let Some(&conflict) = written.conflicts.first() {
        return Err(Refused::Contradiction(with_answers[conflict].0));
    }
    let noted: Vec<Statement> = new
        .iter()
        .map(|&at| Statement {
            id: statements[at].id.clone(),
            answer: statements[at].answer.as_ref().and_then(|answer| {
                let at = DateTime::from_timestamp_micros(answer.at)?;
                Some((answer.student.clone(), answer.item.clone(), at))
            }),
            digest: digests[at].clone(),
        })
        .collect();
    tx.put_statements(&noted, clock.now()).await?;
    let mut voided = Vec::new();
    for target in new.iter().filter_map(|&at| statements[at].voids.as_deref()) {
        voided.extend(void(tx, clock, source, target).await?);
    }
    let others = statements.iter().filter(|of| of.answer.is_none()).count() as u64;
    let stored = written.inserted;
    let known = statements.len() as u64 - others - stored;
    Ok(Received { stored, known, others, voided })
}

/// The answer of a statement no longer counts; gives its student.
async fn void(
    tx: &mut Tx,
    clock: Clock,
    source: &str,
    target: &str,
) -> Result<Option<String>, Error> {
    let found = tx.answer_of_statement(target).await?;
    let Some(answer) = found.filter(|answer| !answer.is_voided) else { return Ok(None) };
    let by = Correction { at: clock.now(), actor: source };
    let reason = format!("a statement voids {target}");
    tx.change_answer(&answer, AnswerChange::Void, Some(&reason), by).await?;
    Ok(Some(answer.user_id))
}

fn row<'a>(answer: &'a SentAnswer, source: &'a str) -> Option<AttemptRow<'a>> {
    Some(AttemptRow {
        user_id: &answer.student,
        item_id: &answer.item,
        topic_id: answer.topic.as_deref(),
        session_id: answer.session.as_deref(),
        subject_id: answer.subject.as_deref(),
        completed_at: DateTime::from_timestamp_micros(answer.at)?,
        correct: answer.outcome,
        response_time_ms: answer.response_time_ms,
        used_hints: answer.hints,
        source: Some(source),
        points: None,
        max_points: None,
    })
}

/// The newest answer of every student.
fn newest(statements: &[ReceivedStatement]) -> BTreeMap<String, DateTime<Utc>> {
    let mut newest: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for answer in statements.iter().filter_map(|of| of.answer.as_ref()) {
        let Some(at) = DateTime::from_timestamp_micros(answer.at) else { continue };
        let of_student = newest.entry(answer.student.clone()).or_insert(at);
        *of_student = at.max(*of_student);
    }
    newest
}
