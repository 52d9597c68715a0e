//! A fit of growth as the request for it, for a service at another address.

use std::collections::BTreeMap;

use seedtest_wire::{GrowthFitRequest, GrowthPriorJson, Rows as RowsJson};
use serde_json::{Map, Value, json};

use super::rows::Rows;
use super::spec::Spec;
use crate::error::Error;

/// The request that means this fit of these rows.
///
/// # Errors
/// When a prior cannot be put into JSON.
pub fn request_of(rows: &Rows, spec: &Spec) -> Result<GrowthFitRequest, Error> {
    let sampling = spec.model.sampling;
    Ok(GrowthFitRequest {
        rows: objects(rows),
        formula: Some(spec.formula.clone()),
        priors: Some(priors_of(spec)?),
        n_samples: Some(sampling.draws as u64),
        n_warmup: Some(sampling.warmup as u64),
        n_chains: Some(sampling.chains as u64),
        family: Some(spec.model.family.name().into()),
        target_score: Some(spec.target),
        horizon_weeks: Some(spec.horizon_weeks),
        credible_interval: Some(spec.level),
        seed: Some(sampling.seed),
        keep_model: Some(true),
        ..GrowthFitRequest::default()
    })
}

/// The rows under the names of every known service.
fn objects(rows: &Rows) -> RowsJson {
    let object = |row: usize| {
        let student = &rows.students[rows.student[row] as usize];
        let mut object = Map::new();
        object.insert("student_id".into(), json!(student));
        object.insert("week".into(), json!(rows.week[row]));
        object.insert("score".into(), json!(rows.score[row]));
        object.extend(rows.answers.as_ref().map(|n| ("n".to_string(), json!(n[row]))));
        object.extend(rows.se.as_ref().map(|se| ("se".to_string(), json!(se[row]))));
        object
    };
    (0..rows.score.len()).map(object).collect()
}

/// The priors by the names of the contract.
///
/// # Errors
/// When a prior cannot be put into JSON.
pub fn priors_of(spec: &Spec) -> Result<BTreeMap<String, GrowthPriorJson>, Error> {
    let priors = &spec.model.priors;
    let mut named = vec![
        ("intercept", serde_json::to_value(priors.intercept)?),
        ("week", serde_json::to_value(priors.week)?),
        ("sd_intercept", serde_json::to_value(priors.sd_intercept)?),
        ("sd_week", serde_json::to_value(priors.sd_week)?),
        ("cor", json!({"dist": "lkj", "eta": priors.lkj})),
    ];
    if let Some(sigma) = priors.sigma {
        named.push(("sigma", serde_json::to_value(sigma)?));
    }
    let read =
        |(name, value): (&str, Value)| Ok((name.to_string(), serde_json::from_value(value)?));
    named.into_iter().map(read).collect()
}
