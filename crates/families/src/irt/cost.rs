//! What a calibration takes.

use seedtest_numerics::{Cost, Rule};
use seedtest_responses::ResponseLog;

use super::categories::CategoriesSpec;
use super::dimensions::DimensionsSpec;
use super::scored_log::ScoredLog;
use super::spec::Spec;
use crate::cost::{ANSWERED, NUMBER};

/// Numbers of an item at a node: curves and counts of right and wrong answers, by the threads that count.
const OF_NODE: f64 = 12.0;
/// Numbers of an item at a point of several dimensions: of two lattices, curves and counts of right and wrong answers
/// and of runs of items.
const OF_POINT: f64 = 60.0;
/// Numbers that are said of an item or a student.
const OF_ITEM: f64 = 24.0;

/// What scoring so many answers takes: where they stand in the log, and what is known of their items; and what is
/// said of each student.
pub(super) fn of_scores(answers: usize) -> Cost {
    const OF_ANSWER: f64 = 64.0;
    let answers = ("answers", answers as f64);
    Cost::new().and("answers in the order of their students", &[answers], OF_ANSWER).and(
        "abilities",
        &[answers],
        3.0 * ANSWERED,
    )
}

/// What a calibration of these answers takes.
pub(super) fn of_fit(log: &ResponseLog, spec: &Spec) -> Cost {
    let nodes = match spec.model.quadrature {
        Rule::Grid { points, .. } | Rule::GaussHermite { points } => points as f64,
    };
    let (items, students) = (log.items().len() as f64, log.students().len() as f64);
    Cost::new().and("item curves", &[("items", items), ("nodes", nodes)], OF_NODE * NUMBER).and(
        "items and students",
        &[("items and students", items + students)],
        OF_ITEM * ANSWERED,
    )
}

/// What a calibration of these answers on several dimensions takes.
pub(super) fn of_dimensions(log: &ResponseLog, spec: &DimensionsSpec) -> Cost {
    let points = seedtest_irt::multidimensional::usual_points(spec.names().len()) as f64;
    let (items, students) = (log.items().len() as f64, log.students().len() as f64);
    Cost::new()
        .and("item surfaces", &[("items", items), ("points", points)], OF_POINT * NUMBER)
        .and("items and students", &[("items and students", items + students)], OF_ITEM * ANSWERED)
        .and("covariances", &[("items", items), ("items again", items)], 4.0 * NUMBER)
}

/// What a calibration of these scores takes.
pub(super) fn of_categories(log: &ScoredLog, spec: &CategoriesSpec) -> Cost {
    let nodes = match spec.model.quadrature {
        Rule::Grid { points, .. } | Rule::GaussHermite { points } => points as f64,
    };
    let (items, students) = (log.items.len() as f64, log.students.len() as f64);
    let highest = log.score.iter().max().map_or(1.0, |score| f64::from(*score) + 1.0);
    let curves = [("items", items), ("categories", highest), ("nodes", nodes)];
    Cost::new().and("category curves", &curves, OF_NODE * NUMBER).and(
        "items and students",
        &[("items and students", items + students)],
        OF_ITEM * ANSWERED,
    )
}
