//! Newton's method with a modelled Hessian that learns from the gradients it meets.

use seedtest_numerics::{Control, Observer, Progress};

use crate::system::small;

/// Halvings of a step before it is given up.
const MOST_HALVINGS: u32 = 30;
/// Share of the promised decrease that a step has to keep.
const SUFFICIENT: f64 = 1e-4;
/// Relative accuracy of the criterion: smaller changes are rounding.
const ROUNDING: f64 = 1e-12;
/// Eigenvalues of the scaled Hessian below this are raised to it.
const SMALLEST_EIGENVALUE: f64 = 1e-3;
/// Changes of the parameters in one search.
const MOST_CHANGES: u32 = 8;
/// A promised decrease that rounding may keep from being found.
const NEARLY_NOTHING: f64 = 1e-5;

/// A smooth criterion to be minimised.
pub(crate) trait Criterion {
    /// What is kept from computing the value for the derivatives and for the result.
    type Point;

    /// The value; `None` where it is no number.
    fn value(&mut self, x: &[f64]) -> Option<(f64, Self::Point)>;

    /// Gradient and a model of the Hessian at a point, row-major.
    fn derivatives(&mut self, x: &[f64], point: &mut Self::Point) -> (Vec<f64>, Vec<f64>);

    /// The same point in other parameters, which the criterion takes from now on, with its value there, where
    /// those at hand are nearly degenerate. On `None` the parameters stay what they are.
    fn reparameterised(&mut self, _x: &[f64]) -> Option<(Vec<f64>, f64, Self::Point)> {
        None
    }
}

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Converged,
    /// No step lowers the criterion although the gradient promises one.
    Stuck,
    Iterations,
    Stopped,
}

/// The lowest point found.
pub(crate) struct Minimum<P> {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) point: P,
    pub(crate) gradient: Vec<f64>,
    /// The model with what was learnt.
    pub(crate) hessian: Vec<f64>,
    pub(crate) iterations: u64,
    pub(crate) ending: Ending,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_iterations: u64,
    /// Decrease promised by a quadratic model below which the search ends.
    pub(crate) tolerance: f64,
    /// Largest change of a parameter in one step.
    pub(crate) longest: f64,
}

/// Minimises from `start`; `None` when the criterion is no number there.
///
/// The Hessian is the criterion's model plus a correction after Dennis, Gay & Welsch (1981), which makes
/// it fit the last change of the gradient. Negative and vanishing eigenvalues are replaced by their
/// size, so every step descends.
pub(crate) fn minimize<C: Criterion>(
    criterion: &mut C,
    start: Vec<f64>,
    limits: Limits,
    observer: &mut dyn Observer,
) -> Option<Minimum<C::Point>> {
    let m = start.len();
    let (value, mut point) = criterion.value(&start)?;
    let (gradient, model) = criterion.derivatives(&start, &mut point);
    let mut at = Minimum {
        x: start,
        value,
        point,
        gradient,
        hessian: model,
        iterations: 0,
        ending: Ending::Iterations,
    };
    let mut correction = vec![0.0; m * m];
    let mut changes = 0;
    loop {
        // What an interrupt left out of the derivatives says nothing of an end.
        if observer.closing().is_raised() {
            at.ending = Ending::Stopped;
            return Some(at);
        }
        let (step, promised) = step(&at.gradient, &at.hessian, m);
        if promised <= limits.tolerance || m == 0 {
            at.ending = Ending::Converged;
            return Some(at);
        }
        if at.iterations == limits.max_iterations {
            return Some(at);
        }
        let Some((x, value, mut point)) = search(criterion, &at, &step, promised, limits) else {
            at.ending = match promised {
                _ if observer.closing().is_raised() => Ending::Stopped,
                promised if promised < NEARLY_NOTHING => Ending::Converged,
                _ => Ending::Stuck,
            };
            return Some(at);
        };
        let iterations = at.iterations + 1;
        // A point may hold large matrices: that of before is done with.
        drop(at.point);
        if changes < MOST_CHANGES
            && let Some((x, value, mut other)) = criterion.reparameterised(&x)
        {
            changes += 1;
            correction.fill(0.0);
            drop(point);
            let (gradient, hessian) = criterion.derivatives(&x, &mut other);
            let ending = at.ending;
            at = Minimum { x, value, point: other, gradient, hessian, iterations, ending };
            continue;
        }
        let (gradient, mut hessian) = criterion.derivatives(&x, &mut point);
        let moved: Vec<f64> = x.iter().zip(&at.x).map(|(new, old)| new - old).collect();
        let change: Vec<f64> = gradient.iter().zip(&at.gradient).map(|(n, o)| n - o).collect();
        learn(&mut correction, &hessian, &moved, &change);
        for (h, c) in hessian.iter_mut().zip(&correction) {
            *h += c;
        }
        at = Minimum { x, value, point, gradient, hessian, iterations, ending: at.ending };
        let progress = Progress {
            iteration: iterations,
            max_iterations: limits.max_iterations,
            objective: at.value,
            max_gradient: Some(at.gradient.iter().fold(0.0, |m, g| g.abs().max(m))),
        };
        if observer.progress(&progress) == Control::Stop {
            at.ending = Ending::Stopped;
            return Some(at);
        }
    }
}

