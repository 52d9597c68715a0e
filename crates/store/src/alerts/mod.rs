//! What somebody has to look at, and who was told of it.

pub(crate) mod alert;
pub(crate) mod delivery;

use crate::schema::Migration;

const ALERTS: Migration = Migration { version: 19, name: "alerts, and who was told of them" };
