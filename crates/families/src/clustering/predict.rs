//! `POST /cluster/predict`: clusters of rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_ingest::Table;
use seedtest_numerics::Observer;
use seedtest_segment::{Scale, assign_to_centres};
use seedtest_wire::{
    ClusterCentresJson, ClusterPredictRequest, ClusterPredictResponse, ClusterScaleJson,
};

use super::cost::of_assignment;
use super::error::RowsError;
use super::features::Features;
use super::response::number_of;
use super::stored::Stored;
use crate::error::Error;
use crate::family::admit;
use crate::rows::table_of;

/// What to say where there is no stored fit.
pub const NO_STORED_MODEL: Error = Error::NoStoredModel {
    family: "clustering",
    hint: "fit one first: `seedtest job run cluster-segments`, or send centers",
};

/// Assigns rows to the centres of the request, or to the clusters of a stored fit; `stored` is the fit
/// the request names by `run_id`, or the newest.
///
/// # Errors
/// [`Error::NoStoredModel`] when there are neither centres nor a fit, and those of rows that lack a
/// feature.
pub fn predict(
    request: &ClusterPredictRequest,
    stored: Option<&Stored>,
    observer: &mut dyn Observer,
) -> Result<ClusterPredictResponse, Error> {
    let table = table_of(request.rows.clone())?;
    let known = stored.map_or(0, |model| model.fit.k);
    let clusters = request.centers.as_ref().map_or(known, Vec::len);
    admit(observer, || Ok(of_assignment(table.n_rows, clusters as f64)))?;
    match &request.centers {
        Some(centres) => by_centres(&table, centres, request),
        None => predict_table(stored.ok_or(NO_STORED_MODEL)?, &table),
    }
}

/// Assigns the rows of a table to the clusters of a stored fit.
///
/// # Errors
/// For rows that lack a feature of the fit.
pub fn predict_table(model: &Stored, table: &Table) -> Result<ClusterPredictResponse, Error> {
    let names: Vec<String> = model.fit.scales.iter().map(|scale| scale.name.clone()).collect();
    let rows = Features::of(table, Some(&names))?;
    if rows.names.is_empty() {
        return Ok(response(&[], &[], &[], Some(model.run_id.clone())));
    }
    let found = model.fit.predict(&rows.data)?;
    let mut warnings = unknown_warning(&found.labels);
    if model.fit.k == 1 {
        warnings.push("the fit has no clusters: everybody is in the one group there is".to_owned());
    }
    let run_id = Some(model.run_id.clone());
    let memberships = rows.names.iter().cloned().zip(found.memberships).collect();
    Ok(ClusterPredictResponse {
        memberships: Some(memberships),
        warnings,
        ..response(&rows.names, &found.labels, &found.distances, run_id)
    })
}

fn by_centres(
    table: &Table,
    centres: &[ClusterCentresJson],
    request: &ClusterPredictRequest,
) -> Result<ClusterPredictResponse, Error> {
    let names = names_of(table, centres, request)?;
    let rows = Features::of(table, Some(&names))?;
    let centres: Vec<Vec<f64>> =
        (1..).zip(centres).map(|centre| values_of(centre, &names)).collect::<Result<_, _>>()?;
    let scales: Vec<Scale> =
        names.iter().map(|name| scale_of(name, request.scaling.as_ref())).collect();
    refuse_missing(&rows, request.scaling.as_ref())?;
    let (labels, distances) = assign_to_centres(&rows.data, &scales, &centres)?;
    Ok(ClusterPredictResponse {
        warnings: unknown_warning(&labels),
        ..response(&rows.names, &labels, &distances, None)
    })
}

/// What to say of rows without any value.
fn unknown_warning(labels: &[Option<u32>]) -> Vec<String> {
    let unknown = labels.iter().filter(|label| label.is_none()).count();
    let n = labels.len();
    let told = || format!("{unknown} of {n} rows have no value and belong to no cluster (0)");
    (unknown > 0).then(told).into_iter().collect()
}

/// The features of the centres, in the order of lists.
fn names_of(
    table: &Table,
    centres: &[ClusterCentresJson],
    request: &ClusterPredictRequest,
) -> Result<Vec<String>, Error> {
    let width = match centres.first() {
        Some(ClusterCentresJson::Named(values)) => return Ok(values.keys().cloned().collect()),
        Some(ClusterCentresJson::List(values)) => values.len(),
        None => 0,
    };
    if let Some(names) = &request.features {
        if names.is_empty() {
            return Err(RowsError::NamelessCentres.into());
        }
        return Ok(names.clone());
    }
    // Names have no order of their own: only of a single one is it known which number is its.
    let names: Vec<String> = match &request.scaling {
        Some(scaling) => scaling.keys().cloned().collect(),
        None => Features::of(table, None)?.data.features.iter().map(|f| f.name.into()).collect(),
    };
    if names.len() != 1 || width > 1 {
        return Err(RowsError::UnnamedCentres { width }.into());
    }
    Ok(names)
}

fn values_of(
    (centre, values): (usize, &ClusterCentresJson),
    names: &[String],
) -> Result<Vec<f64>, RowsError> {
    match values {
        ClusterCentresJson::List(values) => Ok(values.clone()),
        ClusterCentresJson::Named(values) => names
            .iter()
            .map(|feature| {
                let lacks = || RowsError::CentreLacks { centre, feature: feature.clone() };
                values.get(feature).copied().ok_or_else(lacks)
            })
            .collect(),
    }
}

/// Without a scale distances are in the unit of the feature.
fn scale_of(name: &str, scaling: Option<&BTreeMap<String, ClusterScaleJson>>) -> Scale {
    let given = scaling.and_then(|scaling| scaling.get(name));
    Scale {
        name: name.to_owned(),
        mean: given.map_or(0.0, |scale| scale.mean),
        sd: given.map_or(1.0, |scale| scale.sd),
        imputed: 0,
        standardized: given.is_some_and(|scale| scale.sd > 0.0),
    }
}

fn refuse_missing(
    rows: &Features<'_>,
    scaling: Option<&BTreeMap<String, ClusterScaleJson>>,
) -> Result<(), RowsError> {
    let is_known = |name: &str| scaling.is_some_and(|scaling| scaling.contains_key(name));
    for feature in rows.data.features.iter().filter(|feature| !is_known(feature.name)) {
        if let Some(row) = feature.values.iter().position(|value| value.is_nan()) {
            return Err(RowsError::Missing { row, column: feature.name.to_owned() });
        }
    }
    Ok(())
}

fn response(
    names: &[Arc<str>],
    labels: &[Option<u32>],
    distances: &[Vec<f64>],
    run_id: Option<String>,
) -> ClusterPredictResponse {
    let numbers = labels.iter().map(|label| number_of(*label));
    let clusters: BTreeMap<Arc<str>, u32> = names.iter().cloned().zip(numbers).collect();
    ClusterPredictResponse {
        status: "success".into(),
        ok: true,
        run_id,
        assignments: clusters.clone(),
        clusters,
        distances: names.iter().cloned().zip(distances.iter().cloned()).collect(),
        memberships: None,
        warnings: Vec::new(),
    }
}
