//! What tests need beside themselves: temporary databases and, with the feature `services`, an object store,
//! a mail server and a receiver of signed requests.
//!
//! [`chromium`] is the browser of this machine. [`postgres_database`] gives a test an empty database on a real PostgreSQL server that lives as
//! long as the test process. Nothing has to be configured; the server's programs must be
//! installed. [`Server`] is a server that a test kills and starts again.

mod browser;
mod cluster;
#[cfg(feature = "services")]
mod hook;
#[cfg(feature = "services")]
mod python;
#[cfg(feature = "services")]
mod s3;
mod server;
#[cfg(feature = "services")]
mod smtp;
mod words;

pub use browser::chromium;
pub use cluster::{ClusterError, postgres_database};
#[cfg(feature = "services")]
pub use hook::{HookServer, Hooked};
#[cfg(feature = "services")]
pub use s3::S3Server;
pub use server::Server;
#[cfg(feature = "services")]
pub use smtp::{SmtpError, SmtpOptions, SmtpServer, Taken};
pub use words::own_word;
