//! Abilities from known curves of items with several categories.

use std::collections::HashMap;

use seedtest_irt::polytomous::{KnownItem, Responses, score};
use seedtest_irt::{Prior, ScoreMethod, ScoreSpec};
use seedtest_responses::{Duplicates, StudentGroups};
use seedtest_wire::{AnswersJson, Id, Noop, ScoreRequest, ScoreResponse, item_curves_of};

use super::population::{FittedPopulation, Priors};
use super::score::Scored;
use super::scored_log::ScoredLog;
use crate::error::Error;

/// How scored answers are to be scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoringAsked {
    /// The estimator.
    pub method: ScoreMethod,
    /// Mean and standard deviation of the prior, where they are given.
    pub prior: (Option<f64>, Option<f64>),
}

/// Abilities of the students of a log from the curves of a bank; `None` where no answer is to an item of it.
///
/// # Errors
/// For priors that are none, groups that the calibration does not know, and curves that cannot be used.
pub fn score_categories(
    log: &ScoredLog,
    bank: &[(String, KnownItem)],
    fitted: &FittedPopulation,
    asked: ScoringAsked,
) -> Result<Option<ScoreResponse>, Error> {
    let groups = log.groups.as_ref().map(|of| {
        let at = |id: &str| log.students.binary_search_by(|known| (**known).cmp(id)).ok();
        StudentGroups::of_students(&log.students, |id| at(id).map(|at| of.name(of.of[at])))
    });
    score_students(log, groups.as_ref(), bank, fitted, asked)
}

/// The largest score that some item of a bank has.
pub fn largest_score(bank: &[(String, KnownItem)]) -> u8 {
    bank.iter().filter_map(|(_, known)| known.scores.last().copied()).fold(0, u8::max)
}

fn score_students(
    log: &ScoredLog,
    groups: Option<&StudentGroups>,
    bank: &[(String, KnownItem)],
    fitted: &FittedPopulation,
    ScoringAsked { method, prior }: ScoringAsked,
) -> Result<Option<ScoreResponse>, Error> {
    let priors = Priors::of_students((&log.students, groups), fitted, prior, method)?;
    if log.score.is_empty() {
        return Ok(None);
    }
    let known: HashMap<&str, &KnownItem> =
        bank.iter().map(|(id, known)| (id.as_str(), known)).collect();
    let items: Vec<Option<KnownItem>> =
        log.items.iter().map(|id| known.get(&**id).map(|known| (*known).clone())).collect();
    let data = Responses {
        student: &log.student,
        item: &log.item,
        score: &log.score,
        n_students: log.students.len(),
        n_items: log.items.len(),
        maximum: None,
    };
    let spec = ScoreSpec { method, ..ScoreSpec::default() };
    let mut scores = score(&data, &items, Prior::PerStudent(&priors.of), &spec)?;
    if scores.scores.is_empty() {
        return Ok(None);
    }
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    for of in &mut scores.scores {
        (of.theta, of.se) = (finite(of.theta), finite(of.se));
    }
    let mut warnings = priors.warnings;
    warnings.extend(log.left_out.iter().cloned());
    let unknown = items.iter().filter(|item| item.is_none()).count();
    if unknown > 0 {
        warnings.push(format!(
            "{unknown} items of the answers have no parameters among the {} given and were left out",
            bank.len()
        ));
    }
    let unseen: u32 = scores.scores.iter().map(|score| score.unseen).sum();
    if unseen > 0 {
        warnings.push(format!(
            "{unseen} answers have a score that the calibration has not seen: they count as the category below, \
             and not at all where categories are nominal"
        ));
    }
    if log.repeated > 0 {
        let n = log.repeated;
        warnings.push(format!(
            "{n} repeated answers were left out: the first answer to an item counts"
        ));
    }
    if log.unknown > 0 {
        warnings.push(format!("{} answers without a score were left out", log.unknown));
    }
    let without = |score: &seedtest_irt::polytomous::Score| {
        score.theta.is_none() && score.unbounded.is_none()
    };
    if scores.scores.iter().any(without) {
        warnings.push("an ability could not be computed: check the item parameters".into());
    }
    let (students, population) = (&log.students, priors.population);
    Ok(Some(ScoreResponse::of_categories(&scores, students, method, population, warnings)))
}

/// The same of a request whose parameters are those of several categories.
pub(super) fn score_request(
    request: &ScoreRequest<'_>,
    bank: &str,
    method: ScoreMethod,
) -> Result<Scored, Error> {
    let items = item_curves_of(bank).map_err(|reason| Error::field("item_params", reason))?;
    let fitted = FittedPopulation::of_json(bank);
    let first = Duplicates::First;
    let log = match &request.responses {
        AnswersJson::Rows(rows) => ScoredLog::of_observations(rows, "responses", first)?,
        AnswersJson::Lines(lines) => {
            let width = lines.first().map_or(items.len(), Vec::len);
            if items.len() != width {
                let n = items.len();
                let reason = format!("row 1 has {width} entries for {n} items of `item_params`");
                return Err(Error::field("responses", reason));
            }
            let ids: Vec<Id<'_>> = items.iter().map(|(id, _)| Id::from(id.clone())).collect();
            ScoredLog::of_matrix(lines, &ids, &[], first)?
        }
    };
    let groups = groups_of(request, &log)?;
    let asked = ScoringAsked { method, prior: (request.prior_mean, request.prior_sd) };
    let Some(mut found) = score_students(&log, groups.as_ref(), &items, &fitted, asked)? else {
        let reason = if log.score.is_empty() { "no_responses" } else { "no_usable_item" };
        return Ok(Scored::TooLittle(Noop::new(reason)));
    };
    if let AnswersJson::Lines(lines) = &request.responses {
        found = found.with_lines(lines.len());
    }
    Ok(Scored::Scores(Box::new(found)))
}

/// Groups that the rows of a request name.
fn groups_of(request: &ScoreRequest<'_>, log: &ScoredLog) -> Result<Option<StudentGroups>, Error> {
    let AnswersJson::Rows(rows) = &request.responses else { return Ok(None) };
    let mut group_of: HashMap<&str, &str> = HashMap::new();
    for row in rows {
        let (Some(student), Some(group)) = (row.user_id.as_ref(), row.group.as_ref()) else {
            continue;
        };
        let one = *group_of.entry(student.as_str()).or_insert(group.as_str());
        if one != group.as_str() {
            let (student, other) = (student.as_str(), group.as_str());
            let reason = format!("student {student} is in {one:?} and in {other:?}; give one each");
            return Err(Error::field("group", reason));
        }
    }
    let of = |id: &str| group_of.get(id).copied();
    Ok((!group_of.is_empty()).then(|| StudentGroups::of_students(&log.students, of)))
}
