//! One calibration of a response log: the same call for the job, the `fit` command and the demo.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use md5::{Digest, Md5};
use seedtest_irt::{Fit, Observer, Responses, Spec};
use seedtest_responses::{Answers, Duplicates, ResponseLog};

use crate::error::Error;

/// A fit with what went into it.
#[derive(Debug, Clone)]
pub struct CalibratedLog {
    /// The fit; its codes are those of the log.
    pub fit: Fit,
    /// The answers it was fitted to, and how many were left out.
    pub answers: Answers,
    /// Hexadecimal digest of specification, ids and answers: equal inputs, equal digest.
    pub input_digest: String,
}

/// Fits `spec` to the answers of a log.
pub fn calibrate(
    log: &ResponseLog,
    duplicates: Duplicates,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<CalibratedLog, Error> {
    let answers = log.answers(duplicates);
    let responses = Responses {
        student: &answers.student,
        item: &answers.item,
        correct: &answers.correct,
        n_students: log.students().len(),
        n_items: log.items().len(),
    };
    let fit = seedtest_irt::fit(&responses, spec, observer)?;
    let input_digest = input_digest(log, &answers, spec)?;
    Ok(CalibratedLog { fit, answers, input_digest })
}

/// Digest of everything a calibration depends on.
pub(crate) fn input_digest(
    log: &ResponseLog,
    answers: &Answers,
    spec: &Spec,
) -> Result<String, Error> {
    let mut hash = Md5::new();
    hash.update(serde_json::to_vec(spec)?);
    for ids in [log.students(), log.items()] {
        hash.update((ids.len() as u64).to_le_bytes());
        for id in ids {
            hash.update((id.len() as u64).to_le_bytes());
            hash.update(id.as_bytes());
        }
    }
    for ((student, item), correct) in
        answers.student.iter().zip(&answers.item).zip(&answers.correct)
    {
        hash.update(student.to_le_bytes());
        hash.update(item.to_le_bytes());
        hash.update([*correct]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// Name of a fit made at `now`: `fit-YYYYMMDD-HHMMSS`.
pub fn run_id_of(now: DateTime<Utc>) -> String {
    now.format("fit-%Y%m%d-%H%M%S").to_string()
}
