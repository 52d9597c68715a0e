//! A fit as the JSON of the contract.

use std::collections::BTreeMap;

use seedtest_growth::{Effects, GoalPrediction, ParameterSummary, Place, Prior, ScoreSummary};
use seedtest_numerics::quantile;
use seedtest_wire::{
    GrowthDiagnosticsJson, GrowthFitResponse, GrowthParameterJson, GrowthPredictionJson,
    GrowthPriorJson, GrowthScoresJson, GrowthStatedPriorJson, GrowthSummaryJson, LargestJson,
    RowsReadJson, SmallestJson,
};

use super::fit::Fitted;
use super::rows::day_of;

/// Why a probability is null: no score to reach was asked for.
const NO_TARGET: &str = "no_target";

impl Fitted {
    /// The response to a run of this id, without what predicts later.
    pub fn response(&self, run_id: &str) -> GrowthFitResponse {
        let sampling = self.spec.model.sampling;
        let asked = sampling.chains * sampling.draws;
        let reliable = self.fit.is_reliable();
        let predictions = self.students.iter().zip(&self.predictions).enumerate();
        let prediction = |code: usize, found: &GoalPrediction| GrowthPredictionJson {
            pareto_k: self.quality.pareto_k(code).filter(|k| k.is_finite()),
            ..self.prediction(found, reliable)
        };
        let mut warnings = self.warnings.clone();
        if !reliable {
            warnings.push("the probabilities are not reliable".into());
        } else if self.fit.slope_is_prior() {
            let week = &self.columns.week;
            warnings.push(format!(
                "the change per {week} is that of its prior: P says nothing of growth"
            ));
        }
        let unknown = self.incomplete.iter().map(|(id, reason)| (id.clone(), unknown(reason)));
        GrowthFitResponse {
            status: "success".into(),
            ok: true,
            rows: RowsReadJson::of_table(
                self.fit.n_obs,
                &[("missing_value", self.dropped_rows), ("without_trials", self.without_answers)],
            ),
            run_id: run_id.to_owned(),
            formula: self.spec.formula.clone(),
            family: self.spec.model.family.name().into(),
            n_obs: self.fit.n_obs,
            n_students: self.fit.n_students,
            dropped_rows: self.dropped_rows,
            n_samples: sampling.draws as u64,
            n_chains: sampling.chains as u64,
            n_warmup: sampling.warmup as u64,
            seed: sampling.seed,
            columns: self.columns.json(),
            scores: self.scores_json(),
            priors: self.priors_json(),
            posterior_summary: self.posterior_summary(),
            parameters: self.fit.parameters.iter().map(|p| self.parameter(p)).collect(),
            diagnostics: self.diagnostics(),
            target_score: self.goal.target,
            horizon_weeks: self.spec.horizon_weeks,
            target_week: known(self.goal.week),
            target_date: day_of(self.week_zero, self.goal.week).map(|day| day.to_string()),
            credible_interval: self.goal.level,
            predictions: predictions
                .map(|(code, (id, found))| (id.clone(), prediction(code, found)))
                .chain(unknown)
                .collect(),
            new_student: Some(self.prediction(&self.unseen, reliable)),
            converged: self.fit.verdict.converged(),
            verdict: self.verdict(),
            slope_is_prior: self.fit.slope_is_prior(),
            warnings,
            truncated: (self.fit.diagnostics.draws < asked).then_some(true),
            stored_model: None,
        }
    }

    /// What is said of one student; nothing of a score to reach where nobody named one.
    fn prediction(&self, found: &GoalPrediction, reliable: bool) -> GrowthPredictionJson {
        let all = prediction_json(found, reliable);
        if self.goal.target.is_some() {
            return all;
        }
        GrowthPredictionJson {
            probability: None,
            p: None,
            uncertainty: None,
            sigma: None,
            lower: None,
            upper: None,
            reason: Some(NO_TARGET.to_owned()),
            ..all
        }
    }

    fn posterior_summary(&self) -> BTreeMap<String, GrowthSummaryJson> {
        let summary = |p: &ParameterSummary| GrowthSummaryJson {
            mean: known(p.mean),
            sd: known(p.sd),
            median: known(p.q50),
            q2_5: known(p.q2_5),
            q97_5: known(p.q97_5),
            l95: known(p.q2_5),
            u95: known(p.q97_5),
        };
        let parameters = self.fit.parameters.iter();
        parameters.map(|p| (self.columns.name_of(p.parameter), summary(p))).collect()
    }

    fn scores_json(&self) -> GrowthScoresJson {
        let ScoreSummary { mean, sd, least, most, .. } = self.fit.scores;
        let [mean, sd, min, max] = [mean, sd, least, most].map(known);
        GrowthScoresJson { mean, sd, min, max }
    }

