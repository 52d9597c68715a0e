//! A forecast as the JSON of the contract.

use seedtest_forecast::{
    Changepoints, Component, Direction, Judgement, Mode, Model, Point, Score, Severity, Slope,
    time_text,
};
use seedtest_wire::{
    ForecastAnomalyJson, ForecastComponentJson, ForecastErrorsJson, ForecastScoreJson,
    ForecastValueJson, ProphetChangepointJson, ProphetDatesJson, ProphetFitMetaJson,
    ProphetFitResponse, ProphetFittedJson, ProphetModelMetaJson, ProphetParamsJson, RowsReadJson,
};

use super::fit::Fitted;
use super::spec::Anomalies;

const ENGINE: &str = concat!("seedtest ", env!("CARGO_PKG_VERSION"));

impl Fitted {
    /// The response to a run of this id, without what predicts later.
    pub fn response(&self, run_id: &str) -> ProphetFitResponse {
        let found = &self.forecast;
        let (model_meta, fit_meta) = (self.model_meta(), self.fit_meta());
        let insample: Vec<ForecastValueJson> = found.history.iter().map(value_json).collect();
        let forecast: Vec<ForecastValueJson> = found.future.iter().map(value_json).collect();
        let times = &self.series.time;
        let date = |time: Option<&i64>| time.map(|&t| time_text(t)).unwrap_or_default();
        let (start, end) = (date(times.first()), date(times.last()));
        ProphetFitResponse {
            status: "success".into(),
            ok: true,
            rows: RowsReadJson::of_table(times.len(), &[("missing_value", self.series.dropped)]),
            run_id: run_id.to_owned(),
            model_id: run_id.to_owned(),
            headline: self.headline(&fit_meta.trend),
            model_used: found.model_used.name().into(),
            why: found.why.clone(),
            n_obs: times.len(),
            date_range: ProphetDatesJson { start, end: end.clone() },
            freq: found.step.to_string(),
            observed_freq: found.own_step.to_string(),
            horizon: forecast.len(),
            horizon_weeks: forecast.len(),
            last_observed: end.clone(),
            last_observed_week: end,
            params: self.params(),
            model_meta,
            fit_meta,
            comparison: found.scores.iter().map(score_json).collect(),
            interval_coverage: found.coverage,
            fitted: found.history.iter().map(fitted_json).collect(),
            forecast_all: insample.iter().chain(&forecast).cloned().collect(),
            insample,
            forecast,
            changepoints: self.changepoints(),
            components: self.components(),
            anomalies: self.anomalies(),
            anomaly_threshold: self.spec.plan.anomaly_threshold,
            not_judged: self.not_judged(),
            converged: self.verdict().converged(),
            verdict: found.prophet.as_ref().map(|fit| fit.verdict.clone()),
            warnings: self.warnings.clone(),
            stored_model: None,
        }
    }

    fn headline(&self, trend: &str) -> String {
        let found = &self.forecast;
        let model = found.model_used.name();
        let verdict = self.verdict();
        let is_converged = verdict.converged();
        match verdict.next_action {
            Some(action) if !is_converged => {
                format!("the fit did not converge: {action}")
            }
            _ if found.model_used != Model::Prophet => {
                format!("{model} is published, not prophet: {}", found.why)
            }
            _ => format!("prophet is published, the trend is {trend}: {}", found.why),
        }
    }

    fn params(&self) -> Option<ProphetParamsJson> {
        let fit = self.forecast.prophet.as_ref()?;
        Some(ProphetParamsJson {
            k: fit.k,
            m: fit.m,
            sigma_obs: fit.sigma_obs,
            delta: fit.delta.clone(),
            beta: fit.beta.clone(),
            y_scale: fit.layout.y_scale,
            objective: fit.objective,
        })
    }

    fn model_meta(&self) -> ProphetModelMetaJson {
        let spec = &self.spec.plan.prophet;
        let fit = self.forecast.prophet.as_ref();
        let asked = match &spec.changepoints {
            Changepoints::Automatic { .. } => 0,
            Changepoints::At(times) => times.len(),
        };
        let has = |name: &str| self.seasonalities().iter().any(|known| known == name);
        let errors = errors(&self.forecast.history);
        ProphetModelMetaJson {
            n_obs: self.series.time.len(),
            horizon_weeks: self.forecast.future.len(),
            n_changepoints: fit.map_or(asked, |fit| fit.layout.changepoints.len()),
            changepoint_prior_scale: spec.changepoint_prior_scale,
            seasonality_prior_scale: spec.seasonality_prior_scale,
            seasonality_mode: mode_text(spec.seasonality_mode).into(),
            weekly_seasonality: has("weekly"),
            yearly_seasonality: has("yearly"),
            daily_seasonality: has("daily"),
            metrics: errors,
            fit_metrics: errors,
            rmse: errors.rmse,
            mae: errors.mae,
            interval_width: spec.interval_width,
            engine: ENGINE.into(),
            model_used: self.forecast.model_used.name().into(),
        }
    }

