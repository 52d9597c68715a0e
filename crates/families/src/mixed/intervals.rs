//! Intervals and p values of the parameters of a mixed model.

use seedtest_mixed::{Bootstrap, Data, Error as ModelError, FixedEffect, Interval};
use seedtest_numerics::{Status, normal_quantile, student_quantile, student_two_sided};

use super::model::Model;
use super::spec::{Intervals, Spec, fewest_replicates};
use crate::error::Error;

/// Rows up to which degrees of freedom are Satterthwaite's: beyond, t is normal to three digits wherever a
/// grouping factor is not tiny, and they would cost more than the fit.
const MOST_ROWS_FOR_DF: usize = 20_000;

/// Beginning of the warning of a parameter without an interval.
const NO_INTERVAL: &str = "no interval of";
/// Why there is none of a parameter without a finite estimate.
pub(super) const UNDETERMINED: &str = "the data do not determine it";
/// Degrees of freedom below which t tells nothing: its bounds are hundreds of standard errors away, and soon
/// beyond what a number can hold.
const LEAST_DF: f64 = 0.5;
/// Why there is none where they are fewer.
const NO_DF: &str = "next to no degrees of freedom";
/// Why there are none where a fit was ended.
const TIME_UP: &str = "the time was up";

/// What is known of the uncertainty of the parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct IntervalsOf {
    /// Degrees of freedom of every fixed effect.
    pub(super) df: Vec<Option<f64>>,
    /// p value of every fixed effect.
    pub(super) p: Vec<Option<f64>>,
    /// Interval by parameter, as the kernel names them, or why there is none.
    pub(super) by_name: Vec<(String, Result<Interval, String>)>,
    /// Replicates of the bootstrap that could not be used.
    pub(super) failed: Option<usize>,
}

impl IntervalsOf {
    /// Leaves out what came of searches that were ended in the middle.
    pub(super) fn cut_short(&mut self, warnings: &mut Vec<String>) {
        if self.by_name.is_empty() {
            return;
        }
        for (_, interval) in &mut self.by_name {
            *interval = Err(TIME_UP.to_owned());
        }
        self.failed = None;
        warnings.retain(|warning| !warning.starts_with(NO_INTERVAL));
        warnings.push(format!("no intervals: {TIME_UP}"));
    }

    /// The interval of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&Result<Interval, String>> {
        self.by_name.iter().find(|(known, _)| known == name).map(|(_, interval)| interval)
    }
}

/// Intervals as they were asked for; what has none is in the warnings.
pub(super) fn intervals(
    model: &Model,
    data: &Data,
    spec: &Spec,
    warnings: &mut Vec<String>,
) -> Result<IntervalsOf, Error> {
    let fixed = model.fixed();
    let df = match model {
        Model::Linear(fit) if data.n() <= MOST_ROWS_FOR_DF => fit.satterthwaite(),
        _ => vec![None; fixed.len()],
    };
    let undetermined = match &model.verdict().status {
        Status::Unidentified { parameters } => parameters.clone(),
        _ => Vec::new(),
    };
    let of_effect = |(effect, df): (&FixedEffect, &Option<f64>)| {
        if undetermined.contains(&effect.name) { None } else { p_value(effect, *df) }
    };
    let p = fixed.iter().zip(&df).map(of_effect).collect();
    let mut out = IntervalsOf { df, p, ..IntervalsOf::default() };
    match spec.intervals {
        Intervals::None => {}
        Intervals::Wald => out.by_name = wald(fixed, &out.df, spec.confidence, &undetermined),
        Intervals::Profile => out.by_name = profiles(model, data, spec.confidence),
        Intervals::Bootstrap => {
            let bootstrap = bootstrap(model, data, spec)?;
            let fewest = fewest_replicates(spec.confidence) as usize;
            let undetermined = names_of_intervals(model, &undetermined);
            out.by_name = percentiles(&bootstrap, spec.confidence, fewest, &undetermined);
            out.failed = Some(bootstrap.failed);
            if bootstrap.failed > 0 {
                let (failed, all) = (bootstrap.failed, spec.replicates);
                warnings.push(format!("{failed} of {all} replicates of the bootstrap did not fit"));
            }
        }
    }
    for (name, interval) in &out.by_name {
        // What the data do not determine is said already.
        match interval {
            Err(reason) if reason == UNDETERMINED => {}
            Err(reason) => warnings.push(format!("{NO_INTERVAL} {name}: {reason}")),
            Ok(ends) => {
                warnings.extend(open_end(ends, spec.intervals).map(|o| format!("{name}: {o}")));
            }
        }
    }
    Ok(out)
}