    /// Every prior that the fit used, and whether it was asked for.
    fn priors_json(&self) -> BTreeMap<String, GrowthStatedPriorJson> {
        let (set, asked) = (&self.fit.priors, &self.fit.spec.priors);
        let (family, effects) = (self.fit.spec.family, self.fit.spec.effects);
        let place = match set.place {
            Place::MeanWeek => "mean_week",
            Place::FirstWeek => "first_week",
        };
        let density = |prior: &Prior| {
            let value = serde_json::to_value(prior).and_then(serde_json::from_value);
            value.unwrap_or_default()
        };
        let state = |prior: GrowthPriorJson, is_asked: bool, at: Option<&str>| {
            let source = if is_asked { "request" } else { "default" }.to_owned();
            GrowthStatedPriorJson { prior, source, at: at.map(str::to_owned) }
        };
        let week = &self.columns.week;
        let plain =
            |prior: &Prior, asked: &Option<Prior>, at| state(density(prior), asked.is_some(), at);
        let mut all = BTreeMap::from([
            ("intercept".to_owned(), plain(&set.intercept, &asked.intercept, Some("mean_week"))),
            (week.clone(), plain(&set.week, &asked.week, None)),
            ("sd_intercept".to_owned(), plain(&set.sd_intercept, &asked.sd_intercept, Some(place))),
        ]);
        if effects.has_slope() {
            all.insert(format!("sd_{week}"), plain(&set.sd_week, &asked.sd_week, None));
        }
        if effects == Effects::Correlated {
            let lkj = GrowthPriorJson {
                dist: "lkj".to_owned(),
                eta: Some(set.lkj),
                ..GrowthPriorJson::default()
            };
            all.insert("cor".to_owned(), state(lkj, asked.lkj.is_some(), Some(place)));
        }
        if family.has_sigma() {
            all.insert("sigma".to_owned(), plain(&set.sigma, &asked.sigma, None));
        }
        all
    }

    fn parameter(&self, summary: &ParameterSummary) -> GrowthParameterJson {
        let mut draws: Vec<f64> =
            self.fit.chains.iter().flatten().map(|draw| summary.parameter.of_draw(draw)).collect();
        draws.sort_unstable_by(f64::total_cmp);
        let sensitivities = &self.quality.sensitivity;
        let sensitivity = sensitivities.iter().find(|s| s.parameter == summary.parameter);
        let tail = 0.5 * (1.0 - self.goal.level);
        GrowthParameterJson {
            parameter: self.columns.name_of(summary.parameter),
            estimate: known(summary.mean),
            se: known(summary.sd),
            lower: quantile(&draws, tail),
            upper: quantile(&draws, 1.0 - tail),
            rhat: summary.rhat,
            ess_bulk: summary.ess_bulk,
            ess_tail: summary.ess_tail,
            mcse_mean: summary.mcse_mean,
            prior_sensitivity: sensitivity.map(|s| s.prior.distance),
            likelihood_sensitivity: sensitivity.map(|s| s.likelihood.distance),
        }
    }

    pub(super) fn diagnostics(&self) -> GrowthDiagnosticsJson {
        let found = &self.fit.diagnostics;
        GrowthDiagnosticsJson {
            rhat: LargestJson { max: found.rhat_max },
            ess_bulk: SmallestJson { min: found.ess_bulk_min },
            ess_tail: SmallestJson { min: found.ess_tail_min },
            divergences: u64::from(found.divergences),
            max_treedepth_hits: u64::from(found.depth_hits),
            ebfmi: SmallestJson { min: found.bfmi_min },
            posterior_predictive: self.quality.checks_json(),
            loo: self.quality.loo_json(),
            r2: self.quality.r2_json(self.goal.level),
        }
    }
}

pub(super) fn prediction_json(found: &GoalPrediction, reliable: bool) -> GrowthPredictionJson {
    let (probability, uncertainty) = (known(found.probability), known(found.uncertainty));
    GrowthPredictionJson {
        probability,
        p: probability,
        uncertainty,
        sigma: uncertainty,
        lower: known(found.lower),
        upper: known(found.upper),
        mean_score: known(found.mean_score),
        sd_score: known(found.sd_score),
        reliable,
        reason: None,
        pareto_k: None,
    }
}

/// What is said of a student of whom nothing is known, and why.
pub(super) fn unknown(reason: &str) -> GrowthPredictionJson {
    GrowthPredictionJson {
        probability: None,
        p: None,
        uncertainty: None,
        sigma: None,
        lower: None,
        upper: None,
        mean_score: None,
        sd_score: None,
        reliable: false,
        reason: Some(reason.to_owned()),
        pareto_k: None,
    }
}

fn known(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
