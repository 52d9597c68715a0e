#![doc = include_str!("../README.md")]

mod flags;
mod json_fault;
mod shown;

pub use flags::{with_flags_named, without_flags};
pub use json_fault::json_fault;
pub use shown::{escaped, escaped_in_json, escaped_lines, scheme_of, without_credentials};

/// Whose move it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A request cannot be read.
    Malformed,
    /// A flag, a setting or a field of a request does not say what it must.
    Setting,
    /// What the process was started with (environment, directories) cannot be used.
    SetUp,
    /// There is not a single observation.
    NoObservations,
    /// The data cannot be used.
    Data,
    /// The work would take more memory than it may.
    TooLarge,
    /// A prediction needs a stored model, and there is none.
    NoModel,
    /// What was asked for is not there.
    NotFound,
    /// Something else is in the way, and will not be for long.
    Conflict,
    /// Whoever asked gave up, or the process stops.
    Cancelled,
    /// The time was up before there was a result.
    Deadline,
    /// A service behind this program failed.
    Upstream,
    /// The database failed.
    Storage,
    /// The database does not answer now, and may do so soon.
    Away,
    /// A file or stream cannot be read or written.
    Files,
    /// This program failed.
    Internal,
}

impl FaultKind {
    /// Exit code of a command that ends so: 2 for a call that was wrong as typed, else 1.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Setting | Self::SetUp => 2,
            Self::Malformed
            | Self::NoObservations
            | Self::Data
            | Self::TooLarge
            | Self::NoModel
            | Self::NotFound
            | Self::Conflict
            | Self::Cancelled
            | Self::Deadline
            | Self::Upstream
            | Self::Storage
            | Self::Away
            | Self::Files
            | Self::Internal => 1,
        }
    }
}
