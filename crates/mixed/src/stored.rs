//! A fit as it is kept: enough to predict, without the rows.

use seedtest_formula::{Encoder, Frame};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::estimable::{Alias, Estimable, Undetermined};
use crate::estimates::{FixedEffect, RandomEffects};
use crate::glmm::{self, Family, Link, Scale};
use crate::lmm;
use crate::predict::{NewRows, Prediction};

/// Version of what is stored.
const VERSION: u32 = 1;

/// A mixed model that predicts, to be stored and sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Version of the format.
    pub version: u32,
    /// Family and link of a generalised model; `None` for a linear one.
    pub family: Option<(Family, Link)>,
    /// Size of a negative binomial.
    pub size: Option<f64>,
    /// Residual standard deviation; 1 for families without one.
    pub sigma: f64,
    /// Fixed effects.
    pub fixed: Vec<FixedEffect>,
    /// Covariance of those that have estimates, row-major.
    pub covariance: Vec<f64>,
    /// The others, as combinations of those; of models stored before these were kept, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
    /// Parameters that the fitted rows do not determine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undetermined: Option<Undetermined>,
    /// Covariance parameters θ.
    pub theta: Vec<f64>,
    /// Random effects.
    pub random: Vec<RandomEffects>,
    /// Codes new rows.
    pub encoder: Encoder,
}

impl From<&lmm::Fit> for Stored {
    fn from(fit: &lmm::Fit) -> Self {
        Self {
            version: VERSION,
            family: None,
            size: None,
            sigma: fit.sigma(),
            fixed: fit.fixed.clone(),
            covariance: fit.covariance.clone(),
            aliases: fit.problem.fixed.aliases.clone(),
            undetermined: None,
            theta: fit.theta.clone(),
            random: fit.random.clone(),
            encoder: fit.encoder.clone(),
        }
    }
}

impl From<&glmm::Fit> for Stored {
    fn from(fit: &glmm::Fit) -> Self {
        Self {
            version: VERSION,
            family: Some((fit.spec.family, fit.spec.link())),
            size: fit.size,
            sigma: 1.0,
            fixed: fit.fixed.clone(),
            covariance: fit.covariance.clone(),
            aliases: fit.problem.fixed.aliases.clone(),
            undetermined: fit.undetermined.clone(),
            theta: fit.theta.clone(),
            random: fit.random.clone(),
            encoder: fit.encoder.clone(),
        }
    }
}

impl Stored {
    /// Predicts new rows. Standard errors are known without random effects and where all levels of a row
    /// are new; how the effects of known levels and the fixed ones vary together is not kept.
    pub fn predict(
        &self,
        frame: &Frame,
        with_random: bool,
        scale: Scale,
    ) -> Result<Vec<Prediction>, Error> {
        self.check()?;
        let kept: Vec<usize> =
            (0..self.fixed.len()).filter(|&j| self.fixed[j].estimate.is_some()).collect();
        let estimates = self.fixed.iter().filter_map(|f| f.estimate);
        let beta: Vec<f64> = estimates.map(|e| e.coefficient).collect();
        let new = NewRows::new(&self.encoder, frame, &self.fixed, &self.random, with_random)?;
        let linear = new.linear(&kept, &beta, &self.random);
        let link = self.family.map(|(_, link)| link);
        let undetermined = self.undetermined.as_ref();
        let doubts = new.doubts(&kept, &Estimable { aliases: &self.aliases, undetermined });
        let predicted = linear.into_iter().zip(doubts).enumerate().map(|(row, (eta, doubt))| {
            let se = self.variance(&new, &kept, row, with_random).map(|v| v.max(0.0).sqrt());
            match (link, scale) {
                (Some(link), Scale::Response) => {
                    Prediction::new(link.mean(eta), se.map(|se| se * link.slope(eta)), doubt)
                }
                _ => Prediction::new(eta, se, doubt),
            }
        });
        Ok(predicted.collect())
    }

    /// Variance of the linear predictor of a row, if all its levels are new or none take part.
    fn variance(
        &self,
        new: &NewRows,
        kept: &[usize],
        row: usize,
        with_random: bool,
    ) -> Option<f64> {
        let x = new.fixed_row(kept, row);
        let p = x.len();
        let mut variance = 0.0;
        for i in 0..p {
            for j in 0..p {
                variance += x[i] * self.covariance[i * p + j] * x[j];
            }
        }
        let groups = if with_random { self.random.as_slice() } else { &[] };
        for (g, random) in groups.iter().enumerate() {
            let k = random.k();
            let (level, z) = new.group_row(g, k, row);
            if level.is_some() {
                return None;
            }
            for i in 0..k {
                for j in 0..k {
                    variance += z[i] * random.covariance[i * k + j] * z[j];
                }
            }
        }
        Some(variance)
    }

    /// Checks that the parts fit together: a stored model may come from outside. Whether they fit the
    /// columns of the encoder is seen where it codes rows.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refused = |reason: &str| Err(Error::Stored { reason: reason.to_owned() });
        if self.version != VERSION {
            return refused("it is of another version");
        }
        let p = self.fixed.iter().filter(|f| f.estimate.is_some()).count();
        if self.covariance.len() != p * p {
            return refused("the covariance does not fit the fixed effects");
        }
        let is_alias = |alias: &Alias| {
            alias.combination.len() == p
                && self.fixed.get(alias.column).is_some_and(|effect| effect.estimate.is_none())
        };
        if !self.aliases.iter().all(is_alias)
            || !self.undetermined.iter().all(|of| of.has_shape_of(p))
        {
            return refused(
                "what is said of columns without estimates does not fit the fixed effects",
            );
        }
        let mut groups: Vec<String> = Vec::new();
        for term in self.encoder.formula().random_terms() {
            if !groups.contains(&term.group()) {
                groups.push(term.group());
            }
        }
        if !self.random.iter().map(|random| &random.group).eq(&groups) {
            return refused(
                "the random effects are not those of the grouping factors of the formula",
            );
        }
        for random in &self.random {
            let (k, levels) = (random.k(), random.levels.len());
            let by_pair = random.covariance.len() == k * k && random.correlated.len() == k * k;
            let by_level =
                random.modes.len() == levels * k && random.conditional.len() == levels * k * k;
            if !(by_pair && by_level) {
                return refused("modes or covariances do not fit the levels and effects");
            }
        }
        Ok(())
    }
}
