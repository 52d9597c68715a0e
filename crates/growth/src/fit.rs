use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress, Stream, ln};
use serde::{Deserialize, Serialize};

use crate::data::GrowthData;
use crate::density::Density;
use crate::diagnostics::{Diagnostics, ParameterSummary, diagnose, summarize};
use crate::draws::{Draw, Parameter};
use crate::error::Error;
use crate::goal::{Goal, GoalPrediction};
use crate::joint::Joint;
use crate::joint_students::JointDraws;
use crate::layout::population;
use crate::marginal::Marginal;
use crate::measured::Measured;
use crate::mode::{Mode, mode};
use crate::nuts::{Chain, ChainSettings, ChainStart, DENSE_DIM, Mass};
use crate::pooled::Pooled;
use crate::prior::{Prior, Priors};
use crate::spec::{Effects, Family, Spec};
use crate::students;
use crate::verdict::verdict;

/// Iterations between two calls of the observer.
const BLOCK: usize = 50;
/// How far from the mode chains start, in posterior standard deviations.
const DISPERSION: f64 = 2.0;

/// Where the last fit stood: chains that start from it need little warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adaptation {
    /// A position on the unconstrained scale.
    pub position: Vec<f64>,
    /// Posterior covariance there, in rows.
    pub covariance: Vec<f64>,
    /// Step size.
    pub step: f64,
}

/// A sampled posterior.
#[derive(Debug, Clone)]
pub struct Fit {
    /// What was fitted; `priors.sigma` is filled in.
    pub spec: Spec,
    /// Rows.
    pub n_obs: usize,
    /// Students with rows.
    pub n_students: usize,
    /// Mean week of the rows: where the centred intercept stands.
    pub mean_week: f64,
    /// Last observed week.
    pub last_week: f64,
    /// Kept draws by chain.
    pub chains: Vec<Vec<Draw>>,
    /// Every parameter, in the order of [`Parameter::of`].
    pub parameters: Vec<ParameterSummary>,
    /// How the sampling went.
    pub diagnostics: Diagnostics,
    /// Whether the numbers can be used.
    pub verdict: seedtest_numerics::Verdict,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// For the next fit.
    pub adaptation: Option<Adaptation>,
    pub(crate) basis: Basis,
}

/// What is kept of the data to predict students.
#[derive(Debug, Clone)]
pub(crate) enum Basis {
    Pooled(Pooled),
    Measured(Measured),
    Joint(JointDraws),
}

/// Numbers that the draws of a joint posterior may take: 400 MB.
const MOST_NUMBERS: usize = 50_000_000;

/// Samples the posterior of a growth model: that of the population alone for the Gaussian family, that
/// of the population and of every student together for the others.
///
/// # Errors
/// See [`Error`]; [`Error::is_noop`] tells too little data from bad data.
pub fn fit(
    data: &GrowthData<'_>,
    spec: &Spec,
    start: Option<&Adaptation>,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    spec.check()?;
    data.check(spec)?;
    let mut spec = *spec;
    let sigma = spec.priors.sigma.unwrap_or_else(|| Priors::default_sigma(data.score));
    spec.priors.sigma = Some(sigma);
    if spec.family != Family::Gaussian {
        return fit_jointly(data, spec, sigma, observer);
    }
    let (effects, mean_week) = (spec.effects, data.mean_week());
    let first = first_guess(data, effects);
    let (chains, basis) = if let Some(se) = data.se {
        let density = Measured::new(data, se, spec.priors, sigma, effects);
        let chains = sample(&density, first, start, &spec, observer);
        (chains, Basis::Measured(density))
    } else {
        let pooled = Pooled::new(data);
        let density = Marginal { pooled, priors: spec.priors, sigma, effects, mean_week };
        let chains = sample(&density, first, start, &spec, observer);
        (chains, Basis::Pooled(density.pooled))
    };
    let draws = chains.iter().map(|chain| draws(chain, effects, mean_week)).collect();
    Ok(conclude(data, spec, &chains, draws, basis))
}

