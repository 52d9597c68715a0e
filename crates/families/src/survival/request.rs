//! A survival fit as the request for it, for a service at another address.

use seedtest_ingest::Table;
use seedtest_wire::{SurvivalFitRequest, SurvivalParams};

use super::spec::Spec;
use crate::rows::objects;

/// The request that means a fit of these rows by their columns, and predictions of `newdata`. Penalties,
/// formulas and columns of strata, clusters, weights and offsets are not carried over.
pub fn request_of(rows: &Table, newdata: &Table, spec: &Spec) -> SurvivalFitRequest {
    SurvivalFitRequest {
        rows: objects(rows),
        newdata: Some(objects(newdata)),
        covariates: spec.covariates.clone(),
        params: Some(SurvivalParams {
            family: Some(spec.family.name().into()),
            event_threshold_days: Some(spec.event_threshold_days),
            ..SurvivalParams::default()
        }),
        horizon_days: Some(spec.horizon_days),
        event_threshold_days: Some(spec.event_threshold_days),
        keep_model: Some(true),
        ..SurvivalFitRequest::default()
    }
}
