//! What is returned when there is nothing to compute from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is returned when there is nothing to compute from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noop {
    /// `"noop"`.
    #[schemars(extend("const" = "noop"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Why nothing was computed.
    pub reason: String,
}

impl Noop {
    /// The answer with a reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { status: "noop".into(), ok: true, reason: reason.into() }
    }
}
