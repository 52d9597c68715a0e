//! What a reader of a fit has to know about its data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something about the data that a reader of the fit has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// The event is a function of the observed time: every event is later than every censoring, as
    /// with event = 1{time ≥ k}. The coefficients compare events among themselves only.
    DegenerateEventDefinition {
        /// Latest censoring.
        last_censoring: f64,
        /// Earliest event.
        first_event: f64,
    },
    /// The likelihood has no maximum: a covariate orders the events perfectly, or nearly so.
    Separation {
        /// The covariates that take part.
        covariates: Vec<String>,
    },
    /// A ridge penalty was applied although none was asked for.
    RidgeApplied {
        /// The penalty.
        ridge: f64,
    },
    /// A covariate has the same value in all rows and was left out.
    Constant {
        /// The covariate.
        covariate: String,
    },
    /// A covariate does not differ between rows at risk at the same time and was left out.
    NoInformation {
        /// The covariate.
        covariate: String,
    },
    /// A covariate is a linear combination of others and was left out.
    Collinear {
        /// The covariate.
        covariate: String,
        /// The others, with their coefficients.
        combination: Vec<(String, f64)>,
    },
    /// A covariate is measured on a scale that makes its coefficient hard to read.
    Scale {
        /// The covariate.
        covariate: String,
        /// Its standard deviation.
        sd: f64,
    },
    /// The digits of a covariate are nearly used up by its mean.
    LargeMean {
        /// The covariate.
        covariate: String,
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
    /// Fewer than ten events for each covariate.
    FewEvents {
        /// Number of events.
        events: usize,
        /// Number of covariates.
        covariates: usize,
    },
    /// No more clusters than covariates: the robust covariance has no full rank, and of a single
    /// cluster there is none, so that the model's own is given.
    FewClusters {
        /// Number of clusters.
        clusters: usize,
        /// Number of covariates.
        covariates: usize,
    },
    /// No row is censored.
    NoCensoring,
    /// Rows that are at risk at no event: they do not say anything.
    NeverAtRisk {
        /// Number of rows.
        rows: usize,
    },
}

impl Warning {
    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::DegenerateEventDefinition { .. } => {
                "follow every student from a landmark on and count the event when it happens"
            }
            Self::Separation { .. } => {
                "leave the covariate out or keep a penalty (`--ridge`, `--alpha`): how large the coefficient is, the \
                 penalty says and not the data"
            }
            Self::RidgeApplied { .. } => {
                "choose the penalty with `--ridge`, `regularization` in a request"
            }
            Self::Constant { .. } | Self::NoInformation { .. } => "leave the covariate out",
            Self::Collinear { .. } => "leave one of them out",
            Self::Scale { .. } => "express the covariate in other units",
            Self::LargeMean { .. } => "subtract a constant from the covariate",
            Self::FewEvents { .. } => {
                "use fewer covariates or a ridge penalty (`--ridge`, `regularization` in a request)"
            }
            Self::FewClusters { .. } => "cluster by something finer, or fit without clusters",
            Self::NoCensoring => "check that rows without event are in the data",
            Self::NeverAtRisk { .. } => "nothing, if these rows end before the first event",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DegenerateEventDefinition { last_censoring, first_event } => write!(
                f,
                "the event is a function of time: the first event is at {first_event}, the last \
                 censoring at {last_censoring}"
            ),
            Self::Separation { covariates } => {
                write!(f, "the likelihood has no maximum in {}", covariates.join(", "))
            }
            Self::RidgeApplied { ridge } => write!(f, "a ridge penalty of {ridge} was applied"),
            Self::Constant { covariate } => write!(f, "`{covariate}` is constant"),
            Self::NoInformation { covariate } => {
                write!(f, "`{covariate}` does not differ between rows at risk at the same time")
            }
            Self::Collinear { covariate, combination } => {
                let parts: Vec<String> =
                    combination.iter().map(|(name, c)| format!("{c:.4} {name}")).collect();
                write!(f, "`{covariate}` is {} plus a constant", parts.join(" + "))
            }
            Self::Scale { covariate, sd } => {
                write!(f, "`{covariate}` has a standard deviation of {sd:e}")
            }
            Self::LargeMean { covariate, mean, sd } => {
                write!(f, "`{covariate}` has a mean of {mean:e} with a spread of {sd:e}")
            }
            Self::FewEvents { events, covariates } => {
                write!(f, "{events} events for {covariates} covariates")
            }
            Self::FewClusters { clusters, covariates } => {
                write!(f, "{clusters} clusters for {covariates} covariates")
            }
            Self::NoCensoring => f.write_str("no row is censored"),
            Self::NeverAtRisk { rows } => write!(f, "{rows} rows are at risk at no event"),
        }
    }
}
