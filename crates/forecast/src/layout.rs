//! What a fit fixes before its parameters: scales, change points and the columns of features.

use serde::{Deserialize, Serialize};

use crate::data::{Data, Rows, missing};
use crate::date::DAY;
use crate::error::Error;
use crate::problem::Problem;
use crate::seasonality::{FittedSeasonality, resolve};
use crate::spec::{Changepoints, Growth, Mode, Scaling, Spec, Standardize};

/// A regressor with its scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedRegressor {
    /// Name of its column.
    pub name: String,
    /// Subtracted from its values.
    pub mean: f64,
    /// Divides them then.
    pub sd: f64,
    /// Standard deviation of the prior of its coefficient.
    pub prior_scale: f64,
    /// How it enters.
    pub mode: Mode,
}

/// Scales, change points and components of a fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// First observed time, seconds since 1970-01-01.
    pub start: i64,
    /// Last observed time.
    pub end: i64,
    /// Subtracted from values: 0 but for [`Scaling::MinMax`] and [`Scaling::Centred`].
    pub y_min: f64,
    /// Divides them then.
    pub y_scale: f64,
    /// Whether the history of a logistic growth had a floor: rows to predict need one then, and theirs
    /// does not count otherwise.
    pub has_floor: bool,
    /// Change points, seconds since 1970-01-01, ascending.
    pub changepoints: Vec<i64>,
    /// Seasonalities.
    pub seasonalities: Vec<FittedSeasonality>,
    /// Regressors.
    pub regressors: Vec<FittedRegressor>,
}

/// A component of the curve and the columns of features it consists of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) mode: Mode,
    pub(crate) columns: std::ops::Range<usize>,
    pub(crate) prior_scale: f64,
}

impl Layout {
    /// `data` in the order of time.
    pub(crate) fn new(data: &Data<'_>, spec: &Spec) -> Result<Self, Error> {
        let time = data.rows.time;
        let (start, end) = (time[0], time[time.len() - 1]);
        let (y_min, y_scale) = scale(data, spec)?;
        let has_floor = has_floor(data, spec);
        let changepoints = changepoints(time, spec)?;
        let seasonalities = resolve(spec, time);
        let regressors = spec
            .regressors
            .iter()
            .map(|r| {
                let values = data.rows.regressor(&r.name)?;
                let (mean, sd) = standard(values, r.standardize);
                let prior_scale = r.prior_scale.unwrap_or(spec.holidays_prior_scale);
                let mode = r.mode.unwrap_or(spec.seasonality_mode);
                Ok(FittedRegressor { name: r.name.clone(), mean, sd, prior_scale, mode })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { start, end, y_min, y_scale, has_floor, changepoints, seasonalities, regressors })
    }

    /// Time on the scale of the model: 0 at the first, 1 at the last observation.
    pub(crate) fn t(&self, time: i64) -> f64 {
        (time - self.start) as f64 / (self.end - self.start).max(1) as f64
    }

    /// Value subtracted from a row before scaling: its floor, or the smallest value.
    pub(crate) fn offset(&self, rows: &Rows<'_>, row: usize) -> f64 {
        let floor = rows.floor.filter(|_| self.has_floor);
        floor.map_or(self.y_min, |f| f[row])
    }

    /// The components in the order of their columns.
    pub(crate) fn parts(&self, spec: &Spec) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut first = 0;
        let mut push = |name: &str, mode, width: usize, prior_scale| {
            let columns = first..first + width;
            first += width;
            parts.push(Part { name: name.to_string(), mode, columns, prior_scale });
        };
        for s in &self.seasonalities {
            push(&s.name, s.mode, 2 * s.order, s.prior_scale);
        }
        let holidays_mode = spec.holidays_mode.unwrap_or(spec.seasonality_mode);
        for h in &spec.holidays {
            let width = (h.upper_window - h.lower_window + 1) as usize;
            let prior_scale = h.prior_scale.unwrap_or(spec.holidays_prior_scale);
            push(&h.name, holidays_mode, width, prior_scale);
        }
        for r in &self.regressors {
            push(&r.name, r.mode, 1, r.prior_scale);
        }
        parts
    }

    /// The problem of these rows; without values where there are none (`y` empty).
    pub(crate) fn problem(&self, data: &Data<'_>, spec: &Spec) -> Result<Problem, Error> {
        let rows = &data.rows;
        let n = rows.n();
        let mut cap = Vec::new();
        if self.has_floor && rows.floor.is_none() {
            return Err(missing("floor", "floor"));
        }
        if spec.growth == Growth::Logistic {
            for row in 0..n {
                let (_, upper) = rows.bounds(row)?;
                cap.push((upper - self.offset(rows, row)) / self.y_scale);
            }
        }
        let offset = |row| self.offset(rows, row);
        let values = data.y.iter().enumerate();
        let parts = self.parts(spec);
        let per_column = |f: &dyn Fn(&Part) -> f64| -> Vec<f64> {
            let columns = parts.iter().flat_map(|p| p.columns.clone().map(|_| f(p)));
            columns.collect()
        };
        let is_product = per_column(&|p| f64::from(u8::from(p.mode == Mode::Multiplicative)));
        Ok(Problem {
            growth: spec.growth,
            t: rows.time.iter().map(|&time| self.t(time)).collect(),
            y: values.map(|(row, y)| (y - offset(row)) / self.y_scale).collect(),
            cap,
            changes: self.changepoints.iter().map(|&time| self.t(time)).collect(),
            features: self.features(rows, spec)?,
            multiplicative: is_product.iter().map(|&v| v > 0.0).collect(),
            precision: per_column(&|p| 1.0 / (p.prior_scale * p.prior_scale)),
            change_weight: 1.0 / spec.changepoint_prior_scale,
        })
    }

