//! Why a letter was not sent, and what is known of where it is.

use seedtest_fault::FaultKind;

/// Why a letter was not sent. `server` is where it was to go first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// A text that is no address.
    #[error("{address:?} is no mail address")]
    BadAddress {
        /// The text.
        address: String,
    },
    /// A server nobody can connect to as it is set up.
    #[error("mail through {server} cannot be used as it is set up: {reason}")]
    SetUp {
        /// The server.
        server: String,
        /// What is wrong.
        reason: String,
    },
    /// A letter that cannot be written down.
    #[error("the letter cannot be put together: {reason}")]
    Letter {
        /// What is wrong.
        reason: String,
    },
    /// The server cannot be reached, or no session with it begins: the letter is certainly here.
    #[error("{server} is not reached: {reason}")]
    Away {
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server refused the letter: it is certainly here.
    #[error("{server} refuses the letter: {reason}")]
    Refused {
        /// The server.
        server: String,
        /// What it answered.
        reason: String,
        /// Whether it would refuse it again.
        for_good: bool,
    },
    /// The connection broke while the letter was under way: it may have been taken.
    #[error("the connection to {server} broke: {reason}; whether it took the letter is not known")]
    Unknown {
        /// The server.
        server: String,
        /// What happened.
        reason: String,
    },
}

impl MailError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "write NAME@HOST",
            Self::SetUp { .. } => {
                "check SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_CA_FILE and MAIL_FROM"
            }
            Self::Letter { .. } => {
                "check the subject and the texts of letters in the customising file"
            }
            Self::Away { .. } => {
                "check SMTP_HOST, SMTP_PORT and SMTP_SECURITY, or run it again later"
            }
            Self::Refused { for_good: true, .. } => {
                "check SMTP_USER, its password, MAIL_FROM and the address of the recipient"
            }
            Self::Refused { for_good: false, .. } => "run it again later: what was sent is skipped",
            Self::Unknown { .. } => {
                "look into the log of the server; --resend-unknown sends it again"
            }
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadAddress { .. } => FaultKind::Data,
            Self::SetUp { .. } => FaultKind::SetUp,
            Self::Letter { .. } => FaultKind::Internal,
            Self::Away { .. } | Self::Refused { .. } | Self::Unknown { .. } => FaultKind::Upstream,
        }
    }

    /// Whether it is certain that the letter was not taken.
    pub fn is_surely_unsent(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}
