//! One transition: a trajectory that doubles until it turns.

use seedtest_numerics::{Interrupt, Stream, exp, ln};

use super::mass::Mass;
use crate::density::Density;

/// Leapfrog steps between two looks whether the draw is still wanted.
const LOOK: u32 = 16;

/// Energy error past which a trajectory counts as divergent.
const DIVERGENCE: f64 = 1000.0;

/// A point of a trajectory.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) position: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) ln_density: f64,
    momentum: Vec<f64>,
    velocity: Vec<f64>,
}

impl State {
    pub(crate) fn new(density: &dyn Density, position: Vec<f64>) -> Self {
        let dim = position.len();
        let mut gradient = vec![0.0; dim];
        let ln_density = density.ln_density(&position, &mut gradient);
        let (momentum, velocity) = (vec![0.0; dim], vec![0.0; dim]);
        Self { position, gradient, ln_density, momentum, velocity }
    }

    fn energy(&self) -> f64 {
        0.5 * inner(&self.momentum, &self.velocity) - self.ln_density
    }

    fn leapfrog(&mut self, density: &dyn Density, mass: &Mass, step: f64) {
        for (p, g) in self.momentum.iter_mut().zip(&self.gradient) {
            *p += 0.5 * step * g;
        }
        mass.velocity(&self.momentum, &mut self.velocity);
        for (x, v) in self.position.iter_mut().zip(&self.velocity) {
            *x += step * v;
        }
        self.ln_density = density.ln_density(&self.position, &mut self.gradient);
        for (p, g) in self.momentum.iter_mut().zip(&self.gradient) {
            *p += 0.5 * step * g;
        }
        mass.velocity(&self.momentum, &mut self.velocity);
    }
}

fn inner(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// How one iteration of a chain went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transition {
    /// Doublings of the trajectory.
    pub depth: u32,
    /// Leapfrog steps.
    pub leapfrogs: u32,
    /// Whether the energy error passed 1000.
    pub divergent: bool,
    /// Mean acceptance probability along the trajectory, 0..1.
    pub acceptance: f64,
    /// Energy at the draw: kinetic energy minus the log-posterior.
    pub energy: f64,
}

/// A subtree: its ends, its sum of momenta, its draw and its weight.
struct Tree {
    left: State,
    right: State,
    sum: Vec<f64>,
    draw: State,
    ln_weight: f64,
    is_whole: bool,
}

struct Builder<'a> {
    density: &'a dyn Density,
    mass: &'a Mass,
    step: f64,
    start_energy: f64,
    random: &'a mut Stream,
    stop: &'a Interrupt,
    leapfrogs: u32,
    acceptance: f64,
    divergent: bool,
    interrupted: bool,
}

/// One draw from `state`, which is left at the draw; `None` where `stop` was raised on the way, which leaves the
/// position as it was.
pub(crate) fn transition(
    density: &dyn Density,
    (mass, step): (&Mass, f64),
    max_depth: u32,
    state: &mut State,
    random: &mut Stream,
    stop: &Interrupt,
) -> Option<Transition> {
    mass.momentum(random, &mut state.momentum);
    mass.velocity(&state.momentum, &mut state.velocity);
    let start_energy = state.energy();
    let mut tree = Tree {
        left: state.clone(),
        right: state.clone(),
        sum: state.momentum.clone(),
        draw: state.clone(),
        ln_weight: 0.0,
        is_whole: true,
    };
    let mut builder = Builder {
        density,
        mass,
        step,
        start_energy,
        random,
        stop,
        leapfrogs: 0,
        acceptance: 0.0,
        divergent: false,
        interrupted: false,
    };
    let mut depth = 0;
    while depth < max_depth {
        let forward = builder.random.uniform() < 0.5;
        let from = if forward { tree.right.clone() } else { tree.left.clone() };
        let grown = builder.grow(from, depth, forward);
        depth += 1;
        if builder.interrupted {
            return None;
        }
        if !grown.is_whole {
            break;
        }
        // Towards the new half: it is taken with the ratio of weights, not of sums.
        if builder.random.uniform() < exp((grown.ln_weight - tree.ln_weight).min(0.0)) {
            tree.draw = grown.draw.clone();
        }
        tree = join(tree, grown, forward, None);
        if !tree.is_whole {
            break;
        }
    }
    let result = Transition {
        depth,
        leapfrogs: builder.leapfrogs,
        divergent: builder.divergent,
        acceptance: builder.acceptance / f64::from(builder.leapfrogs.max(1)),
        energy: tree.draw.energy(),
    };
    *state = tree.draw;
    Some(result)
}

