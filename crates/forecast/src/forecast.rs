//! A forecast with its alternatives: Prophet's model beside simple ones, and the one that did best.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Observer, Silent};

use crate::anomaly::{FEWEST_POINTS, Judgement, by_baseline, by_prophet};
use crate::baseline::{Baseline, Model};
use crate::cross_validation::{Score, compare};
use crate::data::{Data, History, Rows};
use crate::date::DAY;
use crate::error::Error;
use crate::fit::{Fit, fit_history};
use crate::spec::{Changepoints, Spec, Toggle, setting, within};
use crate::step::{Grid, Step};

/// Fewest observations that are forecast at all.
const FEWEST: usize = 4;
/// Weekly observations below which the simple model is used without a contest: half a year.
const SHORT: usize = 26;

/// What is forecast, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Options of Prophet's model, and the width of every interval.
    pub prophet: Spec,
    /// Points after the last observation, 1..=1000.
    pub horizon: usize,
    /// Distance of these points, at most 100 years; `None` = that of the observations.
    pub step: Option<Step>,
    /// The model to use; `None` = the simple one for a short series, else the best of the comparison.
    pub model: Option<Model>,
    /// |z| from which an observation is an anomaly, > 0. 2.576 is one in a hundred.
    pub anomaly_threshold: f64,
    /// Most starting points of the comparison, at least 1.
    pub origins: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            prophet: Spec::default(),
            horizon: 4,
            step: None,
            model: None,
            anomaly_threshold: 2.5,
            origins: 10,
        }
    }
}

/// A value of the published curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Seconds since 1970-01-01.
    pub time: i64,
    /// Most probable value; `None` in the past where nothing precedes it.
    pub yhat: Option<f64>,
    /// Lower end of the interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Observed, in the past.
    pub actual: Option<f64>,
}

/// A forecast, what it rests on and what it is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The model whose numbers these are.
    pub model_used: Model,
    /// Why, in a sentence.
    pub why: String,
    /// Distance of the points.
    pub step: Step,
    /// How every model did on points it had not seen.
    pub scores: Vec<Score>,
    /// Prophet's model, also where another one was used; `None` where it could not be fitted, with a warning
    /// why.
    pub prophet: Option<Fit>,
    /// The curve over the history: of Prophet's model, or one step ahead.
    pub history: Vec<Point>,
    /// What comes.
    pub future: Vec<Point>,
    /// What is thought of each observation.
    pub judgements: Vec<Judgement>,
    /// Why no observation was judged; `None` where they were.
    pub not_judged: Option<String>,
    /// Share of held-out points inside the interval of the model used.
    pub coverage: Option<f64>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// Forecasts a series.
///
/// `future` are the rows to forecast; needed where the model has regressors, conditions or capacities,
/// else `None` for the next `horizon` steps.
pub fn forecast(
    data: &Data<'_>,
    future: Option<&Rows<'_>>,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<Forecast, Error> {
    plan.validate()?;
    let history = History::new(data)?;
    let n = history.time.len();
    if n < FEWEST {
        return Err(Error::TooFew { points: n, required: FEWEST });
    }
    let step = plan.step.unwrap_or_else(|| Step::of(&history.time));
    let last = history.time[n - 1];
    let times: Vec<i64> = (1..=plan.horizon as i64).map(|k| step.after(last, k)).collect();
    let next = Rows::new(&times);
    let rows = future.unwrap_or(&next);
    rows.validate()?;
    let (spec, mut warnings) = plan.guarded(&history.time);
    let fit = fit_history(&history.data(), &spec, observer);
    let horizon = rows.n().clamp(1, n.div_ceil(4));
    let mut scores = compare(&history, &spec, horizon, step, plan.origins);
    if fit.is_err() {
        // What was fitted to a part of the history is no candidate for the whole.
        scores.retain(|s| s.model != Model::Prophet);
    }
    let (model, why) = plan.choose(&scores, n, step);
    let mut made = match model {
        Model::Prophet => of_prophet(&history, rows, fit.as_ref().map_err(Error::clone)?, plan)?,
        _ => of_baseline(&history, rows, model, step, plan)
            .ok_or_else(|| Baseline::refusal(model, n, step))?,
    };
    match &fit {
        Ok(fit) if !fit.verdict.converged() && model == Model::Prophet => {
            warnings.extend(fit.verdict.next_action.clone());
        }
        Ok(_) => {}
        Err(error) => {
            warnings.push(format!("prophet could not be fitted: {error}; {}", error.hint()));
        }
    }
    if n < FEWEST_POINTS {
        made.judgements.clear();
    }
    let few = || {
        format!(
            "{n} points are too few to call one of them an anomaly ({FEWEST_POINTS} are needed)"
        )
    };
    Ok(Forecast {
        coverage: scores.iter().find(|s| s.model == model).and_then(|s| s.coverage),
        model_used: model,
        why,
        step,
        scores,
        prophet: fit.ok(),
        history: made.history,
        future: made.future,
        not_judged: made.judgements.is_empty().then(few),
        judgements: made.judgements,
        warnings,
    })
}

struct Made {
    history: Vec<Point>,
    future: Vec<Point>,
    judgements: Vec<Judgement>,
}

