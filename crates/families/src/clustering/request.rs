//! A clustering as the request for it, for a service at another address.

use seedtest_ingest::Table;
use seedtest_wire::{ClusterCountJson, ClusterFitRequest};

use super::spec::Spec;
use crate::rows::objects;

/// The request that means a clustering of these rows.
pub fn request_of(table: &Table, spec: &Spec) -> ClusterFitRequest {
    ClusterFitRequest {
        rows: objects(table),
        method: Some(spec.method.name().into()),
        k: spec.k.map(|k| ClusterCountJson::Number(k as u64)),
        features: spec.features.clone(),
        standardize: Some(spec.standardize),
        seed: Some(spec.seed),
        keep_model: Some(true),
        ..ClusterFitRequest::default()
    }
}
