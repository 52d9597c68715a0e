//! What to calibrate and how.

use seedtest_numerics::{Rule, ln};
use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::covariance::Covariance;
use crate::error::Error;
use crate::guessing::FixedGuessing;
use crate::item_parameters::ItemParameters;
use crate::model::Model;
use crate::priors::{LogNormal, Normal, Priors};
use crate::search::{From, Stopping};
use crate::standard_errors::StandardErrors;

/// Distribution of the ability in the calibrated group.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Latent {
    /// What fixes the scale of the model: N(μ, σ²) with both estimated when there are fixed
    /// anchors, N(0, σ²) with σ estimated for the Rasch model, N(0, 1) otherwise. With groups this is
    /// the reference group; of the others both are estimated always.
    #[default]
    Auto,
    /// A known normal distribution.
    Fixed {
        /// Mean.
        mean: f64,
        /// Standard deviation, > 0.
        sd: f64,
    },
}

/// How strongly the parameters of a seed (an anchor that is not fixed) pull the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeedPrior {
    /// Standard deviation of ln a around the seed, > 0.
    pub ln_a_sd: f64,
    /// Standard deviation of b around the seed, > 0.
    pub b_sd: f64,
}

/// Where a search starts: a stored solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Items with known estimates; others start from their share of right answers.
    pub items: Vec<StartItem>,
    /// Mean of the ability distribution, where the model estimates it.
    pub mean: f64,
    /// Standard deviation of the ability distribution, where the model estimates it.
    pub sd: f64,
    /// Ability distributions of groups other than the reference.
    #[serde(default)]
    pub groups: Vec<StartGroup>,
    /// Covariance of the stored estimates, if it was kept: it serves as the curvature, for which products with the
    /// information are needed else.
    pub covariance: Option<Covariance>,
    /// Whether Newton steps are tried. They take products of the answers at hand, which a calibration in passes has
    /// none of: what has to be equal to one to the byte goes without them.
    #[serde(default = "yes")]
    pub newton: bool,
}

fn yes() -> bool {
    true
}

/// Ability distribution of one group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StartGroup {
    /// Group code.
    pub group: u32,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, > 0.
    pub sd: f64,
}

/// Estimates of one item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StartItem {
    /// Item code.
    pub item: u32,
    /// Its parameters.
    pub parameters: ItemParameters,
}

impl Start {
    fn validate(&self) -> Result<(), Error> {
        let groups = self.groups.iter().map(|group| (group.mean, group.sd));
        for (mean, sd) in groups.chain([(self.mean, self.sd)]) {
            if !mean.is_finite() {
                return Err(Error::Spec { field: "start.mean", value: mean, required: "finite" });
            }
            if !(sd.is_finite() && sd > 0.0) {
                let required = "finite and positive";
                return Err(Error::Spec { field: "start.sd", value: sd, required });
            }
        }
        for item in &self.items {
            if let Some((field, value, required)) = item.parameters.fault() {
                return Err(Error::Anchor { item: item.item, field, value, required });
            }
        }
        Ok(())
    }
}

