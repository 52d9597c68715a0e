//! Reports by mail.

mod error;
mod letter;
mod postbox;

pub use error::MailError;
pub use letter::{Attachment, Letter, valid_address};
pub use postbox::{Postbox, Security, SmtpPlace};
