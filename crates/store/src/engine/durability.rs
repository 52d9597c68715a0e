//! Whether a commit waits for the disk.

/// What holds after a power cut once a transaction was committed. A process that dies loses nothing
/// either way, and PostgreSQL waits for its disk as its own settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It is there.
    Full,
    /// It may be missing, whole, unless a later [`Durability::Full`] was committed.
    Soon,
}
