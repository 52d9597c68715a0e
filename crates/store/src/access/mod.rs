//! Who may ask: the tokens of callers, the people who sign in, and their sessions.

pub(crate) mod accounts;
pub(crate) mod invitations;
pub(crate) mod sessions;
pub(crate) mod tokens;
