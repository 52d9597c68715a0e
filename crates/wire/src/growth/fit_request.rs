//! `POST /growth/fit`: the request.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use crate::rows::Rows;

/// Request of `POST /growth/fit`. Every field but the rows has a default; fields that are not known
/// are ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GrowthFitRequest {
    /// One object a row: a student, a `week` (number of weeks or date), a `score`, and optionally
    /// `n` (answers behind the score: weight, or trials of a binomial family) or `se` (standard
    /// error of the score).
    #[serde(alias = "data", alias = "data_rows", alias = "observations", alias = "series")]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "series"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// `score ~ week + (week|student_id)` (default) or one of its reductions, with the names of the
    /// columns of the rows.
    pub formula: Option<String>,
    /// Priors by parameter: `intercept`, `week`, `sd`, `sd_intercept`, `sd_week`, `sigma`, `cor`. Those
    /// that are not given follow the scale of scores and weeks; the response says all of them.
    pub priors: Option<BTreeMap<String, GrowthPriorJson>>,
    /// Kept draws a chain. Default 2000.
    pub n_samples: Option<u64>,
    /// Draws a chain, warm-up included, as older clients say it.
    pub iter: Option<u64>,
    /// Warm-up draws a chain. Default 1000, or half of `iter` where only that is given.
    #[serde(alias = "warmup")]
    #[schemars(extend("x-aliases" = ["warmup"]))]
    pub n_warmup: Option<u64>,
    /// Chains. Default 4.
    #[serde(alias = "chains")]
    #[schemars(extend("x-aliases" = ["chains"]))]
    pub n_chains: Option<u64>,
    /// `gaussian` (default), `student`, `binomial` (default for `cbind(right, wrong)`) or `bernoulli`.
    pub family: Option<String>,
    /// Score to reach, on the scale of the scores. Default: 0 where scores lie on both sides of it, as θ and
    /// standard scores do; else none, and the probabilities are null.
    #[serde(alias = "target", alias = "goal_threshold")]
    #[schemars(extend("x-aliases" = ["target", "goal_threshold"]))]
    pub target_score: Option<f64>,
    /// Weeks after the last observed week at which the score is asked for. Default 0.
    #[serde(alias = "weeks_remaining")]
    #[schemars(extend("x-aliases" = ["weeks_remaining"]))]
    pub horizon_weeks: Option<f64>,
    /// Probability inside the intervals, 0..1. Default 0.95.
    pub credible_interval: Option<f64>,
    /// Mean acceptance that the step size of the sampler aims at, from 0.5 to below 1; higher is slower
    /// and diverges less. Default 0.8.
    #[serde(alias = "adapt_delta")]
    #[schemars(extend("x-aliases" = ["adapt_delta"]))]
    pub target_accept: Option<f64>,
    /// Whether a row with a missing value is refused. Default false: left out and counted.
    pub strict: Option<bool>,
    /// Seed of the random numbers. Default 42.
    pub seed: Option<u64>,
    /// Seconds after which the draws so far are returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Whether the response carries what is needed to predict from it alone. Default false.
    pub keep_model: Option<bool>,
}

/// A prior: `{"dist":"normal","mean":0,"sd":1}`. Which numbers belong to it depends on `dist`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GrowthPriorJson {
    /// `normal`, `student_t`, `cauchy`, `half_cauchy`, `exponential`, `lognormal`, `lkj`, `flat`.
    #[serde(alias = "distribution", alias = "family")]
    #[schemars(extend("x-aliases" = ["distribution", "family"]))]
    pub dist: String,
    /// Mean of a normal, of the logarithm of a lognormal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Standard deviation of a normal, of the logarithm of a lognormal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Centre of a Student t or Cauchy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<f64>,
    /// Scale of a Student t or Cauchy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Degrees of freedom of a Student t.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// Rate of an exponential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Shape of an LKJ prior on the correlation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
}

impl GrowthFitRequest {
    /// Kept draws a chain: `n_samples`, or those of `iter` that are no warm-up.
    pub fn samples(&self) -> Option<u64> {
        let of_iter =
            self.iter.zip(self.warmup()).map(|(iter, warmup)| iter.saturating_sub(warmup));
        self.n_samples.or(of_iter)
    }

    /// Warm-up draws a chain: `n_warmup`, or half of `iter`.
    pub fn warmup(&self) -> Option<u64> {
        let half = self.iter.filter(|_| self.n_samples.is_none()).map(|iter| iter / 2);
        self.n_warmup.or(half)
    }
}

#[cfg(test)]
mod tests {
    use super::GrowthFitRequest;

    fn read(text: &str) -> GrowthFitRequest {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_request_of_the_guide_and_that_of_the_client_say_the_same() {
        let guide = read(
            r#"{"data":[{"student_id":"a","week":0,"score":0.1}],
                "formula":"score ~ week + (week|student_id)",
                "priors":{"intercept":{"dist":"normal","mean":0,"sd":1},
                          "sd":{"dist":"cauchy","location":0,"scale":1}},
                "n_samples":500,"n_warmup":500,"n_chains":2,"target_score":0.4}"#,
        );
        let client = read(
            r#"{"rows":[{"student":"a","week":0.0,"score":0.1}],"iter":1000,"chains":2,
                "family":"gaussian","goal_threshold":0.4,"unheard_of":1}"#,
        );
        for request in [&guide, &client] {
            assert_eq!((request.samples(), request.warmup()), (Some(500), Some(500)));
            assert_eq!(request.n_chains, Some(2));
            assert_eq!((request.rows.len(), request.target_score), (1, Some(0.4)));
        }
        assert_eq!(guide.priors.unwrap()["sd"].scale, Some(1.0));
    }
}
