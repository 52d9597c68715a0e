//! Abilities of the students of a calibration.

use rayon::prelude::*;

use crate::expectation::Expectation;
use crate::layout::Layout;
use crate::parameters::Point;
use crate::posterior::moments;
use crate::responses::Responses;
use crate::result::{Ability, UnscoredReason, UnscoredStudent};

/// EAP abilities of the students with a usable answer.
pub(crate) fn abilities(
    layout: &Layout,
    expected: &mut Expectation<'_>,
    point: &Point,
) -> Vec<Ability> {
    let posteriors = expected.posteriors(point);
    let moments: Vec<(f64, f64)> = (0..layout.n_patterns())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; posteriors.nodes.len()],
            |row, pattern| {
                posteriors.fill(pattern, row);
                moments(posteriors.nodes, row)
            },
        )
        .collect();
    layout
        .students
        .iter()
        .map(|&(student, pattern, n)| {
            let (theta, se) = moments[pattern as usize];
            Ability { student, theta, se, n }
        })
        .collect()
}

/// Students that are not among the abilities.
pub(crate) fn unscored(data: &Responses<'_>, layout: &Layout) -> Vec<UnscoredStudent> {
    let mut has_answers = vec![false; data.n_students];
    for &student in data.student {
        has_answers[student as usize] = true;
    }
    let mut scored = vec![false; data.n_students];
    for &(student, ..) in &layout.students {
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
