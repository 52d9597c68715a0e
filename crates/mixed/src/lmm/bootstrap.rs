//! Simulation from a linear mixed model and the parametric bootstrap.

use seedtest_numerics::{Silent, Status};

use super::fit::search;
use super::result::Fit;
use crate::bootstrap::{Bootstrap, parameter_names, parameter_values};
use crate::data::Data;
use crate::error::Error;
use crate::identified::Unidentified;
use crate::simulate::{random_part, row_stream};

impl Fit {
    /// Draws a response for every row the model was fitted to: new random effects, new residuals. A pure
    /// function of seed and number of the draw.
    pub fn simulate(&self, data: &Data, seed: u64, draw: u64) -> Vec<f64> {
        let random = random_part(data, &self.random, seed, draw);
        let mut stream = row_stream(seed, draw);
        let rows = self.fitted_fixed.iter().zip(random).enumerate();
        rows.map(|(i, (fixed, random))| {
            let weight = data.weights.as_ref().map_or(1.0, |w| w[i]);
            fixed + random + self.sigma() / weight.sqrt() * stream.normal()
        })
        .collect()
    }

    /// Parametric bootstrap: fits the model to `replicates` simulated responses. One that cannot be
    /// fitted counts as failed and leaves the others as they are. The same bytes on any number of threads.
    pub fn bootstrap(&self, data: &Data, replicates: u64, seed: u64) -> Bootstrap {
        let replicate = |draw| self.replicate(data, seed, draw);
        Bootstrap::new(self.parameter_names(), replicates, replicate)
    }

    fn replicate(&self, data: &Data, seed: u64, draw: u64) -> Result<Option<Vec<f64>>, Error> {
        self.problem.rows.allowance.closing.check()?;
        let mut drawn = data.clone();
        drawn.response = self.simulate(data, seed, draw);
        let problem = self.problem.with_response(&drawn)?;
        let found = search(&problem, &self.spec, &mut Silent)?;
        // What is interrupted ends anywhere.
        self.problem.rows.allowance.closing.check()?;
        let fit = Self::new(&drawn, &self.spec, problem, found, &Unidentified::default());
        let truncated = matches!(fit.verdict.status, Status::Truncated { .. });
        Ok((!truncated).then(|| fit.parameters()))
    }

    /// Names of the parameters: fixed effects, `sd.group.effect`, `cor.group.effect.effect`, `sigma`.
    pub fn parameter_names(&self) -> Vec<String> {
        let mut names = parameter_names(&self.fixed, &self.random);
        names.push("sigma".to_owned());
        names
    }

    /// Their values; a correlation with an effect that does not vary is not a number.
    pub fn parameters(&self) -> Vec<f64> {
        let mut values = parameter_values(self.coefficients(), &self.random);
        values.push(self.sigma());
        values
    }
}
