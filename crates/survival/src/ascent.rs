use seedtest_numerics::{Cholesky, Control, Observer, Progress, Status, Verdict};

const MOST_DAMPINGS: u32 = 40;
/// Converged when the step left to do is shorter than this, in standard errors; it is still taken.
const SHORTEST_STEP: f64 = 1e-6;

/// Value and derivatives of a log-likelihood.
#[derive(Debug, Clone)]
pub(crate) struct Slope {
    pub(crate) log_likelihood: f64,
    pub(crate) gradient: Vec<f64>,
    /// Minus the second derivatives, row-major, the lower triangle filled.
    pub(crate) information: Vec<f64>,
}

impl Slope {
    pub(crate) fn zero(p: usize) -> Self {
        Self { log_likelihood: 0.0, gradient: vec![0.0; p], information: vec![0.0; p * p] }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.log_likelihood += other.log_likelihood;
        for (sum, x) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += x;
        }
        for (sum, x) in self.information.iter_mut().zip(&other.information) {
            *sum += x;
        }
    }

    pub(crate) fn factor(&self) -> Cholesky {
        Cholesky::new(self.information.clone(), self.gradient.len())
    }
}

/// A maximum, or the best point so far.
pub(crate) struct Summit {
    pub(crate) parameters: Vec<f64>,
    pub(crate) at: Slope,
    pub(crate) verdict: Verdict,
}

/// Maximises a smooth log-likelihood by Newton's method; where the information is not positive
/// definite or a step does not ascend, a growing multiple of its diagonal is added (Levenberg 1944;
/// Marquardt 1963). `slope` gives `None` outside the range of numbers.
pub(crate) fn maximize(
    start: Vec<f64>,
    mut slope: impl FnMut(&[f64]) -> Option<Slope>,
    max_iter: u32,
    observer: &mut dyn Observer,
) -> Option<Summit> {
    let mut parameters = start;
    let mut at = slope(&parameters)?;
    let mut reason = Some("the largest number of iterations was reached");
    let mut iterations = 0;
    while iterations < max_iter {
        let Some((next, found, length)) = ascend(&parameters, &at, &mut slope) else {
            reason = Some("no step raises the likelihood");
            break;
        };
        (parameters, at) = (next, found);
        iterations += 1;
        if length <= SHORTEST_STEP {
            reason = None;
            break;
        }
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(max_iter),
            objective: at.log_likelihood,
            max_gradient: Some(largest(&at.gradient)),
        };
        if observer.progress(&progress) == Control::Stop {
            reason = Some("stopped by the caller");
            break;
        }
    }
    let verdict = verdict(&at, iterations, reason);
    Some(Summit { parameters, at, verdict })
}

fn ascend(
    from: &[f64],
    at: &Slope,
    slope: &mut impl FnMut(&[f64]) -> Option<Slope>,
) -> Option<(Vec<f64>, Slope, f64)> {
    let p = from.len();
    let slack = 1e-13 * at.log_likelihood.abs();
    let mut damping = 0.0;
    for _ in 0..MOST_DAMPINGS {
        let mut matrix = at.information.clone();
        for j in 0..p {
            let own = matrix[j * p + j].abs();
            matrix[j * p + j] += damping * own.max(f64::MIN_POSITIVE);
        }
        let factor = Cholesky::new(matrix, p);
        if factor.dropped().is_empty() {
            let mut step = at.gradient.clone();
            factor.solve(&mut step);
            let length: f64 = step.iter().zip(&at.gradient).map(|(s, g)| s * g).sum();
            let next: Vec<f64> = from.iter().zip(&step).map(|(x, s)| x + s).collect();
            if let Some(found) = slope(&next)
                && found.log_likelihood >= at.log_likelihood - slack
            {
                // A damped step says nothing about the distance to the maximum.
                let length = if damping > 0.0 { f64::INFINITY } else { length.abs().sqrt() };
                return Some((next, found, length));
            }
        }
        damping = if damping == 0.0 { 1e-3 } else { damping * 4.0 };
    }
    None
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m: f64, v| m.max(v.abs()))
}

fn verdict(at: &Slope, iterations: u32, reason: Option<&str>) -> Verdict {
    let (status, next_action) = match reason {
        None => (Status::Converged, None),
        Some(reason) => (
            Status::Truncated { reason: reason.to_owned() },
            Some("look for covariates that separate the events, or use fewer".to_owned()),
        ),
    };
    Verdict {
        status,
        iterations: u64::from(iterations),
        objective: at.log_likelihood,
        max_gradient: Some(largest(&at.gradient)),
        condition_number: at.factor().condition_number(),
        next_action,
    }
}
