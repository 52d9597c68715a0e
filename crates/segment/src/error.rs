//! Why rows cannot be clustered.

use seedtest_fault::FaultKind;

/// Why rows cannot be clustered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The time was up in the middle of a step.
    #[error(transparent)]
    Interrupted(#[from] seedtest_numerics::Interrupted),
    /// A column has the wrong length.
    #[error("feature `{feature}` has {found} values, the first one has {expected}")]
    Length {
        /// Name of the feature.
        feature: String,
        /// Its length.
        found: usize,
        /// Length of the first feature.
        expected: usize,
    },
    /// A value that is infinite or more than 1e100 in size.
    #[error("data row {}: `{feature}` is {value}", row + 1)]
    BadValue {
        /// Row, from 0; messages count from 1, without a header.
        row: usize,
        /// Name of the feature.
        feature: String,
        /// The value.
        value: f64,
    },
    /// Two features of one name.
    #[error("there are two features `{feature}`")]
    DuplicateFeature {
        /// The name.
        feature: String,
    },
    /// No feature differs between rows.
    #[error("none of the {features} features differs between rows")]
    NoFeature {
        /// Features given.
        features: usize,
    },
    /// Too few rows.
    #[error("{rows} rows are too few for {what} ({required} are needed)")]
    TooFew {
        /// Rows given.
        rows: usize,
        /// What they are too few for.
        what: String,
        /// Rows needed.
        required: usize,
    },
    /// More clusters asked for than there are different rows.
    #[error("{k} clusters of {distinct} different rows")]
    TooManyClusters {
        /// Clusters asked for.
        k: usize,
        /// Different rows.
        distinct: usize,
    },
    /// More rows than a method with a distance for every pair can hold.
    #[error("{rows} rows are too many for {method}, which keeps every distance ({most} at most)")]
    TooManyRows {
        /// Rows given.
        rows: usize,
        /// The method.
        method: &'static str,
        /// Rows it takes.
        most: usize,
    },
    /// A setting out of its range.
    #[error("{name} is {value}; {expected}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A row to be assigned lacks a feature of the fit.
    #[error("the feature `{feature}` of the fit is missing")]
    MissingFeature {
        /// Its name.
        feature: String,
    },
    /// A centre that rows cannot be compared with.
    #[error("centre {centre}: {reason}")]
    Centre {
        /// Which, from 1.
        centre: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A feature that was asked for is not there.
    #[error("there is no feature `{feature}`")]
    UnknownFeature {
        /// Its name.
        feature: String,
    },
}

impl Error {
    /// A mixture whose covariances are singular.
    pub(crate) fn collapsed(regularization: f64) -> Self {
        let expected = "raise it: a component has collapsed on too few rows";
        Self::Setting { name: "regularization", value: regularization, expected }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::Setting { .. } | Self::UnknownFeature { .. } => FaultKind::Setting,
            Self::Length { .. }
            | Self::BadValue { .. }
            | Self::DuplicateFeature { .. }
            | Self::NoFeature { .. }
            | Self::TooFew { .. }
            | Self::TooManyClusters { .. }
            | Self::TooManyRows { .. }
            | Self::Centre { .. }
            | Self::MissingFeature { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Interrupted(_) => "allow more with max_seconds, or send fewer rows",
            Self::Length { .. } => "give one value for each row in every feature",
            Self::BadValue { .. } => "mend the value, or leave it out: missing values are allowed",
            Self::DuplicateFeature { .. } => "rename one of them, or leave it out",
            Self::NoFeature { .. } => "use features that differ between rows",
            Self::TooFew { .. } => "wait for more rows, or ask for fewer clusters",
            Self::TooManyClusters { .. } => "ask for fewer clusters",
            Self::TooManyRows { .. } => "use kmeans or gaussian_mixture, or a sample of the rows",
            Self::Setting { .. } => "choose a value in that range, or leave the setting out",
            Self::MissingFeature { .. } => "give every feature of the fit; a value may be missing",
            Self::Centre { .. } => "give a finite number for each feature in every centre",
            Self::UnknownFeature { .. } => "name features that the rows have",
        }
    }

    /// Whether there is just too little to cluster, which is no fault of the caller.
    pub fn is_noop(&self) -> bool {
        matches!(self, Self::TooFew { .. } | Self::NoFeature { .. } | Self::TooManyClusters { .. })
    }
}
