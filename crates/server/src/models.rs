//! The models that can be fitted, by the names under which `/v1/runs` knows them.

use crate::fits::Model;
use crate::{growth, irt, survival};

/// All models.
pub(crate) const MODELS: [Model; 3] = [irt::CALIBRATE, growth::FIT, survival::FIT];

/// The model called `name`, in any case.
pub(crate) fn find_model(name: &str) -> Option<Model> {
    MODELS.into_iter().find(|model| model.name.eq_ignore_ascii_case(name))
}
