//! A fit as the JSON of the contract.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_formula::ModelMatrix;
use seedtest_numerics::{DEFAULT_LEVEL, Status, Verdict, exp, normal_quantile};
use seedtest_survival::cox::{self, rank_percentiles};
use seedtest_survival::quality::Quality;
use seedtest_survival::{DiscreteCoefficient, DiscreteFit, Error as ModelError, Row, aft};
use seedtest_wire::{
    CurvePointJson, ReasonJson, RowsReadJson, SurvivalCoefficientJson, SurvivalDistributionJson,
    SurvivalFitResponse, SurvivalModelMeta, SurvivalParameterJson, SurvivalPredictionJson,
    SurvivalQualityJson, SurvivalSummary,
};

use super::fit::Fitted;
use super::spec::Reasons;
use super::stored::{Model, RowPrediction, Stored};
use crate::error::Error;

/// Most times of the published curve.
const CURVE_POINTS: usize = 200;
/// With more predicted rows than this the JSON carries no reasons.
pub(super) const MOST_WITH_REASONS: usize = 10_000;

impl Fitted {
    /// The response to a run of this id, without what predicts later.
    ///
    /// # Errors
    /// None for a model that was fitted.
    pub fn response(&self, run_id: &str) -> Result<SurvivalFitResponse, Error> {
        let few = self.names.len() <= MOST_WITH_REASONS;
        let reasons = match self.reasons {
            Reasons::Never => false,
            Reasons::WhereFew => few,
            Reasons::Always => true,
        };
        let mut response = self.without_predictions(run_id)?;
        response.predictions = self.predictions_json(reasons);
        Ok(response)
    }

    fn predictions_json(&self, reasons: bool) -> Vec<SurvivalPredictionJson> {
        let Self { model, names, gaps, matrix, predictions, .. } = self;
        predictions_json(model, names, gaps, matrix, predictions, reasons)
    }

    fn without_predictions(&self, run_id: &str) -> Result<SurvivalFitResponse, Error> {
        let model = &self.model;
        let meta = self.meta();
        let known = || self.predictions.iter().filter_map(|prediction| prediction.risk);
        let range = known().fold(None, |range: Option<(f64, f64)>, risk| {
            Some(range.map_or((risk, risk), |(low, high)| (low.min(risk), high.max(risk))))
        });
        let truncated = matches!(meta.verdict.status, Status::Truncated { .. });
        let predictions = self.names.iter().zip(&self.predictions);
        Ok(SurvivalFitResponse {
            status: "success".into(),
            ok: true,
            rows: RowsReadJson::of_table(meta.n, &[("missing_value", self.dropped_rows)]),
            run_id: run_id.to_owned(),
            model: model.family.name().into(),
            n_obs: meta.n,
            n_events: meta.n_events,
            coefficients: meta.coefficients.clone(),
            hazard_ratios: meta.hazard_ratios.clone(),
            risk_scores: predictions
                .filter_map(|(name, p)| Some((name.clone(), p.risk?)))
                .collect(),
            summary: SurvivalSummary { coefficients: self.coefficients(), risk_range: range },
            model_meta: meta,
            predictions: Vec::new(),
            survival_curve: model.curve()?,
            proportional_hazards: self.proportional_hazards.clone(),
            penalty_path: self.penalty_path.clone(),
            residuals: self.residuals.clone(),
            quality: self.quality.as_ref().map(quality_json),
            warnings: self.warnings.clone(),
            truncated: truncated.then_some(true),
            stored_model: None,
        })
    }

    /// One line per covariate.
    pub fn coefficients(&self) -> Vec<SurvivalCoefficientJson> {
        match &self.model.fitted {
            Model::Cox(fit) => {
                let lines = fit.coefficients.iter().map(of_cox);
                let net = self.model.elastic_net.is_some();
                lines.map(|line| if net { without_errors(line) } else { line }).collect()
            }
            Model::Parametric(fit) => of_parametric(&self.model, fit),
            Model::Discrete(discrete) => of_discrete(&self.model, &discrete.fit),
        }
    }

