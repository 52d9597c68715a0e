//! Fit of a calibration as a whole: the key `fit_statistics` of `seedtest fit irt --fit-statistics`.

use schemars::JsonSchema;
use seedtest_irt::{InformationPoint, M2};
use serde::{Deserialize, Serialize};

/// Fit of the whole model, reliability, and information of the test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitStatisticsJson {
    /// M2 with RMSEA2, SRMSR, CFI and TLI; null with `m2_reason` when there is none.
    pub m2: Option<M2>,
    /// Why there is no M2.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub m2_reason: Option<String>,
    /// Mean of I/(I + 1/σ²) over the ability distribution, for a student who answers every item.
    pub marginal_reliability: f64,
    /// Var(EAP)/(Var(EAP) + mean of the posterior variances), over the students as they are.
    pub empirical_reliability: Option<f64>,
    /// Information of all items by ability.
    pub information: Vec<InformationPoint>,
}
