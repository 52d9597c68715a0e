//! Survival curves without covariates.

use schemars::JsonSchema;
use seedtest_numerics::{exp, ln, normal_quantile};
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::error::Error;
use crate::jackknife::{Jump, jackknife};
use crate::risk_table::RiskTable;

/// How confidence bounds of a survival curve are made symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// On the scale of ln(−ln S): stays between 0 and 1 and is the best of the three in small
    /// samples (Borgan & Liestøl 1990).
    #[default]
    LogLog,
    /// On the scale of ln S, R's default.
    Log,
    /// On the scale of S, cut at 0 and 1.
    Plain,
}

/// A survival curve without covariates (Kaplan & Meier 1958) with the cumulative hazard (Nelson 1972;
/// Aalen 1978). One entry for every distinct end time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// Times at which rows end, increasing.
    pub time: Vec<f64>,
    /// Weight of the rows at risk just before every time.
    pub n_risk: Vec<f64>,
    /// Weight of the events at every time.
    pub n_event: Vec<f64>,
    /// Weight of the rows censored at every time.
    pub n_censor: Vec<f64>,
    /// Survival at and after every time.
    pub survival: Vec<f64>,
    /// Standard error of ln S (Greenwood 1926); `None` where S is 0.
    pub log_se: Vec<Option<f64>>,
    /// Nelson–Aalen cumulative hazard.
    pub hazard: Vec<f64>,
    /// Standard error of the cumulative hazard.
    pub hazard_se: Vec<f64>,
    /// Whether the errors are the robust ones of [`kaplan_meier_robust`].
    #[serde(default)]
    pub robust: bool,
}

/// Kaplan–Meier and Nelson–Aalen estimates. Covariates, strata, offsets and clusters are ignored;
/// weights count as frequencies.
pub fn kaplan_meier(data: &Data<'_>) -> Result<SurvivalCurve, Error> {
    data.validate()?;
    let table = RiskTable::new(data);
    let mut curve = SurvivalCurve {
        survival: Vec::with_capacity(table.time.len()),
        log_se: Vec::with_capacity(table.time.len()),
        hazard: Vec::with_capacity(table.time.len()),
        hazard_se: Vec::with_capacity(table.time.len()),
        time: table.time,
        n_risk: table.n_risk,
        n_event: table.n_event,
        n_censor: table.n_censor,
        robust: false,
    };
    let (mut survival, mut greenwood, mut hazard, mut variance) = (1.0, 0.0, 0.0, 0.0);
    for (&at_risk, &events) in curve.n_risk.iter().zip(&curve.n_event) {
        if events > 0.0 {
            let left = at_risk - events;
            // Rounding of weights must not leave a rest where nobody is left.
            let left = if left <= 1e-12 * at_risk { 0.0 } else { left };
            survival *= left / at_risk;
            greenwood += events / (at_risk * left);
            hazard += events / at_risk;
            variance += events / (at_risk * at_risk);
        }
        curve.survival.push(survival);
        curve.log_se.push((survival > 0.0).then(|| f64::sqrt(greenwood)));
        curve.hazard.push(hazard);
        curve.hazard_se.push(f64::sqrt(variance));
    }
    Ok(curve)
}

/// The same estimates with the errors of the infinitesimal jackknife, for weights that are no counts of
/// rows and for rows that depend on each other: the squared sums of wᵢ ∂ln S/∂wᵢ over the clusters of the
/// data, or over rows where there are none (Therneau's R package survival, `survfit` with `robust =
/// TRUE`).
pub fn kaplan_meier_robust(data: &Data<'_>) -> Result<SurvivalCurve, Error> {
    let mut curve = kaplan_meier(data)?;
    let counts = || curve.n_risk.iter().zip(&curve.n_event);
    let of_survival: Vec<Jump> = counts().map(|(&n, &d)| log_survival_jump(n, d)).collect();
    let of_hazard: Vec<Jump> = counts()
        .map(|(&at_risk, &events)| {
            if events > 0.0 {
                Jump { of_event: 1.0 / at_risk, of_risk: events / (at_risk * at_risk) }
            } else {
                Jump::default()
            }
        })
        .collect();
    let log_variance = jackknife(data, &curve.time, &of_survival);
    let hazard_variance = jackknife(data, &curve.time, &of_hazard);
    let known = curve.survival.iter().zip(log_variance);
    curve.log_se = known.map(|(&s, v)| (s > 0.0).then(|| v.sqrt())).collect();
    curve.hazard_se = hazard_variance.into_iter().map(f64::sqrt).collect();
    curve.robust = true;
    Ok(curve)
}

/// What a time adds to the derivative of −ln S.
fn log_survival_jump(at_risk: f64, events: f64) -> Jump {
    let left = at_risk - events;
    if events <= 0.0 || left <= 1e-12 * at_risk {
        return Jump::default();
    }
    Jump { of_event: 1.0 / left, of_risk: events / (at_risk * left) }
}