    /// The fit as a whole.
    pub fn meta(&self) -> SurvivalModelMeta {
        let model = &self.model;
        let lines = self.coefficients();
        let by_name = |value: fn(&SurvivalCoefficientJson) -> Option<f64>| {
            lines.iter().map(|line| (line.name.clone(), value(line))).collect()
        };
        let names = model.covariates().into_iter().map(str::to_owned);
        let means: BTreeMap<String, f64> = names.zip(model.means.iter().copied()).collect();
        let cox = match &model.fitted {
            Model::Cox(fit) => Some(fit),
            Model::Parametric(_) | Model::Discrete(_) => None,
        };
        let discrete = match &model.fitted {
            Model::Discrete(discrete) => Some(discrete),
            Model::Cox(_) | Model::Parametric(_) => None,
        };
        let (n, n_events, verdict) = sizes(&model.fitted);
        let concordance = cox.and_then(|fit| fit.concordance.as_ref());
        SurvivalModelMeta {
            family: model.family.name().into(),
            event_threshold_days: model.event_threshold_days,
            horizon_days: model.horizon_days,
            formula: model.formula.clone(),
            coefficients: by_name(|line| line.coefficient),
            hazard_ratios: by_name(|line| line.hazard_ratio),
            se: by_name(|line| line.se),
            z: by_name(|line| line.z),
            p: by_name(|line| line.p),
            coefficient_scale: model.family.coefficient_scale().into(),
            se_kind: self.se_kind().map(str::to_owned),
            distribution: match &model.fitted {
                Model::Parametric(fit) => Some(distribution(fit)),
                Model::Cox(_) | Model::Discrete(_) => None,
            },
            means,
            concordance: concordance.map(|c| c.concordance),
            concordance_se: concordance.map(|c| c.se),
            n,
            n_events,
            n_clusters: model.fitted.n_clusters(),
            cluster: self.cluster.clone().filter(|_| model.fitted.n_clusters().is_some()),
            ties: cox.map(|fit| format!("{:?}", fit.spec.ties).to_lowercase()),
            penalty: model.elastic_net.map_or_else(|| ridge(&model.fitted), |(_, lambda)| lambda),
            alpha: model.elastic_net.map(|(alpha, _)| alpha),
            loglik: match &model.fitted {
                Model::Cox(fit) => fit.log_likelihood,
                Model::Parametric(fit) => fit.log_likelihood,
                Model::Discrete(discrete) => discrete.fit.log_likelihood,
            },
            loglik_null: match &model.fitted {
                Model::Cox(fit) => Some(fit.log_likelihood_null),
                Model::Parametric(fit) => fit.log_likelihood_null,
                Model::Discrete(discrete) => discrete.fit.log_likelihood_null,
            },
            aic: (model.elastic_net.is_none() && ridge(&model.fitted) == 0.0).then(|| match &model
                .fitted
            {
                Model::Cox(fit) => fit.aic(),
                Model::Parametric(fit) => fit.aic(),
                Model::Discrete(discrete) => discrete.fit.aic(),
            }),
            tests: cox.and_then(|fit| fit.tests),
            period_days: discrete.map(|discrete| discrete.period),
            dropped_rows: self.dropped_rows,
            verdict,
        }
    }
}

impl Fitted {
    /// What the standard errors take rows to be; `None` where there are no errors.
    fn se_kind(&self) -> Option<&'static str> {
        let robust = self.model.fitted.is_robust();
        self.model.elastic_net.is_none().then_some(if robust { "robust" } else { "model" })
    }
}

fn distribution(fit: &aft::Fit) -> SurvivalDistributionJson {
    let quantile = normal_quantile(0.5 + 0.5 * DEFAULT_LEVEL);
    let intercept = &fit.parameters[0];
    let (estimate, se) = (intercept.estimate, intercept.se);
    let bound = |sign: f64| estimate.zip(se).map(|(b, se)| b + sign * quantile * se);
    let (lower, upper) = (bound(-1.0), bound(1.0));
    let aft::Dispersion { scale, shape } = fit.dispersion(DEFAULT_LEVEL);
    SurvivalDistributionJson {
        intercept: SurvivalParameterJson { estimate, se, lower, upper },
        scale: positive(scale),
        shape: shape.map(positive),
    }
}

fn positive(found: aft::Positive) -> SurvivalParameterJson {
    let aft::Positive { estimate, se, lower, upper } = found;
    SurvivalParameterJson { estimate: Some(estimate), se, lower, upper }
}

/// Penalty on the coefficients of standardised covariates.
fn ridge(fitted: &Model) -> f64 {
    match fitted {
        Model::Cox(fit) => fit.ridge,
        Model::Parametric(fit) => fit.ridge,
        Model::Discrete(discrete) => discrete.fit.ridge,
    }
}

impl Fitted {
    /// How the fit ended.
    pub fn verdict(&self) -> Verdict {
        sizes(&self.model.fitted).2
    }
}

fn sizes(fitted: &Model) -> (usize, usize, Verdict) {
    match fitted {
        Model::Cox(fit) => (fit.n, fit.n_events, fit.verdict.clone()),
        Model::Parametric(fit) => (fit.n, fit.n_events, fit.verdict.clone()),
        Model::Discrete(discrete) => {
            let fit = &discrete.fit;
            (fit.n, fit.n_events, fit.verdict.clone())
        }
    }
}

