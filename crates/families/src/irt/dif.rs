//! Comparison of groups item by item.

use seedtest_fault::FaultKind;
use seedtest_irt::dif::{Class, Dif, DifError, DifSpec, ItemDif, Kind, dif};
use seedtest_irt::polytomous::{self, ItemModel};
use seedtest_irt::{Groups, Model, Observer, Responses};
use seedtest_numerics::Interrupted;
use seedtest_wire::{DifJson, ItemDifJson, JoinedScoresJson, ModelDifJson};

use super::groups::GroupCodes;
use super::words::code;
use crate::error::Error;

/// What the comparison of right and wrong answers has in common with their calibration.
pub(super) fn spec_of(model: &seedtest_irt::Spec) -> DifSpec {
    let of_item = match model.model {
        Model::Rasch | Model::OnePl => ItemModel::Rasch,
        Model::TwoPl => ItemModel::TwoPl,
        Model::ThreePl => ItemModel::ThreePl,
    };
    let model = polytomous::Spec {
        quadrature: model.quadrature,
        max_iter: model.max_iter,
        priors: model.priors,
        guessing: model.guessing.clone(),
        ..polytomous::Spec::new(of_item)
    };
    DifSpec { model, ..DifSpec::default() }
}

/// Compares every item of right and wrong answers between the groups.
pub(super) fn compare(
    data: &Responses<'_>,
    groups: Option<&GroupCodes>,
    items: &[Box<str>],
    spec: &DifSpec,
    observer: &mut dyn Observer,
) -> Result<Vec<DifJson>, Error> {
    let scored = polytomous::Responses {
        student: data.student,
        item: data.item,
        score: data.correct,
        n_students: data.n_students,
        n_items: data.n_items,
        maximum: None,
    };
    compare_scored(&scored, groups, items, spec, observer)
}

/// The same of scored answers.
pub(super) fn compare_scored(
    data: &polytomous::Responses<'_>,
    groups: Option<&GroupCodes>,
    items: &[Box<str>],
    spec: &DifSpec,
    observer: &mut dyn Observer,
) -> Result<Vec<DifJson>, Error> {
    let Some(names) = groups else {
        return Err(Error::field("dif", "is asked for, but no answer names a group"));
    };
    let groups: Groups<'_> = names.codes();
    let name = |code: u32| names.name(code).to_string();
    let found = dif(data, groups, spec, observer).map_err(|error| match error.kind() {
        FaultKind::Deadline => Error::Interrupted(Interrupted),
        _ => refused(&error, &name),
    })?;
    Ok(found.iter().map(|of| json(of, items, &name)).collect())
}

/// A refusal with the names of the groups.
fn refused(error: &DifError, name: &dyn Fn(u32) -> String) -> Error {
    let reason = match error {
        DifError::SmallGroup { group, n, needed } => format!(
            "group {} has {n} students with answers, at least {needed} are needed",
            name(*group)
        ),
        other => other.to_string(),
    };
    Error::field("dif", format!("{reason}; {}", error.hint()))
}

fn json(found: &Dif, items: &[Box<str>], name: &dyn Fn(u32) -> String) -> DifJson {
    let id = |item: u32| items[item as usize].to_string();
    let joined = found.joined.iter();
    DifJson {
        reference: name(found.reference),
        focal: name(found.focal),
        n_reference: found.n_reference,
        n_focal: found.n_focal,
        impact: found.impact,
        anchors: found.anchors.iter().map(|item| id(*item)).collect(),
        rounds: found.rounds,
        settled: found.settled,
        incomplete: found.incomplete,
        joined: joined
            .map(|of| JoinedScoresJson { item_id: id(of.item), scores: of.scores.clone() })
            .collect(),
        items: found.items.iter().map(|item| item_json(item, id(item.item), found, name)).collect(),
    }
}

fn item_json(
    item: &ItemDif,
    item_id: String,
    of: &Dif,
    name: &dyn Fn(u32) -> String,
) -> ItemDifJson {
    let model = item.model.as_ref().map(|model| ModelDifJson {
        total: model.total,
        uniform: model.uniform,
        nonuniform: model.nonuniform,
        wald: model.wald,
        reference: (&model.reference).into(),
        focal: (&model.focal).into(),
        area: model.area,
        expected_difference: model.expected_difference,
        expected_distance: model.expected_distance,
    });
    ItemDifJson {
        text: sentence(item, &item_id, &name(of.focal), &name(of.reference)),
        item_id,
        n_reference: item.n_reference,
        n_focal: item.n_focal,
        not_compared: item.not_compared.map(code),
        found: item.found,
        p_adjusted: item.p_adjusted,
        is_anchor: item.is_anchor,
        mantel_haenszel: item.mantel_haenszel,
        mantel_haenszel_p_adjusted: item.mantel_haenszel_p_adjusted,
        logistic: item.logistic.clone(),
        logistic_p_adjusted: item.logistic_p_adjusted,
        model,
        model_reason: item.model_missing.map(code),
    }
}

/// What a difference means, for who reads about the item.
fn sentence(item: &ItemDif, id: &str, focal: &str, reference: &str) -> Option<String> {
    let (kind, model) = (item.found?, item.model.as_ref()?);
    let points = 100.0 * model.expected_difference.abs();
    let size = match item.mantel_haenszel.map(|found| found.class) {
        Some(Class::C) => " (large, class C)",
        Some(Class::B) => " (moderate, class B)",
        Some(Class::A) => " (small, class A)",
        None => "",
    };
    Some(match kind {
        Kind::Uniform => {
            let word = if model.expected_difference < 0.0 { "harder" } else { "easier" };
            format!(
                "{id} is {word} for {focal} than for equally able students of {reference}, by {points:.0} % \
                 of its score{size}; look for words, contexts or topics that only one group knows"
            )
        }
        Kind::Nonuniform => format!(
            "{id} tells students of {focal} apart differently from those of {reference}{size}; look for \
             wording or options that work in one group alone"
        ),
    })
}
