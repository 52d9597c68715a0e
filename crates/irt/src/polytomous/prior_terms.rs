//! Priors of the parameters of one item.

use super::curves::Form;
use super::parameter_map::{Role, Shape};
use crate::parameters::Curve as BinaryCurve;
use crate::priors::{LogDensity, Priors};

/// A difficulty as −(plus − minus)/a of two intercepts.
#[derive(Debug, Clone, Copy)]
struct Step {
    plus: usize,
    minus: Option<usize>,
}

/// Log density of the priors of one item with derivatives by its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PriorTerms {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    /// Minus the second derivatives, row-major.
    pub(crate) observed: Vec<f64>,
    /// The positive part of it.
    pub(crate) expected: Vec<f64>,
}

impl PriorTerms {
    pub(crate) fn new(shape: &Shape, values: &[f64], priors: &Priors) -> Self {
        let n = values.len();
        let zero = vec![0.0; n * n];
        let (observed, expected) = (zero.clone(), zero);
        let mut terms = Self { value: 0.0, gradient: vec![0.0; n], observed, expected };
        terms.add_slope(shape, values, priors);
        terms.add_intercepts(shape, values, priors);
        terms.add_difficulties(shape, values, priors);
        if let Some(prior) = priors.c.filter(|_| shape.own.contains(&2) && is_guessing(shape)) {
            let c = BinaryCurve { a: values[0], d: values[1], g: values[2] }.guessing();
            terms.add_at(2, prior.at(values[2], c), 0.0);
        }
        terms
    }

    /// A density of one value, with what its information has beyond minus the second derivative.
    fn add_at(&mut self, at: usize, density: LogDensity, beyond: f64) {
        let n = self.gradient.len();
        self.value += density.value;
        self.gradient[at] += density.first;
        self.observed[at * n + at] -= density.second;
        self.expected[at * n + at] += beyond - density.second;
    }

    fn add_slope(&mut self, shape: &Shape, values: &[f64], priors: &Priors) {
        let Some(prior) = priors.a.filter(|_| has_one_free_slope(shape)) else { return };
        let density = prior.at(values[0]);
        let positive = 1.0 / (prior.sd * prior.sd * values[0] * values[0]);
        self.add_at(0, density, positive + density.second);
    }

    fn add_intercepts(&mut self, shape: &Shape, values: &[f64], priors: &Priors) {
        let Some(prior) = priors.d else { return };
        for (value, _) in shape.free() {
            if matches!(shape.role(value), Role::Intercept(_) | Role::Location) {
                self.add_at(value, prior.at(values[value]), 0.0);
            }
        }
    }

    /// b = −L/a with L linear in the intercepts: ∂b/∂a = −b/a, ∂b/∂L = −1/a, ∂²b/∂a² = 2b/a²,
    /// ∂²b/∂a∂L = 1/a².
    fn add_difficulties(&mut self, shape: &Shape, values: &[f64], priors: &Priors) {
        let Some(prior) = priors.b.filter(|_| shape.is_free()) else { return };
        let n = values.len();
        let a = values[0];
        for step in steps(shape) {
            let line = values[step.plus] - step.minus.map_or(0.0, |at| values[at]);
            let b = -line / a;
            let density = prior.at(b);
            let parts = [(0, -b / a), (step.plus, -1.0 / a)];
            let minus = step.minus.map(|at| (at, 1.0 / a));
            let parts: Vec<(usize, f64)> = parts.into_iter().chain(minus).collect();
            self.value += density.value;
            for &(i, by_i) in &parts {
                self.gradient[i] += density.first * by_i;
                for &(j, by_j) in &parts {
                    let curvature = density.second * by_i * by_j;
                    self.expected[i * n + j] -= curvature;
                    self.observed[i * n + j] -= curvature;
                }
            }
            self.observed[0] -= density.first * 2.0 * b / (a * a);
            for &(at, by) in &parts[1..] {
                // By L the part is −1/a, so that the mixed second derivative is minus a part over a.
                let mixed = density.first * -by / a;
                self.observed[at * n] -= mixed;
                self.observed[at] -= mixed;
            }
        }
    }
}

/// Log density of the priors of one item.
pub(crate) fn log_prior(shape: &Shape, values: &[f64], priors: &Priors) -> f64 {
    if *priors == Priors::none() { 0.0 } else { PriorTerms::new(shape, values, priors).value }
}

fn is_guessing(shape: &Shape) -> bool {
    shape.form == Form::Guessing
}

/// Whether there is one slope, and it is estimated.
pub(crate) fn has_one_free_slope(shape: &Shape) -> bool {
    shape.free().any(|(value, _)| shape.role(value) == Role::Slope)
}

/// The difficulties of an item: of a rating scale its own location, of nominal categories none.
fn steps(shape: &Shape) -> Vec<Step> {
    let m = shape.categories - 1;
    match shape.form {
        Form::Nominal => Vec::new(),
        Form::Rating | Form::Guessing => vec![Step { plus: 1, minus: None }],
        Form::Graded => (1..=m).map(|k| Step { plus: k, minus: None }).collect(),
        Form::Adjacent => {
            (1..=m).map(|k| Step { plus: k, minus: (k > 1).then(|| k - 1) }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::polytomous::model::ItemModel;
    use crate::priors::{GuessingPrior, LogNormal, Normal};

    fn shape(form: Form, n: usize, categories: usize) -> Shape {
        let shared = if form == Form::Rating { vec![(2, n)] } else { Vec::new() };
        let own = if form == Form::Rating { 1..2 } else { 0..n };
        let model = ItemModel::Gpcm;
        Shape { form, model, categories, values: 0..n, first_code: 0, own, first_place: 0, shared }
    }

    #[test]
    fn derivatives_agree_with_finite_differences() {
        let priors = Priors {
            a: Some(LogNormal { mean: 0.1, sd: 0.5 }),
            b: Some(Normal { mean: 0.2, sd: 1.5 }),
            d: Some(Normal { mean: -0.1, sd: 2.0 }),
            c: Some(GuessingPrior::Beta { alpha: 5.0, beta: 17.0 }),
        };
        let cases = [
            (Form::Graded, vec![1.2, 0.9, -0.3, -1.1], 4),
            (Form::Adjacent, vec![0.7, 0.4, 1.3, -0.6], 4),
            (Form::Rating, vec![1.0, 0.4, 0.3], 3),
            (Form::Nominal, vec![0.5, 0.9, -0.2, 0.6], 3),
            (Form::Guessing, vec![1.4, 0.3, -1.2], 2),
        ];
        for (form, values, categories) in cases {
            let n = values.len();
            let shape = shape(form, n, categories);
            let here = PriorTerms::new(&shape, &values, &priors);
            for i in 0..n {
                let moved = |by: f64| {
                    let mut values = values.clone();
                    values[i] += by;
                    PriorTerms::new(&shape, &values, &priors)
                };
                let (up, down) = (moved(1e-5), moved(-1e-5));
                let slope = (up.value - down.value) / 2e-5;
                assert!(
                    (slope - here.gradient[i]).abs() < 1e-8 * (1.0 + slope.abs()),
                    "{form:?} {i}"
                );
                for j in 0..n {
                    let bend = -(up.gradient[j] - down.gradient[j]) / 2e-5;
                    let found = here.observed[i * n + j];
                    assert!(
                        (bend - found).abs() < 1e-8 * (1.0 + bend.abs()),
                        "{form:?} {i} {j}: {found} {bend}"
                    );
                }
            }
        }
    }
}
