//! One chain: warm-up, draws, and its state for a checkpoint.

use seedtest_numerics::{Interrupt, Stream};
use serde::{Deserialize, Serialize};

use super::adapt::{Moments, in_window, window_ends};
use super::mass::Mass;
use super::step_size::DualAveraging;
use super::tree::{State, Transition, reasonable_step, transition};
use crate::density::Density;
use crate::exact;

/// Where a chain starts and with what.
#[derive(Debug, Clone)]
pub(crate) struct ChainStart {
    pub(crate) position: Vec<f64>,
    pub(crate) mass: Mass,
    pub(crate) step: f64,
}

/// Relative difference of a log-density that is still the same one.
const SAME: f64 = 1e-10;

/// Everything of a chain but its kept draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChainState {
    #[serde(with = "exact::numbers")]
    position: Vec<f64>,
    #[serde(with = "exact::number")]
    ln_density: f64,
    #[serde(with = "exact::number")]
    step: f64,
    #[serde(with = "exact::numbers")]
    mass: Vec<f64>,
    leapfrogs: u64,
    done: usize,
    averaging: DualAveraging,
    moments: Moments,
    random: Stream,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ChainSettings {
    pub(crate) warmup: usize,
    pub(crate) draws: usize,
    pub(crate) target_accept: f64,
    pub(crate) max_depth: u32,
}

/// A chain under way: the kept draws and how they came about.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// Kept draws, one after the other, `dim` numbers each.
    pub(crate) positions: Vec<f64>,
    pub(crate) ln_density: Vec<f64>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) step: f64,
    pub(crate) mass: Mass,
    pub(crate) leapfrogs: u64,
    /// Iterations done, warm-up included.
    pub(crate) done: usize,
    settings: ChainSettings,
    state: State,
    averaging: DualAveraging,
    window_ends: Vec<usize>,
    moments: Moments,
    random: Stream,
}

impl Chain {
    pub(crate) fn new(
        density: &dyn Density,
        start: ChainStart,
        settings: ChainSettings,
        mut random: Stream,
    ) -> Self {
        let state = State::new(density, start.position);
        let step = reasonable_step(density, &start.mass, &state, start.step, &mut random);
        Self {
            positions: Vec::with_capacity(settings.draws * density.dim()),
            ln_density: Vec::with_capacity(settings.draws),
            transitions: Vec::with_capacity(settings.draws),
            step,
            mass: start.mass,
            leapfrogs: 0,
            done: 0,
            settings,
            state,
            averaging: DualAveraging::new(step, settings.target_accept),
            window_ends: window_ends(settings.warmup),
            moments: Moments::new(density.dim()),
            random,
        }
    }

    /// A chain that goes on from `state`, without draws as yet. `None` where the state does not
    /// belong to this density: another number of parameters, or another value where it stands.
    pub(crate) fn resumed(
        density: &dyn Density,
        state: &ChainState,
        settings: ChainSettings,
    ) -> Option<Self> {
        let dim = density.dim();
        if state.position.len() != dim {
            return None;
        }
        let at = State::new(density, state.position.clone());
        // The same rows and priors give the same number; priors that went through a text may lack
        // their last digit.
        let apart = (at.ln_density - state.ln_density).abs();
        if apart.is_nan() || apart > SAME * state.ln_density.abs() {
            return None;
        }
        Some(Self {
            positions: Vec::new(),
            ln_density: Vec::new(),
            transitions: Vec::new(),
            step: state.step,
            mass: Mass::of_numbers(state.mass.clone(), dim)?,
            leapfrogs: state.leapfrogs,
            done: state.done,
            settings,
            state: at,
            averaging: state.averaging.clone(),
            window_ends: window_ends(settings.warmup),
            moments: state.moments.clone(),
            random: state.random.clone(),
        })
    }

    /// Where the chain stands.
    pub(crate) fn state(&self) -> ChainState {
        ChainState {
            position: self.state.position.clone(),
            ln_density: self.state.ln_density,
            step: self.step,
            mass: self.mass.numbers().to_vec(),
            leapfrogs: self.leapfrogs,
            done: self.done,
            averaging: self.averaging.clone(),
            moments: self.moments.clone(),
            random: self.random.clone(),
        }
    }

    /// Whether every draw is made.
    pub(crate) fn is_complete(&self) -> bool {
        self.done >= self.settings.warmup + self.settings.draws
    }

    /// Log-density where the chain stands.
    pub(crate) fn current_ln_density(&self) -> f64 {
        self.state.ln_density
    }

    /// Where the chain stands.
    pub(crate) fn current_position(&self) -> &[f64] {
        &self.state.position
    }

    /// Makes up to `iterations` more, until `stop` is raised. One that is broken off has not been begun.
    pub(crate) fn advance(&mut self, density: &dyn Density, iterations: usize, stop: &Interrupt) {
        for _ in 0..iterations {
            if self.is_complete() || stop.is_raised() {
                return;
            }
            let depth = self.settings.max_depth;
            let before = self.random.clone();
            let made = transition(
                density,
                (&self.mass, self.step),
                depth,
                &mut self.state,
                &mut self.random,
                stop,
            );
            let Some(made) = made else {
                self.random = before;
                return;
            };
            self.leapfrogs += u64::from(made.leapfrogs);
            if self.done < self.settings.warmup {
                self.adapt(density, &made);
            } else {
                self.positions.extend_from_slice(&self.state.position);
                self.ln_density.push(self.state.ln_density);
                self.transitions.push(made);
            }
            self.done += 1;
        }
    }

    fn adapt(&mut self, density: &dyn Density, made: &Transition) {
        self.step = self.averaging.update(made.acceptance);
        if in_window(self.done, self.settings.warmup, &self.window_ends) {
            self.moments.add(&self.state.position);
        }
        if self.window_ends.contains(&self.done) {
            if let Some(renewed) = self.moments.mass(&self.mass) {
                self.mass = renewed;
            }
            self.moments = Moments::new(density.dim());
            self.step =
                reasonable_step(density, &self.mass, &self.state, self.step, &mut self.random);
            self.averaging = DualAveraging::new(self.step, self.settings.target_accept);
        }
        if self.done + 1 == self.settings.warmup {
            self.step = self.averaging.averaged();
        }
    }
}