fn of_cox(line: &cox::Coefficient) -> SurvivalCoefficientJson {
    let of = |value: fn(&cox::Estimate) -> f64| line.estimate.as_ref().map(value);
    let reason = line.reason.and_then(|reason| serde_json::to_value(reason).ok());
    let ratio =
        [of(|e| e.hazard_ratio), of(|e| e.hazard_ratio_lower), of(|e| e.hazard_ratio_upper)];
    SurvivalCoefficientJson {
        name: line.name.clone(),
        coefficient: of(|e| e.coefficient),
        se: of(|e| e.robust_se.unwrap_or(e.se)),
        model_se: line.estimate.as_ref().and_then(|e| e.robust_se.map(|_| e.se)),
        z: of(|e| e.z),
        p: of(|e| e.p),
        hazard_ratio: ratio[0],
        hazard_ratio_lower: ratio[1],
        hazard_ratio_upper: ratio[2],
        ratio: ratio[0],
        ratio_lower: ratio[1],
        ratio_upper: ratio[2],
        mean: Some(line.mean),
        reason: reason.and_then(|reason| reason.as_str().map(str::to_owned)),
    }
}

/// A coefficient chosen by a penalty: its distribution is not that of a maximum of the likelihood.
fn without_errors(line: SurvivalCoefficientJson) -> SurvivalCoefficientJson {
    let reason = line.coefficient.map(|_| "elastic_net".to_owned());
    SurvivalCoefficientJson {
        se: None,
        model_se: None,
        z: None,
        p: None,
        hazard_ratio_lower: None,
        hazard_ratio_upper: None,
        ratio_lower: None,
        ratio_upper: None,
        reason: line.reason.clone().or(reason),
        ..line
    }
}

/// e^coefficient with its 95 % bounds.
fn ratios(coefficient: Option<f64>, se: Option<f64>) -> [Option<f64>; 3] {
    let quantile = normal_quantile(0.5 + 0.5 * DEFAULT_LEVEL);
    let bound = |sign: f64| coefficient.zip(se).map(|(b, se)| exp(b + sign * quantile * se));
    [coefficient.map(exp), bound(-1.0), bound(1.0)]
}

/// Changes of the link for one unit; with the complementary log-log they are those of the log hazard.
fn of_discrete(model: &Stored, fit: &DiscreteFit) -> Vec<SurvivalCoefficientJson> {
    let line = |(found, &mean): (&DiscreteCoefficient, &f64)| {
        let DiscreteCoefficient { name, coefficient, se, z, p } = found.clone();
        of_parameter(aft::Parameter { name, estimate: coefficient, se, z, p }, model, mean)
    };
    fit.coefficients.iter().zip(&model.means).map(line).collect()
}

/// A coefficient of a family without model errors beside robust ones.
fn of_parameter(found: aft::Parameter, model: &Stored, mean: f64) -> SurvivalCoefficientJson {
    let aft::Parameter { name, estimate, se, z, p } = found;
    let ratio = ratios(estimate, se);
    let hazard = ratio.map(|ratio| ratio.filter(|_| model.family.is_proportional()));
    SurvivalCoefficientJson {
        name,
        coefficient: estimate,
        se,
        model_se: None,
        z,
        p,
        hazard_ratio: hazard[0],
        hazard_ratio_lower: hazard[1],
        hazard_ratio_upper: hazard[2],
        ratio: ratio[0],
        ratio_lower: ratio[1],
        ratio_upper: ratio[2],
        mean: Some(mean),
        reason: estimate.is_none().then(|| "left_out".to_string()),
    }
}

/// Weibull and exponential coefficients as changes of the log hazard, with errors by the delta method;
/// the others as those of ln T.
fn of_parametric(model: &Stored, fit: &aft::Fit) -> Vec<SurvivalCoefficientJson> {
    let hazards = fit.proportional_hazards(DEFAULT_LEVEL).map(|hazards| hazards.coefficients);
    let lines = model.covariates().len();
    let parameters = hazards.unwrap_or_else(|| fit.parameters[1..=lines].to_vec());
    let line = |(parameter, &mean): (aft::Parameter, &f64)| of_parameter(parameter, model, mean);
    parameters.into_iter().zip(&model.means).map(line).collect()
}

fn quality_json(quality: &Quality) -> SurvivalQualityJson {
    SurvivalQualityJson {
        folds: quality.method.folds,
        seed: quality.method.seed,
        horizon: quality.method.horizon,
        auc: quality.auc,
        brier: quality.brier,
        brier_null: quality.brier_null,
        integrated_brier: quality.integrated_brier,
        uno_concordance: quality.uno,
        harrell_concordance: quality.harrell.as_ref().map(|c| c.concordance),
        calibration: quality.calibration.clone(),
    }
}

