//! A forecast with its alternatives: Prophet's model beside simple ones, and the one that did best.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Interrupt, Observer, Silent};

use crate::anomaly::{FEWEST_POINTS, Judgement, by_baseline, by_prophet, wild_points};
use crate::baseline::{Baseline, Model};
use crate::cross_validation::{Score, compare};
use crate::data::{Data, END_OF_TIME, History, Rows};
use crate::date::DAY;
use crate::error::Error;
use crate::fit::{Fit, fit_history};
use crate::remarks::{
    cut_short, follows_itself, irregular, judged_once, left_out_text, number_text, unvaried,
};
use crate::seasonality::{covers, resolve};
use crate::spec::{Changepoints, Growth, Spec, Toggle, setting, within};
use crate::step::{Grid, Step};
use crate::uncertainty::Uncertainty;
use crate::widening::Widening;

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
    /// Distance of the points to come.
    pub step: Step,
    /// Distance of the observations.
    pub own_step: Step,
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
    /// Share of held-out points inside the intervals of the model used, as they are published.
    pub coverage: Option<f64>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// Whether the observer ended the work before its end: the models were compared on fewer forecasts.
    #[serde(default)]
    pub is_stopped: bool,
}

/// Forecasts a series.
///
/// `future` are the rows to forecast; needed where the model has regressors, conditions or capacities,
/// else `None` for the next `horizon` steps.
///
/// # Errors
/// For rows and settings that cannot be used; for what is asked of Prophet's model and cannot be fitted
/// (growth without a capacity, a change point outside the history), unless a simpler model is asked for;
/// [`Error::Interrupted`] where the observer's interrupt is raised. Where it only says that it is time to sum up, the
/// models are compared on the forecasts made by then, and what was found is published with a warning.
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
    let own = Step::of(&history.time);
    let step = plan.step.clone().unwrap_or_else(|| own.clone());
    let times = plan.next(data, &history, &step)?;
    let next = Rows::new(&times);
    let rows = future.unwrap_or(&next);
    rows.validate()?;
    let (spec, mut warnings) = plan.guarded(&history.time, rows.time);
    if plan.step.is_none() && rows.time == times {
        warnings.extend(irregular(&own, &history.time));
    }
    // Places of the finer of the two steps, so that a week ahead of days is seven places.
    let places = if step.length() < own.length() { &step } else { &own };
    let cycle = places.cycle();
    let (closing, end) = (observer.closing(), observer.interrupt());
    let Kept { history: kept, left_out, fit } =
        Kept::new(&history, &spec, (places, cycle), observer);
    end.check()?;
    warnings.extend(left_out_text(&history, &left_out));
    let kept_grid = Grid::new(&kept.time, &kept.y, places);
    let (mut scores, mut is_stopped) =
        compare((&kept, &kept_grid, cycle), &spec, rows, plan.origins, observer);
    end.check()?;
    if is_stopped {
        warnings.push(cut_short(&scores));
    }
    if let Err(error) = &fit {
        if plan.model.is_none_or(|model| model == Model::Prophet) {
            return Err(error.clone());
        }
        // What was fitted to a part of the history is no candidate for the whole.
        scores.retain(|s| s.model != Model::Prophet);
        warnings.push(format!("prophet could not be fitted: {error}; {}", error.hint()));
    }
    let (model, why) = plan.choose(&scores, (n, places), is_stopped);
    let score = scores.iter().find(|s| s.model == model);
    let whole = Grid::new(&history.time, &history.y, places);
    let grid = left_out.iter().fold(whole, |grid, &row| grid.masking(row));
    let known = Known {
        history: &history,
        kept: &kept,
        left_out: &left_out,
        grid: &grid,
        cycle,
        rows,
        plan,
        closing: &closing,
    };
    let mut made = match (&fit, model) {
        (Ok(fit), Model::Prophet) => known.of_prophet(fit)?,
        _ => known.of_baseline(model).ok_or_else(|| Baseline::refusal(model, n, places))?,
    };
    end.check()?;
    if closing.is_raised() && !is_stopped {
        is_stopped = true;
        warnings.push(judged_once());
    }
    made.widen(&grid, score.map(|s| &s.by_lead));
    made.bound(rows, &spec)?;
    let coverage = score.and_then(|s| s.coverage);
    let width = plan.prophet.interval_width;
    warnings.extend(score.and_then(|s| s.warning(width)));
    if let Some(fit) = fit.as_ref().ok().filter(|fit| !fit.verdict.converged())
        && model == Model::Prophet
    {
        warnings.extend(fit.verdict.next_action.clone());
    }
    if model == Model::Prophet {
        warnings.extend(follows_itself(&made.history, &left_out));
    }
    warnings.extend(unvaried(&history));
    if n < FEWEST_POINTS {
        made.judgements.clear();
    }
    let few = || {
        format!(
            "{n} points are too few to call one of them an anomaly ({FEWEST_POINTS} are needed)"
        )
    };
    Ok(Forecast {
        coverage,
        model_used: model,
        why,
        step,
        own_step: own,
        scores,
        prophet: fit.ok(),
        history: made.history,
        future: made.future,
        not_judged: made.judgements.is_empty().then(few),
        judgements: made.judgements,
        warnings,
        is_stopped,
    })
}

