//! Table `seedtest_invitations`: links by which people set the password of an account, by the digest of the secret in
//! them. Each works once.

use chrono::{DateTime, Utc};

use super::accounts::PEOPLE_WHO_SIGN_IN;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, stamped, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_INVITATIONS: Table = Table::analytics(
    "seedtest_invitations",
    &[
        text("digest").required(),
        text("account_id").required(),
        stamped("created_at"),
        time("expires_at").required(),
    ],
)
.key(&["digest"])
.indexes(&[index("ix_seedtest_invitations_account", "account_id")])
.since(PEOPLE_WHO_SIGN_IN);

/// A link that sets the password of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the secret in hexadecimal.
    pub digest: String,
    /// Of which account.
    pub account_id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it no longer works.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// The invitation of a digest, one that is over too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invitation(&self, digest: &str) -> Result<Option<Invitation>, Error> {
        let columns = SEEDTEST_INVITATIONS.select();
        let sql = format!("SELECT {columns} FROM seedtest_invitations WHERE digest = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(digest)], read).await
    }

    /// The accounts that somebody is invited to by a link that still works.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invited(&self, now: DateTime<Utc>) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
        let columns = SEEDTEST_INVITATIONS.select();
        let sql = format!(
            "SELECT {columns} FROM seedtest_invitations WHERE expires_at > $1 \
             ORDER BY account_id, expires_at"
        );
        let mut connection = self.connection().await?;
        let all =
            connection.session().fetch_records(&columns, &sql, &[Value::time(now)], read).await?;
        Ok(all.into_iter().map(|of| (of.account_id, of.expires_at)).collect())
    }
}

impl Tx {
    /// Adds an invitation; those of the account before it no longer work.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_invitation(&mut self, invitation: &Invitation) -> Result<(), Error> {
        let sql = "DELETE FROM seedtest_invitations WHERE account_id = $1";
        self.session().execute(sql, &[Value::text(&invitation.account_id)]).await?;
        let values: [Value<'_>; SEEDTEST_INVITATIONS.width()] = [
            Value::text(&invitation.digest),
            Value::text(&invitation.account_id),
            Value::time(invitation.created_at),
            Value::time(invitation.expires_at),
        ];
        SEEDTEST_INVITATIONS.insert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// Uses an invitation up; `false` = somebody else did, or it is over.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_invitation(
        &mut self,
        digest: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let sql = "DELETE FROM seedtest_invitations WHERE digest = $1 AND expires_at > $2";
        let taken = self.session().execute(sql, &[Value::text(digest), Value::time(now)]).await?;
        Ok(taken > 0)
    }
}

fn read(row: &Record<'_>) -> Result<Invitation, Error> {
    Ok(Invitation {
        digest: row.get("digest")?,
        account_id: row.get("account_id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}
