//! A calibration as the request for it, for a service at another address.

use chrono::{DateTime, SecondsFormat};
use seedtest_responses::{Answers, ResponseLog};
use serde_json::{Value, json};

use super::categories::CategoriesSpec;
use super::linking::DriftChoice;
use super::scored_log::ScoredLog;
use super::spec::Spec;

/// The request that means a calibration of these answers of a log.
pub fn request_of(log: &ResponseLog, answers: &Answers, spec: &Spec) -> Value {
    let observation = |position: usize| {
        let at = DateTime::from_timestamp_micros(log.at()[answers.row[position] as usize]);
        let mut row = json!({
            "user_id": log.students()[answers.student[position] as usize],
            "item_id": log.items()[answers.item[position] as usize],
            "is_correct": answers.correct[position] == 1,
            "responded_at": at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        });
        let student = answers.student[position];
        if let Some((groups, group)) = log.groups().and_then(|of| Some((of, of.group_of(student)?)))
        {
            row["group"] = json!(groups.names()[group as usize]);
        }
        row
    };
    let observations: Vec<Value> = (0..answers.item.len()).map(observation).collect();
    let mut request = json!({
        "observations": observations,
        "model": spec.model.model.name(),
        "anchors": spec.anchors,
        "max_iter": spec.model.max_iter,
        "priors": spec.model.priors,
    });
    if let Some(guessing) = &spec.guessing {
        request["guessing"] = json!(guessing.common);
        request["guessing_by_item"] = json!(guessing.by_item);
    }
    if spec.linking.name() != "auto" {
        request["linking_method"] = json!(spec.linking.name());
    }
    if let Some(reference) = &spec.reference_group {
        request["reference_group"] = json!(reference);
    }
    if spec.drift == DriftChoice::None {
        request["drift"] = json!("none");
    }
    if let Some(reference) = &spec.reference {
        request["reference"] = json!(reference);
    }
    if spec.dif {
        request["dif"] = json!(true);
    }
    request
}

/// The same of scored answers.
pub fn request_of_scores(log: &ScoredLog, spec: &CategoriesSpec) -> Value {
    let rows = log.student.iter().zip(&log.item).zip(&log.score);
    let observations: Vec<Value> = rows
        .map(|((&student, &item), &score)| {
            let mut row = json!({
                "user_id": log.students[student as usize],
                "item_id": log.items[item as usize],
                "score": score,
            });
            if let Some(groups) = &log.groups {
                row["group"] = json!(groups.name(groups.of[student as usize]));
            }
            row
        })
        .collect();
    let models: serde_json::Map<String, Value> =
        spec.models.iter().map(|(item, model)| (item.clone(), json!(model.name()))).collect();
    let mut request = json!({
        "observations": observations,
        "model": spec.model.model.name(),
        "model_by_item": models,
        "anchors": spec.anchors,
        "min_answers": spec.model.min_n,
        "max_iter": spec.model.max_iter,
        "priors": spec.model.priors,
        "version": spec.version,
    });
    if let Some(maximum) = &log.maximum {
        let of: serde_json::Map<String, Value> =
            log.items.iter().zip(maximum).map(|(item, n)| (item.to_string(), json!(n))).collect();
        request["max_scores"] = Value::Object(of);
    }
    if let Some(groups) = &log.groups {
        request["reference_group"] = json!(groups.name(groups.codes().reference));
    }
    if spec.linking.name() != "auto" {
        request["linking_method"] = json!(spec.linking.name());
    }
    if spec.drift == DriftChoice::None {
        request["drift"] = json!("none");
    }
    if let Some(reference) = &spec.reference {
        request["reference"] = json!(reference);
    }
    if spec.dif {
        request["dif"] = json!(true);
    }
    request
}