fn of_prophet(history: &History, rows: &Rows<'_>, fit: &Fit, plan: &Plan) -> Result<Made, Error> {
    let data = history.data();
    let points = |rows: &Rows<'_>, actual: Option<&[f64]>| -> Result<Vec<Point>, Error> {
        let predicted = fit.predict(rows)?;
        let point = |(row, &time): (usize, &i64)| Point {
            time,
            yhat: Some(predicted.yhat[row]),
            lower: Some(predicted.lower[row]),
            upper: Some(predicted.upper[row]),
            actual: actual.map(|y| y[row]),
        };
        Ok(rows.time.iter().enumerate().map(point).collect())
    };
    Ok(Made {
        history: points(&data.rows, Some(data.y))?,
        future: points(rows, None)?,
        judgements: by_prophet(history, &fit.spec, fit, plan.anomaly_threshold)?,
    })
}

fn of_baseline(
    history: &History,
    rows: &Rows<'_>,
    model: Model,
    step: Step,
    plan: &Plan,
) -> Option<Made> {
    let data = history.data();
    let grid = Grid::new(&history.time, &history.y, step);
    let baseline = Baseline::new(model, &grid, step.cycle())?;
    let reach = baseline.reach(plan.prophet.interval_width);
    let last = history.time[history.time.len() - 1];
    let future = rows.time.iter().map(|&time| {
        let (yhat, sd) = baseline.ahead(step.between(last, time).max(1) as usize);
        let half = reach * sd;
        let bounds = (Some(yhat - half), Some(yhat + half));
        Point { time, yhat: Some(yhat), lower: bounds.0, upper: bounds.1, actual: None }
    });
    let past = data.rows.time.iter().zip(data.y).zip(&baseline.errors);
    let history = past.map(|((&time, &y), error)| {
        let bounds = error.map(|e| (y - e.error, reach * baseline.sigma * e.variance.sqrt()));
        Point {
            time,
            yhat: bounds.map(|(yhat, _)| yhat),
            lower: bounds.map(|(yhat, half)| yhat - half),
            upper: bounds.map(|(yhat, half)| yhat + half),
            actual: Some(y),
        }
    });
    Some(Made {
        history: history.collect(),
        future: future.collect(),
        judgements: by_baseline(&data, &baseline, plan.anomaly_threshold),
    })
}

impl Plan {
    fn validate(&self) -> Result<(), Error> {
        self.prophet.validate()?;
        self.step.map_or(Ok(()), Step::validate)?;
        within("horizon", self.horizon, 1, 1000, "it must be between 1 and 1000")?;
        within("origins", self.origins, 1, usize::MAX, "it must be at least 1")?;
        if self.anomaly_threshold > 0.0 && self.anomaly_threshold.is_finite() {
            return Ok(());
        }
        Err(setting("anomaly_threshold", self.anomaly_threshold, "it must be a number > 0"))
    }

    /// The options with what the history cannot carry left out: at most a change point for four points.
    fn guarded(&self, time: &[i64]) -> (Spec, Vec<String>) {
        let mut spec = self.prophet.clone();
        let mut warnings = Vec::new();
        if let Changepoints::Automatic { count, .. } = &mut spec.changepoints {
            *count = (*count).min(time.len() / 4);
        }
        let days = (time[time.len() - 1] - time[0]) as f64 / DAY as f64;
        let usual = [
            ("yearly", spec.yearly, 365.25),
            ("weekly", spec.weekly, 7.0),
            ("daily", spec.daily, 1.0),
        ];
        for (name, toggle, period) in usual {
            if matches!(toggle, Toggle::On | Toggle::Order(_)) && days < 2.0 * period {
                let cycles = days / period;
                warnings.push(format!(
                    "the {name} seasonality rests on {cycles:.1} of its cycles; two are needed to tell it from a trend"
                ));
            }
        }
        (spec, warnings)
    }

    fn choose(&self, scores: &[Score], n: usize, step: Step) -> (Model, String) {
        if let Some(model) = self.model {
            return (model, format!("{} was asked for", model.name()));
        }
        if n < SHORT && !matches!(step, Step::Seconds(s) if s < 6 * DAY) {
            let why = format!(
                "{n} points are too few for seasonality and changes of trend; a damped trend is used below {SHORT}"
            );
            return (Model::DampedTrend, why);
        }
        let known = scores.iter().filter_map(|s| s.mae.map(|mae| (s.model, mae)));
        let mut best: Option<(Model, f64)> = None;
        for (model, mae) in known {
            if best.is_none_or(|(_, least)| mae < least) {
                best = Some((model, mae));
            }
        }
        let prophet = scores.iter().find(|s| s.model == Model::Prophet).and_then(|s| s.mae);
        let Some((model, mae)) = best else {
            let why = "the history is too short to compare models on points they have not seen";
            return (Model::DampedTrend, why.to_string());
        };
        let points = scores.iter().map(|s| s.points).max().unwrap_or(0);
        let why = match prophet {
            Some(of_prophet) if model != Model::Prophet => format!(
                "{} was closer than prophet on {points} held-out points: mean absolute error {mae:.4} against {of_prophet:.4}",
                model.name()
            ),
            _ => format!(
                "{} was closest on {points} held-out points: mean absolute error {mae:.4}",
                model.name()
            ),
        };
        (model, why)
    }
}

/// Forecasts many series side by side, in their order; one that cannot be forecast does not stop the
/// others. The result is that of one after another, to the byte.
pub fn forecast_many(series: &[Data<'_>], plan: &Plan) -> Vec<Result<Forecast, Error>> {
    use rayon::prelude::*;
    series.par_iter().map(|data| forecast(data, None, plan, &mut Silent)).collect()
}
