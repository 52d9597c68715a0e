//! `/exams/{session_id}/answers` and `/exams/{session_id}/finish`: exams as they are sat.

use axum::Json;
use axum::extract::Request;
use seedtest_pipeline::{ExamAnswers, ExamFault, answer_exam, finish_exam};
use seedtest_store::ExamResult;
use seedtest_wire::questions::{ExamAnswer, ExamAnswersRequest, ExamFinished, ExamProgress};
use serde_json::{Map, Value, json};

use super::asker::Asker;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter};
use crate::parts::{ReadId, invalid};
use crate::questions::request::{id, id_of, instant, text};
use crate::routing::{Access, Object, Routes};

const WRITE: Access = Access::any_of(&["exam:write"]).about(Object::Exam).writing();
/// Longest time of an answer, seconds: what milliseconds in 32 bits hold.
const LONGEST_SECONDS: f64 = 2_147_483.0;
/// Most hints of an answer that are counted.
const MOST_HINTS: u32 = i32::MAX as u32;

pub(super) fn routes() -> Routes {
    let session_id =
        |example| Parameter::path("session_id", "Session of the exam.").example(json!(example));
    let answers = Operation::new("answerExam", "Keep answers of an exam that goes on")
        .description(
            "They count as attempts at once. An answer to a question that was answered takes its place. A session \
             that nobody created begins with its first answers.",
        )
        .parameter(session_id("exam-session-1"))
        .body::<ExamAnswersRequest<'_>>(include_str!("../../requests/answer_exam.json"))
        .answer::<ExamProgress>(200, "What is kept so far.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    let finish = Operation::new("finishExam", "Finish an exam")
        .description(
            "Sums the answers up, ends the session and has the ability of the student estimated anew. The body may \
             bring the last answers. Sent again it is answered as the first time; other answers than those are a \
             conflict.",
        )
        .parameter(session_id("exam-session-2"))
        .optional_body::<ExamAnswersRequest<'_>>(include_str!("../../requests/finish_exam.json"))
        .answer::<ExamFinished>(200, "The exam as it is stored.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    Routes::new("Platform").post("/exams/{session_id}/answers", WRITE, self::answer, answers).post(
        "/exams/{session_id}/finish",
        WRITE,
        self::finish,
        finish,
    )
}

/// Answers with the session they belong to, which the caller may write.
struct Asked {
    session_id: String,
    user_id: String,
    org_id: Option<i32>,
    exam_id: Option<i32>,
    answers: Vec<Map<String, Value>>,
}

impl Asked {
    fn answers(&self) -> ExamAnswers<'_> {
        ExamAnswers {
            session_id: &self.session_id,
            user_id: &self.user_id,
            org_id: self.org_id,
            exam_id: self.exam_id,
            answers: self.answers.clone(),
        }
    }
}

async fn answer(
    asker: Asker,
    ReadId(session_id): ReadId,
    request: Request,
) -> ApiResult<Json<ExamProgress>> {
    let asked = asked(&asker, &session_id, request).await?;
    if asked.answers.is_empty() {
        return Err(invalid("answers", "one answer or more"));
    }
    let result = answer_exam(&asker.app.store, asker.app.config.clock, &asked.answers()).await;
    let result = result.map_err(refused)?;
    let (n_answers, n_attempts) = counts(&result);
    let ExamResult { session_id, user_id, status, .. } = result;
    Ok(Json(ExamProgress { session_id, user_id, status, n_answers, n_attempts }))
}

async fn finish(
    asker: Asker,
    ReadId(session_id): ReadId,
    request: Request,
) -> ApiResult<Json<ExamFinished>> {
    let asked = asked(&asker, &session_id, request).await?;
    let finished = finish_exam(&asker.app.store, asker.app.config.clock, &asked.answers()).await;
    let (result, event_id) = finished.map_err(refused)?;
    let (n_answers, n_attempts) = counts(&result);
    let ExamResult { session_id, user_id, status, result_json, created_at, updated_at, .. } =
        result;
    Ok(Json(ExamFinished {
        session_id,
        user_id,
        status,
        n_answers,
        n_attempts,
        score: result_json["score"].clone(),
        topics: result_json["topics"].clone(),
        updated_at: instant(updated_at.unwrap_or(created_at)),
        event_id,
    }))
}

/// Answers of the document, and those that are attempts.
fn counts(result: &ExamResult) -> (usize, usize) {
    let all = result.result_json["questions"].as_array().map_or(0, Vec::len);
    (all, result.answers().len())
}

