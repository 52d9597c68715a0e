//! Every test runs on SQLite and on a real PostgreSQL server.

mod backends;
mod migration;
mod smoke;
