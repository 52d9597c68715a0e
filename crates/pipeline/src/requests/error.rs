use crate::error::Error;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A field does not say what it must.
    #[error("{field}: {reason}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// There are no answers at all.
    #[error("no observations")]
    NoObservations,
    /// The data cannot be used, or the fit failed.
    #[error(transparent)]
    Model(#[from] Error),
}

impl RequestError {
    pub(super) fn field(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Field { field, reason: reason.into() }
    }

    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Field { .. } => None,
            Self::NoObservations => {
                Some("send `observations` with one {user_id, item_id, is_correct} an answer".into())
            }
            Self::Model(error) => error.hint(),
        }
    }
}
