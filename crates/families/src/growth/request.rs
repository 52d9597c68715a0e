//! A fit of growth as the request for it, for a service at another address.

use std::collections::BTreeMap;

use seedtest_growth::Prior;
use seedtest_wire::{GrowthFitRequest, GrowthPriorJson, Rows as RowsJson};
use serde_json::{Map, json};

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
        priors: Some(priors_of(spec)?).filter(|priors| !priors.is_empty()),
        n_samples: Some(sampling.draws as u64),
        n_warmup: Some(sampling.warmup as u64),
        n_chains: Some(sampling.chains as u64),
        family: Some(spec.model.family.name().into()),
        target_score: spec.target,
        horizon_weeks: Some(spec.horizon_weeks),
        credible_interval: Some(spec.level),
        target_accept: Some(sampling.target_accept),
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

/// The priors that were asked for, by the names of the contract.
///
/// # Errors
/// When a prior cannot be put into JSON.
pub fn priors_of(spec: &Spec) -> Result<BTreeMap<String, GrowthPriorJson>, Error> {
    let priors = &spec.model.priors;
    let density = |prior: Option<Prior>| prior.map(serde_json::to_value).transpose();
    let lkj = priors.lkj.map(|eta| json!({"dist": "lkj", "eta": eta}));
    let named = [
        ("intercept", density(priors.intercept)?),
        ("week", density(priors.week)?),
        ("sd_intercept", density(priors.sd_intercept)?),
        ("sd_week", density(priors.sd_week)?),
        ("sigma", density(priors.sigma)?),
        ("cor", lkj),
    ];
    let asked = named.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?)));
    asked.map(|(name, value)| Ok((name, serde_json::from_value(value)?))).collect()
}
