//! Who gets reports by mail: read in, listed, and let go.

use std::path::Path;

use chrono::Duration;
use seedtest_ingest::read_recipients;
use seedtest_publish::valid_address;
use seedtest_store::{ReportRecipient, Store};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;

/// What a table of recipients held and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipientsSummary {
    /// Recipients in the file.
    pub recipients: usize,
    /// Those who agreed.
    pub agreed: usize,
    /// Rows of the database that are new or other than before.
    pub changed: u64,
}

/// Reads a table of recipients and writes it; recipients it does not list stay, and who left stays away until
/// a later day of agreement is read.
///
/// # Errors
/// When the file cannot be used, of which nothing is written then, or the database refuses.
pub async fn import_recipients(
    store: &Store,
    clock: Clock,
    path: &Path,
) -> Result<RecipientsSummary, Error> {
    // Today is a day on at the other end of the world.
    let latest = clock.now() + Duration::days(1);
    let rows = read_recipients(path, valid_address, latest)?;
    let stored = store.report_recipients().await?;
    // One mailbox however it is spelled: the first spelling is kept.
    let spelled = |user_id: &str, address: &str| {
        let is_it = |r: &&ReportRecipient| {
            r.user_id == user_id && r.address.to_lowercase() == address.to_lowercase()
        };
        stored.iter().find(is_it).map_or_else(|| address.to_owned(), |found| found.address.clone())
    };
    let recipients: Vec<ReportRecipient> = rows
        .into_iter()
        .map(|row| ReportRecipient {
            address: spelled(&row.student_id, &row.address),
            user_id: row.student_id,
            lang: row.lang.to_owned(),
            opted_in_at: row.opted_in_at,
            opted_out_at: None,
            unsubscribe_token: Uuid::new_v4().simple().to_string(),
        })
        .collect();
    let mut tx = store.begin().await?;
    let changed = tx.write_report_recipients(&recipients).await?;
    tx.commit().await?;
    Ok(RecipientsSummary {
        recipients: recipients.len(),
        agreed: recipients.iter().filter(|recipient| recipient.opted_in_at.is_some()).count(),
        changed,
    })
}

/// Who wants to be left in peace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaver<'a> {
    /// An address, of one student or of all.
    Address {
        /// The address.
        address: &'a str,
        /// The student.
        user_id: Option<&'a str>,
    },
    /// The token that their letters name.
    Token(&'a str),
}

/// Lets a recipient leave; of how many students.
///
/// # Errors
/// When the database refuses.
pub async fn opt_out(store: &Store, clock: Clock, leaver: Leaver<'_>) -> Result<u64, Error> {
    let now = clock.now();
    let mut tx = store.begin().await?;
    let left = match leaver {
        Leaver::Address { address, user_id } => tx.opt_out_address(address, user_id, now).await?,
        Leaver::Token(token) => tx.opt_out_token(token, now).await?,
    };
    tx.commit().await?;
    Ok(left)
}
