//! Abilities of the students of a calibration.

use rayon::prelude::*;
use seedtest_numerics::Interrupted;

use crate::answer_chunks::AnswerChunks;
use crate::expectation::{Expectation, Posteriors};
use crate::parameters::Point;
use crate::posterior::moments;
use crate::responses::Answered;
use crate::result::{Ability, UnscoredReason, UnscoredStudent};

/// EAP abilities of the students with a usable answer.
///
/// # Errors
/// [`Interrupted`] where nobody waits for them.
pub(crate) fn abilities(
    expected: &mut Expectation<'_>,
    point: &Point,
) -> Result<Vec<Ability>, Interrupted> {
    expected.prepare(point);
    prepared_abilities(expected)
}

/// The same of an expectation that is made ready for its posteriors.
pub(crate) fn prepared_abilities(
    expected: &mut Expectation<'_>,
) -> Result<Vec<Ability>, Interrupted> {
    let mut all = Vec::new();
    for chunk in expected.chunks() {
        all.extend(of_chunk(&expected.posteriors(chunk)));
    }
    expected.stop().check()?;
    all.sort_unstable_by_key(|ability: &Ability| ability.student);
    Ok(all)
}

fn of_chunk(posteriors: &Posteriors<'_>) -> Vec<Ability> {
    let chunk = posteriors.layout;
    let moments: Vec<(f64, f64)> = (0..chunk.n_patterns())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; posteriors.nodes.len()],
            |row, pattern| {
                if posteriors.stop.is_raised() {
                    return (f64::NAN, f64::NAN);
                }
                posteriors.fill(pattern, row);
                moments(posteriors.nodes, row)
            },
        )
        .collect();
    chunk
        .students
        .iter()
        .map(|&(student, pattern, n)| {
            let (theta, se) = moments[pattern as usize];
            Ability { student, theta, se, n }
        })
        .collect()
}

/// Students that are not among the abilities.
pub(crate) fn unscored(data: &Answered<'_>, answers: &AnswerChunks) -> Vec<UnscoredStudent> {
    let mut has_answers = vec![false; data.n_students];
    for &student in data.student {
        has_answers[student as usize] = true;
    }
    let mut scored = vec![false; data.n_students];
    for &(student, ..) in answers.chunks.iter().flat_map(|chunk| &chunk.students) {
        scored[student as usize] = true;
    }
    (0..data.n_students)
        .filter(|&s| !scored[s])
        .map(|s| UnscoredStudent {
            student: s as u32,
            reason: if has_answers[s] {
                UnscoredReason::OnlySkippedItems
            } else {
                UnscoredReason::NoAnswers
            },
        })
        .collect()
}
