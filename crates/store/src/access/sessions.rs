//! Table `seedtest_sessions`: browsers that are signed in, by the digest of the secret in their cookie.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::accounts::PEOPLE_WHO_SIGN_IN;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, json, stamped, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_SESSIONS: Table = Table::analytics(
    "seedtest_sessions",
    &[
        text("digest").required(),
        text("account_id"),
        // Of somebody without an account: whom the token of the platform speaks of, and what it says.
        text("user_id"),
        json("claims"),
        stamped("created_at"),
        stamped("seen_at"),
        time("expires_at").required(),
    ],
)
.key(&["digest"])
.indexes(&[
    index("ix_seedtest_sessions_account", "account_id"),
    index("ix_seedtest_sessions_user", "user_id"),
    index("ix_seedtest_sessions_expires", "expires_at"),
])
.since(PEOPLE_WHO_SIGN_IN);

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// SHA-256 of the secret in hexadecimal.
    pub digest: String,
    /// The account of who signed in; `None` = a token of the platform or of a provider said who they are.
    pub account_id: Option<String>,
    /// Without an account: the id of the person there.
    pub user_id: Option<String>,
    /// Without an account: what the token said of them.
    pub claims: Option<Json>,
    /// When they signed in.
    pub created_at: DateTime<Utc>,
    /// When they were last seen, to the minute or so.
    pub seen_at: DateTime<Utc>,
    /// When it ends whatever they do.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// The session of a digest, ended ones too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn web_session(&self, digest: &str) -> Result<Option<StoredSession>, Error> {
        let columns = SEEDTEST_SESSIONS.select();
        let sql = format!("SELECT {columns} FROM seedtest_sessions WHERE digest = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(digest)], read).await
    }

    /// The sessions of an account, those first that were seen last; ended ones too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sessions_of(&self, account_id: &str) -> Result<Vec<StoredSession>, Error> {
        let columns = SEEDTEST_SESSIONS.select();
        let sql = format!(
            "SELECT {columns} FROM seedtest_sessions WHERE account_id = $1 \
             ORDER BY seen_at DESC, digest"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[Value::text(account_id)], read).await
    }
}

impl Tx {
    /// Adds a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_session(&mut self, session: &StoredSession) -> Result<(), Error> {
        let values: [Value<'_>; SEEDTEST_SESSIONS.width()] = [
            Value::text(&session.digest),
            Value::Text(session.account_id.as_deref()),
            Value::Text(session.user_id.as_deref()),
            Value::Json(session.claims.as_ref()),
            Value::time(session.created_at),
            Value::time(session.seen_at),
            Value::time(session.expires_at),
        ];
        SEEDTEST_SESSIONS.insert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// Says that the browser of a session was there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn touch_session(&mut self, digest: &str, at: DateTime<Utc>) -> Result<(), Error> {
        let sql = "UPDATE seedtest_sessions SET seen_at = $2 WHERE digest = $1 AND seen_at < $2";
        self.session().execute(sql, &[Value::text(digest), Value::time(at)]).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_session(&mut self, digest: &str) -> Result<(), Error> {
        let sql = "DELETE FROM seedtest_sessions WHERE digest = $1";
        self.session().execute(sql, &[Value::text(digest)]).await?;
        Ok(())
    }

    /// Ends a session if it is one of an account; how many did.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_session_of(&mut self, account_id: &str, digest: &str) -> Result<u64, Error> {
        let sql = "DELETE FROM seedtest_sessions WHERE account_id = $1 AND digest = $2";
        self.session().execute(sql, &[Value::text(account_id), Value::text(digest)]).await
    }

    /// Ends every session of an account but one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_other_sessions(&mut self, account_id: &str, kept: &str) -> Result<u64, Error> {
        let sql = "DELETE FROM seedtest_sessions WHERE account_id = $1 AND digest <> $2";
        self.session().execute(sql, &[Value::text(account_id), Value::text(kept)]).await
    }

    /// Forgets sessions that are over, and those nobody was seen in since `idle_since`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_sessions(
        &mut self,
        now: DateTime<Utc>,
        idle_since: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let sql = "DELETE FROM seedtest_sessions WHERE expires_at <= $1 OR seen_at <= $2";
        self.session().execute(sql, &[Value::time(now), Value::time(idle_since)]).await
    }
}

fn read(row: &Record<'_>) -> Result<StoredSession, Error> {
    Ok(StoredSession {
        digest: row.get("digest")?,
        account_id: row.get_or_null("account_id")?,
        user_id: row.get_or_null("user_id")?,
        claims: row.get_or_null("claims")?,
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
    })
}
