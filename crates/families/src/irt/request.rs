//! A calibration as the request for it, for a service at another address.

use chrono::{DateTime, SecondsFormat};
use seedtest_responses::{Answers, ResponseLog};
use serde_json::{Value, json};

use super::linking::DriftChoice;
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
    request
}
