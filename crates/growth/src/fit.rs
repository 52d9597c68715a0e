//! From data and a specification to a sampled posterior.

use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress, Stream};

use crate::adaptation::Adaptation;
use crate::checkpoint::{Checkpoint, SavedChain};
use crate::data::GrowthData;
use crate::density::Density;
use crate::diagnostics::{Diagnostics, ParameterSummary, diagnose, summarize};
use crate::draws::{Draw, Parameter};
use crate::error::Error;
use crate::goal::{Goal, GoalPrediction, check};
use crate::joint::Joint;
use crate::joint_students::JointDraws;
use crate::layout::population;
use crate::marginal::Marginal;
use crate::measured::Measured;
use crate::nuts::{Chain, ChainSettings};
use crate::pooled::Pooled;
use crate::prior::{Prior, Priors};
use crate::spec::{Effects, Family, Spec};
use crate::starts::{Starts, first_guess};
use crate::students;
use crate::verdict::verdict;

/// Iterations between two calls of the observer.
const BLOCK: usize = 50;

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
    /// The chains; the positions of a joint posterior are in its basis.
    pub(crate) sampled: Vec<Chain>,
    pub(crate) basis: Basis,
}

/// What chains start from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// The mode, or where an earlier fit stood.
    Fresh(Option<&'a Adaptation>),
    /// Where they stopped.
    Saved(&'a [SavedChain]),
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
    fit_from(data, *spec, Origin::Fresh(start), observer)
}

/// Goes on with the chains of a checkpoint until each has `draws` kept draws. The result is the one
/// of a fit that never stopped, bit by bit.
///
/// # Errors
/// Those of [`fit()`]; [`Error::OtherData`] for other rows than those of the fit that was saved, and
/// [`Error::BadSetting`] for fewer draws than a chain has.
pub fn resume(
    data: &GrowthData<'_>,
    checkpoint: &Checkpoint,
    draws: usize,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    let mut spec = checkpoint.spec;
    spec.sampling.draws = draws;
    if checkpoint.chains.iter().any(|chain| chain.ln_density.len() > draws) {
        let expected = "at least as many as the saved chains have";
        return Err(Error::BadSetting { name: "draws".into(), value: draws as f64, expected });
    }
    fit_from(data, spec, Origin::Saved(&checkpoint.chains), observer)
}

fn fit_from(
    data: &GrowthData<'_>,
    mut spec: Spec,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    spec.check()?;
    data.check(&spec)?;
    let sigma = spec.priors.sigma.unwrap_or_else(|| Priors::default_sigma(data.score));
    spec.priors.sigma = Some(sigma);
    if spec.family != Family::Gaussian {
        return fit_jointly(data, spec, sigma, origin, observer);
    }
    let (effects, mean_week) = (spec.effects, data.mean_week());
    let first = first_guess(data, effects);
    let (chains, basis) = if let Some(se) = data.se {
        let density = Measured::new(data, se, spec.priors, sigma, effects);
        let chains = sample(&density, first, origin, &spec, observer)?;
        (chains, Basis::Measured(density))
    } else {
        let pooled = Pooled::new(data);
        let density = Marginal { pooled, priors: spec.priors, sigma, effects, mean_week };
        let chains = sample(&density, first, origin, &spec, observer)?;
        (chains, Basis::Pooled(density.pooled))
    };
    let draws = chains.iter().map(|chain| draws(chain, effects, mean_week)).collect();
    Ok(conclude(data, spec, chains, draws, basis))
}

fn fit_jointly(
    data: &GrowthData<'_>,
    spec: Spec,
    sigma: Prior,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    let density = Joint::new(data, spec.family, spec.effects, spec.priors, sigma);
    let numbers = density.dim() * spec.sampling.draws * spec.sampling.chains;
    if numbers > MOST_NUMBERS {
        let name = "students x draws x chains".to_owned();
        let expected = "at most 50 million numbers, except with the gaussian family";
        return Err(Error::BadSetting { name, value: numbers as f64, expected });
    }
    let mut chains = sample(&density, density.start(), origin, &spec, observer)?;
    let positions = chains.iter_mut().map(|chain| std::mem::take(&mut chain.positions)).collect();
    let joint = JointDraws::new(density, positions);
    let of_chain = |(at, chain): (usize, &Chain)| joint.population(at, &chain.ln_density);
    let draws = chains.iter().enumerate().map(of_chain).collect();
    Ok(conclude(data, spec, chains, draws, Basis::Joint(joint)))
}

fn conclude(
    data: &GrowthData<'_>,
    spec: Spec,
    sampled: Vec<Chain>,
    draws: Vec<Vec<Draw>>,
    basis: Basis,
) -> Fit {
    let mean_week = data.mean_week();
    let diagnostics = diagnose(&draws, &sampled, &spec);
    let parameters: Vec<ParameterSummary> = Parameter::of(spec.family, spec.effects)
        .into_iter()
        .map(|parameter| summarize(parameter, &draws))
        .collect();
    let stopped = sampled.iter().any(|chain| !chain.is_complete());
    Fit {
        n_obs: data.len(),
        n_students: data.students_with_rows(),
        mean_week,
        last_week: data.last_week(),
        verdict: verdict(&diagnostics, &spec, mean_ln_posterior(&draws), stopped),
        warnings: warnings(data, &diagnostics),
        adaptation: Adaptation::of(&sampled),
        chains: draws,
        sampled,
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

/// Chains at their start.
fn begin(
    density: &dyn Density,
    first: Vec<f64>,
    start: Option<&Adaptation>,
    settings: ChainSettings,
    spec: &Spec,
) -> Vec<Chain> {
    let starts = Starts::new(density, first, start);
    (0..spec.sampling.chains)
        .into_par_iter()
        .map(|number| {
            let mut random = Stream::new(spec.sampling.seed, number as u64);
            let start = starts.draw(density, &mut random);
            Chain::new(density, start, settings, random)
        })
        .collect()
}

/// Chains where they stopped.
fn go_on(
    density: &dyn Density,
    saved: &[SavedChain],
    settings: ChainSettings,
    spec: &Spec,
) -> Result<Vec<Chain>, Error> {
    let one = |saved: &SavedChain| {
        let kept = saved.ln_density.len();
        let whole =
            saved.positions.len() == kept * density.dim() && saved.transitions.len() == kept;
        let mut chain = Chain::resumed(density, &saved.state.0, settings).filter(|_| whole)?;
        chain.positions.clone_from(&saved.positions);
        chain.ln_density.clone_from(&saved.ln_density);
        chain.transitions.clone_from(&saved.transitions);
        Some(chain)
    };
    let chains: Option<Vec<Chain>> = saved.iter().map(one).collect();
    chains.filter(|chains| chains.len() == spec.sampling.chains).ok_or(Error::OtherData)
}

/// Runs the chains side by side; after every block the observer may stop them.
fn sample(
    density: &dyn Density,
    first: Vec<f64>,
    origin: Origin<'_>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Vec<Chain>, Error> {
    let sampling = spec.sampling;
    let settings = ChainSettings {
        warmup: sampling.warmup,
        draws: sampling.draws,
        target_accept: sampling.target_accept,
        max_depth: sampling.max_depth,
    };
    let mut chains = match origin {
        Origin::Fresh(start) => begin(density, first, start, settings, spec),
        Origin::Saved(saved) => go_on(density, saved, settings, spec)?,
    };
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
    Ok(chains)
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
        goal.check(self.spec.family)?;
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

    /// What the fit says of a student who was never seen: the population.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a goal out of range or when there are no draws.
    pub fn unseen(&self, goal: &Goal) -> Result<GoalPrediction, Error> {
        let draws = self.draws();
        check(&draws, self.spec.family, goal)?;
        Ok(match &self.basis {
            Basis::Pooled(_) | Basis::Measured(_) => students::predict_unseen(&draws, goal),
            Basis::Joint(joint) => joint.predict_unseen(goal),
        })
    }

    /// Whether probabilities may be acted upon: the chains agree (R̂ ≤ 1.05) and none diverged.
    pub fn is_reliable(&self) -> bool {
        self.diagnostics.is_reliable()
    }
}
