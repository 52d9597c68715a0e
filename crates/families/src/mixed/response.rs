//! A fit as the JSON of the contract.

use seedtest_mixed::{FixedEffect, Interval, LevelCoefficients, RandomEffects};
use seedtest_numerics::{Status, quantile};
use seedtest_wire::{
    GroupVariancesJson, IntervalJson, LikelihoodRatioJson, MixedCoefficientJson, MixedFitMeta,
    MixedFitMetrics, MixedFitResponse, MixedMetrics, MixedPredictionJson, ModesJson, Ordered,
    ResidualSummaryJson, RowsReadJson, VarianceComponentsJson, VarianceJson,
};

use super::fit::{Comparison, Fitted};
use super::intervals::{UNDETERMINED, open_end};
use super::model::Model;
use super::new_rows::{NewRow, levels_json};
use super::spec::ModelSpec;

impl Fitted {
    /// The response to a run of this id, without what predicts later.
    pub fn response(&self, run_id: &str) -> MixedFitResponse {
        let model = &self.model;
        let known = |value: f64| Some(value).filter(|value| value.is_finite());
        let figures = self.figures();
        let by_row = self.spec.residuals.then(|| model.by_row());
        MixedFitResponse {
            status: "success".into(),
            ok: true,
            rows: RowsReadJson::of_table(
                figures.n_obs,
                &[
                    ("missing_value", self.dropped_rows),
                    ("without_trials", self.rows_without_trials),
                ],
            ),
            run_id: run_id.to_owned(),
            model: None,
            fixed_effects: estimates(model.fixed()),
            fixed_effects_se: self.fixed_effects_se(),
            coefficients: self.coefficients(),
            random_effects: modes(model.random()),
            random_effects_se: conditional_sds(model.random()),
            level_coefficients: by_level(self.by_level.as_deref(), |of, at| Some(of.values[at])),
            level_coefficients_se: by_level(self.by_level.as_deref(), |of, at| of.se[at]),
            variance_components: self.variance_components(),
            metrics: MixedMetrics {
                figures: figures.clone(),
                fixed_effects: estimates(model.fixed()),
                random_effects_sd: sds(model.random()),
            },
            fit_metrics: figures,
            r2_marginal: known(self.shares.r2_marginal),
            r2_conditional: known(self.shares.r2_conditional),
            icc: self.shares.icc.iter().map(|(group, v)| (group.clone(), known(*v))).collect(),
            scaled_residuals: summary_of(&self.scaled_residuals),
            comparison: self.comparison.as_ref().map(compared),
            predictions: self.predictions.as_ref().map(|rows| rows.iter().map(predicted).collect()),
            fitted: by_row.map(|(fitted, _, _)| fitted.to_vec()),
            residuals: by_row.map(|(_, residuals, _)| residuals.to_vec()),
            rows_used: by_row.map(|(_, _, rows)| rows.to_vec()),
            fit_meta: self.meta(run_id),
            warnings: self.warnings.clone(),
        }
    }

    /// One line a fixed effect.
    pub fn coefficients(&self) -> Vec<MixedCoefficientJson> {
        let line = |(at, effect): (usize, &FixedEffect)| {
            let interval = self.intervals.get(&effect.name);
            let IntervalJson { lower, upper, reason } = self.interval_json(interval);
            let is_determined = self.is_determined(&effect.name);
            let known = effect.estimate.filter(|_| is_determined);
            let reason = match (effect.estimate.is_some(), is_determined) {
                (false, _) => Some("a combination of the columns before it".to_owned()),
                (true, false) => reason.or_else(|| Some(UNDETERMINED.to_owned())),
                (true, true) => reason,
            };
            MixedCoefficientJson {
                name: effect.name.clone(),
                estimate: effect.estimate.map(|e| e.coefficient),
                se: known.map(|e| e.se),
                statistic: known.map(|e| e.statistic),
                df: self.intervals.df.get(at).copied().flatten(),
                p: self.intervals.p.get(at).copied().flatten(),
                lower,
                upper,
                reason,
            }
        };
        self.model.fixed().iter().enumerate().map(line).collect()
    }

    /// Standard errors of the fixed effects. Where the likelihood has no maximum its curvature where the search
    /// ended is none.
    fn fixed_effects_se(&self) -> Ordered<Option<f64>> {
        let error = |effect: &FixedEffect| {
            let known = effect.estimate.filter(|_| self.is_determined(&effect.name));
            (effect.name.clone(), known.map(|e| e.se))
        };
        self.model.fixed().iter().map(error).collect()
    }

