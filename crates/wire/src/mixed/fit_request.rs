//! Requests for fits of mixed models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use crate::rows::Rows;

/// Request of `POST /glmm/fit`, `POST /glmm/fit_progress` and `POST /lmm/fit`. Every field but the rows has
/// a default; fields that are not known are ignored, with a warning.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MixedFitRequest {
    /// One object a row, with the columns of the formula.
    #[serde(alias = "observations", alias = "data", alias = "data_rows")]
    #[schemars(extend("x-aliases" = ["observations", "data", "data_rows"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// A formula as in R's lme4. Default of `/glmm/fit`: `correct ~ 1 + (1|student_id) + (1|item_id)`;
    /// of the others: `score ~ week + (week|student) + (1|topic)`.
    pub formula: Option<String>,
    /// `binomial` (default of `/glmm/fit`), `gaussian` (default of the others), `poisson` or
    /// `negative_binomial`.
    pub family: Option<String>,
    /// `logit`, `probit` or `cloglog` of a binomial family, `log` of counts, `identity`. Default: the
    /// family's own.
    pub link: Option<String>,
    /// Whether a gaussian model is fitted by restricted maximum likelihood. Default true.
    #[serde(alias = "REML")]
    #[schemars(extend("x-aliases" = ["REML"]))]
    pub reml: Option<bool>,
    /// Points of adaptive Gauss-Hermite quadrature; 1 (default) is the Laplace approximation.
    #[serde(alias = "nAGQ", alias = "agq")]
    #[schemars(extend("x-aliases" = ["nAGQ", "agq"]))]
    pub quadrature: Option<u64>,
    /// Column of weights; of a binomial family the trials behind a proportion. With one of the default
    /// formulas a column `weight` or `n` is taken by itself.
    pub weights: Option<String>,
    /// Columns of numbers that are categories.
    pub factors: Option<Vec<String>>,
    /// Whether a row with a missing value is refused. Default false: left out and counted.
    pub strict: Option<bool>,
    /// How intervals are made: `wald` (default), `profile`, `bootstrap` or `none`.
    pub intervals: Option<String>,
    /// Probability inside the intervals. Default 0.95.
    pub confidence: Option<f64>,
    /// Replicates of the bootstrap. Default 1000.
    pub replicates: Option<u64>,
    /// Seed of the bootstrap. Default 42.
    pub seed: Option<u64>,
    /// Another formula for the same rows; the likelihood-ratio test of the two is in the response.
    pub against: Option<String>,
    /// Rows to predict, with standard errors of the whole model.
    #[serde(alias = "new_data")]
    #[schemars(extend("x-aliases" = ["new_data"]), schema_with = "columns::rows")]
    pub newdata: Option<Rows>,
    /// Scale of the predictions: `response` (default) or `link`.
    #[serde(rename = "type")]
    pub scale: Option<String>,
    /// Whether predictions have random effects in them. Default true.
    pub with_random: Option<bool>,
    /// Whether the response carries the coefficients of every level: fixed effect plus deviation. Default
    /// false.
    pub by_level: Option<bool>,
    /// Whether the response carries fitted values and residuals of every row. Default false.
    pub residuals: Option<bool>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Whether the response carries `model`, which predicts. Default true of `/glmm/fit`, else false.
    pub keep_model: Option<bool>,
    /// Seconds after which the best fit so far is returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
    /// Most iterations of the search. Default 200.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_iter: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::MixedFitRequest;

    #[test]
    fn every_known_client_is_read() {
        let read = |text: &str| serde_json::from_str::<MixedFitRequest>(text).unwrap();
        let answers = read(
            r#"{"observations":[{"student_id":"a","item_id":"q","correct":true}],
                "formula":"correct ~ 1 + (1|student_id) + (1|item_id)","family":"binomial"}"#,
        );
        let progress = read(
            r#"{"rows":[{"student":"a","topic":"t","week":1,"score":0.5}],
                "formula":"score ~ week + (week|student) + (1|topic)","family":"gaussian"}"#,
        );
        let growth = read(
            r#"{"data":[{"student_id":"a","topic_id":"t","week":0,"score":0.5}],"nAGQ":7,"type":"link"}"#,
        );
        for request in [&answers, &progress, &growth] {
            assert_eq!(request.rows.len(), 1);
        }
        assert_eq!((growth.quadrature, growth.scale.as_deref()), (Some(7), Some("link")));
    }
}
