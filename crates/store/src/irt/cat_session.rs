//! Tables `cat_session` and `cat_bank`: adaptive tests that are under way or have ended, and the items they pick from. A bank
//! is kept once by its digest, however many tests use it.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Migration, Table, index, json, object, text, time};
use crate::store::Store;

/// The step that brings points of answers and adaptive tests.
pub(crate) const ADAPTIVE_TESTS: Migration =
    Migration { version: 14, name: "points of answers, adaptive tests" };

pub(crate) const CAT_BANK: Table = Table::analytics(
    "cat_bank",
    &[text("bank_id").required(), json("items").required(), time("created_at").required()],
)
.key(&["bank_id"])
.since(ADAPTIVE_TESTS);

pub(crate) const CAT_SESSION: Table = Table::analytics(
    "cat_session",
    &[
        text("session_id").required(),
        text("actor").required(),
        text("user_id"),
        text("bank_id").required(),
        object("settings"),
        object("state"),
        object("last"),
        text("status").required().check("status IN ('open', 'ended')"),
        Column::new("revision", Kind::BigInt).required(),
        time("created_at").required(),
        time("updated_at").required(),
    ],
)
.key(&["session_id"])
.indexes(&[index("ix_cat_session_user_id", "user_id, created_at")])
.since(ADAPTIVE_TESTS);

/// An adaptive test.
#[derive(Debug, Clone, PartialEq)]
pub struct CatSession {
    /// Its id.
    pub session_id: String,
    /// Whose request began it.
    pub actor: String,
    /// Whose test it is; `None` = nobody's that is known.
    pub user_id: Option<String>,
    /// Digest of its bank.
    pub bank_id: String,
    /// How it goes.
    pub settings: Json,
    /// What was answered, and what is set aside.
    pub state: Json,
    /// What came last.
    pub last: Json,
    /// Whether it goes on.
    pub is_open: bool,
    /// Counts its changes.
    pub revision: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last answered.
    pub updated_at: DateTime<Utc>,
}

fn status(session: &CatSession) -> &'static str {
    if session.is_open { "open" } else { "ended" }
}

fn read(row: &Record<'_>) -> Result<CatSession, Error> {
    let status: String = row.get("status")?;
    Ok(CatSession {
        session_id: row.get("session_id")?,
        actor: row.get("actor")?,
        user_id: row.get_or_null("user_id")?,
        bank_id: row.get("bank_id")?,
        settings: row.get("settings")?,
        state: row.get("state")?,
        last: row.get("last")?,
        is_open: status == "open",
        revision: row.get("revision")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Tx {
    /// Begins a test; its bank is kept if it is not there yet.
    ///
    /// # Errors
    /// When the database refuses, as it does for an id that is there.
    pub async fn add_cat_session(
        &mut self,
        session: &CatSession,
        items: &Json,
    ) -> Result<(), Error> {
        let bank =
            [Value::text(&session.bank_id), Value::json(items), Value::time(session.created_at)];
        let insert = CAT_BANK.insert().on_conflict("ON CONFLICT DO NOTHING");
        insert.run_one(&mut self.session(), &bank).await?;
        let values = [
            Value::text(&session.session_id),
            Value::text(&session.actor),
            Value::Text(session.user_id.as_deref()),
            Value::text(&session.bank_id),
            Value::json(&session.settings),
            Value::json(&session.state),
            Value::json(&session.last),
            Value::text(status(session)),
            Value::int(session.revision),
            Value::time(session.created_at),
            Value::time(session.updated_at),
        ];
        CAT_SESSION.insert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// Writes what became of a test, if nobody else has since its revision, which goes up by one. Returns whether it was
    /// written.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_cat_session(&mut self, session: &CatSession) -> Result<bool, Error> {
        let sql = "UPDATE cat_session SET state = $3, last = $4, status = $5, updated_at = $6, \
                   revision = revision + 1 WHERE session_id = $1 AND revision = $2";
        let values = [
            Value::text(&session.session_id),
            Value::int(session.revision),
            Value::json(&session.state),
            Value::json(&session.last),
            Value::text(status(session)),
            Value::time(session.updated_at),
        ];
        Ok(self.session().execute(sql, &values).await? == 1)
    }
}

impl Store {
    /// A test by its id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cat_session(&self, session_id: &str) -> Result<Option<CatSession>, Error> {
        let columns = CAT_SESSION.select();
        let sql = format!("SELECT {columns} FROM cat_session WHERE session_id = $1");
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let found = session.fetch_records(&columns, &sql, &[Value::text(session_id)], read).await?;
        Ok(found.into_iter().next())
    }

    /// The items of a bank by its digest.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cat_bank(&self, bank_id: &str) -> Result<Option<Json>, Error> {
        let sql = "SELECT items FROM cat_bank WHERE bank_id = $1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_first(sql, &[Value::text(bank_id)], |row| row.required(0, row.json(0)?)).await
    }

    /// Topics of the items of the question bank that have one, by item.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn question_topics(&self) -> Result<Vec<(String, String)>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let bank = crate::platform::question::bank(&mut session).await?;
        let sql = format!(
            "SELECT CAST(id AS TEXT), topic_id FROM {bank} WHERE topic_id IS NOT NULL ORDER BY id"
        );
        session
            .fetch(&sql, &[], |row| {
                Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.owned_text(1)?)?))
            })
            .await
    }
}