fn fit_jointly(
    data: &GrowthData<'_>,
    spec: Spec,
    sigma: Prior,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    let density = Joint::new(data, spec.family, spec.effects, spec.priors, sigma);
    let numbers = density.dim() * spec.sampling.draws * spec.sampling.chains;
    if numbers > MOST_NUMBERS {
        let name = "students x draws x chains".to_owned();
        let expected = "at most 50 million numbers, except with the gaussian family";
        return Err(Error::BadSetting { name, value: numbers as f64, expected });
    }
    let mut chains = sample(&density, density.start(), None, &spec, observer);
    let positions = chains.iter_mut().map(|chain| std::mem::take(&mut chain.positions)).collect();
    let joint = JointDraws::new(density, positions);
    let of_chain = |(at, chain): (usize, &Chain)| joint.population(at, &chain.ln_density);
    let draws = chains.iter().enumerate().map(of_chain).collect();
    Ok(conclude(data, spec, &chains, draws, Basis::Joint(joint)))
}

fn conclude(
    data: &GrowthData<'_>,
    spec: Spec,
    chains: &[Chain],
    draws: Vec<Vec<Draw>>,
    basis: Basis,
) -> Fit {
    let mean_week = data.mean_week();
    let diagnostics = diagnose(&draws, chains, &spec);
    let parameters: Vec<ParameterSummary> = Parameter::of(spec.family, spec.effects)
        .into_iter()
        .map(|parameter| summarize(parameter, &draws))
        .collect();
    let stopped = chains.iter().any(|chain| !chain.is_complete());
    Fit {
        n_obs: data.len(),
        n_students: data.students_with_rows(),
        mean_week,
        last_week: data.last_week(),
        verdict: verdict(&diagnostics, &spec, mean_ln_posterior(&draws), stopped),
        warnings: warnings(data, &diagnostics),
        adaptation: adaptation(chains),
        chains: draws,
        parameters,
        diagnostics,
        spec,
        basis,
    }
}

fn mean_ln_posterior(chains: &[Vec<Draw>]) -> f64 {
    let all = chains.iter().flatten();
    all.map(|draw| draw.ln_posterior).sum::<f64>()
        / chains.iter().map(Vec::len).sum::<usize>() as f64
}

fn draws(chain: &Chain, effects: Effects, mean_week: f64) -> Vec<Draw> {
    let dim = crate::layout::dim(effects);
    let positions = chain.positions.chunks_exact(dim);
    let draw = |(x, &ln_density): (&[f64], &f64)| {
        Draw::new(&population(effects, x), mean_week, ln_density)
    };
    positions.zip(&chain.ln_density).map(draw).collect()
}

fn warnings(data: &GrowthData<'_>, diagnostics: &Diagnostics) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut weeks: Vec<f64> = data.week.to_vec();
    weeks.sort_by(f64::total_cmp);
    weeks.dedup();
    if weeks.len() == 1 {
        warnings.push("all rows are of one week: the slope is that of its prior".to_string());
    }
    if data.students_with_rows() < 5 {
        warnings.push(
            "fewer than 5 students: the priors carry the standard deviations of students"
                .to_string(),
        );
    }
    warnings.extend(diagnostics.warnings());
    warnings
}

fn adaptation(chains: &[Chain]) -> Option<Adaptation> {
    let chain = chains.first()?;
    let covariance = match &chain.mass {
        Mass::Dense { covariance, .. } => covariance.clone(),
        Mass::Diagonal(_) => return None,
    };
    let position = chain.current_position().to_vec();
    Some(Adaptation { position, covariance, step: chain.step })
}