/// Predictions with ranks and, where there are not too many rows, reasons.
pub(super) fn predictions_json(
    model: &Stored,
    names: &[Arc<str>],
    gaps: &[f64],
    matrix: &ModelMatrix,
    predictions: &[RowPrediction],
    with_reasons: bool,
) -> Vec<SurvivalPredictionJson> {
    let covariates = model.covariates();
    let known: Vec<f64> = predictions.iter().filter_map(|p| p.risk).collect();
    let mut ranks = rank_percentiles(&known).into_iter();
    let offset_name = model.offset_term();
    let reasons = |at: usize, prediction: &RowPrediction| {
        let reason = |(j, &contribution): (usize, &f64)| ReasonJson {
            covariate: covariates[j].to_owned(),
            value: matrix.column(j)[at],
            mean: model.means[j],
            contribution,
        };
        let of_covariates = prediction.contributions.iter().enumerate().map(reason);
        let is_there = !prediction.contributions.is_empty();
        let of_offset = offset_name.iter().filter(|_| is_there).map(|name| ReasonJson {
            covariate: name.clone(),
            value: prediction.offset,
            mean: 0.0,
            contribution: prediction.offset,
        });
        of_covariates.chain(of_offset).collect()
    };
    let row = |(at, prediction): (usize, &RowPrediction)| SurvivalPredictionJson {
        user_id: names[at].clone(),
        risk_score: prediction.risk,
        hazard_ratio: prediction.hazard_ratio(),
        rank_percentile: prediction.risk.and_then(|_| ranks.next()),
        gap_days: Some(gaps[at]).filter(|gap| gap.is_finite()),
        reasons: if with_reasons { reasons(at, prediction) } else { Vec::new() },
        extrapolated: prediction.extrapolated,
        reason: prediction.lacks.as_ref().map(|lack| lack.obstacle.to_string()),
    };
    predictions.iter().enumerate().map(row).collect()
}

impl Stored {
    /// Survival of a row with the means of all covariates.
    ///
    /// # Errors
    /// None for a model that was fitted.
    pub fn curve(&self) -> Result<Vec<CurvePointJson>, Error> {
        let mut points = Vec::new();
        match &self.fitted {
            Model::Cox(fit) => {
                let means: Vec<f64> = fit.coefficients.iter().map(|c| c.mean).collect();
                for baseline in &fit.baselines {
                    let stratum = self.named_stratum(baseline.stratum);
                    for t in thinned(&baseline.time) {
                        let at = fit.survival(&means, baseline.stratum, t)?;
                        let known = self.elastic_net.is_none();
                        let bounds = known.then_some((at.lower, at.upper));
                        points.push(point(t, at.survival, bounds, stratum.as_ref()));
                    }
                }
            }
            Model::Parametric(fit) => {
                let last = 2.0 * self.horizon_days.max(1.0);
                for step in 0..=CURVE_POINTS / 2 {
                    let t = last * step as f64 / (CURVE_POINTS / 2) as f64;
                    points.push(point(t, fit.survival(&self.means, t)?, None, None));
                }
            }
            Model::Discrete(discrete) => {
                for level in &discrete.fit.periods {
                    let t = f64::from(level.period) * discrete.period;
                    let row = Row { x: &self.means, stratum: level.stratum, offset: 0.0 };
                    match discrete.survival(&row, t) {
                        Ok(s) => {
                            let stratum = self.named_stratum(level.stratum);
                            points.push(point(t, s, None, stratum.as_ref()));
                        }
                        // Nobody of this stratum was at risk so late.
                        Err(ModelError::NotEstimable { .. }) => {}
                        Err(other) => return Err(other.into()),
                    }
                }
            }
        }
        Ok(points)
    }
}

/// Number of a stratum and what the data call it.
type NamedStratum = (u32, Arc<str>);

impl Stored {
    /// A stratum by its number and its name; `None` where there are not several.
    fn named_stratum(&self, stratum: u32) -> Option<NamedStratum> {
        let codes = self.strata.as_ref().map(|strata| &strata.codes)?;
        let (level, _) = codes.iter().find(|(_, code)| **code == stratum)?;
        (codes.len() > 1).then(|| (stratum, Arc::from(level.as_str())))
    }
}

fn point(
    t: f64,
    survival: f64,
    bounds: Option<(f64, f64)>,
    stratum: Option<&NamedStratum>,
) -> CurvePointJson {
    let (lower, upper) = (bounds.map(|b| b.0), bounds.map(|b| b.1));
    let (stratum, stratum_name) = stratum.cloned().unzip();
    CurvePointJson { t, survival, lower, upper, time: t, surv: survival, stratum, stratum_name }
}

/// At most [`CURVE_POINTS`] of these times, evenly spread over their order, the last one among them.
fn thinned(times: &[f64]) -> Vec<f64> {
    let n = times.len();
    if n <= CURVE_POINTS {
        return times.to_vec();
    }
    (1..=CURVE_POINTS).map(|k| times[k * n / CURVE_POINTS - 1]).collect()
}