/// Why an end of an interval is missing.
pub(super) fn open_end(ends: &Interval, intervals: Intervals) -> Option<String> {
    let (what, likelihood) = match (ends.low.is_finite(), ends.high.is_finite()) {
        (true, true) => return None,
        (false, true) => ("no lower end", "the likelihood does not fall that way however far"),
        (true, false) => ("no upper end", "the likelihood does not fall that way however far"),
        (false, false) => ("no ends", "the likelihood falls neither way however far"),
    };
    let reason = match intervals {
        Intervals::Bootstrap => "too many replicates of the bootstrap have no finite estimate",
        _ => likelihood,
    };
    Some(format!("{what}, since {reason}"))
}

/// What the data do not determine, by the names that intervals have: verdicts name variances and covariances as θ.
fn names_of_intervals(model: &Model, undetermined: &[String]) -> Vec<String> {
    let mut names = undetermined.to_vec();
    for random in model.random() {
        let (group, effects) = (&random.group, &random.effects);
        let is_meant = |name: &str| undetermined.iter().any(|known| known == name);
        let sds = effects.iter().filter(|effect| is_meant(&format!("{group}.{effect}")));
        names.extend(sds.map(|effect| format!("sd.{group}.{effect}")));
        // A correlation with an effect of which nothing is known is not known.
        let pairs = random.correlated_pairs().map(|(a, b)| (&effects[a], &effects[b]));
        let pairs = pairs.filter(|(a, b)| {
            let [one, other] = [a, b].map(|effect| format!("{group}.{effect}"));
            is_meant(&format!("{group}.{a}.{b}")) || is_meant(&one) || is_meant(&other)
        });
        names.extend(pairs.map(|(a, b)| format!("cor.{group}.{a}.{b}")));
    }
    names
}

fn p_value(effect: &FixedEffect, df: Option<f64>) -> Option<f64> {
    let estimate = effect.estimate?;
    match df {
        Some(df) if df < LEAST_DF => None,
        Some(df) => Some(student_two_sided(estimate.statistic, df)),
        None => Some(estimate.p_normal()),
    }
}

fn wald(
    fixed: &[FixedEffect],
    df: &[Option<f64>],
    level: f64,
    undetermined: &[String],
) -> Vec<(String, Result<Interval, String>)> {
    let upper = 0.5 + 0.5 * level;
    let interval = |(effect, df): (&FixedEffect, &Option<f64>)| {
        let estimate = effect.estimate?;
        if undetermined.contains(&effect.name) {
            return Some((effect.name.clone(), Err(UNDETERMINED.to_owned())));
        }
        if df.is_some_and(|df| df < LEAST_DF) {
            return Some((effect.name.clone(), Err(NO_DF.to_owned())));
        }
        let quantile = df.map_or_else(|| normal_quantile(upper), |df| student_quantile(upper, df));
        let half = quantile * estimate.se;
        let (low, high) = (estimate.coefficient - half, estimate.coefficient + half);
        Some((effect.name.clone(), Ok(Interval { low, high })))
    };
    fixed.iter().zip(df).filter_map(interval).collect()
}

fn profiles(model: &Model, data: &Data, level: f64) -> Vec<(String, Result<Interval, String>)> {
    let found = match model {
        Model::Linear(fit) => fit.profiles(data, level),
        Model::Generalised(fit) => fit.profiles(data, level),
    };
    let reason = |error: ModelError| match error {
        ModelError::Profile { reason, .. } => reason.to_owned(),
        other => other.to_string(),
    };
    found.into_iter().map(|(name, interval)| (name, interval.map_err(reason))).collect()
}

fn bootstrap(model: &Model, data: &Data, spec: &Spec) -> Result<Bootstrap, Error> {
    Ok(match model {
        Model::Linear(fit) => fit.bootstrap(data, spec.replicates, spec.seed),
        Model::Generalised(fit) => fit.bootstrap(data, spec.replicates, spec.seed)?,
    })
}

/// Intervals of the parameters that are determined, and defined in replicates enough.
fn percentiles(
    bootstrap: &Bootstrap,
    level: f64,
    fewest: usize,
    undetermined: &[String],
) -> Vec<(String, Result<Interval, String>)> {
    let interval = |(at, name): (usize, &String)| {
        if undetermined.contains(name) {
            return (name.clone(), Err(UNDETERMINED.to_owned()));
        }
        let defined = bootstrap.replicates.len() - bootstrap.undefined(at);
        let found = bootstrap.interval(at, level).filter(|_| defined >= fewest);
        let none = || format!("it is defined in {defined} replicates, {fewest} are needed");
        (name.clone(), found.ok_or_else(none))
    };
    bootstrap.names.iter().enumerate().map(interval).collect()
}