/// What models are fitted to: the history without its wild points.
struct Kept {
    history: History,
    /// Rows that are left out.
    left_out: Vec<usize>,
    /// Prophet's model of the others.
    fit: Result<Fit, Error>,
}

impl Kept {
    /// One wild point would decide which model is chosen and how wide intervals are, and pull the curve.
    fn new(
        history: &History,
        spec: &Spec,
        (places, cycle): (&Step, Option<usize>),
        observer: &mut dyn Observer,
    ) -> Self {
        let fit = fit_history(&history.data(), spec, observer);
        let grid = Grid::new(&history.time, &history.y, places);
        let left_out = fit.as_ref().map_or_else(
            |_| Vec::new(),
            |fit| {
                let closing = observer.closing();
                let found = wild_points(history, &grid, cycle, fit, &closing);
                found.filter(|_| !closing.is_raised()).unwrap_or_default()
            },
        );
        if left_out.is_empty() {
            return Self { history: history.clone(), left_out, fit };
        }
        let rest = history.without(&left_out);
        let refit = fit_history(&rest.data(), spec, observer);
        match refit {
            Ok(refit) => Self { history: rest, left_out, fit: Ok(refit) },
            // A change point given at an end that is left out: everything stays.
            Err(_) => Self { history: history.clone(), left_out: Vec::new(), fit },
        }
    }
}

/// What the published curve is made of.
struct Known<'a> {
    history: &'a History,
    /// The rows that models are fitted to.
    kept: &'a History,
    /// The others.
    left_out: &'a [usize],
    grid: &'a Grid,
    cycle: Option<usize>,
    rows: &'a Rows<'a>,
    plan: &'a Plan,
    /// Raised when it is time to sum up.
    closing: &'a Interrupt,
}

struct Made {
    history: Vec<Point>,
    future: Vec<Point>,
    judgements: Vec<Judgement>,
}

impl Made {
    /// Intervals of the future as wide as the errors of past forecasts say. Those of the past are of
    /// single steps, which the forecasts do not speak of.
    fn widen(&mut self, grid: &Grid, widening: Option<&Widening>) {
        let Some(widening) = widening else { return };
        for point in &mut self.future {
            let factor = widening.at(grid.lead(point.time));
            let stretch = |end: &mut Option<f64>| {
                *end = end.zip(point.yhat).map(|(end, yhat)| yhat + factor * (end - yhat));
            };
            stretch(&mut point.lower);
            stretch(&mut point.upper);
        }
    }

    /// Of logistic growth: what comes lies between floor and capacity, as every observation does. The past stays as
    /// the model says it.
    fn bound(&mut self, rows: &Rows<'_>, spec: &Spec) -> Result<(), Error> {
        if spec.growth != Growth::Logistic || rows.cap.is_none() {
            return Ok(());
        }
        for (row, point) in self.future.iter_mut().enumerate() {
            let (floor, cap) = rows.bounds(row)?;
            for value in [&mut point.yhat, &mut point.lower, &mut point.upper] {
                *value = value.map(|v| v.clamp(floor, cap));
            }
        }
        Ok(())
    }
}

