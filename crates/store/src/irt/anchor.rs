//! Table `mirt_anchor`: items tagged as anchors here, with the parameters they were tagged with and
//! the time. Items of the platform's bank carry the tag in `question.meta` as well; an item that is
//! in no bank, as those of an imported log, is an anchor by its row here.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::platform::question::bank;
use crate::schema::{Migration, Table, object, stamped, text};

const ANCHORS: Migration = Migration { version: 5, name: "anchors of items in no bank" };

pub(crate) const MIRT_ANCHOR: Table = Table::analytics(
    "mirt_anchor",
    &[text("item_id").required(), object("irt"), stamped("tagged_at")],
)
.key(&["item_id"])
.since(ANCHORS);

/// One row, and whether the item bank has the item.
pub(crate) struct TaggedItem {
    pub(crate) item_id: String,
    pub(crate) irt: Json,
    pub(crate) tagged_at: Option<DateTime<Utc>>,
    pub(crate) in_bank: bool,
}

fn read(row: &Row<'_>) -> Result<TaggedItem, Error> {
    Ok(TaggedItem {
        item_id: row.required(0, row.owned_text(0)?)?,
        irt: row.json(1)?.unwrap_or_default(),
        tagged_at: row.time(2)?,
        in_bank: row.owned_text(3)?.is_some(),
    })
}

/// Every item tagged here, by id in byte order.
pub(crate) async fn tagged(session: &mut Session<'_>) -> Result<Vec<TaggedItem>, Error> {
    let bank = bank(session).await?;
    let sql = format!(
        "SELECT a.item_id, a.irt, a.tagged_at, CAST(q.id AS TEXT) FROM mirt_anchor a \
         LEFT JOIN {bank} q ON CAST(q.id AS TEXT) = a.item_id"
    );
    let mut items = session.fetch(&sql, &[], read).await?;
    items.sort_by(|x, y| x.item_id.cmp(&y.item_id));
    Ok(items)
}

/// Notes that an item is an anchor from `at` on; returns whether it was none before.
pub(crate) async fn note(
    session: &mut Session<'_>,
    item_id: &str,
    irt: &Json,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let sql = "INSERT INTO mirt_anchor (item_id, irt, tagged_at) VALUES ($1, $2, $3) \
               ON CONFLICT (item_id) DO NOTHING";
    let values = [Value::text(item_id), Value::json(irt), Value::time(at)];
    Ok(session.execute(sql, &values).await? > 0)
}
