//! Abilities of the students of a log from stored item parameters: the same call for the `score` command and others.

use std::collections::HashMap;

use seedtest_ingest::LogFile;
use seedtest_irt::{
    ItemParameters, Normal, Prior, ScoreMethod, ScoreSpec, plausible_values, score,
};
use seedtest_responses::Duplicates;
use seedtest_wire::{
    PlausibleJson, ScoreResponse, asymptote_warnings, item_parameters_from_json,
    upper_asymptotes_of,
};

use super::log::responses_of;
use super::population::{FittedPopulation, Priors};
use super::rows_of_log::rows_read;
use crate::error::Error;

/// Item parameters with what their calibration says of its students.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownParameters {
    /// Parameters by item id.
    pub items: HashMap<String, ItemParameters>,
    fitted: FittedPopulation,
    /// Lower and upper asymptotes of items with an upper one.
    asymptotes: Vec<(String, f64, f64)>,
}

impl KnownParameters {
    /// Reads the JSON of a calibration, or `{"ITEM":{"a":1,"b":0}}`.
    ///
    /// # Errors
    /// In words, when the text is neither or an item's numbers are no parameters.
    pub fn of_json(text: &str) -> Result<Self, String> {
        Ok(Self {
            items: item_parameters_from_json(text)?,
            fitted: FittedPopulation::of_json(text),
            asymptotes: upper_asymptotes_of(text).unwrap_or_default(),
        })
    }
}

/// How the students of a log are to be scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogScoring {
    /// The estimator.
    pub method: ScoreMethod,
    /// Mean and standard deviation of the prior, where they are given.
    pub prior: (Option<f64>, Option<f64>),
    /// Which answer counts when there are several.
    pub duplicates: Duplicates,
    /// Plausible values a student, and the seed they are drawn from.
    pub plausible: Option<(usize, u64)>,
}

/// Abilities of the students of a log.
#[derive(Debug, Clone)]
pub struct LogScores {
    /// The response; where no row was used there are no abilities.
    pub response: ScoreResponse,
    /// The prior of everybody, or of the reference group.
    pub common: Normal,
}

/// Estimates the abilities of the students of a log that was read from a table.
///
/// # Errors
/// For a prior that is none, groups that the calibration does not know, and parameters that cannot be used.
pub fn score_log(
    file: &LogFile,
    known: &KnownParameters,
    asked: &LogScoring,
) -> Result<LogScores, Error> {
    let log = &file.log;
    let answers = log.answers(asked.duplicates);
    let responses = responses_of(log, &answers);
    let items: Vec<Option<ItemParameters>> =
        log.items().iter().map(|id| known.items.get(&**id).copied()).collect();
    let priors = Priors::of(log, &known.fitted, asked.prior, asked.method)?;
    let prior = Prior::PerStudent(&priors.of);
    let spec = ScoreSpec { method: asked.method, ..ScoreSpec::default() };
    let scores = score(&responses, &items, prior, &spec)?;
    let unknown = items.iter().filter(|item| item.is_none()).count();
    let mut warnings = priors.warnings.clone();
    if unknown > 0 {
        warnings.push(format!("{unknown} items of the log have no parameters and were left out"));
    }
    let asymptotes = known.asymptotes.iter().map(|(id, c, d)| (id.as_str(), *c, *d));
    warnings.extend(asymptote_warnings(asymptotes));
    let population = priors.population.clone();
    let mut response =
        ScoreResponse::new(&scores, log.students(), asked.method, population, warnings);
    let nameless = answers.item.iter().filter(|item| items[**item as usize].is_none()).count();
    let rows = rows_read(&file.counts, log, &answers, &[("item_without_parameters", nameless)]);
    if let Some((n, seed)) = asked.plausible.filter(|_| rows.used > 0) {
        let draws = plausible_values(&responses, &items, prior, spec.points, n, seed)?;
        let named = draws.into_iter().map(|draw| PlausibleJson {
            user_id: log.students()[draw.student as usize].to_string(),
            values: draw.values,
        });
        response.plausible_values = named.collect();
    }
    response.rows = Some(rows);
    Ok(LogScores { response, common: priors.common })
}
