//! Who gets reports by mail: read in, listed, and let go.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use chrono::Duration;
use seedtest_ingest::{RecipientRow, read_recipients};
use seedtest_publish::valid_address;
use seedtest_store::{OptedOut, ReportRecipient, Store};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;

/// What a table of recipients held and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientsSummary {
    /// Recipients in the file.
    pub recipients: usize,
    /// Those who agreed.
    pub agreed: usize,
    /// Rows of the database that are new or other than before.
    pub changed: u64,
    /// Students of the file who are in no roster and of whom nothing is stored, by id: a slip of the pen, or somebody
    /// who is still to come. Their recipients are kept.
    pub unknown: Vec<String>,
}

/// Reads a table of recipients and writes it; recipients it does not list stay, and who left stays away until
/// a later day of agreement is read. An id that became another one counts as that one.
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
    let (known, aliases) = (store.students_with_answers().await?, store.student_aliases().await?);
    let is_known = |id: &str| known.contains(id) || aliases.contains_key(id);
    let rows = read_recipients(path, valid_address, latest, &is_known)?;
    let rows = under_their_ids(rows, &aliases);
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
        unknown: unknown(store, &recipients).await?,
    })
}

/// Rows of ids that became another one are of that one; where it has a row of its own for the address, that counts.
fn under_their_ids(
    mut rows: Vec<RecipientRow>,
    aliases: &HashMap<String, String>,
) -> Vec<RecipientRow> {
    rows.sort_by_key(|row| aliases.contains_key(&row.student_id));
    for row in &mut rows {
        if let Some(stays) = aliases.get(&row.student_id) {
            row.student_id.clone_from(stays);
        }
    }
    let mut taken = BTreeSet::new();
    rows.retain(|row| taken.insert((row.student_id.clone(), row.address.to_lowercase())));
    rows
}

/// Whose recipients nobody is known to be.
async fn unknown(store: &Store, recipients: &[ReportRecipient]) -> Result<Vec<String>, Error> {
    let answered = store.students_with_answers().await?;
    let roster = store.roster().await?;
    let listed: BTreeSet<&str> = roster.students.iter().map(|of| of.user_id.as_str()).collect();
    let ids: BTreeSet<&str> = recipients.iter().map(|of| of.user_id.as_str()).collect();
    let mut unknown = Vec::new();
    for id in ids.into_iter().filter(|id| !answered.contains(*id) && !listed.contains(id)) {
        if !store.knows_student(id).await? {
            unknown.push(id.to_owned());
        }
    }
    Ok(unknown)
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

/// Lets a recipient leave; who left before stays away all the same.
///
/// # Errors
/// When the database refuses.
pub async fn opt_out(store: &Store, clock: Clock, leaver: Leaver<'_>) -> Result<OptedOut, Error> {
    let now = clock.now();
    let mut tx = store.begin().await?;
    let left = match leaver {
        Leaver::Address { address, user_id } => tx.opt_out_address(address, user_id, now).await?,
        Leaver::Token(token) => tx.opt_out_token(token, now).await?,
    };
    tx.commit().await?;
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_became_another_one_has_no_row_beside_it() {
        let row = |student: &str, address: &str, lang| RecipientRow {
            student_id: student.into(),
            address: address.into(),
            lang,
            opted_in_at: None,
        };
        let aliases = HashMap::from([("Amy".to_owned(), "amy".to_owned())]);
        let rows =
            [row("Amy", "A@x.kr", "en"), row("Amy", "b@x.kr", "ko"), row("amy", "a@x.kr", "ko")];
        let found = under_their_ids(rows.to_vec(), &aliases);
        assert_eq!(found, [row("amy", "a@x.kr", "ko"), row("amy", "b@x.kr", "ko")]);
    }
}
