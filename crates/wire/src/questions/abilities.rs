//! `/analysis/irt/*`: stored abilities of a student, and how they are brought up to date
//! (docs/contract/http-api.md H16).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::Id;

/// One ability.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ThetaRow {
    /// Null for the ability over all topics.
    pub topic_id: Option<String>,
    /// Ability, θ scale.
    pub theta: f64,
    /// Its standard error; null where it is not known.
    pub se: Option<f64>,
    /// Model of the item parameters.
    pub model: Option<String>,
    /// When it was estimated, RFC 3339.
    pub fitted_at: String,
}

/// `POST /analysis/irt/update-theta`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateRequest {
    /// Student.
    #[schemars(required)]
    pub user_id: Option<String>,
    /// Session after which the ability is wanted; a text or a number. Every answer of the student counts
    /// all the same, so nothing depends on it.
    #[schemars(with = "Option<Id<'static>>")]
    pub session_id: Option<Value>,
    /// Days whose answers count, 1 to 36500. Default 30.
    pub lookback_days: Option<u32>,
    /// Model of the item parameters, in any case. Default: that of the set-up.
    pub model: Option<String>,
    /// Version of the item parameters. Default: that of the set-up.
    pub version: Option<String>,
}

/// What came of an update.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum UpdateAnswer {
    /// There are answers to items with parameters.
    Ok {
        /// Student.
        user_id: String,
        /// Ability, θ scale.
        theta: f64,
        /// Its standard error.
        se: Option<f64>,
        /// Model of the item parameters.
        model: Option<String>,
        /// `online`.
        version: String,
        /// When it was estimated, RFC 3339.
        updated_at: String,
    },
    /// There are none.
    Noop {
        /// Student.
        user_id: String,
        /// `false` where nothing at all is stored of the student.
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<bool>,
        /// Why nothing was estimated.
        message: &'static str,
    },
}
