//! Quasi-Newton memory that speeds EM up.

use std::collections::VecDeque;

/// Limited-memory quasi-Newton acceleration of EM (Lange 1995; Jamshidian & Jennrich 1997): the
/// complete-data information stands for the curvature, and the newest steps correct it by what the
/// missing abilities take away.
pub(crate) struct Acceleration {
    pairs: VecDeque<Pair>,
}

struct Pair {
    step: Vec<f64>,
    /// Loss of gradient along the step.
    change: Vec<f64>,
    curvature: f64,
}

impl Acceleration {
    const MEMORY: usize = 12;

    pub(crate) fn new() -> Self {
        Self { pairs: VecDeque::with_capacity(Self::MEMORY) }
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Learns from a step that was taken; ignores it where the surface is not concave along it.
    pub(crate) fn learn(&mut self, step: &[f64], before: &[f64], after: &[f64]) {
        let change = before.iter().zip(after).map(|(b, a)| b - a).collect();
        self.learn_pair(step.to_vec(), change);
    }

    /// Learns what a step takes away from the gradient.
    pub(crate) fn learn_pair(&mut self, step: Vec<f64>, change: Vec<f64>) {
        let curvature = dot(&step, &change);
        let size = (dot(&step, &step) * dot(&change, &change)).sqrt();
        if curvature <= 1e-10 * size {
            return;
        }
        if self.pairs.len() == Self::MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair { step, change, curvature });
    }

    /// Two-loop recursion: the step for `gradient`, with `precondition` as the first guess of the
    /// inverse curvature.
    pub(crate) fn step(
        &self,
        gradient: &[f64],
        precondition: impl FnOnce(&[f64], &mut [f64]),
        step: &mut [f64],
    ) {
        let mut residual = gradient.to_vec();
        let mut shares = vec![0.0; self.pairs.len()];
        for (pair, share) in self.pairs.iter().zip(&mut shares).rev() {
            *share = dot(&pair.step, &residual) / pair.curvature;
            add(&mut residual, &pair.change, -*share);
        }
        precondition(&residual, step);
        for (pair, share) in self.pairs.iter().zip(&shares) {
            let back = dot(&pair.change, step) / pair.curvature;
            add(step, &pair.step, share - back);
        }
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(to: &mut [f64], from: &[f64], factor: f64) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += factor * f;
    }
}