/// Newton's step and the decrease that the quadratic model promises.
pub(crate) fn step(gradient: &[f64], hessian: &[f64], m: usize) -> (Vec<f64>, f64) {
    let scale: Vec<f64> = (0..m)
        .map(|i| {
            let diagonal = hessian[i * m + i].abs();
            if diagonal > 0.0 && diagonal.is_finite() { 1.0 / diagonal.sqrt() } else { 1.0 }
        })
        .collect();
    let scaled: Vec<f64> =
        (0..m * m).map(|at| hessian[at] * scale[at / m] * scale[at % m]).collect();
    let (values, vectors) = small::eigen(&scaled, m);
    let mut step = vec![0.0; m];
    let mut promised = 0.0;
    for (value, vector) in values.iter().zip(&vectors) {
        let along: f64 = (0..m).map(|i| gradient[i] * scale[i] * vector[i]).sum();
        let curvature = value.abs().max(SMALLEST_EIGENVALUE);
        promised += 0.5 * along * along / curvature;
        for i in 0..m {
            step[i] -= along / curvature * vector[i] * scale[i];
        }
    }
    (step, promised)
}

/// The first point along the step that lowers the criterion enough.
fn search<C: Criterion>(
    criterion: &mut C,
    at: &Minimum<C::Point>,
    step: &[f64],
    promised: f64,
    limits: Limits,
) -> Option<(Vec<f64>, f64, C::Point)> {
    let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
    let mut share = (limits.longest / longest).min(1.0);
    let slope: f64 = at.gradient.iter().zip(step).map(|(g, s)| g * s).sum();
    for _ in 0..MOST_HALVINGS {
        let x: Vec<f64> = at.x.iter().zip(step).map(|(x, s)| x + share * s).collect();
        let found = criterion.value(&x);
        let rounding = ROUNDING * at.value.abs();
        if let Some((value, point)) = found {
            let wanted = at.value + SUFFICIENT * share * slope;
            // Close to the minimum the decrease drowns in rounding: the step is then trusted.
            let tiny = promised < rounding * 10.0 && value <= at.value + 10.0 * rounding;
            if value <= wanted + rounding.min(promised * SUFFICIENT) || tiny {
                return Some((x, value, point));
            }
            // Minimum of the parabola through both values and the slope.
            let bend = value - at.value - share * slope;
            let best = -0.5 * slope * share / bend;
            share *= if bend > 0.0 { best.clamp(0.1, 0.5) } else { 0.25 };
        } else {
            share *= 0.25;
        }
    }
    None
}

/// Makes model + correction fit the last change of the gradient.
fn learn(correction: &mut [f64], model: &[f64], moved: &[f64], change: &[f64]) {
    let m = moved.len();
    let curvature: f64 = moved.iter().zip(change).map(|(s, y)| s * y).sum();
    let apply = |h: &[f64], i: usize| -> f64 { (0..m).map(|j| h[i * m + j] * moved[j]).sum() };
    let modelled: f64 = (0..m).map(|i| moved[i] * apply(model, i)).sum();
    if curvature <= 1e-8 * modelled.abs() {
        correction.fill(0.0);
        return;
    }
    // What the old correction says too much along the step is scaled down first.
    let before: f64 = (0..m).map(|i| moved[i] * apply(correction, i)).sum();
    let sized = ((curvature - modelled) / before).abs().min(1.0);
    if sized.is_finite() {
        for c in correction.iter_mut() {
            *c *= sized;
        }
    }
    let residual: Vec<f64> =
        (0..m).map(|i| change[i] - apply(model, i) - apply(correction, i)).collect();
    let along: f64 = residual.iter().zip(moved).map(|(r, s)| r * s).sum();
    for i in 0..m {
        for j in 0..m {
            let cross = residual[i] * change[j] + change[i] * residual[j];
            correction[i * m + j] +=
                cross / curvature - along * change[i] * change[j] / (curvature * curvature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Criterion, Ending, Limits, minimize};
    use seedtest_numerics::Silent;

    /// Rosenbrock's valley with a model that knows only the diagonal.
    struct Valley;

    impl Criterion for Valley {
        type Point = ();

        fn value(&mut self, x: &[f64]) -> Option<(f64, ())> {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            Some((a * a + 100.0 * b * b, ()))
        }

        fn derivatives(&mut self, x: &[f64], (): &mut ()) -> (Vec<f64>, Vec<f64>) {
            let d = x[1] - x[0] * x[0];
            let gradient = vec![-2.0 * (1.0 - x[0]) - 400.0 * d * x[0], 200.0 * d];
            let model = vec![2.0 + 800.0 * x[0] * x[0], 0.0, 0.0, 200.0];
            (gradient, model)
        }
    }

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let limits = Limits { max_iterations: 500, tolerance: 1e-20, longest: 1.0 };
        let minimum = minimize(&mut Valley, vec![-1.2, 1.0], limits, &mut Silent).unwrap();
        assert_eq!(minimum.ending, Ending::Converged);
        assert!((minimum.x[0] - 1.0).abs() < 1e-8 && (minimum.x[1] - 1.0).abs() < 1e-8);
    }
}
