//! From data and a specification to a sampled posterior.

use std::borrow::Cow;

use rayon::prelude::*;
use seedtest_numerics::{Control, Cost, Interrupt, Observer, Progress, Status, Stream};
use serde::{Deserialize, Serialize};

use crate::adaptation::Adaptation;
use crate::checkpoint::{Checkpoint, SavedChain};
use crate::data::GrowthData;
use crate::density::Density;
use crate::diagnostics::{Diagnostics, ParameterSummary, diagnose, summarize};
use crate::draws::{Draw, Parameter};
use crate::error::Error;
use crate::family::{Effects, Family};
use crate::goal::{Goal, GoalPrediction, check};
use crate::identification::{Unidentified, unidentified};
use crate::joint::Joint;
use crate::joint_students::JointDraws;
use crate::layout::population;
use crate::marginal::Marginal;
use crate::measured::Measured;
use crate::nuts::{Chain, ChainSettings};
use crate::pooled::Pooled;
use crate::prior::{DataScale, PriorSet};
use crate::spec::Spec;
use crate::starts::{Starts, first_guess};
use crate::students::{self, Asked, DrawnEffects};
use crate::units::Units;
use crate::verdict::verdict;

/// Iterations between two calls of the observer.
const BLOCK: usize = 50;

/// Draws that the diagnostics of chains that were stopped rest on: as many as an ordinary fit has. Of longer
/// chains evenly spaced ones are taken, since who stopped them waits. Fewer draws tell of less precision.
const STOPPED_DRAWS: usize = 4_000;

/// A sampled posterior.
#[derive(Debug, Clone)]
pub struct Fit {
    /// What was fitted, priors as they were asked for.
    pub spec: Spec,
    /// The prior of every parameter.
    pub priors: PriorSet,
    /// Rows.
    pub n_obs: usize,
    /// Students with rows.
    pub n_students: usize,
    /// Mean week of the rows: where the centred intercept stands.
    pub mean_week: f64,
    /// Last observed week.
    pub last_week: f64,
    /// What the rows say of the scale of the scores.
    pub scores: ScoreSummary,
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
    /// The units of chains and basis.
    pub(crate) units: Units,
}

/// Where the scores of a fit lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation; 0 where it does not exist.
    pub sd: f64,
    /// Smallest.
    pub least: f64,
    /// Largest.
    pub most: f64,
    /// Least-squares slope over all rows; 0 where there is one week.
    #[serde(default)]
    pub slope: f64,
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
    spec: Spec,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    spec.check()?;
    data.check(spec.family)?;
    let (scale, place) = (DataScale::of(data, spec.family), spec.place());
    let priors = PriorSet::of(&spec.priors, spec.family, place, &scale);
    let units = Units::of(data, &scale, place);
    let setting = Setting { spec, priors, units, inside: priors.in_units(&units) };
    let rows = units.rows(data);
    let rows = rows.data(data);
    let start = match origin {
        Origin::Fresh(Some(start)) => units.adaptation_inside(start, spec.effects),
        Origin::Fresh(None) | Origin::Saved(_) => None,
    };
    let origin = match origin {
        Origin::Fresh(_) => Origin::Fresh(start.as_ref()),
        saved @ Origin::Saved(_) => saved,
    };
    let sampled = match (spec.family, rows.se) {
        (Family::Gaussian, Some(se)) => sample_measured(&rows, se, &setting, origin, observer)?,
        (Family::Gaussian, None) => sample_pooled(&rows, &setting, origin, observer)?,
        _ => sample_jointly(&rows, &setting, origin, observer)?,
    };
    Ok(conclude(data, &setting, sampled))
}

/// What is sampled, and in which units.
struct Setting {
    spec: Spec,
    priors: PriorSet,
    units: Units,
    /// The priors in those units.
    inside: PriorSet,
}

/// Chains with their draws in the units of the sampler.
struct Sampled {
    chains: Vec<Chain>,
    draws: Vec<Vec<Draw>>,
    basis: Basis,
}

