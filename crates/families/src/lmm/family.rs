//! Linear mixed models among the model families.

use crate::mixed::{Defaults, Kind, Mixed, PROGRESS, fit_route, predict_route, read_predict};
use crate::table::{FamilyEntry, QuestionRoute, Route};

/// Linear mixed models: progress over weeks where nothing else is said.
#[derive(Debug)]
pub struct Linear;

/// The family.
pub type Lmm = Mixed<Linear>;

impl Kind for Linear {
    const NAME: &'static str = "lmm";
    const DEFAULTS: Defaults =
        Defaults { formula: PROGRESS, family: "gaussian", keep_model: false };
}

/// What there is of it for those who do not know its types.
pub(crate) const ENTRY: FamilyEntry = FamilyEntry::of::<Lmm>(
    "Mixed models",
    fit_route(
        "/lmm/fit",
        "lmmFit",
        "Fit a linear mixed model",
        "By REML or maximum likelihood: fixed effects, variance components, conditional modes of every level \
         with their standard errors.",
        include_str!("fit.json"),
    ),
    &[QuestionRoute {
        route: predict_route("/lmm/predict", "lmmPredict", include_str!("predict.json")),
        at_once: 0,
        read: read_predict::<Linear>,
    }],
)
.also(&[PROGRESS_ROUTE]);

/// Where clients of progress fit it.
pub const PROGRESS_PATH: &str = "/glmm/fit_progress";

const PROGRESS_ROUTE: Route = fit_route(
    PROGRESS_PATH,
    "glmmFitProgress",
    "Fit progress over weeks",
    "`/lmm/fit` under the name that clients of progress call it by: intercept and slope of every student, \
     intercept of every topic.",
    include_str!("progress.json"),
);