fn refused(fault: ExamFault) -> ApiError {
    match fault {
        ExamFault::Finished { .. } => ApiError::new(Code::Conflict, fault.to_string())
            .hint("answers of a finished exam are put right by whoever runs the installation"),
        ExamFault::OtherStudent { .. } => ApiError::new(Code::Conflict, fault.to_string())
            .hint("choose ids of sessions that nobody else can choose, as UUIDs"),
        ExamFault::TooMany => invalid("answers", "answers of one exam"),
        ExamFault::Failed(error) => error.into(),
    }
}

async fn asked(asker: &Asker, session_id: &str, request: Request) -> ApiResult<Asked> {
    let Asker { app, rights, user } = asker;
    let session_id = id(Some(session_id), "session_id")?;
    let text = text(app, request).await?;
    let request: ExamAnswersRequest<'_> = if text.trim_ascii().is_empty() {
        ExamAnswersRequest::default()
    } else {
        json::read(&text)?
    };
    let named = request.user_id.as_ref().map(|id| id_of(id, "user_id")).transpose()?;
    let (result, sitting) =
        (app.store.exam_result(session_id).await?, app.store.sitting(session_id).await?);
    let owner = result.as_ref().and_then(|result| result.user_id.clone());
    let owner = owner.or_else(|| sitting.as_ref().and_then(|sitting| sitting.user_id.clone()));
    let org_id = result.as_ref().and_then(|result| result.org_id);
    let org_id = org_id.or_else(|| sitting.as_ref().and_then(|sitting| sitting.org_id));
    let of_sitting = sitting.as_ref().and_then(|sitting| sitting.exam_id.as_ref()?.parse().ok());
    let user_id = match owner {
        // Whose it is decides, not who is named.
        Some(owner) => {
            rights.exam(&app.store, Some(&owner), org_id).await?;
            if let Some(named) = named
                && app.store.student_now(named).await? != owner
            {
                return Err(refused(ExamFault::OtherStudent { session_id: session_id.to_owned() }));
            }
            owner
        }
        None => asker.student(named).await?,
    };
    if org_id.is_none() && request.org_id.is_some() {
        may_place(user, request.org_id)?;
    }
    let answers = request.answers.iter().map(kept).collect::<ApiResult<_>>()?;
    Ok(Asked {
        session_id: session_id.to_owned(),
        user_id,
        org_id: org_id.or(request.org_id),
        exam_id: of_sitting.or(request.exam_id),
        answers,
    })
}

/// An exam opens its student to the staff of its organisation: nobody may put one where they have no say.
fn may_place(user: &Principal, org_id: Option<i32>) -> ApiResult<()> {
    let org = org_id.map(|org| org.to_string());
    let is_own = org.as_deref().is_some_and(|org| user.person.is_named(org));
    if user.person.sees_everything() || is_own {
        return Ok(());
    }
    Ok(user.person.is_of(org.as_deref().into_iter())?)
}

/// An answer as the document keeps it; what was not said is left out.
fn kept(answer: &ExamAnswer<'_>) -> ApiResult<Map<String, Value>> {
    let seconds = answer.time_spent_sec;
    if seconds.is_some_and(|seconds| !(0.0..=LONGEST_SECONDS).contains(&seconds)) {
        return Err(invalid("time_spent_sec", "seconds from 0 to 2147483"));
    }
    if answer.used_hints.is_some_and(|hints| hints > MOST_HINTS) {
        return Err(invalid("used_hints", "a whole number from 0 to 2147483647"));
    }
    let topic = answer.topic.as_ref().map(|topic| id_of(topic, "topic")).transpose()?;
    let mut kept = Map::new();
    let fields = [
        ("question_id", Some(json!(id_of(&answer.question_id, "question_id")?))),
        ("is_correct", Some(json!(answer.is_correct))),
        ("user_answer", answer.user_answer.clone()),
        ("correct_answer", answer.correct_answer.clone()),
        ("explanation", answer.explanation.as_ref().map(|text| json!(text))),
        ("topic", topic.map(|topic| json!(topic))),
        ("time_spent_sec", seconds.map(|seconds| json!(seconds))),
        ("used_hints", answer.used_hints.map(|hints| json!(hints))),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            kept.insert(name.to_owned(), value);
        }
    }
    Ok(kept)
}
