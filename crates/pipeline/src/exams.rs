//! Exams as they are sat: answers come in, until the exam is finished. What was answered counts at once; that an exam
//! is finished says that no more answers come, and sums it up.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use seedtest_store::{ExamResult, Sitting, Store, Tx};
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::error::Error;
use crate::runs::{Event, EventKind, put_event_with};

/// State of a document whose exam goes on, and of one that is finished.
const IN_PROGRESS: &str = "in_progress";
const READY: &str = "ready";
/// State of the session of a finished exam.
const COMPLETED: &str = "completed";
/// Most answers of one exam.
const MOST_ANSWERS: usize = 5_000;

/// Answers of an exam session, as they come in.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamAnswers<'a> {
    /// The session.
    pub session_id: &'a str,
    /// Canonical text id of the student.
    pub user_id: &'a str,
    /// Organisation, where it is known.
    pub org_id: Option<i32>,
    /// Exam, where it is known.
    pub exam_id: Option<i32>,
    /// One object an answer, with `question_id` and what else the document keeps of a question. An answer to a question
    /// that was answered takes its place.
    pub answers: Vec<Map<String, Value>>,
}

/// Why answers were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ExamFault {
    /// The exam is over.
    #[error("the exam of session {session_id:?} is finished")]
    Finished {
        /// The session.
        session_id: String,
    },
    /// The session is another student's.
    #[error("session {session_id:?} is another student's")]
    OtherStudent {
        /// The session.
        session_id: String,
    },
    /// More answers than an exam has.
    #[error("an exam has at most {MOST_ANSWERS} answers")]
    TooMany,
    /// The database refused.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<seedtest_store::Error> for ExamFault {
    fn from(error: seedtest_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Keeps answers of an exam that goes on.
///
/// # Errors
/// [`ExamFault`]; nothing is kept then.
pub async fn answer_exam(
    store: &Store,
    clock: Clock,
    given: &ExamAnswers<'_>,
) -> Result<ExamResult, ExamFault> {
    let mut tx = store.begin().await?;
    let before = before(&mut tx, given).await?;
    if before.as_ref().is_some_and(is_finished) {
        return Err(finished(given));
    }
    let result = with_answers(before, given, clock.now().trunc_subsecs(6))?;
    tx.write_exam_results(std::slice::from_ref(&result)).await?;
    tx.commit().await?;
    Ok(result)
}

/// Finishes an exam with its last answers: sums it up, ends its session, and has the ability of the student looked at
/// anew, whose event this gives. Finished again, with the same answers or none, it stays as it is.
///
/// # Errors
/// [`ExamFault`]; nothing is changed then.
pub async fn finish_exam(
    store: &Store,
    clock: Clock,
    given: &ExamAnswers<'_>,
) -> Result<(ExamResult, String), ExamFault> {
    let now = clock.now().trunc_subsecs(6);
    let mut tx = store.begin().await?;
    let result = match before(&mut tx, given).await? {
        Some(before) if is_finished(&before) => {
            if !has_answers(&before, &given.answers) {
                return Err(finished(given));
            }
            before
        }
        before => {
            let summed = summed(with_answers(before, given, now)?, now);
            tx.write_exam_results(std::slice::from_ref(&summed)).await?;
            end_sitting(&mut tx, &summed, now).await?;
            summed
        }
    };
    let event = Event {
        kind: EventKind::SessionFinished,
        user_id: given.user_id.to_owned(),
        at: result.updated_at.unwrap_or(result.created_at).min(now),
        key: Some(given.session_id.to_owned()),
    };
    // Put again, it is the same event.
    let event_id = put_event_with(&mut tx, now, &event).await?;
    tx.commit().await?;
    Ok((result, event_id))
}

fn finished(given: &ExamAnswers<'_>) -> ExamFault {
    ExamFault::Finished { session_id: given.session_id.to_owned() }
}

/// Also where the document is none that answers could be added to.
fn is_finished(result: &ExamResult) -> bool {
    result.status != IN_PROGRESS || !result.result_json.is_object()
}

async fn before(tx: &mut Tx, given: &ExamAnswers<'_>) -> Result<Option<ExamResult>, ExamFault> {
    if given.answers.len() > MOST_ANSWERS {
        return Err(ExamFault::TooMany);
    }
    let before = tx.exam_result_to_change(given.session_id).await?;
    let owner = before.as_ref().and_then(|before| before.user_id.as_deref());
    if owner.is_some_and(|owner| owner != given.user_id) {
        return Err(ExamFault::OtherStudent { session_id: given.session_id.to_owned() });
    }
    Ok(before)
}

async fn end_sitting(tx: &mut Tx, result: &ExamResult, now: DateTime<Utc>) -> Result<(), Error> {
    if tx.end_sitting(&result.session_id, now, COMPLETED).await? {
        return Ok(());
    }
    let sitting = Sitting {
        id: result.session_id.clone(),
        classroom_id: None,
        exam_id: result.exam_id.map(|id| id.to_string()),
        user_id: result.user_id.clone(),
        org_id: result.org_id,
        started_at: Some(result.created_at),
        ended_at: Some(now),
        status: Some(COMPLETED.to_owned()),
    };
    tx.add_sitting(&sitting, now).await?;
    Ok(())
}

fn questions(document: &Value) -> &[Value] {
    document["questions"].as_array().map_or(&[], Vec::as_slice)
}

/// What names the question of an answer; numbers and texts of numbers are the same question.
fn question_of(answer: &Value) -> String {
    match &answer["question_id"] {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Whether the document holds these answers already.
fn has_answers(result: &ExamResult, answers: &[Map<String, Value>]) -> bool {
    let stored = questions(&result.result_json);
    answers.iter().all(|answer| stored.contains(&Value::Object(answer.clone())))
}

/// The document with further answers.
fn with_answers(
    before: Option<ExamResult>,
    given: &ExamAnswers<'_>,
    now: DateTime<Utc>,
) -> Result<ExamResult, ExamFault> {
    let mut result = before.unwrap_or_else(|| ExamResult {
        id: None,
        session_id: given.session_id.to_owned(),
        user_id: None,
        org_id: None,
        exam_id: None,
        status: IN_PROGRESS.to_owned(),
        result_json: json!({}),
        created_at: now,
        updated_at: None,
    });
    let mut all = questions(&result.result_json).to_vec();
    // Of a document with a question twice, the first place is the one.
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, stored) in all.iter().enumerate() {
        places.entry(question_of(stored)).or_insert(place);
    }
    for answer in &given.answers {
        let answer = Value::Object(answer.clone());
        match places.entry(question_of(&answer)) {
            Entry::Occupied(place) => all[*place.get()] = answer,
            Entry::Vacant(place) => {
                place.insert(all.len());
                all.push(answer);
            }
        }
    }
    if all.len() > MOST_ANSWERS {
        return Err(ExamFault::TooMany);
    }
    result.result_json["questions"] = all.into();
    result.user_id = Some(given.user_id.to_owned());
    result.org_id = result.org_id.or(given.org_id);
    result.exam_id = result.exam_id.or(given.exam_id);
    result.updated_at = Some(now);
    Ok(result)
}

/// Right answers among all.
#[derive(Default)]
struct Tally {
    right: u32,
    all: u32,
}

impl Tally {
    fn add(&mut self, is_right: bool) {
        self.right += u32::from(is_right);
        self.all += 1;
    }

    /// The share of right answers; `None` without any.
    fn share(&self) -> Option<f64> {
        (self.all > 0).then(|| f64::from(self.right) / f64::from(self.all))
    }
}

/// The document of a finished exam: score and topics of the answers whose correctness is known. The scaled score is
/// in percent.
fn summed(mut result: ExamResult, now: DateTime<Utc>) -> ExamResult {
    let mut score = Tally::default();
    let mut topics: BTreeMap<String, Tally> = BTreeMap::new();
    for answer in questions(&result.result_json) {
        let Some(is_right) = answer["is_correct"].as_bool() else { continue };
        score.add(is_right);
        if let Some(topic) = answer["topic"].as_str().filter(|topic| !topic.is_empty()) {
            topics.entry(topic.to_owned()).or_default().add(is_right);
        }
    }
    let topics: Vec<Value> = topics
        .iter()
        .map(|(topic, tally)| {
            json!({
                "topic": topic, "correct": tally.right, "total": tally.all,
                "accuracy": tally.share(),
            })
        })
        .collect();
    let scaled = score.share().map(|share| 100.0 * share);
    result.result_json["score"] = json!({"raw": score.right, "scaled": scaled});
    result.result_json["topics"] = topics.into();
    let at = now.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    result.result_json["metadata"] = json!({"finished_at": at});
    READY.clone_into(&mut result.status);
    result
}

#[cfg(test)]
mod tests {
    use seedtest_store::Target;
    use seedtest_wire::MAX_ID_BYTES;

    use super::*;

    fn answer(
        question: impl Into<Value>,
        is_correct: Option<bool>,
        topic: &str,
    ) -> Map<String, Value> {
        let question = question.into();
        let answer = json!({"question_id": question, "is_correct": is_correct, "topic": topic});
        answer.as_object().cloned().unwrap_or_default()
    }

    fn given(answers: Vec<Map<String, Value>>) -> ExamAnswers<'static> {
        ExamAnswers { session_id: "s1", user_id: "amy", org_id: Some(1), exam_id: None, answers }
    }

    #[test]
    fn an_answer_takes_the_place_of_one_to_the_same_question() {
        let at = DateTime::UNIX_EPOCH;
        let first =
            given(vec![answer(json!(1), Some(false), "a"), answer(json!("2"), Some(true), "a")]);
        let first = with_answers(None, &first, at).unwrap();
        assert_eq!((&*first.status, first.org_id), (IN_PROGRESS, Some(1)));
        let again = given(vec![answer(json!("1"), Some(true), "b"), answer(json!(3), None, "b")]);
        let second = with_answers(Some(first), &again, at).unwrap();
        let ids: Vec<String> = questions(&second.result_json).iter().map(question_of).collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert_eq!(second.result_json["questions"][0]["topic"], "b");
        assert!(has_answers(&second, &again.answers) && has_answers(&second, &[]));
        assert!(!has_answers(&second, &[answer(json!(2), Some(false), "a")]));
    }

    #[test]
    fn what_is_not_known_to_be_right_or_wrong_counts_for_nothing() {
        let of = |answers| {
            let result = with_answers(None, &given(answers), DateTime::UNIX_EPOCH).unwrap();
            summed(result, DateTime::UNIX_EPOCH)
        };
        let some = of(vec![
            answer(json!(1), Some(true), "a"),
            answer(json!(2), Some(false), "a"),
            answer(json!(3), Some(true), ""),
            answer(json!(4), None, "c"),
        ]);
        assert_eq!(some.status, READY);
        assert_eq!(some.result_json["score"]["raw"], 2);
        let scaled = some.result_json["score"]["scaled"].as_f64().unwrap();
        assert!((scaled - 200.0 / 3.0).abs() < 1e-12, "{scaled}");
        let topics = json!([{"topic": "a", "correct": 1, "total": 2, "accuracy": 0.5}]);
        assert_eq!(some.result_json["topics"], topics);
        assert_eq!(of(Vec::new()).result_json["score"], json!({"raw": 0, "scaled": null}));
    }

    #[tokio::test]
    async fn an_exam_that_cannot_be_an_event_is_not_finished() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
        store.migrate().await.unwrap();
        let session_id = "s".repeat(MAX_ID_BYTES + 1);
        let answers = vec![answer(json!(1), Some(true), "a")];
        let given = ExamAnswers { session_id: &session_id, ..given(answers) };
        let fault = finish_exam(&store, Clock::default(), &given).await.unwrap_err();
        assert!(matches!(fault, ExamFault::Failed(Error::BadEvent { .. })), "{fault}");
        assert_eq!(store.exam_result(&session_id).await.unwrap(), None);
        let given = ExamAnswers { session_id: "s1", ..given };
        let (result, _) = finish_exam(&store, Clock::default(), &given).await.unwrap();
        assert_eq!(result.status, READY);
        assert_eq!(store.event_counts().await.unwrap().waiting, 1);
    }

    #[tokio::test]
    async fn more_answers_than_an_exam_has_are_not_even_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
        store.migrate().await.unwrap();
        // The same question again and again: the document would have room for it.
        let same = |n: usize| given((0..n).map(|_| answer(json!(1), Some(true), "")).collect());
        let (most, more) = (same(MOST_ANSWERS), same(MOST_ANSWERS + 1));
        let fault = answer_exam(&store, Clock::default(), &more).await.unwrap_err();
        assert!(matches!(fault, ExamFault::TooMany), "{fault}");
        let result = answer_exam(&store, Clock::default(), &most).await.unwrap();
        assert_eq!(questions(&result.result_json).len(), 1);
        finish_exam(&store, Clock::default(), &most).await.unwrap();
        let fault = finish_exam(&store, Clock::default(), &more).await.unwrap_err();
        assert!(matches!(fault, ExamFault::TooMany), "{fault}");
    }

    #[test]
    fn an_exam_has_a_largest_number_of_answers() {
        let answers = (0..=MOST_ANSWERS).map(|n| answer(json!(n), Some(true), "")).collect();
        let fault = with_answers(None, &given(answers), DateTime::UNIX_EPOCH).unwrap_err();
        assert!(matches!(fault, ExamFault::TooMany), "{fault}");
    }
}
