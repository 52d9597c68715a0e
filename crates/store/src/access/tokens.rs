//! Table `seedtest_tokens`: the tokens that open the service, by the digest of their secrets. A token
//! that was revoked or has expired keeps its row, so that a service that had tokens never counts as one
//! that was set up without.

use chrono::{DateTime, Utc};

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, Table, index, stamped, text, time};
use crate::store::Store;

/// The step that brings the tokens of callers.
pub(crate) const TOKENS_OF_CALLERS: Migration = Migration { version: 7, name: "tokens of callers" };

pub(crate) const SEEDTEST_TOKENS: Table = Table::analytics(
    "seedtest_tokens",
    &[
        text("token_id").required(),
        text("name").required(),
        text("digest").required(),
        text("scopes").required(),
        stamped("created_at"),
        time("expires_at"),
        time("revoked_at"),
    ],
)
.key(&["token_id"])
.indexes(&[index("ix_seedtest_tokens_name", "name")])
.since(TOKENS_OF_CALLERS);

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// What it is revoked by.
    pub token_id: String,
    /// Its bearer in logs and in the ledger; several tokens may have one bearer.
    pub name: String,
    /// SHA-256 of the secret in hexadecimal.
    pub digest: String,
    /// What it opens: words with commas between them.
    pub scopes: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it no longer opens; `None` = never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Every token ever made, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tokens(&self) -> Result<Vec<StoredToken>, Error> {
        let columns = SEEDTEST_TOKENS.select();
        let sql = format!("SELECT {columns} FROM seedtest_tokens ORDER BY created_at, token_id");
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[], read).await
    }
}

impl Tx {
    /// Adds a token.
    ///
    /// # Errors
    /// When the database refuses, as it does for an id that is there.
    pub async fn add_token(&mut self, token: &StoredToken) -> Result<(), Error> {
        let values = [
            Value::text(&token.token_id),
            Value::text(&token.name),
            Value::text(&token.digest),
            Value::text(&token.scopes),
            Value::time(token.created_at),
            Value::Time(token.expires_at),
            Value::Time(token.revoked_at),
        ];
        SEEDTEST_TOKENS.insert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// Takes back the token of an id, or every token of a name; gives how many still held.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_tokens(
        &mut self,
        id_or_name: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let sql = "UPDATE seedtest_tokens SET revoked_at = $2 \
             WHERE (token_id = $1 OR name = $1) AND revoked_at IS NULL";
        self.session().execute(sql, &[Value::text(id_or_name), Value::time(now)]).await
    }

    /// Lets every token of a name that still holds expire at an instant, unless it does so before; gives
    /// their number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn expire_tokens(&mut self, name: &str, at: DateTime<Utc>) -> Result<u64, Error> {
        let sql = "UPDATE seedtest_tokens SET expires_at = $2 WHERE name = $1 \
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
        self.session().execute(sql, &[Value::text(name), Value::time(at)]).await
    }
}

fn read(row: &Record<'_>) -> Result<StoredToken, Error> {
    Ok(StoredToken {
        token_id: row.get("token_id")?,
        name: row.get("name")?,
        digest: row.get("digest")?,
        scopes: row.get("scopes")?,
        created_at: row.get("created_at")?,
        expires_at: row.get_or_null("expires_at")?,
        revoked_at: row.get_or_null("revoked_at")?,
    })
}
