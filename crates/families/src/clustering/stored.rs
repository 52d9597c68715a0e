//! What is stored of a clustering.

use seedtest_segment::Fit;
use serde::{Deserialize, Serialize};

use super::fit::Fitted;

/// What is stored of a clustering so that it can assign new rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Identity of the fit.
    pub run_id: String,
    /// The clusters, without what is said of the rows of the fit.
    pub fit: Fit,
}

impl Stored {
    /// Of a fit, under the name of its run.
    pub fn of(fitted: &Fitted, run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), fit: fitted.fit.clone().without_rows() }
    }
}