fn sample_pooled(
    rows: &GrowthData<'_>,
    setting: &Setting,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Sampled, Error> {
    let (effects, mean_week) = (setting.spec.effects, rows.mean_week());
    let pooled = Pooled::new(rows);
    let density = Marginal { pooled, priors: setting.inside, effects, mean_week };
    let first = first_guess(rows, effects);
    let chains = sample(&density, first, origin, &setting.spec, observer)?;
    let draws = chains.iter().map(|chain| draws(chain, effects, mean_week)).collect();
    Ok(Sampled { chains, draws, basis: Basis::Pooled(density.pooled) })
}

fn sample_measured(
    rows: &GrowthData<'_>,
    se: &[f64],
    setting: &Setting,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Sampled, Error> {
    let (effects, mean_week) = (setting.spec.effects, rows.mean_week());
    let density = Measured::new(rows, se, setting.inside, effects);
    let first = first_guess(rows, effects);
    let chains = sample(&density, first, origin, &setting.spec, observer)?;
    let draws = chains.iter().map(|chain| draws(chain, effects, mean_week)).collect();
    Ok(Sampled { chains, draws, basis: Basis::Measured(density) })
}

fn sample_jointly(
    rows: &GrowthData<'_>,
    setting: &Setting,
    origin: Origin<'_>,
    observer: &mut dyn Observer,
) -> Result<Sampled, Error> {
    let spec = &setting.spec;
    let density = Joint::new(rows, spec.family, spec.effects, setting.inside);
    let numbers = density.dim() * spec.sampling.draws * spec.sampling.chains;
    if numbers > MOST_NUMBERS {
        let name = "students x draws x chains".to_owned();
        let expected = "at most 50 million numbers, except with the gaussian family";
        return Err(Error::BadSetting { name, value: numbers as f64, expected });
    }
    let product = [
        ("parameters", density.dim() as f64),
        ("draws", spec.sampling.draws as f64),
        ("chains", spec.sampling.chains as f64),
    ];
    let bytes_each = size_of::<f64>() as f64;
    observer.budget().admit(&Cost::new().and("draws of students", &product, bytes_each))?;
    let mut chains = sample(&density, density.start(), origin, spec, observer)?;
    let positions = chains.iter_mut().map(|chain| std::mem::take(&mut chain.positions)).collect();
    let joint = JointDraws::new(density, positions);
    let of_chain = |(at, chain): (usize, &Chain)| joint.population(at, &chain.ln_density);
    let draws = chains.iter().enumerate().map(of_chain).collect();
    Ok(Sampled { chains, draws, basis: Basis::Joint(joint) })
}

fn conclude(data: &GrowthData<'_>, setting: &Setting, sampled: Sampled) -> Fit {
    let Setting { spec, priors, units, .. } = *setting;
    let Sampled { chains: sampled, draws, basis } = sampled;
    let mean_week = data.mean_week();
    let outside = |draw: &Draw| units.outside(draw, mean_week);
    let draws: Vec<Vec<Draw>> =
        draws.iter().map(|chain| chain.iter().map(outside).collect()).collect();
    let stopped = sampled.iter().any(|chain| !chain.is_complete());
    let most = if stopped { STOPPED_DRAWS } else { usize::MAX };
    let diagnosed = evenly(&draws, most);
    let parameters: Vec<ParameterSummary> = Parameter::of(spec.family, spec.effects)
        .into_par_iter()
        .map(|parameter| summarize(parameter, &diagnosed))
        .collect();
    let diagnostics = diagnose(&parameters, &diagnosed, &sampled, &spec);
    let unknown = unidentified(data, &spec);
    let adaptation = Adaptation::of(&sampled);
    Fit {
        n_obs: data.len(),
        n_students: data.students_with_rows(),
        mean_week,
        last_week: data.last_week(),
        scores: ScoreSummary::of(data),
        verdict: verdict(&diagnostics, &spec, mean_ln_posterior(&draws), stopped, unknown.as_ref()),
        warnings: warnings(data, &diagnostics, unknown.as_ref()),
        adaptation: adaptation.map(|inside| units.adaptation_outside(&inside, spec.effects)),
        chains: draws,
        sampled,
        parameters,
        diagnostics,
        spec,
        priors,
        basis,
        units,
    }
}

/// The draws of all chains, or about `most` of them, evenly spaced.
fn evenly(chains: &[Vec<Draw>], most: usize) -> Cow<'_, [Vec<Draw>]> {
    let stride = stride(chains.iter().map(Vec::len).sum(), most);
    if stride == 1 {
        return Cow::Borrowed(chains);
    }
    chains.iter().map(|chain| chain.iter().step_by(stride).copied().collect()).collect()
}

/// Every so-maniest of `n` makes at most `most`, or one.
fn stride(n: usize, most: usize) -> usize {
    n.div_ceil(most.max(1)).max(1)
}

impl ScoreSummary {
    fn of(data: &GrowthData<'_>) -> Self {
        let n = data.len() as f64;
        let (mean, mean_week) = (data.score.iter().sum::<f64>() / n, data.mean_week());
        let (mut squares, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (score, week) in data.score.iter().zip(data.week) {
            squares += (score - mean) * (score - mean);
            cross += (week - mean_week) * (score - mean);
            spread += (week - mean_week) * (week - mean_week);
        }
        Self {
            mean,
            sd: (squares / (n - 1.0).max(1.0)).sqrt(),
            least: data.score.iter().copied().fold(f64::INFINITY, f64::min),
            most: data.score.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            slope: if spread > 0.0 { cross / spread } else { 0.0 },
        }
    }

    /// Whether a score, with the others that are given beside it, can be one on this scale: not more
    /// than three standard deviations beyond the scores; of scores above 0 not below half of the
    /// smallest; and no share of 1 beside scores that go far above 1.
    pub fn holds(&self, score: f64, beside: &[f64]) -> bool {
        const BEYOND: f64 = 3.0;
        let Self { sd, least, most, .. } = *self;
        let is_far = score > most + BEYOND * sd || score < least - BEYOND * sd;
        let is_low = least > 0.0 && score < 0.5 * least && score < least - sd;
        let mut all = beside.iter().chain(std::iter::once(&score));
        let are_shares =
            all.clone().all(|x| (0.0..=1.0).contains(x)) && all.any(|x| x.fract() != 0.0);
        let is_share = least >= 0.0 && most > SHARES_END && are_shares;
        !(is_far || is_low || is_share)
    }
}

/// Scores that go above this are no shares of 1.
const SHARES_END: f64 = 5.0;

fn mean_ln_posterior(chains: &[Vec<Draw>]) -> f64 {
    let all = chains.iter().flatten();
    all.map(|draw| draw.ln_posterior).sum::<f64>()
        / chains.iter().map(Vec::len).sum::<usize>() as f64
}

fn draws(chain: &Chain, effects: Effects, mean_week: f64) -> Vec<Draw> {
    let dim = crate::layout::dim(effects);
    let positions = chain.positions.chunks_exact(dim);
    let draw = |(x, &ln_density): (&[f64], &f64)| {
        Draw::of_start(&population(effects, x), mean_week, ln_density)
    };
    positions.zip(&chain.ln_density).map(draw).collect()
}

fn warnings(
    data: &GrowthData<'_>,
    diagnostics: &Diagnostics,
    unknown: Option<&Unidentified>,
) -> Vec<String> {
    let mut warnings: Vec<String> =
        unknown.map(|unknown| unknown.reason.clone()).into_iter().collect();
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
    (settings, spec): (ChainSettings, &Spec),
    stop: &Interrupt,
) -> Vec<Chain> {
    let starts = Starts::new(density, first, start, stop);
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

/// Runs the chains side by side; after every block the observer may stop them, and in between when it is time
/// to sum up.
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
    let closing = observer.closing();
    let mut chains = match origin {
        Origin::Fresh(start) => {
            let chains = begin(density, first, start, (settings, spec), &closing);
            // Where chains begin in a hurry is not where they would have begun.
            closing.check()?;
            chains
        }
        Origin::Saved(saved) => go_on(density, saved, settings, spec)?,
    };
    let iterations = sampling.warmup + sampling.draws;
    while chains.iter().any(|chain| !chain.is_complete()) {
        chains.par_iter_mut().for_each(|chain| chain.advance(density, BLOCK, &closing));
        let progress = Progress {
            iteration: chains[0].done as u64,
            max_iterations: iterations as u64,
            objective: chains[0].current_ln_density(),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop || closing.is_raised() {
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

    /// The draws in the units of the basis, by chain.
    pub(crate) fn inside(&self) -> Vec<Vec<Draw>> {
        let inside = |draw: &Draw| self.units.inside(draw);
        self.chains.iter().map(|chain| chain.iter().map(inside).collect()).collect()
    }

    /// Every student's prediction by code; a student without rows gets that of the population.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a goal out of range.
    pub fn students(&self, goal: &Goal) -> Result<Vec<GoalPrediction>, Error> {
        self.students_within(goal, usize::MAX, &Interrupt::never())
    }

    /// The same from at most `most_draws` draws (or one), evenly spaced, as long as somebody waits.
    ///
    /// # Errors
    /// Those of [`students`](Self::students); [`Error::Interrupted`] once `stop` is raised.
    pub fn students_within(
        &self,
        goal: &Goal,
        most_draws: usize,
        stop: &Interrupt,
    ) -> Result<Vec<GoalPrediction>, Error> {
        goal.check(self.spec.family)?;
        stop.check()?;
        let all = self.inside().concat();
        let stride = stride(all.len(), most_draws);
        let draws: Vec<Draw> = all.into_iter().step_by(stride).collect();
        if draws.is_empty() {
            return Ok(Vec::new());
        }
        let effects = DrawnEffects::new(self.spec.sampling.seed, draws.len());
        let goal = self.units.goal(goal);
        let asked = Asked { effects: &effects, goal: &goal, stop };
        let mut found = match &self.basis {
            Basis::Pooled(pooled) => students::predict(pooled, &draws, &asked)?,
            Basis::Measured(measured) => students::predict_measured(measured, &draws, &asked)?,
            Basis::Joint(joint) => joint.predict(stride, &asked)?,
        };
        for prediction in &mut found {
            *prediction = self.units.prediction(prediction);
        }
        Ok(found)
    }

    /// What the fit says of a student who was never seen: the population.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a goal out of range or when there are no draws.
    pub fn unseen(&self, goal: &Goal) -> Result<GoalPrediction, Error> {
        self.unseen_within(goal, usize::MAX, &Interrupt::never())
    }

    /// The same from at most `most_draws` draws (or one), evenly spaced, as long as somebody waits.
    ///
    /// # Errors
    /// Those of [`unseen`](Self::unseen); [`Error::Interrupted`] once `stop` is raised.
    pub fn unseen_within(
        &self,
        goal: &Goal,
        most_draws: usize,
        stop: &Interrupt,
    ) -> Result<GoalPrediction, Error> {
        let all = self.inside().concat();
        let stride = stride(all.len(), most_draws);
        let draws: Vec<Draw> = all.into_iter().step_by(stride).collect();
        check(&draws, self.spec.family, goal)?;
        let effects = DrawnEffects::new(self.spec.sampling.seed, draws.len());
        let goal = self.units.goal(goal);
        let asked = Asked { effects: &effects, goal: &goal, stop };
        let found = match &self.basis {
            Basis::Pooled(_) | Basis::Measured(_) => {
                students::predict_unseen(&draws, &effects, &goal)
            }
            Basis::Joint(joint) => joint.predict_unseen(stride, &asked)?,
        };
        Ok(self.units.prediction(&found))
    }

    /// Whether probabilities may be acted upon: the verdict is that the fit converged.
    pub fn is_reliable(&self) -> bool {
        self.verdict.converged()
    }

    /// Whether nothing is amiss but that the draws are too few, which more of them mend. Chains that were
    /// stopped are not asked for more.
    pub fn lacks_draws(&self) -> bool {
        let is_complete = self.sampled.iter().all(Chain::is_complete);
        is_complete && matches!(self.verdict.status, Status::Truncated { .. })
    }

    /// Whether the change per week is that of its prior: the rows are of one week, or leave the prior
    /// as wide as it was.
    pub fn slope_is_prior(&self) -> bool {
        if self.is_of_one_week() {
            return true;
        }
        let prior = self.priors.week.location_and_scale();
        let posterior = self.parameters.iter().find(|p| p.parameter == Parameter::Week);
        prior.zip(posterior).is_some_and(|([_, scale], week)| week.sd > AS_WIDE * scale)
    }

    fn is_of_one_week(&self) -> bool {
        matches!(&self.verdict.status, Status::Unidentified { parameters }
            if parameters.iter().any(|name| name == Parameter::Week.name()))
    }
}

/// Share of the width of its prior from which a posterior has learned nothing.
const AS_WIDE: f64 = 0.8;
