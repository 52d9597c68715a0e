//! What to calibrate and how.

use seedtest_numerics::Rule;
use serde::{Deserialize, Serialize};

use super::anchor::Anchor;
use super::curves::CategoryCurves;
use super::error::Error;
use super::model::ItemModel;
use crate::guessing::FixedGuessing;
use crate::priors::Priors;
use crate::search::{From, Stopping};
use crate::spec::{Latent, StartGroup};
use crate::standard_errors::StandardErrors;

/// A stored solution to start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Items with known estimates; others start from their shares.
    pub items: Vec<StartItem>,
    /// Mean of the ability distribution, where the model estimates it.
    pub mean: f64,
    /// Standard deviation of the ability distribution, where the model estimates it.
    pub sd: f64,
    /// Ability distributions of groups other than the reference.
    #[serde(default)]
    pub groups: Vec<StartGroup>,
}

/// Estimates of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartItem {
    /// Item code.
    pub item: u32,
    /// Its curves. They are used where they have as many categories as the item.
    pub curves: CategoryCurves,
}

/// What to fit and how. `Spec::default()` is a graded response model by plain maximum likelihood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The model of items that have none of their own. With two categories it becomes the 2PL or, where the
    /// slope is 1, the Rasch model.
    pub model: ItemModel,
    /// Models of single items, by item code.
    pub models: Vec<(u32, ItemModel)>,
    /// Pairs of items that have one slope.
    pub shared_slopes: Vec<(u32, u32)>,
    /// Quadrature over the ability. An equally spaced grid is widened, at the same distance of the
    /// nodes, where a population or a student lies beyond it.
    pub quadrature: Rule,
    /// Most E-steps, at least 1.
    pub max_iter: u32,
    /// Converged when no component of the gradient of the log-posterior (in slopes, intercepts, logit c, μ,
    /// ln σ) is larger than this …
    pub gradient_tolerance: f64,
    /// … and the last iteration changed the log-posterior by less than this share of it.
    pub relative_tolerance: f64,
    /// Items with fewer answers are skipped.
    pub min_n: u32,
    /// Priors of slopes, difficulties (steps; of a rating scale the item's own), intercepts and guessing
    /// probabilities. Nominal categories only have that of the intercepts.
    pub priors: Priors,
    /// Guessing probabilities of two-category items that are held fixed; `None` = 0, or estimated by
    /// the 3PL.
    pub guessing: Option<FixedGuessing>,
    /// Distribution of the ability. `Auto`: with fixed anchors mean and standard deviation are estimated; where
    /// a free item has slope 1, the standard deviation; else it is N(0, 1).
    pub latent: Latent,
    /// Items with known curves.
    pub anchors: Vec<Anchor>,
    /// A stored solution to start from; it changes the time, not the result.
    pub start: Option<Start>,
    /// Which standard errors to compute.
    pub standard_errors: StandardErrors,
    /// Whether the covariance of the estimates is kept with the fit.
    pub keep_covariance: bool,
}

impl Default for Spec {
    fn default() -> Self {
        let plain = crate::spec::Spec::default();
        Self {
            model: ItemModel::default(),
            models: Vec::new(),
            shared_slopes: Vec::new(),
            quadrature: plain.quadrature,
            max_iter: plain.max_iter,
            gradient_tolerance: plain.gradient_tolerance,
            relative_tolerance: plain.relative_tolerance,
            min_n: plain.min_n,
            priors: Priors::none(),
            guessing: None,
            latent: Latent::Auto,
            anchors: Vec::new(),
            start: None,
            standard_errors: plain.standard_errors,
            keep_covariance: false,
        }
    }
}

impl Spec {
    /// The default specification with this model.
    pub fn new(model: ItemModel) -> Self {
        let flat = Priors::none();
        let priors = if model == ItemModel::ThreePl { flat.with_guessing() } else { flat };
        Self { model, priors, ..Self::default() }
    }

    /// The model of every item code.
    pub(crate) fn models(&self, n_items: usize) -> Result<Vec<ItemModel>, Error> {
        let mut models = vec![self.model; n_items];
        for &(item, model) in &self.models {
            match models.get_mut(item as usize) {
                Some(slot) => *slot = model,
                None => return Err(Error::ModelItem { item, n_items }),
            }
        }
        Ok(models)
    }

    /// When a search ends.
    pub(crate) fn stopping(&self) -> Stopping {
        Stopping {
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            relative_tolerance: self.relative_tolerance,
            from: match &self.start {
                None => From::Guess,
                Some(_) => From::Stored { newton: true },
            },
        }
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        // What both kinds of calibration have is checked in one place.
        let plain = crate::spec::Spec {
            quadrature: self.quadrature,
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            relative_tolerance: self.relative_tolerance,
            priors: self.priors,
            guessing: self.guessing.clone(),
            latent: self.latent,
            start: self.start.as_ref().map(|start| crate::spec::Start {
                items: Vec::new(),
                mean: start.mean,
                sd: start.sd,
                groups: start.groups.clone(),
                covariance: None,
                newton: true,
            }),
            ..crate::spec::Spec::default()
        };
        plain.validate()?;
        let faults = self.start.iter().flat_map(|start| &start.items).find_map(|item| {
            item.curves.fault().map(|what| Error::Anchor { item: item.item, what })
        });
        faults.map_or(Ok(()), Err)
    }
}