/// What to fit and how. `Spec::default()` is a 2PL by plain maximum likelihood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The item model.
    pub model: Model,
    /// Quadrature over the ability. An equally spaced grid is widened, at the same distance of the
    /// nodes, where a population or a student lies beyond it.
    pub quadrature: Rule,
    /// Most E-steps, at least 1.
    pub max_iter: u32,
    /// Converged when no component of the gradient of the log-posterior (in a, d, logit c, μ, ln σ)
    /// is larger than this …
    pub gradient_tolerance: f64,
    /// … and the last iteration changed the log-posterior by less than this share of it.
    pub relative_tolerance: f64,
    /// Items with fewer answers are skipped. The default 2 skips only what cannot be calibrated at
    /// all; with weak priors that is safe.
    pub min_n: u32,
    /// Priors of the item parameters.
    pub priors: Priors,
    /// Guessing probabilities that are held fixed, under any model; `None` = 0, or estimated by the
    /// 3PL. Fixed anchors keep their own.
    pub guessing: Option<FixedGuessing>,
    /// Distribution of the ability.
    pub latent: Latent,
    /// Items with known parameters.
    pub anchors: Vec<Anchor>,
    /// Priors around the parameters of seeds, in place of those of `priors`; `None` (the default) =
    /// seeds are only start values, so that results which come back as seeds change nothing.
    pub seed_prior: Option<SeedPrior>,
    /// A stored solution to start from; it changes the time, not the result.
    pub start: Option<Start>,
    /// Which standard errors to compute.
    pub standard_errors: StandardErrors,
    /// Whether the covariance of the estimates is kept with the fit (linking needs it for its own
    /// standard errors).
    pub keep_covariance: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            model: Model::TwoPl,
            quadrature: Rule::default(),
            max_iter: 500,
            gradient_tolerance: 1e-4,
            relative_tolerance: 1e-9,
            min_n: 2,
            priors: Priors::none(),
            guessing: None,
            latent: Latent::Auto,
            anchors: Vec::new(),
            seed_prior: None,
            start: None,
            standard_errors: StandardErrors::Observed,
            keep_covariance: false,
        }
    }
}

impl Spec {
    /// The default specification of a model: maximum likelihood, with a Beta(5, 17) prior on the
    /// guessing probability of a 3PL.
    pub fn new(model: Model) -> Self {
        let flat = Priors::none();
        let priors = if model == Model::ThreePl { flat.with_guessing() } else { flat };
        Self { model, priors, ..Self::default() }
    }

    /// Priors of one item.
    pub(crate) fn priors_of(&self, anchor: Option<Anchor>) -> Priors {
        let seed = anchor.filter(|a| !a.fixed).zip(self.seed_prior);
        let c = self.priors.c.filter(|_| self.guessing.is_none());
        let Some((anchor, prior)) = seed else { return Priors { c, ..self.priors } };
        let own_slope = matches!(self.model, Model::TwoPl | Model::ThreePl);
        let around = LogNormal { mean: ln(anchor.a), sd: prior.ln_a_sd };
        Priors {
            a: if own_slope { Some(around) } else { self.priors.a },
            b: Some(Normal { mean: anchor.b, sd: prior.b_sd }),
            d: None,
            c,
        }
    }

    /// When a search ends.
    pub(crate) fn stopping(&self) -> Stopping {
        Stopping {
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            relative_tolerance: self.relative_tolerance,
            from: match &self.start {
                None => From::Guess,
                Some(start) => From::Stored { newton: start.newton },
            },
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let required = "at least 1";
        if self.max_iter == 0 {
            return Err(Error::Spec { field: "max_iter", value: 0.0, required });
        }
        let tolerances = [
            ("gradient_tolerance", self.gradient_tolerance),
            ("relative_tolerance", self.relative_tolerance),
        ];
        for (field, value) in tolerances {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::Spec { field, value, required: "finite and positive" });
            }
        }
        if let Latent::Fixed { mean, sd } = self.latent {
            if !mean.is_finite() {
                return Err(Error::Spec { field: "latent.mean", value: mean, required: "finite" });
            }
            if !(sd.is_finite() && sd > 0.0) {
                let required = "finite and positive";
                return Err(Error::Spec { field: "latent.sd", value: sd, required });
            }
        }
        if let Some(seed) = self.seed_prior {
            for (field, value) in
                [("seed_prior.ln_a_sd", seed.ln_a_sd), ("seed_prior.b_sd", seed.b_sd)]
            {
                if !(value.is_finite() && value > 0.0) {
                    return Err(Error::Spec { field, value, required: "finite and positive" });
                }
            }
        }
        if let Some(start) = &self.start {
            start.validate()?;
        }
        if let Some(guessing) = &self.guessing {
            guessing.validate()?;
        }
        self.priors.validate()
    }
}
