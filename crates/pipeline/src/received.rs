//! Statements that a learning system sends: their answers go into the log, and each student whose answers are new
//! is an event, so that the ability is estimated anew.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use seedtest_digest::keyed_hex;
use seedtest_ingest::SentAnswer;
use seedtest_store::{AnswerChange, AttemptRow, Correction, Statement, Store, Tx};

use crate::clock::Clock;
use crate::error::Error;
use crate::runs::{Event, EventKind, put_event_with};

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
    /// Students whose answers were voided, or count again.
    pub changed: Vec<String>,
}

/// Why the statements of a request are not taken in. None of them is, then.
#[derive(Debug)]
pub enum Refused {
    /// The statement at this place has the id of another one with other content.
    OtherContent(usize),
    /// The answer of the statement at this place contradicts one that is there: the same student, item and instant.
    Contradiction(usize),
    /// The answer of the statement at this place was voided, or corrected and voided, by another hand than the
    /// sender's, and says otherwise.
    Voided(usize),
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
    let now = clock.now();
    let changed = received.changed.iter().map(|user_id| (user_id.clone(), now));
    // With the answers: whoever deals with an event finds them, and none of them is without its event.
    for (user_id, at) in newest(statements).into_iter().chain(changed) {
        let (kind, at) = (EventKind::SessionFinished, at.min(now));
        put_event_with(&mut tx, now, &Event { kind, user_id, at, key: None }).await?;
    }
    tx.commit().await?;
    Ok(received)
}

/// A statement that is new, with its place in the request.
#[derive(Clone, Copy)]
struct New<'a> {
    at: usize,
    of: &'a ReceivedStatement,
    digest: &'a str,
}

/// Who sends, and when.
#[derive(Clone, Copy)]
struct Sender<'a> {
    source: &'a str,
    now: DateTime<Utc>,
}

async fn write(
    tx: &mut Tx,
    clock: Clock,
    source: &str,
    statements: &[ReceivedStatement],
) -> Result<Received, Refused> {
    let sender = Sender { source, now: clock.now() };
    let digests: Vec<String> =
        statements.iter().map(|of| keyed_hex(source.as_bytes(), &[&of.content])).collect();
    let ids: Vec<&str> = statements.iter().map(|of| of.id.as_str()).collect();
    let known = tx.known_statements(&ids).await?;
    let is_other = |at: &usize| known.get(ids[*at]).is_some_and(|known| *known != digests[*at]);
    if let Some(at) = (0..ids.len()).find(is_other) {
        return Err(Refused::OtherContent(at));
    }
    let new: Vec<New<'_>> = (0..ids.len())
        .filter(|at| !known.contains_key(ids[*at]))
        .map(|at| New { at, of: &statements[at], digest: &digests[at] })
        .collect();
    // What voids a statement may come before it, in an earlier request or in this one.
    let new_ids: Vec<&str> = new.iter().map(|new| new.of.id.as_str()).collect();
    let targets: HashSet<&str> = new.iter().filter_map(|new| new.of.voids.as_deref()).collect();
    let voided_before = tx.voided_statements(&new_ids).await?;
    let is_voided =
        |new: &New<'_>| targets.contains(&*new.of.id) || voided_before.contains(&new.of.id);
    let (dead, live): (Vec<New<'_>>, Vec<New<'_>>) = new.iter().copied().partition(is_voided);
    note(tx, sender, &dead).await?;
    let (voiding, telling): (Vec<New<'_>>, Vec<New<'_>>) =
        live.into_iter().partition(|new| new.of.voids.is_some());
    note(tx, sender, &voiding).await?;
    let mut changed = BTreeSet::new();
    for target in targets.iter().filter(|target| !new_ids.contains(target)) {
        changed.extend(void(tx, sender, target).await?);
    }
    let restored = tell_anew(tx, sender, &telling).await?;
    let stored = write_answers(tx, sender, &telling).await?;
    note(tx, sender, &telling).await?;
    // An answer that is voided is kept nonetheless, so that it can be restored.
    let kept = write_voided(tx, sender, &dead).await?;
    for new in &dead {
        changed.extend(void(tx, sender, &new.of.id).await?);
    }
    let others = statements.iter().filter(|of| of.answer.is_none()).count() as u64;
    let stored = stored + restored.len() as u64 + kept;
    changed.extend(restored);
    let known = (statements.len() as u64 - others).saturating_sub(stored);
    Ok(Received { stored, known, others, changed: changed.into_iter().collect() })
}

