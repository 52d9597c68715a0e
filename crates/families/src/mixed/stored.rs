//! A fitted mixed model, as it is stored, sent and predicts.

use seedtest_mixed::Stored as Kernel;
use seedtest_wire::{ModesJson, Ordered};
use serde::{Deserialize, Serialize};

use super::model::Model;
use super::response::{estimates, modes};
use super::rows::naming_columns;
use super::spec::Spec;

/// A fit with everything that is needed to predict from it: `model` of a response, opaque to callers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Identity of the fit; empty before it has one.
    pub run_id: String,
    /// The formula.
    pub formula: String,
    /// Name of the family.
    pub family: String,
    /// Name of the link.
    pub link: String,
    /// Fixed effects by name.
    pub fixed_effects: Ordered<Option<f64>>,
    /// Conditional modes by grouping factor, effect and level.
    pub random_effects: ModesJson,
    /// Entries of the relative covariance factors by name.
    pub theta: Ordered<f64>,
    /// What predictions come from.
    pub state: Kernel,
}

impl Stored {
    /// Columns of a file whose cells name something, as [`Spec::naming_columns`].
    pub fn naming_columns(&self) -> Vec<String> {
        naming_columns(&[self.state.encoder.formula()])
    }

    /// A model under the name of its run.
    pub(super) fn of(model: &Model, spec: &Spec, run_id: &str) -> Self {
        Self {
            run_id: run_id.to_owned(),
            formula: spec.formula.clone(),
            family: spec.model.family().to_owned(),
            link: spec.model.link().to_owned(),
            fixed_effects: estimates(model.fixed()),
            random_effects: modes(model.random()),
            theta: model.theta().map(|(name, value)| (name.clone(), *value)).collect(),
            state: model.stored(),
        }
    }
}