    fn features(&self, rows: &Rows<'_>, spec: &Spec) -> Result<Vec<f64>, Error> {
        let mut columns = Vec::new();
        for s in &self.seasonalities {
            let condition = s.condition.as_ref().map(|name| rows.condition(name)).transpose()?;
            s.columns(rows.time, condition, &mut columns);
        }
        for holiday in &spec.holidays {
            let mut days = holiday.days.clone();
            days.sort_unstable();
            for offset in holiday.lower_window..=holiday.upper_window {
                columns.extend(rows.time.iter().map(|time| {
                    let day = time.div_euclid(DAY) - offset;
                    f64::from(u8::from(days.binary_search(&day).is_ok()))
                }));
            }
        }
        for r in &self.regressors {
            let values = rows.regressor(&r.name)?;
            columns.extend(values.iter().map(|x| (x - r.mean) / r.sd));
        }
        Ok(columns)
    }
}

fn scale(data: &Data<'_>, spec: &Spec) -> Result<(f64, f64), Error> {
    let (mut low, mut high, mut largest) = (f64::INFINITY, f64::NEG_INFINITY, 0.0f64);
    for (row, &y) in data.y.iter().enumerate() {
        let mut floor = 0.0;
        if spec.growth == Growth::Logistic {
            let (lower, cap) = data.rows.bounds(row)?;
            if !(lower..=cap).contains(&y) {
                return Err(Error::OutsideCapacity { row, value: y, floor: lower, cap });
            }
            floor = lower;
        }
        low = low.min(y);
        high = high.max(y);
        largest = largest.max((y - floor).abs());
    }
    // With a floor in every row there is nothing left to subtract.
    let scaling = match spec.scaling {
        Scaling::Auto if is_far(spec, high - low, largest) => Scaling::Centred,
        given => given,
    };
    let (offset, scale) = match scaling {
        Scaling::MinMax if !has_floor(data, spec) => (low, high - low),
        Scaling::Centred if !has_floor(data, spec) => {
            (low + 0.5 * (high - low), 0.5 * (high - low))
        }
        _ => (0.0, largest),
    };
    Ok((offset, if scale > 0.0 { scale } else { 1.0 }))
}

/// Whether the level of a series hides its range from the priors, and can be taken off: what multiplies
/// the trend, and a capacity, are about the level.
fn is_far(spec: &Spec, range: f64, largest: f64) -> bool {
    const NEAR: f64 = 0.01;
    // Less is the rounding of values that are all the same.
    const ROUNDING: f64 = 1e-12;
    let modes =
        spec.seasonalities.iter().map(|s| s.mode).chain(spec.regressors.iter().map(|r| r.mode));
    let multiplies = [Some(spec.seasonality_mode), spec.holidays_mode].into_iter().chain(modes);
    let is_additive = multiplies.flatten().all(|mode| mode == Mode::Additive);
    is_additive
        && spec.growth != Growth::Logistic
        && (ROUNDING * largest..NEAR * largest).contains(&range)
}

fn has_floor(data: &Data<'_>, spec: &Spec) -> bool {
    spec.growth == Growth::Logistic && data.rows.floor.is_some()
}

fn changepoints(time: &[i64], spec: &Spec) -> Result<Vec<i64>, Error> {
    if spec.growth == Growth::Flat {
        return Ok(Vec::new());
    }
    let (count, range) = match &spec.changepoints {
        Changepoints::At(given) => {
            let mut given = given.clone();
            given.sort_unstable();
            given.dedup();
            let inside = time[0]..=time[time.len() - 1];
            return match given.iter().find(|time| !inside.contains(time)) {
                Some(&time) => Err(Error::Changepoint { time }),
                None => Ok(given),
            };
        }
        Changepoints::Automatic { count, range } => (*count, *range),
    };
    let size = (time.len() as f64 * range).floor() as usize;
    let count = count.min(size.saturating_sub(1));
    let last = size.saturating_sub(1) as f64;
    let position = |j: usize| (j as f64 * (last / count as f64)).round_ties_even() as usize;
    Ok((1..=count).map(|j| time[position(j)]).collect())
}

fn standard(values: &[f64], standardize: Standardize) -> (f64, f64) {
    let n = values.len() as f64;
    let is_constant = values.iter().all(|v| *v == values[0]);
    let is_binary = values.iter().all(|v| *v == 0.0 || *v == 1.0);
    let wanted = match standardize {
        Standardize::Auto => !is_binary,
        Standardize::On => true,
        Standardize::Off => false,
    };
    if is_constant || !wanted {
        return (0.0, 1.0);
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}
