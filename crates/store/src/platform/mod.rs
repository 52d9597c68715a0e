//! Tables the platform owns (docs/contract/schema.md S1, S5–S7). An embedded database, or a server
//! nobody has used yet, gets them too.

pub(crate) mod cohort;
pub(crate) mod interest_goal;
pub(crate) mod owner;
pub(crate) mod places;
pub(crate) mod question;
pub(crate) mod sittings;
pub(crate) mod visits;
