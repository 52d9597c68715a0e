//! Why an object could not be published.

use seedtest_fault::FaultKind;

/// Why an object could not be published. `place` is the bucket, container or directory, `key` the object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A place that cannot be one.
    #[error("{given:?} is no place for files: {reason}")]
    BadPlace {
        /// The text given.
        given: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A place to which nobody can connect as it is set up.
    #[error("{place} cannot be used as it is set up: {reason}")]
    SetUp {
        /// The place.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A key that leads nowhere in a store.
    #[error("{key:?} is no key of an object: {reason}")]
    BadKey {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The place does not let the object in or out.
    #[error("{place} refuses {key}: {reason}")]
    Refused {
        /// The place.
        place: String,
        /// The key.
        key: String,
        /// What it answered.
        reason: String,
    },
    /// The bucket, or the object that was asked for, is not there.
    #[error("{place} has no {key}: {reason}")]
    NotThere {
        /// The place.
        place: String,
        /// The key.
        key: String,
        /// What it answered.
        reason: String,
    },
    /// The place did not answer, or answered with a fault of its own, as often as it was asked.
    #[error("{place} did not take or give {key}: {reason}")]
    Failed {
        /// The place.
        place: String,
        /// The key.
        key: String,
        /// What it answered, or why it did not.
        reason: String,
    },
    /// A link that opens by itself is asked of a place that has none.
    #[error("{place} has no links that open for a time")]
    Unsigned {
        /// The place.
        place: String,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::BadPlace { .. } => {
                "write s3://BUCKET, gs://BUCKET, az://CONTAINER, each with /PREFIX if wanted, or a directory"
                    .into()
            }
            Self::SetUp { .. } => {
                "check endpoint, region and credentials; `seedtest config show` lists what is set".into()
            }
            Self::BadKey { .. } => "a key is made of names with / between them".into(),
            Self::Refused { place, .. } => format!(
                "check the access key, its secret and the region, and that they may read and write \
                 objects of {place}"
            ),
            Self::NotThere { place, .. } => {
                format!("check the name of {place}; buckets are not made here")
            }
            Self::Failed { .. } => {
                "run it again when it answers: what was published is skipped".into()
            }
            Self::Unsigned { .. } => {
                "give 0 hours for plain addresses, or publish into a bucket".into()
            }
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadPlace { .. } | Self::SetUp { .. } | Self::Unsigned { .. } => FaultKind::SetUp,
            Self::BadKey { .. } => FaultKind::Internal,
            Self::NotThere { .. } => FaultKind::NotFound,
            Self::Refused { .. } | Self::Failed { .. } => FaultKind::Upstream,
        }
    }

    /// Whether the next object would fail as this one did: nobody has to try a thousand.
    pub fn stops_everything(&self) -> bool {
        match self {
            Self::BadPlace { .. }
            | Self::SetUp { .. }
            | Self::Unsigned { .. }
            | Self::Refused { .. }
            | Self::NotThere { .. } => true,
            Self::BadKey { .. } | Self::Failed { .. } => false,
        }
    }

    /// What a store answered, with the place and the key named.
    pub(crate) fn of_store(place: &str, key: &str, error: &object_store::Error) -> Self {
        let (place, key, reason) = (place.to_owned(), key.to_owned(), reason(error));
        match error {
            object_store::Error::NotFound { .. } => Self::NotThere { place, key, reason },
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Refused { place, key, reason },
            object_store::Error::InvalidPath { .. } => Self::BadKey { key, reason },
            object_store::Error::Generic { .. } if is_credentials(&reason) => {
                Self::Refused { place, key, reason }
            }
            _ => Self::Failed { place, key, reason },
        }
    }
}

/// Answers of S3 that have another status than 403 and yet speak of credentials.
fn is_credentials(reason: &str) -> bool {
    ["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "ExpiredToken"]
        .iter()
        .any(|code| reason.contains(code))
}

/// The innermost cause: what a server answered or the system said. The outer ones repeat it with
/// addresses.
fn reason(error: &object_store::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    condensed(&cause.to_string())
}

/// Longest answer that is repeated.
const LONGEST: usize = 300;

/// An answer in XML by its code and message: the rest names what was signed. Any other is cut.
fn condensed(answer: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.trim())
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => {
            answer.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::condensed;

    #[test]
    fn an_answer_is_told_by_its_code() {
        let xml = "Server returned 403: <?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
                   <Message>The signature differs.</Message><AWSAccessKeyId>AK</AWSAccessKeyId>\
                   <StringToSign>AWS4-HMAC-SHA256</StringToSign></Error>";
        assert_eq!(condensed(xml), "SignatureDoesNotMatch: The signature differs.");
        assert_eq!(condensed("Connection\n  refused"), "Connection refused");
        assert_eq!(condensed(&"x".repeat(1000)).len(), super::LONGEST);
    }
}