impl Builder<'_> {
    fn grow(&mut self, from: State, depth: u32, forward: bool) -> Tree {
        if depth == 0 {
            return self.leaf(from, forward);
        }
        let near = self.grow(from, depth - 1, forward);
        if !near.is_whole {
            return near;
        }
        let edge = if forward { near.right.clone() } else { near.left.clone() };
        let far = self.grow(edge, depth - 1, forward);
        if !far.is_whole {
            return far;
        }
        let uniform = self.random.uniform();
        join(near, far, forward, Some(uniform))
    }

    fn leaf(&mut self, mut state: State, forward: bool) -> Tree {
        let step = if forward { self.step } else { -self.step };
        state.leapfrog(self.density, self.mass, step);
        self.leapfrogs += 1;
        let energy = state.energy();
        let error = if energy.is_finite() { energy - self.start_energy } else { f64::INFINITY };
        self.acceptance += exp((-error).min(0.0));
        let is_whole = error <= DIVERGENCE;
        self.divergent |= !is_whole;
        self.interrupted |= self.leapfrogs.is_multiple_of(LOOK) && self.stop.is_raised();
        let is_whole = is_whole && !self.interrupted;
        Tree {
            left: state.clone(),
            right: state.clone(),
            sum: state.momentum.clone(),
            draw: state,
            ln_weight: -error,
            is_whole,
        }
    }
}

/// Two neighbouring trees as one. With `uniform` the draw is taken in proportion to the weights;
/// without, the draw of `near` stays.
fn join(near: Tree, far: Tree, forward: bool, uniform: Option<f64>) -> Tree {
    let ln_weight = ln_sum(near.ln_weight, far.ln_weight);
    let take_far = uniform.is_some_and(|u| u < exp(far.ln_weight - ln_weight));
    let draw = if take_far { far.draw } else { near.draw };
    let (first, second) = if forward {
        ((near.left, near.right, near.sum), (far.left, far.right, far.sum))
    } else {
        ((far.left, far.right, far.sum), (near.left, near.right, near.sum))
    };
    let sum: Vec<f64> = first.2.iter().zip(&second.2).map(|(x, y)| x + y).collect();
    // The whole, and each half with the first point of the other (Stan's extra checks).
    let is_whole = straight(&sum, &first.0, &second.1)
        && straight(&plus(&first.2, &second.0.momentum), &first.0, &second.0)
        && straight(&plus(&second.2, &first.1.momentum), &first.1, &second.1);
    Tree { left: first.0, right: second.1, sum, draw, ln_weight, is_whole }
}

fn plus(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

/// No U-turn: both ends still move along the sum of the momenta.
fn straight(sum: &[f64], left: &State, right: &State) -> bool {
    inner(sum, &left.velocity) > 0.0 && inner(sum, &right.velocity) > 0.0
}

fn ln_sum(x: f64, y: f64) -> f64 {
    let (high, low) = if x > y { (x, y) } else { (y, x) };
    if low == f64::NEG_INFINITY { high } else { high + ln(1.0 + exp(low - high)) }
}

/// A step size at which one leapfrog step is accepted with about 0.8 (Stan's heuristic).
pub(crate) fn reasonable_step(
    density: &dyn Density,
    mass: &Mass,
    state: &State,
    first: f64,
    random: &mut Stream,
) -> f64 {
    let mut step = first;
    let goal = ln(0.8);
    let mut direction = 0.0;
    for _ in 0..50 {
        let mut trial = state.clone();
        mass.momentum(random, &mut trial.momentum);
        mass.velocity(&trial.momentum, &mut trial.velocity);
        let before = trial.energy();
        trial.leapfrog(density, mass, step);
        let error = trial.energy() - before;
        let change = if error.is_finite() { -error } else { f64::NEG_INFINITY };
        let wanted = if change > goal { 1.0 } else { -1.0 };
        if direction == 0.0 {
            direction = wanted;
        }
        if wanted != direction {
            break;
        }
        step = if wanted > 0.0 { step * 2.0 } else { step * 0.5 };
    }
    step
}
