//! Log-linear presmoothing of score distributions.

use seedtest_numerics::{Cholesky, exp, ln};

use super::distribution::ScoreDistribution;
use super::error::EquatingError;

/// A smoothed distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    /// The distribution; its first moments, as many as the degree, are those of the data.
    pub distribution: ScoreDistribution,
    /// 2·Σ count·ln(count/fitted): about chi-square with `df` where the degree is enough.
    pub deviance: f64,
    /// Possible scores minus degree minus one.
    pub df: usize,
}

impl ScoreDistribution {
    /// Log-linear smoothing (Holland & Thayer 1987): Poisson regression of the counts on the powers
    /// of the score up to `degree`.
    ///
    /// # Errors
    /// For a degree of 0, above 10 or not below the highest score, and where there is no maximum.
    pub fn smoothed(&self, degree: usize) -> Result<Smoothed, EquatingError> {
        const MOST: usize = 10;
        let scores = self.highest() + 1;
        if degree == 0 || degree > MOST || degree + 1 >= scores {
            return Err(EquatingError::Degree { degree, scores });
        }
        let counts: Vec<f64> = self.density().iter().map(|share| share * self.n()).collect();
        let design: Vec<Vec<f64>> = (0..scores)
            .map(|x| legendre(2.0 * x as f64 / self.highest() as f64 - 1.0, degree))
            .collect();
        let fitted =
            poisson_regression(&counts, &design).ok_or(EquatingError::Smoothing { degree })?;
        let deviance = counts.iter().zip(&fitted).map(|(&count, &mean)| {
            let log = if count > 0.0 { count * ln(count / mean) } else { 0.0 };
            2.0 * (log - (count - mean))
        });
        Ok(Smoothed {
            deviance: deviance.sum(),
            df: scores - degree - 1,
            distribution: Self::of_counts(&fitted),
        })
    }
}

/// Legendre polynomials of degree 0 to `degree`: the powers in a form that stays well conditioned.
fn legendre(x: f64, degree: usize) -> Vec<f64> {
    let mut values = vec![1.0, x];
    for n in 1..degree {
        let k = n as f64;
        values.push(((2.0 * k + 1.0) * x * values[n] - k * values[n - 1]) / (k + 1.0));
    }
    values.truncate(degree + 1);
    values
}

/// Fitted means of a Poisson regression with logarithmic link; `None` where Newton's steps find no
/// maximum.
fn poisson_regression(counts: &[f64], design: &[Vec<f64>]) -> Option<Vec<f64>> {
    const MOST_STEPS: usize = 200;
    const GRADIENT: f64 = 1e-12;
    let p = design.first()?.len();
    let n: f64 = counts.iter().sum();
    let mut beta = vec![0.0; p];
    beta[0] = ln(n / counts.len() as f64);
    let means = |beta: &[f64]| -> Vec<f64> {
        let eta = design.iter().map(|row| row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>());
        eta.map(exp).collect()
    };
    let likelihood = |beta: &[f64], means: &[f64]| -> f64 {
        design
            .iter()
            .zip(counts)
            .zip(means)
            .map(|((row, count), mean)| {
                count * row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>() - mean
            })
            .sum()
    };
    for _ in 0..MOST_STEPS {
        let fitted = means(&beta);
        let mut step = vec![0.0; p];
        let mut information = vec![0.0; p * p];
        for ((row, count), mean) in design.iter().zip(counts).zip(&fitted) {
            for i in 0..p {
                step[i] += row[i] * (count - mean);
                for j in 0..=i {
                    information[i * p + j] += mean * row[i] * row[j];
                }
            }
        }
        if step.iter().all(|g| g.abs() <= GRADIENT * n) {
            return Some(fitted);
        }
        Cholesky::new(information, p).solve(&mut step);
        let here = likelihood(&beta, &fitted);
        let mut factor = 1.0;
        loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + factor * s).collect();
            if likelihood(&next, &means(&next)) >= here - 1e-12 * here.abs() {
                beta = next;
                break;
            }
            factor *= 0.5;
            if factor < 1e-10 {
                return None;
            }
        }
    }
    None
}
