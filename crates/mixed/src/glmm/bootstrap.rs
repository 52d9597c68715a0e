//! Simulation from a generalised linear mixed model and the parametric bootstrap.

use seedtest_numerics::{Silent, Stream};

use super::family::Family;
use super::fit::search;
use super::result::Fit;
use super::separation::separating;
use crate::bootstrap::{Bootstrap, parameter_names, parameter_values};
use crate::data::Data;
use crate::error::Error;
use crate::newton::Ending;
use crate::simulate::{random_part, row_stream};
use crate::template::outer;

/// Trials this far from a whole number are rounding.
const WHOLE: f64 = 1e-7;

impl Fit {
    /// Draws a response for every row the model was fitted to: new random effects, then proportions or
    /// counts. Weights of counts, which repeat rows, do not matter to it. A pure function of seed and number
    /// of the draw.
    ///
    /// # Errors
    /// [`Error::Trials`] for a binomial family whose trials are not whole.
    pub fn simulate(&self, data: &Data, seed: u64, draw: u64) -> Result<Vec<f64>, Error> {
        let random = random_part(data, &self.random, seed, draw);
        let mut stream = row_stream(seed, draw);
        let link = self.spec.link();
        let rows = self.linear_fixed.iter().zip(random).enumerate();
        rows.map(|(row, (fixed, random))| {
            self.draw(data, row, link.mean(fixed + random), &mut stream)
        })
        .collect()
    }

    fn draw(&self, data: &Data, row: usize, mean: f64, stream: &mut Stream) -> Result<f64, Error> {
        match (self.spec.family, self.size) {
            (Family::Binomial, _) => {
                let trials = data.trials.as_ref().or(data.weights.as_ref());
                let trials = trials.map_or(1.0, |n| n[row]);
                let whole = trials.round();
                if whole < 1.0 || (trials - whole).abs() > WHOLE * trials {
                    return Err(Error::Trials { row: data.rows[row] as usize, trials });
                }
                Ok(stream.binomial(whole as u64, mean) as f64 / whole)
            }
            (Family::NegativeBinomial, Some(size)) => {
                let mean = mean * stream.gamma(size) / size;
                Ok(stream.poisson(mean) as f64)
            }
            _ => Ok(stream.poisson(mean) as f64),
        }
    }

    /// Parametric bootstrap: fits the model to `replicates` simulated responses. One that cannot be
    /// fitted counts as failed and leaves the others as they are. A coefficient whose column separates the simulated
    /// responses has no finite estimate and counts as infinite. The same bytes on any number of threads.
    ///
    /// # Errors
    /// Those of [`Fit::simulate`].
    pub fn bootstrap(&self, data: &Data, replicates: u64, seed: u64) -> Result<Bootstrap, Error> {
        self.simulate(data, seed, 0)?;
        let replicate = |draw| self.replicate(data, seed, draw);
        Ok(Bootstrap::new(self.parameter_names(), replicates, replicate))
    }

    fn replicate(&self, data: &Data, seed: u64, draw: u64) -> Result<Option<Vec<f64>>, Error> {
        self.problem.rows.allowance.closing.check()?;
        let response = self.simulate(data, seed, draw)?;
        let mut problem = self.problem.with_response(&response);
        let minimum = search(&mut problem, &self.spec, &mut Silent)?.minimum;
        let separating = separating(data, &problem, &minimum.point);
        // On the way to infinity a search may end anywhere; the other parameters are where they will be.
        if minimum.ending != Ending::Converged && separating.is_empty() {
            return Ok(None);
        }
        let parts = problem.parts(&minimum.x);
        let mut random = self.random.clone();
        for (random, t) in random.iter_mut().zip(problem.by_group(parts.theta)) {
            random.covariance = outer(&t, random.k());
        }
        let mut beta = problem.fixed.coefficients(parts.beta);
        for at in separating {
            beta[at] = f64::INFINITY.copysign(beta[at]);
        }
        let mut values = parameter_values(beta, &random);
        values.extend(problem.has_size().then_some(minimum.point.response.size));
        Ok(Some(values))
    }

    /// Names of the parameters: fixed effects, `sd.group.effect`, `cor.group.effect.effect`, and `size` of a
    /// negative binomial family.
    pub fn parameter_names(&self) -> Vec<String> {
        let mut names = parameter_names(&self.fixed, &self.random);
        names.extend(self.size.map(|_| "size".to_owned()));
        names
    }

    /// Their values; a correlation with an effect that does not vary is not a number.
    pub fn parameters(&self) -> Vec<f64> {
        let mut values = parameter_values(self.coefficients(), &self.random);
        values.extend(self.size);
        values
    }
}
