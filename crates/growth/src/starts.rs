//! Where chains start.

use seedtest_numerics::{Interrupt, Stream, ln, square};

use crate::adaptation::Adaptation;
use crate::data::GrowthData;
use crate::density::Density;
use crate::family::Effects;
use crate::mode::{Mode, mode};
use crate::nuts::{ChainStart, DENSE_DIM, Mass, cholesky};

/// How far from the mode chains start, in posterior standard deviations.
const DISPERSION: f64 = 2.0;

/// How far the log-density may fall from the mode to a start, beyond twice what the normal approximation
/// says.
const FURTHER: f64 = 5.0;

/// Where chains start.
pub(crate) struct Starts {
    centre: Vec<f64>,
    mass: Mass,
    /// Cholesky factor of the covariance in rows; empty when there is none.
    factor: Vec<f64>,
    step: f64,
}

impl Starts {
    /// At last week's fit, else around the mode, else around the first guess.
    pub(crate) fn new(
        density: &dyn Density,
        first: Vec<f64>,
        start: Option<&Adaptation>,
        stop: &Interrupt,
    ) -> Self {
        let dim = density.dim();
        let known = start.filter(|start| {
            start.position.len() == dim && start.covariance.len() == dim * dim && start.step > 0.0
        });
        let found = match known {
            Some(start) => Some((start.position.clone(), start.covariance.clone(), start.step)),
            None if dim > DENSE_DIM => None,
            None => mode(density, first.clone(), stop)
                .map(|Mode { position, covariance }| (position, covariance, 0.5)),
        };
        let whole = found.and_then(|(centre, covariance, step)| {
            let factor = cholesky(&covariance, dim)?;
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
    ///
    /// The curvature at the mode is no measure of a posterior that is flat to one side, as that of a small
    /// standard deviation is in its logarithm: some of its standard deviations away such a number is 10²¹,
    /// from where no warm-up comes back. So a start counts only where the density is about what the normal
    /// approximation says; else it moves halfway to the mode.
    pub(crate) fn draw(&self, density: &dyn Density, random: &mut Stream) -> ChainStart {
        let dim = self.centre.len();
        let mut gradient = vec![0.0; dim];
        let mut spread = DISPERSION;
        let is_normal = !self.factor.is_empty();
        let top = if is_normal { density.ln_density(&self.centre, &mut gradient) } else { 0.0 };
        loop {
            let noise: Vec<f64> = (0..dim).map(|_| spread * random.normal()).collect();
            let fall = 0.5 * noise.iter().map(|z| z * z).sum::<f64>();
            let shift = |i: usize| match self.factor.get(i * dim..=i * dim + i) {
                Some(row) => row.iter().zip(&noise).map(|(l, z)| l * z).sum(),
                None => 0.1 * noise[i],
            };
            let position: Vec<f64> =
                self.centre.iter().enumerate().map(|(i, x)| x + shift(i)).collect();
            let value = density.ln_density(&position, &mut gradient);
            let is_near = !is_normal || value >= top - 2.0 * fall - FURTHER;
            if (value.is_finite() && is_near) || spread < 1e-3 {
                return ChainStart { position, mass: self.mass.clone(), step: self.step };
            }
            spread *= 0.5;
        }
    }
}

/// A start for the search of the mode: least squares with the scatter split in half.
pub(crate) fn first_guess(data: &GrowthData<'_>, effects: Effects) -> Vec<f64> {
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
        .map(|(week, score)| square(score - mean - slope * (week - mean_week)))
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
