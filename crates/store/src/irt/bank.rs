//! Table `bank_item`: what an item of our own bank says, version by version. Its parameters are those of calibrations, by
//! the same id.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::cat_session::ADAPTIVE_TESTS;
use crate::corrections::answers::{self, StoredAnswer};
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, object, text, time};
use crate::store::Store;

pub(crate) const BANK_ITEM: Table = Table::analytics(
    "bank_item",
    &[
        text("item_id").required(),
        Column::new("version_no", Kind::BigInt).required(),
        time("changed_at").required(),
        text("actor").required(),
        text("what").required().check("what IN ('import', 'retire', 'rekey')"),
        object("content"),
        text("status").required().check("status IN ('active', 'retired')"),
    ],
)
.key(&["item_id", "version_no"])
.since(ADAPTIVE_TESTS);

/// One version of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct BankItemVersion {
    /// The item.
    pub item_id: String,
    /// Number of the version, from 1.
    pub version_no: i64,
    /// When it came.
    pub changed_at: DateTime<Utc>,
    /// Who asked for it.
    pub actor: String,
    /// What made it: `import`, `retire` or `rekey`.
    pub what: String,
    /// What the item says: `text`, `topic_id`, `key`, `options`, `exposure`, `enemies`, as far as known.
    pub content: Json,
    /// Whether it is no longer given.
    pub is_retired: bool,
}

fn read(row: &Record<'_>) -> Result<BankItemVersion, Error> {
    let status: String = row.get("status")?;
    Ok(BankItemVersion {
        item_id: row.get("item_id")?,
        version_no: row.get("version_no")?,
        changed_at: row.get("changed_at")?,
        actor: row.get("actor")?,
        what: row.get("what")?,
        content: row.get("content")?,
        is_retired: status == "retired",
    })
}

impl Tx {
    /// Adds a version of an item.
    ///
    /// # Errors
    /// When the database refuses, as it does for a number that is there.
    pub async fn add_bank_item(&mut self, version: &BankItemVersion) -> Result<(), Error> {
        let values = [
            Value::text(&version.item_id),
            Value::int(version.version_no),
            Value::time(version.changed_at),
            Value::text(&version.actor),
            Value::text(&version.what),
            Value::json(&version.content),
            Value::text(if version.is_retired { "retired" } else { "active" }),
        ];
        BANK_ITEM.insert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// The newest version of an item.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bank_item(&mut self, item_id: &str) -> Result<Option<BankItemVersion>, Error> {
        let columns = BANK_ITEM.select();
        let sql = format!(
            "SELECT {columns} FROM bank_item WHERE item_id = $1 ORDER BY version_no DESC LIMIT 1"
        );
        let values = [Value::text(item_id)];
        let found = self.session().fetch_records(&columns, &sql, &values, read).await?;
        Ok(found.into_iter().next())
    }

    /// Answers of imported logs to an item that count, by student and time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answers_of_item(&mut self, item_id: &str) -> Result<Vec<StoredAnswer>, Error> {
        let sql = "SELECT id, user_id, item_id, completed_at, correct, voided_at, source FROM attempt_log \
                   WHERE item_id = $1 AND voided_at IS NULL ORDER BY user_id, completed_at, id";
        self.session().fetch(sql, &[Value::text(item_id)], answers::read).await
    }
}

impl Store {
    /// The newest version of every item, by item.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bank_items(&self) -> Result<Vec<BankItemVersion>, Error> {
        let columns = BANK_ITEM.select();
        let sql = format!(
            "SELECT {columns} FROM (SELECT b.*, row_number() OVER (\
               PARTITION BY item_id ORDER BY version_no DESC) AS age FROM bank_item b) ranked \
             WHERE age = 1 ORDER BY item_id"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[], read).await
    }

    /// Every version of an item, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bank_item_versions(&self, item_id: &str) -> Result<Vec<BankItemVersion>, Error> {
        let columns = BANK_ITEM.select();
        let sql = format!("SELECT {columns} FROM bank_item WHERE item_id = $1 ORDER BY version_no");
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session.fetch_records(&columns, &sql, &[Value::text(item_id)], read).await
    }
}
