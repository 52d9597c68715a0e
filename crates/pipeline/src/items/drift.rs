//! How the items moved since the calibration before.

use seedtest_irt::{
    Drift, DriftReason, DriftTest, DriftThresholds, ItemDrift, ItemErrors, ItemFit, LinkSpec,
    Model, NoErrors, Severity, compare,
};
use seedtest_store::ItemParamsRow;
use serde::Serialize;
use serde_json::Value;

use crate::registry::JobLog;
use crate::remote::CalibrationRows;

/// Items that drifted, and what they were compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DriftTable {
    /// Run of the previous parameters, where they all come from one.
    pub(crate) previous_run: Option<String>,
    /// Items in both calibrations.
    pub(crate) n_common: usize,
    /// Slope of the map to the previous scale.
    pub(crate) slope: f64,
    /// Intercept of that map.
    pub(crate) intercept: f64,
    /// Items beyond a threshold, most severe first.
    pub(crate) items: Vec<DriftRow>,
}

/// One item that drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DriftRow {
    pub(crate) item_id: String,
    pub(crate) delta_a: f64,
    pub(crate) delta_b: f64,
    /// Wald statistic of (a, b) and its degrees of freedom.
    pub(crate) statistic: Option<f64>,
    pub(crate) df: u8,
    /// Its p after Holm's correction for the number of common items.
    pub(crate) p_adjusted: Option<f64>,
    pub(crate) severity: Severity,
    /// Each change that is beyond a threshold, with how severe that is.
    #[serde(skip)]
    pub(crate) changes: Vec<DriftChange>,
}

/// A change of an item beyond a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DriftChange {
    pub(crate) reason: DriftReason,
    pub(crate) value: f64,
    pub(crate) threshold: Option<f64>,
    pub(crate) severity: Severity,
}

/// Compares a calibration with the stored one; `None` when too few items are in both to put them on
/// one scale.
pub(crate) fn drift(
    previous: &[ItemParamsRow],
    current: &CalibrationRows,
    model: Model,
) -> Option<DriftTable> {
    // Parameters of another model differ without any drift.
    let previous: Vec<&ItemParamsRow> = previous.iter().filter(|row| is_of(row, model)).collect();
    let same_unit = model == Model::Rasch;
    let mut ids: Vec<&str> = previous.iter().map(|row| row.item_id.as_str()).collect();
    ids.sort_unstable();
    let code = |id: &str| ids.binary_search(&id).ok().map(|position| position as u32);
    let mut old: Vec<ItemFit> = previous
        .iter()
        .filter_map(|row| item_fit(code(&row.item_id)?, &row.params, &row.params["se"]))
        .collect();
    let mut new: Vec<ItemFit> = current
        .item_params
        .iter()
        .filter_map(|row| item_fit(code(&row.item_id)?, &row.params, &row.se))
        .collect();
    old.sort_by_key(|item| item.item);
    new.sort_by_key(|item| item.item);
    let spec = LinkSpec { drift: Some(DriftTest::default()), same_unit, ..LinkSpec::default() };
    let thresholds = DriftThresholds::default();
    let Drift { linking, items } = compare(&old, &new, &spec, &thresholds).ok()?;
    let n_common = items.len();
    let rows = items.into_iter().filter_map(|item| {
        Some(DriftRow {
            changes: changes(&item, &thresholds),
            item_id: ids[item.item as usize].to_string(),
            delta_a: item.delta_a,
            delta_b: item.delta_b,
            statistic: item.test.statistic,
            df: item.test.df,
            p_adjusted: item.test.p_adjusted,
            severity: item.severity?,
        })
    });
    Some(DriftTable {
        previous_run: one_run(&previous),
        n_common,
        slope: linking.slope,
        intercept: linking.intercept,
        items: rows.collect(),
    })
}

fn changes(item: &ItemDrift, thresholds: &DriftThresholds) -> Vec<DriftChange> {
    let change = |&(reason, severity): &(DriftReason, Severity)| DriftChange {
        reason,
        value: match reason {
            DriftReason::DeltaA => item.delta_a,
            DriftReason::DeltaB => item.delta_b,
            DriftReason::DeltaC => item.delta_c,
        },
        threshold: thresholds.of(reason, severity),
        severity,
    };
    item.reasons.iter().map(change).collect()
}

fn is_of(row: &ItemParamsRow, model: Model) -> bool {
    row.model.as_deref().is_none_or(|name| name.parse() == Ok(model))
}

fn one_run(rows: &[&ItemParamsRow]) -> Option<String> {
    let first = rows.first()?.run_id.clone()?;
    rows.iter().all(|row| row.run_id.as_deref() == Some(&first)).then_some(first)
}

fn item_fit(item: u32, params: &Value, se: &Value) -> Option<ItemFit> {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_f64);
    let errors = ItemErrors {
        a: number(se, "a"),
        b: number(se, "b"),
        c: number(se, "c"),
        ab: number(se, "cov_ab"),
    };
    let known = errors.a.or(errors.b).is_some();
    Some(ItemFit {
        item,
        n: 0,
        n_right: 0,
        a: number(params, "a")?,
        b: number(params, "b")?,
        c: number(params, "c").unwrap_or(0.0),
        se: known.then_some(errors),
        se_missing: (!known).then_some(NoErrors::NotComputed),
        anchor: false,
        item_rest: None,
        check_key: false,
        at_bound: Vec::new(),
    })
}

/// Says how many items moved, and which ones severely.
pub(crate) fn report_drift(drift: Option<&DriftTable>, log: &mut JobLog<'_>) {
    let Some(drift) = drift else { return };
    let count = |severity| drift.items.iter().filter(|item| item.severity == severity).count();
    log.info(&format!(
        "Drift since the last calibration: {} common items, {} minor, {} moderate, {} severe",
        drift.n_common,
        count(Severity::Minor),
        count(Severity::Moderate),
        count(Severity::Severe)
    ));
    for item in drift.items.iter().filter(|item| item.severity == Severity::Severe).take(10) {
        let DriftRow { item_id, delta_a, delta_b, .. } = item;
        log.warn(&format!("item {item_id} drifts: Δa {delta_a:+.2}, Δb {delta_b:+.2}"));
    }
}
