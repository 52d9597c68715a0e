//! Generalised linear mixed models among the model families.

use crate::mixed::{ANSWERS, Defaults, Kind, Mixed, fit_route, predict_route, read_predict};
use crate::table::{FamilyEntry, QuestionRoute};

/// Generalised linear mixed models: answers of students to items where nothing else is said.
#[derive(Debug)]
pub struct Generalised;

/// The family.
pub type Glmm = Mixed<Generalised>;

impl Kind for Generalised {
    const NAME: &'static str = "glmm";
    const DEFAULTS: Defaults = Defaults { formula: ANSWERS, family: "binomial", keep_model: true };
}

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Glmm>(
    "Mixed models",
    fit_route(
        "/glmm/fit",
        "glmmFit",
        "Fit a generalised linear mixed model",
        "Binomial, Poisson or negative binomial by Laplace's approximation or adaptive Gauss-Hermite \
         quadrature; `model` of the answer works in `/glmm/predict`.",
        include_str!("fit.json"),
    ),
    &[QuestionRoute {
        route: predict_route("/glmm/predict", "glmmPredict", include_str!("predict.json")),
        at_once: 0,
        read: read_predict::<Generalised>,
    }],
);