    /// Whether the data say where a parameter is.
    fn is_determined(&self, name: &str) -> bool {
        match &self.model.verdict().status {
            Status::Unidentified { parameters } => parameters.iter().all(|known| known != name),
            _ => true,
        }
    }

    fn figures(&self) -> MixedFitMetrics {
        let metrics = self.model.metrics();
        let levels = self.model.random().iter().map(|r| (r.group.clone(), r.levels.len()));
        MixedFitMetrics {
            aic: metrics.aic,
            bic: metrics.bic,
            loglik: metrics.loglik,
            deviance: metrics.deviance,
            reml_criterion: metrics.reml_criterion,
            sigma: metrics.sigma,
            df: metrics.df,
            n_obs: metrics.n_obs,
            n_groups: levels.collect(),
        }
    }

    fn variance_components(&self) -> VarianceComponentsJson {
        let of_group = |random: &RandomEffects| {
            let terms = random.effects.iter().enumerate().map(|(at, effect)| {
                let name = format!("sd.{}.{effect}", random.group);
                (effect.clone(), self.variance(random.sd(at), &name))
            });
            let group = GroupVariancesJson {
                terms: terms.collect(),
                cor: correlations(random),
                cor_intervals: self.correlation_intervals(random),
            };
            (random.group.clone(), group)
        };
        let residual = match &self.model {
            Model::Linear(fit) => Some(self.variance(fit.sigma(), "sigma")),
            Model::Generalised(_) => None,
        };
        let groups = self.model.random().iter().map(of_group).collect();
        VarianceComponentsJson { groups, residual }
    }

    fn variance(&self, sd: f64, name: &str) -> VarianceJson {
        let IntervalJson { lower, upper, reason } = self.interval_json(self.intervals.get(name));
        VarianceJson { sd, var: sd * sd, lower, upper, reason }
    }

    /// Intervals of the correlations of a group, where they were asked for.
    fn correlation_intervals(
        &self,
        random: &RandomEffects,
    ) -> Option<Ordered<Ordered<IntervalJson>>> {
        let of_pair = |(a, b): (usize, usize)| {
            let (later, earlier) = (&random.effects[a], &random.effects[b]);
            let name = format!("cor.{}.{later}.{earlier}", random.group);
            let found = self.intervals.get(&name)?;
            Some((later, earlier, self.interval_json(Some(found))))
        };
        let found: Vec<_> = random.correlated_pairs().filter_map(of_pair).collect();
        let of_effect = |effect: &String| {
            let own = found.iter().filter(|(later, ..)| *later == effect);
            let row: Ordered<IntervalJson> =
                own.map(|(_, earlier, ends)| ((*earlier).clone(), ends.clone())).collect();
            (!row.is_empty()).then(|| (effect.clone(), row))
        };
        (!found.is_empty()).then(|| random.effects.iter().filter_map(of_effect).collect())
    }

    /// An interval, or why there is none; an end that is not finite is missing.
    fn interval_json(&self, found: Option<&Result<Interval, String>>) -> IntervalJson {
        let none = |reason: Option<String>| IntervalJson { lower: None, upper: None, reason };
        match found {
            None => none(None),
            Some(Err(reason)) => none(Some(reason.clone())),
            Some(Ok(ends)) => IntervalJson {
                lower: Some(ends.low).filter(|end| end.is_finite()),
                upper: Some(ends.high).filter(|end| end.is_finite()),
                reason: open_end(ends, self.spec.intervals),
            },
        }
    }

    fn meta(&self, run_id: &str) -> MixedFitMeta {
        let verdict = self.model.verdict().clone();
        let singular = matches!(verdict.status, Status::Singular { .. });
        let (reml, quadrature) = match &self.spec.model {
            ModelSpec::Linear(spec) => (spec.reml, None),
            ModelSpec::Generalised(spec) => (false, Some(spec.quadrature)),
        };
        let size_interval = self.intervals.get("size");
        MixedFitMeta {
            run_id: run_id.to_owned(),
            converged: verdict.converged() || singular,
            singular,
            reml,
            formula: self.spec.formula.clone(),
            family: self.spec.model.family().to_owned(),
            link: self.spec.model.link().to_owned(),
            quadrature,
            size: match &self.model {
                Model::Linear(_) => None,
                Model::Generalised(fit) => fit.size,
            },
            size_interval: size_interval.map(|found| self.interval_json(Some(found))),
            weights: self.weights.clone(),
            intervals: self.spec.intervals.name().to_owned(),
            confidence: self.spec.confidence,
            failed_replicates: self.intervals.failed,
            dropped_rows: self.dropped_rows,
            rows_without_trials: self.rows_without_trials,
            missing: self.missing.iter().cloned().collect(),
            theta: self.model.theta().map(|(name, value)| (name.clone(), *value)).collect(),
            hessian_eigenvalues: self.model.spectrum().to_vec(),
            verdict,
        }
    }
}