/// Runs the chains side by side; after every block the observer may stop them.
fn sample(
    density: &dyn Density,
    first: Vec<f64>,
    start: Option<&Adaptation>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Vec<Chain> {
    let sampling = spec.sampling;
    let settings = ChainSettings {
        warmup: sampling.warmup,
        draws: sampling.draws,
        target_accept: sampling.target_accept,
        max_depth: sampling.max_depth,
    };
    let starts = Starts::new(density, first, start);
    let mut chains: Vec<Chain> = (0..sampling.chains)
        .into_par_iter()
        .map(|number| {
            let mut random = Stream::new(sampling.seed, number as u64);
            let start = starts.draw(density, &mut random);
            Chain::new(density, start, settings, random)
        })
        .collect();
    let iterations = sampling.warmup + sampling.draws;
    while chains.iter().any(|chain| !chain.is_complete()) {
        chains.par_iter_mut().for_each(|chain| chain.advance(density, BLOCK));
        let progress = Progress {
            iteration: chains[0].done as u64,
            max_iterations: iterations as u64,
            objective: chains[0].current_ln_density(),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            break;
        }
    }
    chains
}

/// Where chains start.
struct Starts {
    centre: Vec<f64>,
    mass: Mass,
    /// Cholesky factor of the covariance in rows; empty when there is none.
    factor: Vec<f64>,
    step: f64,
}

impl Starts {
    /// At last week's fit, else around the mode, else around the first guess.
    fn new(density: &dyn Density, first: Vec<f64>, start: Option<&Adaptation>) -> Self {
        let dim = density.dim();
        let known = start.filter(|start| {
            start.position.len() == dim && start.covariance.len() == dim * dim && start.step > 0.0
        });
        let found = match known {
            Some(start) => Some((start.position.clone(), start.covariance.clone(), start.step)),
            None if dim > DENSE_DIM => None,
            None => mode(density, first.clone())
                .map(|Mode { position, covariance }| (position, covariance, 0.5)),
        };
        let whole = found.and_then(|(centre, covariance, step)| {
            let factor = crate::nuts::cholesky(&covariance, dim)?;
            Some(Self { centre, mass: Mass::dense(covariance, dim)?, factor, step })
        });
        whole.unwrap_or_else(|| Self {
            centre: first,
            mass: Mass::unit(dim),
            factor: Vec::new(),
            step: 0.1,
        })
    }

    /// A start of its own for each chain, wider than the posterior so that R̂ can tell.
    fn draw(&self, density: &dyn Density, random: &mut Stream) -> ChainStart {
        let dim = self.centre.len();
        let mut gradient = vec![0.0; dim];
        let mut spread = DISPERSION;
        loop {
            let noise: Vec<f64> = (0..dim).map(|_| spread * random.normal()).collect();
            let shift = |i: usize| match self.factor.get(i * dim..=i * dim + i) {
                Some(row) => row.iter().zip(&noise).map(|(l, z)| l * z).sum(),
                None => 0.1 * noise[i],
            };
            let position: Vec<f64> =
                self.centre.iter().enumerate().map(|(i, x)| x + shift(i)).collect();
            let is_inside = density.ln_density(&position, &mut gradient).is_finite();
            if is_inside || spread < 1e-3 {
                return ChainStart { position, mass: self.mass.clone(), step: self.step };
            }
            spread *= 0.5;
        }
    }
}

/// A start for the search of the mode: least squares with the scatter split in half.
fn first_guess(data: &GrowthData<'_>, effects: Effects) -> Vec<f64> {
    let n = data.len() as f64;
    let (mean_week, mean) = (data.mean_week(), data.score.iter().sum::<f64>() / n);
    let (mut cross, mut spread) = (0.0, 0.0);
    for (week, score) in data.week.iter().zip(data.score) {
        cross += (week - mean_week) * (score - mean);
        spread += (week - mean_week) * (week - mean_week);
    }
    let slope = if spread > 0.0 { cross / spread } else { 0.0 };
    let residual: f64 = data
        .week
        .iter()
        .zip(data.score)
        .map(|(week, score)| (score - mean - slope * (week - mean_week)).powi(2))
        .sum();
    let scatter = ln((residual / n).sqrt().max(1e-6)) - 0.35;
    let weeks = ln((spread / n).sqrt().max(1e-3));
    let mut guess = vec![mean, slope, scatter];
    if effects.has_slope() {
        guess.push(scatter - weeks - 1.0);
    }
    if effects == Effects::Correlated {
        guess.push(0.0);
    }
    guess.push(scatter);
    guess
}

impl Fit {
    /// All draws, chain after chain.
    pub fn draws(&self) -> Vec<Draw> {
        self.chains.concat()
    }

    /// Every student's prediction by code; a student without rows gets that of the population.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a goal out of range.
    pub fn students(&self, goal: &Goal) -> Result<Vec<GoalPrediction>, Error> {
        goal.check()?;
        let draws = self.draws();
        if draws.is_empty() {
            return Ok(Vec::new());
        }
        Ok(match &self.basis {
            Basis::Pooled(pooled) => students::predict(pooled, &draws, goal),
            Basis::Measured(measured) => students::predict_measured(measured, &draws, goal),
            Basis::Joint(joint) => joint.predict(goal),
        })
    }

    /// Whether probabilities may be acted upon: the chains agree (R̂ ≤ 1.05) and none diverged.
    pub fn is_reliable(&self) -> bool {
        self.diagnostics.is_reliable()
    }
}

/// What stored draws say of a student who was never seen.
///
/// # Errors
/// [`Error::BadSetting`] for a goal out of range or when there are no draws.
pub fn predict_unseen(draws: &[Draw], goal: &Goal) -> Result<GoalPrediction, Error> {
    check(draws, goal)?;
    Ok(students::predict_unseen(draws, goal))
}

/// What is known of a student outside the data of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// Score now.
    pub current_score: f64,
    /// Change per week; `None` = that of the population.
    pub trend: Option<f64>,
    /// Weeks until the goal, ≥ 0.
    pub weeks_remaining: f64,
    /// Standard error of the current score; `None` = the residual standard deviation of the fit.
    pub se: Option<f64>,
}

