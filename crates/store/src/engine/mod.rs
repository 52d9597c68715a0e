//! What both database engines share and where they differ: connections, transactions, values and
//! rows, bulk transfer, locks.

pub(crate) mod backend;
pub(crate) mod bulk;
pub(crate) mod copy;
pub(crate) mod driver;
pub(crate) mod durability;
pub(crate) mod lock;
#[cfg(test)]
pub(crate) mod plan;
pub(crate) mod postgres;
mod postgres_tls;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod session;
pub(crate) mod sqlite;
pub(crate) mod timestamp;
pub(crate) mod tx;
pub(crate) mod value;
