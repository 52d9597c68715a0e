//! The school as the files a platform would hand over.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde_json::json;

use super::School;

/// Writes the practice answers as CSV under the column names of the contract.
pub fn write_responses(school: &School, mut out: impl Write) -> io::Result<()> {
    writeln!(
        out,
        "student_id,item_id,topic_id,correct,completed_at,response_time_ms,used_hints,session_id"
    )?;
    for answer in &school.practice {
        writeln!(
            out,
            "{},{},{},{},{},{},{},practice-{}",
            School::student_id(answer.student),
            School::item_id(answer.item),
            school.items[answer.item].topic,
            u8::from(answer.correct),
            answer.completed_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            answer.response_time_ms,
            answer.hints,
            answer.session,
        )?;
    }
    out.flush()
}

/// Writes the exams as `exam_results` documents, one JSON object a line.
pub fn write_exams(school: &School, mut out: impl Write) -> io::Result<()> {
    for sitting in &school.exams {
        let questions: Vec<_> = sitting
            .questions
            .iter()
            .map(|&(item, correct, seconds)| {
                json!({
                    "question_id": School::item_id(item),
                    "topic": school.items[item].topic,
                    "is_correct": correct,
                    "time_spent_sec": seconds,
                    "used_hints": 0,
                })
            })
            .collect();
        let finished = sitting.completed_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let document = json!({
            "session_id": format!("exam-{}-{}", sitting.exam, School::student_id(sitting.student)),
            "user_id": School::student_id(sitting.student),
            "exam_id": sitting.exam,
            "status": "completed",
            "created_at": finished,
            "updated_at": finished,
            "result_json": { "questions": questions },
        });
        writeln!(out, "{document}")?;
    }
    out.flush()
}