impl Known<'_> {
    fn of_prophet(&self, fit: &Fit) -> Result<Made, Error> {
        let data = self.history.data();
        let known = Uncertainty::new(fit, &self.kept.data())?;
        let points = |rows: &Rows<'_>, actual: Option<&[f64]>| -> Result<Vec<Point>, Error> {
            let predicted = fit.predict_with(rows, &known)?;
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
            future: points(self.rows, None)?,
            judgements: by_prophet(
                self.history,
                self.left_out,
                fit,
                self.plan.anomaly_threshold,
                self.closing,
            )?,
        })
    }

    fn of_baseline(&self, model: Model) -> Option<Made> {
        let data = self.history.data();
        let baseline = Baseline::new(model, self.grid, self.cycle)?;
        let width = self.plan.prophet.interval_width;
        let reach = baseline.reach(width);
        let future = self.rows.time.iter().map(|&time| {
            let (yhat, sd) = baseline.ahead(self.grid.lead(time));
            let half = reach * sd;
            let bounds = (Some(yhat - half), Some(yhat + half));
            Point { time, yhat: Some(yhat), lower: bounds.0, upper: bounds.1, actual: None }
        });
        let threshold = self.plan.anomaly_threshold;
        let of = (model, self.cycle);
        let (robust, judgements) = by_baseline(&data, self.grid, of, threshold, self.closing)?;
        let reach = robust.reach(width);
        let past = data.rows.time.iter().zip(data.y).zip(&robust.errors);
        let history = past.map(|((&time, &y), error)| {
            let bounds = error.map(|e| (y - e.error, reach * robust.sigma * e.variance.sqrt()));
            Point {
                time,
                yhat: bounds.map(|(yhat, _)| yhat),
                lower: bounds.map(|(yhat, half)| yhat - half),
                upper: bounds.map(|(yhat, half)| yhat + half),
                actual: Some(y),
            }
        });
        Some(Made { history: history.collect(), future: future.collect(), judgements })
    }
}

impl Plan {
    fn validate(&self) -> Result<(), Error> {
        self.prophet.validate()?;
        self.step.as_ref().map_or(Ok(()), Step::validate)?;
        within("horizon", self.horizon, 1, 1000, "it must be between 1 and 1000")?;
        within("origins", self.origins, 1, usize::MAX, "it must be at least 1")?;
        if self.anomaly_threshold > 0.0 && self.anomaly_threshold.is_finite() {
            return Ok(());
        }
        Err(setting("anomaly_threshold", self.anomaly_threshold, "it must be a number > 0"))
    }

    /// The next times.
    fn next(&self, data: &Data<'_>, history: &History, step: &Step) -> Result<Vec<i64>, Error> {
        let last = history.time[history.time.len() - 1];
        let times: Vec<i64> = (1..=self.horizon as i64).map(|k| step.after(last, k)).collect();
        if times.iter().all(|time| *time < END_OF_TIME) {
            return Ok(times);
        }
        let row = data.rows.time.iter().position(|time| *time == last).unwrap_or(0);
        Err(Error::Beyond { row, last, points: self.horizon })
    }

    /// The options with what the history cannot carry left out: at most a change point for four points,
    /// and no seasonality chosen by itself at times of its cycle that were never seen.
    fn guarded(&self, time: &[i64], future: &[i64]) -> (Spec, Vec<String>) {
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
        let chosen = resolve(&spec, time);
        let usual = [
            ("yearly", &mut spec.yearly),
            ("weekly", &mut spec.weekly),
            ("daily", &mut spec.daily),
        ];
        for (name, toggle) in usual {
            let Some(season) = chosen.iter().find(|s| s.name == name) else { continue };
            // One of that name that the caller described is the caller's own.
            let is_given = spec.seasonalities.iter().any(|s| s.name == name);
            if is_given || covers(time, future, season.period, season.order) {
                continue;
            }
            let never = format!(
                "some of the points to forecast are at times of the {name} cycle at which there is no observation"
            );
            if *toggle == Toggle::Auto {
                *toggle = Toggle::Off;
                warnings.push(format!("{never}: the {name} seasonality is left out"));
            } else {
                warnings.push(format!("{never}: there the {name} seasonality is a guess"));
            }
        }
        (spec, warnings)
    }

    fn choose(
        &self,
        scores: &[Score],
        (n, step): (usize, &Step),
        is_stopped: bool,
    ) -> (Model, String) {
        if let Some(model) = self.model {
            return (model, format!("{} was asked for", model.name()));
        }
        if n < SHORT && step.length() >= 6.0 * DAY as f64 {
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
            let why = if is_stopped {
                "the time was up before models were compared; a damped trend is used"
            } else {
                "the history is too short to compare models on points that far ahead; a damped trend is used"
            };
            return (Model::DampedTrend, why.to_string());
        };
        let points = scores.iter().map(|s| s.points).max().unwrap_or(0);
        let why = match prophet {
            Some(of_prophet) if of_prophet == mae && model != Model::Prophet => format!(
                "{} is simpler and was as close as prophet on {points} held-out points: mean absolute error {}",
                model.name(),
                number_text(mae)
            ),
            Some(of_prophet) if model != Model::Prophet => format!(
                "{} was closer than prophet on {points} held-out points: mean absolute error {} against {}",
                model.name(),
                number_text(mae),
                number_text(of_prophet)
            ),
            _ => format!(
                "{} was closest on {points} held-out points: mean absolute error {}",
                model.name(),
                number_text(mae)
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
