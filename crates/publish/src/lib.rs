//! Brings reports to people: into a bucket of S3 or of what speaks like it, Google Cloud Storage, Azure
//! Blob Storage or a directory, and by mail.
//!
//! A [`Place`] says where, a [`Publisher`] puts objects there and knows their addresses; a [`Postbox`]
//! sends mail, a [`Webhook`] tells another system. Nothing here reads a database, a clock or the
//! environment. No error shows a secret.

mod address;
mod error;
mod mail;
mod patience;
mod place;
mod publisher;
mod secret;
mod webhook;

pub use error::Error;
pub use mail::{Attachment, Letter, MailError, Postbox, Security, SmtpPlace, valid_address};
pub use patience::Patience;
pub use place::{
    AzureCredentials, AzurePlace, DirectoryPlace, GcsCredentials, GcsPlace, Place, S3Credentials,
    S3Place, Target,
};
pub use publisher::{Object, Publisher};
pub use secret::Secret;
pub use webhook::{DELIVERY, SIGNATURE, Webhook, WebhookError, WebhookMessage};