fn compared(found: &Comparison) -> LikelihoodRatioJson {
    let Comparison { formula, metrics, test, .. } = found;
    let known = test.as_ref().ok();
    LikelihoodRatioJson {
        formula: formula.clone(),
        loglik: metrics.loglik,
        parameters: metrics.df,
        aic: metrics.aic,
        bic: metrics.bic,
        statistic: known.map(|test| test.statistic),
        df: known.map(|test| test.df),
        p: known.map(|test| test.p),
        reason: test.as_ref().err().map(|reason| (*reason).to_owned()),
    }
}

fn predicted(row: &NewRow) -> MixedPredictionJson {
    MixedPredictionJson {
        prediction: row.value(),
        se: row.se(),
        reason: row.reason(),
        new_levels: levels_json(row),
    }
}

/// Fixed effects by name.
pub(super) fn estimates(fixed: &[FixedEffect]) -> Ordered<Option<f64>> {
    fixed.iter().map(|f| (f.name.clone(), f.estimate.map(|e| e.coefficient))).collect()
}

/// Conditional modes.
pub(super) fn modes(random: &[RandomEffects]) -> ModesJson {
    of_levels(random, RandomEffects::mode)
}

fn conditional_sds(random: &[RandomEffects]) -> ModesJson {
    of_levels(random, |random, level, effect| random.conditional_variance(level, effect).sqrt())
}

fn of_levels(
    random: &[RandomEffects],
    value: impl Fn(&RandomEffects, usize, usize) -> f64,
) -> ModesJson {
    let of_effect = |random: &RandomEffects, effect: usize| {
        let levels = random.levels.iter().enumerate();
        let value = |level| Some(value(random, level, effect)).filter(|v: &f64| v.is_finite());
        levels.map(|(at, level)| (level.clone(), value(at))).collect()
    };
    let of_group = |random: &RandomEffects| {
        let effects = random.effects.iter().enumerate();
        let effects = effects.map(|(at, effect)| (effect.clone(), of_effect(random, at)));
        (random.group.clone(), effects.collect())
    };
    random.iter().map(of_group).collect()
}

/// A value of every level by grouping factor and effect; `value` gives it by its place in the row-major order.
fn by_level(
    groups: Option<&[LevelCoefficients]>,
    value: fn(&LevelCoefficients, usize) -> Option<f64>,
) -> Option<ModesJson> {
    let of_effect = |of: &LevelCoefficients, effect: usize| {
        let place = |level: usize| level * of.effects.len() + effect;
        let levels = of.levels.iter().enumerate();
        levels.map(|(at, level)| (level.clone(), value(of, place(at)))).collect()
    };
    let of_group = |of: &LevelCoefficients| {
        let effects = of.effects.iter().enumerate();
        let effects = effects.map(|(at, effect)| (effect.clone(), of_effect(of, at)));
        (of.group.clone(), effects.collect())
    };
    Some(groups?.iter().map(of_group).collect())
}

fn sds(random: &[RandomEffects]) -> Ordered<Ordered<f64>> {
    let of_group = |random: &RandomEffects| {
        let effects = random.effects.iter().enumerate();
        let sds = effects.map(|(at, effect)| (effect.clone(), random.sd(at)));
        (random.group.clone(), sds.collect())
    };
    random.iter().map(of_group).collect()
}

/// Correlations of later effects with earlier ones; `None` where the model has none.
fn correlations(random: &RandomEffects) -> Option<Ordered<Ordered<Option<f64>>>> {
    let later = |a: usize| {
        let pairs = random.correlated_pairs().filter(move |pair| pair.0 == a);
        pairs.map(|(a, b)| (random.effects[b].clone(), random.correlation(a, b)))
    };
    let rows =
        (0..random.k()).map(|a| (random.effects[a].clone(), later(a).collect::<Ordered<_>>()));
    let rows: Vec<(String, Ordered<Option<f64>>)> =
        rows.filter(|(_, row)| !row.is_empty()).collect();
    (!rows.is_empty()).then(|| rows.into_iter().collect())
}

fn summary_of(values: &[f64]) -> ResidualSummaryJson {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&sorted, p).filter(|value| value.is_finite());
    ResidualSummaryJson { min: at(0.0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1.0) }
}
