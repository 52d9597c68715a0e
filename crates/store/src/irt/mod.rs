//! Item parameters, abilities and the runs that produced them (docs/contract/schema.md S9, S10).
//! Every fit adds rows; the views `*_latest` show the newest ones.

pub(crate) mod ability;
pub(crate) mod anchor;
pub(crate) mod bank;
pub(crate) mod calibration;
pub(crate) mod cat_session;
pub(crate) mod fit_meta;
mod history;
pub(crate) mod item_params;
pub(crate) mod topic_theta;
mod write_calibration;