/// Writes down that statements were taken in.
async fn note(tx: &mut Tx, sender: Sender<'_>, new: &[New<'_>]) -> Result<(), Error> {
    let noted: Vec<Statement> = new
        .iter()
        .map(|new| Statement {
            id: new.of.id.clone(),
            answer: new.of.answer.as_ref().and_then(|answer| {
                let at = DateTime::from_timestamp_micros(answer.at)?;
                Some((answer.student.clone(), answer.item.clone(), at))
            }),
            digest: new.digest.to_owned(),
            voids: new.of.voids.clone(),
        })
        .collect();
    Ok(tx.put_statements(&noted, sender.now).await?)
}

/// The answers that statements tell of, with the place of each statement in the request.
fn rows<'a>(new: &[New<'a>], source: &'a str) -> (Vec<usize>, Vec<AttemptRow<'a>>) {
    let answers =
        new.iter().filter_map(|new| Some((new.at, row(new.of.answer.as_ref()?, source)?)));
    answers.unzip()
}

/// Writes answers; gives how many are new.
async fn write_answers(
    tx: &mut Tx,
    sender: Sender<'_>,
    telling: &[New<'_>],
) -> Result<u64, Refused> {
    let (places, rows) = rows(telling, sender.source);
    let written = tx.write_attempts(&rows).await?;
    let Some(&conflict) = written.conflicts.first() else { return Ok(written.inserted) };
    let voided = tx.voided_answers(&rows).await?;
    let is_voided = voided.iter().any(|(at, _)| *at == conflict);
    let at = places[conflict];
    Err(if is_voided { Refused::Voided(at) } else { Refused::Contradiction(at) })
}

/// Writes answers of statements that are voided already; gives how many are new. One that says otherwise than
/// what is stored is not told of: nobody stands by it.
async fn write_voided(tx: &mut Tx, sender: Sender<'_>, dead: &[New<'_>]) -> Result<u64, Error> {
    let (_, rows) = rows(dead, sender.source);
    Ok(tx.write_attempts(&rows).await?.inserted)
}

/// Answers that the sender took back count again where another statement tells of them, and are what it says
/// they are; gives the student of each.
async fn tell_anew(
    tx: &mut Tx,
    sender: Sender<'_>,
    telling: &[New<'_>],
) -> Result<Vec<String>, Error> {
    let (_, rows) = rows(telling, sender.source);
    let by = Correction { at: sender.now, actor: sender.source };
    let mut known = HashSet::new();
    let mut told = Vec::new();
    for (at, answer) in tx.voided_answers(&rows).await? {
        // The first statement of several counts; whether the others agree is seen where they are written.
        if !known.insert(answer.id) || !tx.is_withdrawn(&answer).await? {
            continue;
        }
        let reason = Some("another statement tells of it");
        tx.change_answer(&answer, AnswerChange::Restore, reason, by).await?;
        if let Some(correct) = rows[at].correct.filter(|now| Some(*now) != answer.correct) {
            tx.change_answer(&answer, AnswerChange::Correct(correct), reason, by).await?;
        }
        told.push(answer.user_id);
    }
    Ok(told)
}

/// The answer of a statement no longer counts, unless another statement tells of it; gives its student.
async fn void(tx: &mut Tx, sender: Sender<'_>, target: &str) -> Result<Option<String>, Error> {
    let found = tx.answer_of_statement(target).await?;
    let Some(answer) = found.filter(|answer| !answer.is_voided) else { return Ok(None) };
    if !tx.is_withdrawn(&answer).await? {
        return Ok(None);
    }
    let by = Correction { at: sender.now, actor: sender.source };
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

#[cfg(test)]
mod tests {
    use seedtest_store::{LogFilter, Target};
    use seedtest_wire::MAX_ID_BYTES;

    use super::*;

    fn statement(id: &str, student: &str) -> ReceivedStatement {
        let answer = SentAnswer {
            index: 0,
            student: student.to_owned(),
            item: "q1".into(),
            topic: None,
            session: None,
            subject: None,
            at: 1_700_000_000_000_000,
            outcome: Some(true),
            response_time_ms: None,
            hints: None,
        };
        let (id, content) = (id.to_owned(), student.to_owned());
        ReceivedStatement { id, content, answer: Some(answer), voids: None }
    }

    #[tokio::test]
    async fn answers_are_kept_with_their_events_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::default();
        let answers = async || store.load_log(&LogFilter::default()).await.unwrap().log.len();
        let both = [statement("1", "amy"), statement("2", &"s".repeat(MAX_ID_BYTES + 1))];
        let refused = receive_statements(&store, clock, "lms", &both).await.unwrap_err();
        assert!(matches!(refused, Refused::Error(Error::BadEvent { .. })), "{refused:?}");
        assert_eq!((answers().await, store.event_counts().await.unwrap().waiting), (0, 0));
        let received = receive_statements(&store, clock, "lms", &both[..1]).await.unwrap();
        assert_eq!((received.stored, answers().await), (1, 1));
        assert_eq!(store.event_counts().await.unwrap().waiting, 1);
    }
}
