//! `POST /irt/score`: abilities from known item parameters.

use std::collections::HashMap;

use seedtest_irt::{
    ItemParameters, Normal, Score, ScoreError, ScoreMethod, ScoreSpec, Scores, UnscoredReason,
    UnscoredStudent, score_answers,
};
use seedtest_numerics::{Interrupt, Observer};
use seedtest_responses::{Answers, Duplicates, ResponseLog, StudentGroups};
use seedtest_wire::{
    AnswersJson, GUESSING_OF_3PL, Noop, ScoreRequest, ScoreResponse, asymptote_warnings,
    has_item_curves, item_order_of, item_parameters_of, upper_asymptotes_of,
};
use serde::Serialize;

use super::categories_score::score_request;
use super::cost::of_scores;
use super::log::{log_of_lines, log_of_rows};
use super::population::{FittedPopulation, Priors};
use super::rows_of_log::rows_of_log;
use crate::error::Error;
use crate::family::admit;

/// Abilities, or why there are none.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Scored {
    /// Abilities.
    Scores(Box<ScoreResponse>),
    /// None of the answers is to an item with parameters.
    TooLittle(Noop),
}

/// Estimates the abilities a request asks for, on the calling thread: a request about one student
/// takes microseconds and must not wait for fits.
///
/// # Errors
/// For parameters, answers and priors that cannot be used, work that takes more memory than it may, and when
/// interrupted.
pub fn score(request: &ScoreRequest<'_>, observer: &mut dyn Observer) -> Result<Scored, Error> {
    admit(observer, || Ok(of_scores(n_answers(&request.responses))))?;
    let method = match request.method.as_deref() {
        None => ScoreMethod::Eap,
        Some(text) => {
            text.parse().map_err(|error: ScoreError| Error::field("method", error.to_string()))?
        }
    };
    let three = request.model.as_deref().is_some_and(|model| model.eq_ignore_ascii_case("3PL"));
    let missing_c = if three { GUESSING_OF_3PL } else { 0.0 };
    let of_items = |reason: String| Error::field("item_params", reason);
    let items = request.item_params.ok_or_else(|| of_items("is missing".into()))?;
    if has_item_curves(items.get()) {
        return score_request(request, items.get(), method);
    }
    let parameters = item_parameters_of(items.get(), missing_c).map_err(of_items)?;
    let asymptotes = upper_asymptotes_of(items.get()).map_err(of_items)?;
    let fitted = FittedPopulation::of_json(items.get());
    let log = match &request.responses {
        AnswersJson::Rows(rows) => log_of_rows(rows, "responses")?,
        AnswersJson::Lines(lines) => {
            let order = item_order_of(items.get()).map_err(of_items)?;
            let reason = "must be a list, in the order of the entries of a line of `responses`";
            log_of_lines(lines, order.ok_or_else(|| of_items(reason.into()))?)?
        }
    };
    if let Some(conflict) = log.groups().and_then(StudentGroups::conflict) {
        let (student, [one, other]) = (&conflict.student, &conflict.groups);
        let reason = format!("student {student} is in {one:?} and in {other:?}; give one each");
        return Err(Error::field("group", reason));
    }
    let priors = Priors::of(&log, &fitted, (request.prior_mean, request.prior_sd), method)?;
    let answers = log.answers(Duplicates::First);
    let items: Vec<Option<ItemParameters>> =
        log.items().iter().map(|id| parameters.get(&**id).copied()).collect();
    let spec = ScoreSpec { method, ..ScoreSpec::default() };
    let scores =
        score_students(&log, &answers, &items, (&priors.of, &spec), &observer.interrupt())?;
    if scores.scores.is_empty() {
        let reason = if request.responses.is_empty() { "no_responses" } else { "no_usable_item" };
        return Ok(Scored::TooLittle(Noop::new(reason)));
    }
    let Priors { population, mut warnings, .. } = priors;
    warnings.extend(warnings_of(&answers, &items, &scores, &parameters));
    warnings.extend(asymptote_warnings(asymptotes.iter().map(|(id, c, d)| (id.as_str(), *c, *d))));
    let mut response = ScoreResponse::new(&scores, log.students(), method, population, warnings);
    let unnamed = answers.item.iter().filter(|item| items[**item as usize].is_none()).count();
    response.rows = Some(rows_of_log(&log, &answers, &[("item_without_parameters", unnamed)]));
    if let AnswersJson::Lines(lines) = &request.responses {
        response = response.with_lines(lines.len());
    }
    Ok(Scored::Scores(Box::new(response)))
}

fn score_students(
    log: &ResponseLog,
    answers: &Answers,
    items: &[Option<ItemParameters>],
    (priors, spec): (&[Normal], &ScoreSpec),
    interrupt: &Interrupt,
) -> Result<Scores, Error> {
    let mut scores = Scores { scores: Vec::new(), unscored: Vec::new() };
    let mut row = 0;
    for student in 0..log.students().len() as u32 {
        interrupt.check()?;
        let first = row;
        while answers.student.get(row) == Some(&student) {
            row += 1;
        }
        let usable: Vec<(ItemParameters, bool)> = (first..row)
            .filter_map(|row| Some((items[answers.item[row] as usize]?, answers.correct[row] == 1)))
            .collect();
        if usable.is_empty() {
            let reason = if first == row {
                UnscoredReason::NoAnswers
            } else {
                UnscoredReason::OnlySkippedItems
            };
            scores.unscored.push(UnscoredStudent { student, reason });
            continue;
        }
        let prior = priors[student as usize];
        scores.scores.push(Score { student, ..finite(score_answers(&usable, prior, spec)) });
    }
    Ok(scores)
}

fn n_answers(responses: &AnswersJson<'_>) -> usize {
    match responses {
        AnswersJson::Rows(rows) => rows.len(),
        AnswersJson::Lines(lines) => lines.iter().map(Vec::len).sum(),
    }
}

/// Parameters of absurd size can leave nothing of a likelihood.
fn finite(score: Score) -> Score {
    let known = |value: Option<f64>| value.filter(|value| value.is_finite());
    Score { theta: known(score.theta), se: known(score.se), ..score }
}

fn warnings_of(
    answers: &Answers,
    items: &[Option<ItemParameters>],
    scores: &Scores,
    parameters: &HashMap<String, ItemParameters>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let unknown = items.iter().filter(|item| item.is_none()).count();
    if unknown > 0 {
        warnings.push(format!(
            "{unknown} items of the answers have no parameters among the {} given and were left \
             out",
            parameters.len()
        ));
    }
    if answers.dropped_duplicates > 0 {
        warnings.push(format!(
            "{} repeated answers were left out: the first answer to an item counts",
            answers.dropped_duplicates
        ));
    }
    if answers.dropped_unknown > 0 {
        let n = answers.dropped_unknown;
        warnings.push(format!("{n} answers of unknown correctness were left out"));
    }
    if scores.scores.iter().any(|score| score.theta.is_none() && score.unbounded.is_none()) {
        warnings.push("an ability could not be computed: check the item parameters".into());
    }
    warnings
}