/// [`SurvivalCurve::restricted_mean`] with the robust error of [`kaplan_meier_robust`], for the curve of
/// these data.
pub fn restricted_mean_robust(
    data: &Data<'_>,
    curve: &SurvivalCurve,
    tau: f64,
) -> Option<(f64, f64)> {
    let (mean, _) = curve.restricted_mean(tau)?;
    let within = curve.time.partition_point(|t| *t <= tau);
    let (mut after, mut end) = (0.0, tau);
    let mut jumps = vec![Jump::default(); within];
    for k in (0..within).rev() {
        after += curve.survival[k] * (end - curve.time[k]);
        end = curve.time[k];
        let jump = log_survival_jump(curve.n_risk[k], curve.n_event[k]);
        jumps[k] = Jump { of_event: after * jump.of_event, of_risk: after * jump.of_risk };
    }
    let variance = jackknife(data, &curve.time[..within], &jumps).pop().unwrap_or(0.0);
    Some((mean, variance.sqrt()))
}

impl SurvivalCurve {
    /// Survival at a time.
    pub fn survival_at(&self, time: f64) -> f64 {
        self.index(time).map_or(1.0, |k| self.survival[k])
    }

    /// Survival just before a time.
    pub fn survival_before(&self, time: f64) -> f64 {
        let at = self.time.partition_point(|t| *t < time);
        if at == 0 { 1.0 } else { self.survival[at - 1] }
    }

    /// Cumulative hazard at a time.
    pub fn hazard_at(&self, time: f64) -> f64 {
        self.index(time).map_or(0.0, |k| self.hazard[k])
    }

    fn index(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|t| *t <= time).checked_sub(1)
    }

    /// Lower and upper confidence bound of the survival at every time; `None` where the survival is
    /// 0 and, for log-log bounds, before the first event (there is no spread to go by).
    pub fn bounds(&self, confidence: f64, bounds: Bounds) -> Vec<Option<(f64, f64)>> {
        let z = normal_quantile(0.5 + 0.5 * confidence);
        let at = |(&s, &se): (&f64, &Option<f64>)| {
            let se = se?;
            if s >= 1.0 {
                return (bounds != Bounds::LogLog).then_some((1.0, 1.0));
            }
            Some(match bounds {
                Bounds::LogLog => {
                    let theta = z * se / ln(s);
                    (exp(ln(s) * exp(-theta)), exp(ln(s) * exp(theta)))
                }
                Bounds::Log => (s * exp(-z * se), (s * exp(z * se)).min(1.0)),
                Bounds::Plain => ((s - z * s * se).max(0.0), (s + z * s * se).min(1.0)),
            })
        };
        self.survival.iter().zip(&self.log_se).map(at).collect()
    }

    /// Lower and upper confidence bound of the cumulative hazard on its log scale; `None` before the
    /// first event.
    pub fn hazard_bounds(&self, confidence: f64) -> Vec<Option<(f64, f64)>> {
        let z = normal_quantile(0.5 + 0.5 * confidence);
        let at = |(&h, &se): (&f64, &f64)| {
            let factor = exp(z * se / h);
            (h > 0.0).then(|| (h / factor, h * factor))
        };
        self.hazard.iter().zip(&self.hazard_se).map(at).collect()
    }

    /// First time at which the survival is at most 1 − `share`; halfway to the next time where it is
    /// exactly that; `None` when the curve stays above.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        crossing(&self.time, &self.survival, 1.0 - share)
    }

    /// Quantile with its bounds, the times at which the confidence band crosses (Brookmeyer & Crowley
    /// 1982); `None` where the band does not.
    pub fn quantile_bounds(
        &self,
        share: f64,
        confidence: f64,
        bounds: Bounds,
    ) -> (Option<f64>, Option<f64>) {
        let bands = self.bounds(confidence, bounds);
        let side = |pick: fn((f64, f64)) -> f64| {
            let known = self.time.iter().zip(&bands).filter_map(|(t, b)| b.map(|b| (*t, pick(b))));
            let (time, band): (Vec<f64>, Vec<f64>) = known.unzip();
            crossing(&time, &band, 1.0 - share)
        };
        (side(|b| b.0), side(|b| b.1))
    }

    /// Restricted mean survival time: the area under the curve up to `tau`, with its standard error;
    /// `None` when `tau` is after the last observation. The error is that of counted rows also where the
    /// curve is robust: see [`restricted_mean_robust`].
    pub fn restricted_mean(&self, tau: f64) -> Option<(f64, f64)> {
        if self.time.last().is_none_or(|last| *last < tau) || tau.is_nan() || tau < 0.0 {
            return None;
        }
        let within = self.time.partition_point(|t| *t <= tau);
        let mut after = 0.0;
        let mut variance = 0.0;
        let mut end = tau;
        // From the last time back, so that the area after every event is known.
        for k in (0..within).rev() {
            after += self.survival[k] * (end - self.time[k]);
            end = self.time[k];
            let (at_risk, events) = (self.n_risk[k], self.n_event[k]);
            if events > 0.0 && after > 0.0 {
                variance += after * after * events / (at_risk * (at_risk - events));
            }
        }
        Some((after + end, variance.sqrt()))
    }
}

/// First time at which a falling step function is at or below a level.
fn crossing(time: &[f64], steps: &[f64], level: f64) -> Option<f64> {
    const ROUNDING: f64 = 1e-12;
    let at = steps.iter().position(|s| *s <= level + ROUNDING)?;
    let flat = (steps[at] - level).abs() <= ROUNDING;
    let lower = flat.then(|| steps.iter().position(|s| *s < level - ROUNDING)).flatten();
    Some(lower.map_or(time[at], |next| 0.5 * (time[at] + time[next])))
}
