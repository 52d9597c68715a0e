//! Observed against predicted shares of events.

use schemars::JsonSchema;
use seedtest_numerics::{DEFAULT_LEVEL, Silent, ln};
use serde::{Deserialize, Serialize};

use super::censoring::check;
use crate::cox;
use crate::data::{Covariate, Data};
use crate::error::Error;
use crate::kaplan_meier::{Bounds, kaplan_meier};
use crate::radix::{number_key, sorted_order};

/// Predicted risks are kept this far from 0 and 1 on the scale of the slope.
const CLOSEST: f64 = 1e-9;

/// Whether events happen as often as predicted by a horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// The horizon.
    pub horizon: f64,
    /// Groups of rows by increasing predicted risk, of equal size as far as ties allow.
    pub groups: Vec<CalibrationGroup>,
    /// Observed over expected share of events by the horizon; 1 = right on average.
    pub observed_over_expected: f64,
    /// Change of the log hazard for one unit of ln(−ln(1 − risk)), estimated up to the horizon; 1 =
    /// right spread, below 1 = predictions too extreme (Royston & Altman 2013). `None` when the risks
    /// do not differ.
    pub slope: Option<f64>,
    /// Standard error of the slope, over clusters where there are any.
    pub slope_se: Option<f64>,
}

/// Rows of similar predicted risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationGroup {
    /// Rows.
    pub n: usize,
    /// Mean predicted risk.
    pub predicted: f64,
    /// Share with the event by the horizon, by Kaplan–Meier.
    pub observed: f64,
    /// 95 % bounds of the observed share; `None` where the curve gives none.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
}

/// Compares predicted risks of the event by `horizon` (one per row, between 0 and 1) with the observed
/// shares, in `groups` groups (ten for deciles).
pub fn calibration(
    data: &Data<'_>,
    risk: &[f64],
    horizon: f64,
    groups: usize,
) -> Result<Calibration, Error> {
    check(data, risk, "risk")?;
    if let Some(row) = risk.iter().position(|r| !(0.0..=1.0).contains(r)) {
        let required = "between 0 and 1";
        return Err(Error::Spec { field: "risk", value: risk[row], required });
    }
    if groups == 0 || groups > data.n() {
        let required = "between 1 and the number of rows";
        return Err(Error::Spec { field: "groups", value: groups as f64, required });
    }
    let all: Vec<u32> = (0..data.n() as u32).collect();
    let whole = observe(data, risk, &all, horizon)?;
    let parts = divided(risk, groups);
    let groups =
        parts.iter().map(|rows| observe(data, risk, rows, horizon)).collect::<Result<_, _>>()?;
    let slope = slope(data, risk, horizon)?;
    Ok(Calibration {
        horizon,
        groups,
        observed_over_expected: whole.observed / whole.predicted,
        slope: slope.map(|e| e.coefficient),
        slope_se: slope.map(|e| e.robust_se.unwrap_or(e.se)),
    })
}

/// Rows by increasing risk in groups of equal size; rows of equal risk stay together.
fn divided(risk: &[f64], groups: usize) -> Vec<Vec<u32>> {
    let keys: Vec<u64> = risk.iter().map(|&r| number_key(r)).collect();
    let order = sorted_order(&keys);
    let mut parts: Vec<Vec<u32>> = vec![Vec::new(); groups];
    let mut placed = 0;
    for tied in order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]) {
        // The group of the middle of the tied rows.
        let middle = placed as f64 + 0.5 * tied.len() as f64;
        let group = (middle * groups as f64 / risk.len() as f64) as usize;
        parts[group.min(groups - 1)].extend_from_slice(tied);
        placed += tied.len();
    }
    parts.retain(|rows| !rows.is_empty());
    parts
}

fn observe(
    data: &Data<'_>,
    risk: &[f64],
    rows: &[u32],
    horizon: f64,
) -> Result<CalibrationGroup, Error> {
    let subset = data.subset(rows);
    let curve = kaplan_meier(&subset.data())?;
    if curve.time.last().is_none_or(|last| *last < horizon) && curve.survival_at(horizon) > 0.0 {
        let reason = "a group of similar risk was not observed that long";
        return Err(Error::NotEstimable { what: "the calibration", at: horizon, reason });
    }
    let bounds = curve.bounds(DEFAULT_LEVEL, Bounds::LogLog);
    let at = curve.time.partition_point(|t| *t <= horizon).checked_sub(1);
    let bounds = at.and_then(|k| bounds[k]);
    let weight = |&row: &u32| data.weight(row as usize);
    let total: f64 = rows.iter().map(weight).sum();
    let predicted: f64 = rows.iter().map(|row| weight(row) * risk[*row as usize]).sum();
    Ok(CalibrationGroup {
        n: rows.len(),
        predicted: predicted / total,
        observed: 1.0 - curve.survival_at(horizon),
        lower: bounds.map(|(_, upper)| 1.0 - upper),
        upper: bounds.map(|(lower, _)| 1.0 - lower),
    })
}

/// Cox regression on ln(−ln(1 − risk)) with observation cut at the horizon.
fn slope(data: &Data<'_>, risk: &[f64], horizon: f64) -> Result<Option<cox::Estimate>, Error> {
    let hazard = |r: &f64| ln(-ln(1.0 - r.clamp(CLOSEST, 1.0 - CLOSEST)));
    let values: Vec<f64> = risk.iter().map(hazard).collect();
    let stop: Vec<f64> = data.stop.iter().map(|t| t.min(horizon)).collect();
    let happened = |(t, e): (&f64, &u8)| if *t <= horizon { *e } else { 0 };
    let event: Vec<u8> = data.stop.iter().zip(data.event).map(happened).collect();
    let cut = Data {
        stop: &stop,
        event: &event,
        covariates: vec![Covariate { name: "ln(-ln(1 - risk))", values: &values }],
        offset: None,
        strata: None,
        ..data.clone()
    };
    let spec = cox::Spec { concordance: false, ..cox::Spec::default() };
    match cox::fit(&cut, &spec, &mut Silent) {
        Ok(fit) => Ok(fit.coefficients[0].estimate),
        Err(Error::NoUsableCovariate { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