/// What stored draws say of a student of whom only a score, perhaps with a trend, is known.
///
/// Given a draw the score at the goal is normal with mean current + trend · weeks and variance
/// se² + weeks² · sd_week² + σ²: the slopes of students scatter around any trend that was read off
/// a few weeks, and the goal is met by a single week's score.
///
/// # Errors
/// [`Error::BadSetting`] for numbers out of range or when there are no draws.
pub fn predict_features(
    draws: &[Draw],
    features: &Features,
    goal: &Goal,
) -> Result<GoalPrediction, Error> {
    check(draws, goal)?;
    let weeks = features.weeks_remaining;
    let numbers = [
        ("current_score", features.current_score, f64::NEG_INFINITY),
        ("trend", features.trend.unwrap_or(0.0), f64::NEG_INFINITY),
        ("weeks_remaining", weeks, 0.0),
        ("se", features.se.unwrap_or(0.0), 0.0),
    ];
    for (name, value, least) in numbers {
        if !(value.is_finite() && value >= least) {
            let expected = "a finite number, not below 0 for weeks and standard errors";
            return Err(Error::BadSetting { name: name.to_string(), value, expected });
        }
    }
    let moments: Vec<[f64; 2]> = draws
        .iter()
        .map(|draw| {
            let trend = features.trend.unwrap_or(draw.week);
            let se = features.se.unwrap_or(draw.sigma);
            let slope = weeks * draw.sd_week;
            let variance = se * se + slope * slope + draw.sigma * draw.sigma;
            [features.current_score + trend * weeks, variance.sqrt()]
        })
        .collect();
    Ok(students::predict_normal(&moments, goal))
}

fn check(draws: &[Draw], goal: &Goal) -> Result<(), Error> {
    goal.check()?;
    if draws.is_empty() {
        let expected = "at least one";
        return Err(Error::BadSetting { name: "draws".into(), value: 0.0, expected });
    }
    Ok(())
}
