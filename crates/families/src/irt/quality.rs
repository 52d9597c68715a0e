//! How well a calibration fits.

use seedtest_irt::dimensions::{ParallelSpec, parallel_analysis};
use seedtest_irt::{
    DependentPair, DiagnoseSpec, Diagnosis, Fit, Flag, ItemDiagnosis, ItemParameters,
    LocalDependence, Model, NoDependenceTest, Normal, Q3, Responses, diagnose_within,
};
use seedtest_numerics::Interrupt;
use seedtest_responses::ResponseLog;
use seedtest_wire::{
    DependentPairJson, ItemQualityJson, LocalDependenceJson, PairQualityJson, PersonQualityJson,
    QualityJson,
};

use super::words::code;
use crate::error::Error;

/// The code of an item and what deserves a look at it.
pub type ItemFlags = (u32, Vec<Flag>);

/// How well items, students and pairs follow the calibrated model, and the flags of the items.
pub(super) fn quality(
    fit: &Fit,
    responses: &Responses<'_>,
    log: &ResponseLog,
    (dependence, stop): (&Result<LocalDependence, NoDependenceTest>, &Interrupt),
) -> Result<(QualityJson, Vec<ItemFlags>), Error> {
    let mut items: Vec<Option<ItemParameters>> = vec![None; log.items().len()];
    for item in &fit.items {
        items[item.item as usize] = Some(ItemParameters::from(item));
    }
    let Normal { mean, sd } = fit.population();
    let spec = DiagnoseSpec { model: estimated_model(fit), mean, sd, ..DiagnoseSpec::default() };
    let diagnosis = diagnose_within(responses, &items, &spec, stop)?;
    let mut quality = json(&diagnosis, log.items(), log.students());
    let codes: Vec<u32> = fit.items.iter().map(|item| item.item).collect();
    let scored = scored(responses);
    let dimensions =
        parallel_analysis(&scored, &codes, &ParallelSpec::default(), &mut stop.clone());
    quality.dimensions_reason = dimensions.as_ref().err().copied().map(code);
    quality.dimensions = dimensions.ok();
    quality.local_dependence_reason = dependence.as_ref().err().copied().map(code);
    quality.local_dependence =
        dependence.as_ref().ok().map(|found| dependence_json(found, log.items()));
    let flags = diagnosis.items.into_iter().map(|item| (item.classical.item, item.flags));
    Ok((quality, flags.collect()))
}

/// Right and wrong answers as scores.
fn scored<'a>(responses: &Responses<'a>) -> seedtest_irt::polytomous::Responses<'a> {
    let Responses { student, item, correct, n_students, n_items } = *responses;
    let score = correct;
    seedtest_irt::polytomous::Responses { student, item, score, n_students, n_items, maximum: None }
}

/// The model by what it estimated of each item: a 3PL with known c is a 2PL.
fn estimated_model(fit: &Fit) -> Model {
    match fit.spec.model {
        Model::ThreePl if fit.spec.guessing.is_some() => Model::TwoPl,
        model => model,
    }
}

pub(super) fn dependence_json(found: &LocalDependence, items: &[Box<str>]) -> LocalDependenceJson {
    LocalDependenceJson {
        n_pairs: found.n_pairs,
        replications: found.replications,
        critical_q3_star: found.critical_q3_star,
        pairs: found.pairs.iter().map(|pair| dependent_pair(pair, items)).collect(),
    }
}

fn dependent_pair(pair: &DependentPair, items: &[Box<str>]) -> DependentPairJson {
    let [first, second] = [pair.first, pair.second].map(|item| items[item as usize].to_string());
    let more = if pair.z > 0.0 { "more" } else { "less" };
    let text = format!(
        "{first} and {second} have {more} in common than the ability explains (Q3 = {:.2}, \
         expected {:.2}); look for a shared text, a hint in one for the other, or the same \
         question twice",
        pair.q3, pair.expected_q3
    );
    DependentPairJson {
        first,
        second,
        n: pair.n,
        q3: pair.q3,
        q3_star: pair.q3_star,
        expected_q3: pair.expected_q3,
        z: pair.z,
        p_adjusted: pair.p_adjusted,
        text,
    }
}

/// The quality of a diagnosis; ids by code.
fn json(diagnosis: &Diagnosis, items: &[Box<str>], students: &[Box<str>]) -> QualityJson {
    let item = |code: u32| items[code as usize].to_string();
    let mut persons: Vec<PersonQualityJson> = diagnosis
        .persons
        .iter()
        .map(|person| PersonQualityJson {
            user_id: students[person.student as usize].to_string(),
            n: person.n,
            lz_star: person.lz_star,
        })
        .collect();
    persons.sort_by(|x, y| x.lz_star.total_cmp(&y.lz_star));
    QualityJson {
        reliability: diagnosis.reliability,
        n_complete: diagnosis.n_complete,
        items: diagnosis
            .items
            .iter()
            .map(|entry| item_quality(item(entry.classical.item), entry))
            .collect(),
        persons,
        pairs: pairs_json(&diagnosis.pairs, items),
        mean_q3: diagnosis.mean_q3,
        local_dependence: None,
        local_dependence_reason: None,
        dimensions: None,
        dimensions_reason: None,
    }
}

pub(super) fn pairs_json(pairs: &[Q3], items: &[Box<str>]) -> Vec<PairQualityJson> {
    let item = |code: u32| items[code as usize].to_string();
    let pair = |pair: &Q3| PairQualityJson {
        first: item(pair.first),
        second: item(pair.second),
        n: pair.n,
        q3: pair.q3,
    };
    pairs.iter().map(pair).collect()
}

fn item_quality(item_id: String, entry: &ItemDiagnosis) -> ItemQualityJson {
    ItemQualityJson {
        item_id,
        n: entry.classical.n,
        p: entry.classical.p,
        item_rest: entry.classical.item_rest,
        infit: entry.mean_squares.map(|m| m.infit),
        outfit: entry.mean_squares.map(|m| m.outfit),
        s_x2: entry.s_x2.map(|s| s.statistic),
        s_x2_df: entry.s_x2.map(|s| s.df),
        s_x2_p: entry.s_x2.and_then(|s| s.p),
        s_x2_p_adjusted: entry.s_x2.and_then(|s| s.p_adjusted),
        s_x2_reason: entry.s_x2_missing.map(code),
        flags: entry.flags.iter().map(Flag::text).collect(),
    }
}
