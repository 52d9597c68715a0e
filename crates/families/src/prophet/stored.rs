//! What is stored of a forecast.

use seedtest_forecast::Model;
use serde::{Deserialize, Serialize};

use super::fit::Fitted;
use super::series::Series;
use super::spec::Spec;

/// What is stored of a forecast so that it can go on: the series and the plan, with the model that was
/// published. The fit itself depends on nothing else and takes less time than reading it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Identity of the fit.
    pub run_id: String,
    /// What was asked for; its model is the one that was published.
    pub spec: Spec,
    /// Why that model was published; the series alone does not say it again.
    #[serde(default)]
    pub why: Option<String>,
    /// The observations.
    pub series: Series,
}

impl Stored {
    /// Of a fit, under the name of its run.
    pub fn of(fitted: &Fitted, run_id: &str) -> Self {
        let mut spec = fitted.spec.clone();
        let model: Model = fitted.forecast.model_used;
        spec.plan.model = Some(model);
        let why = Some(fitted.forecast.why.clone());
        Self { run_id: run_id.to_owned(), spec, why, series: fitted.series.clone() }
    }
}