    fn fit_meta(&self) -> ProphetFitMetaJson {
        ProphetFitMetaJson {
            trend: Slope::of(&self.series.data()).name().into(),
            seasonality: self.seasonalities(),
            changepoint_prior_scale: self.spec.plan.prophet.changepoint_prior_scale,
        }
    }

    fn seasonalities(&self) -> Vec<String> {
        let fit = self.forecast.prophet.as_ref();
        let fitted = fit.into_iter().flat_map(|fit| &fit.layout.seasonalities);
        fitted.map(|seasonality| seasonality.name.clone()).collect()
    }

    fn changepoints(&self) -> Vec<ProphetChangepointJson> {
        let Some(fit) = &self.forecast.prophet else { return Vec::new() };
        let scale = match fit.spec.growth {
            seedtest_forecast::Growth::Logistic => 1.0,
            _ => fit.layout.y_scale,
        };
        let changes = fit.layout.changepoints.iter().zip(&fit.delta).filter(|(_, d)| **d != 0.0);
        changes
            .map(|(&time, &delta)| ProphetChangepointJson {
                ds: time_text(time),
                delta: delta * scale,
            })
            .collect()
    }

    fn components(&self) -> Vec<ForecastComponentJson> {
        if self.trend.is_empty() {
            return Vec::new();
        }
        let trend =
            Component { name: "trend".into(), mode: Mode::Additive, values: self.trend.clone() };
        let component = |component: &Component| {
            let times = self.forecast.future.iter().map(|point| time_text(point.time));
            ForecastComponentJson {
                name: component.name.clone(),
                mode: mode_text(component.mode).into(),
                values: times.zip(component.values.iter().copied()).collect(),
            }
        };
        std::iter::once(&trend).chain(&self.components).map(component).collect()
    }

    fn not_judged(&self) -> Option<String> {
        match self.spec.anomalies {
            Anomalies::Judged => self.forecast.not_judged.clone(),
            Anomalies::Ignored => Some("anomalies were not asked for".into()),
        }
    }

    fn anomalies(&self) -> Vec<ForecastAnomalyJson> {
        if self.spec.anomalies == Anomalies::Ignored {
            return Vec::new();
        }
        let judged = self.forecast.judgements.iter().zip(&self.forecast.history);
        let judged = judged.map(|(judgement, point)| anomaly_json(judgement, point));
        judged.filter(|anomaly| anomaly.flag).collect()
    }
}

pub(super) fn value_json(point: &Point) -> ForecastValueJson {
    ForecastValueJson {
        ds: time_text(point.time),
        kind: if point.actual.is_some() { "insample" } else { "forecast" }.into(),
        yhat: point.yhat,
        yhat_lower: point.lower,
        yhat_upper: point.upper,
        actual: point.actual,
        y: point.actual,
    }
}

pub(super) fn fitted_json(point: &Point) -> ProphetFittedJson {
    ProphetFittedJson { ds: time_text(point.time), yhat: point.yhat }
}

fn errors(history: &[Point]) -> ForecastErrorsJson {
    let errors: Vec<f64> =
        history.iter().filter_map(|p| p.actual.zip(p.yhat)).map(|(y, yhat)| y - yhat).collect();
    if errors.is_empty() {
        return ForecastErrorsJson { rmse: None, mae: None };
    }
    let n = errors.len() as f64;
    let squares: f64 = errors.iter().map(|e| e * e).sum();
    let sizes: f64 = errors.iter().map(|e| e.abs()).sum();
    ForecastErrorsJson { rmse: Some((squares / n).sqrt()), mae: Some(sizes / n) }
}

fn score_json(score: &Score) -> ForecastScoreJson {
    ForecastScoreJson {
        model: score.model.name().into(),
        points: score.points,
        mae: score.mae,
        rmse: score.rmse,
        relative_mae: score.relative_mae,
        coverage: score.coverage,
        mean_width: score.mean_width,
        widening: score.widening,
    }
}

fn anomaly_json(judgement: &Judgement, point: &Point) -> ForecastAnomalyJson {
    let ds = time_text(judgement.time);
    let below = point.lower.is_some_and(|lower| judgement.value < lower);
    let above = point.upper.is_some_and(|upper| judgement.value > upper);
    let direction = match judgement.direction {
        Direction::Above => "above",
        Direction::Below => "below",
    };
    let severity = judgement.severity.map(|severity| match severity {
        Severity::Mild => "mild",
        Severity::Severe => "severe",
        Severity::Extreme => "extreme",
    });
    ForecastAnomalyJson {
        week_start: ds.clone(),
        ds,
        y: judgement.value,
        actual: judgement.value,
        value: judgement.value,
        yhat: judgement.expected,
        expected: judgement.expected,
        residual: judgement.residual,
        zscore: judgement.z,
        anomaly_score: judgement.z,
        p_value: judgement.p_value,
        direction: direction.into(),
        severity: severity.map(Into::into),
        flag: judgement.is_anomaly || below || above,
        is_anomaly: judgement.is_anomaly,
        outside_interval: below || above,
    }
}

fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Additive => "additive",
        Mode::Multiplicative => "multiplicative",
    }
}
