//! Temporary databases for tests.
//!
//! [`postgres_database`] gives a test an empty database on a real PostgreSQL server that lives as
//! long as the test process. Nothing has to be configured; the server's programs must be
//! installed.

mod cluster;

pub use cluster::{ClusterError, postgres_database};
