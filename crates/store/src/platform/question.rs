//! Table `question`: the item bank of the platform, whose `meta` holds parameters and tags.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::irt::anchor;
use crate::schema::{Column, Kind, Table, gin, index, object, stamped, text};
use crate::store::Store;

pub(crate) const QUESTION: Table = Table::platform(
    "question",
    &[
        Column::new("id", Kind::BigInt).required(),
        text("content").required().optional(),
        Column::new("difficulty", Kind::Numeric).optional(),
        text("topic_id"),
        object("meta"),
        stamped("created_at").optional(),
        stamped("updated_at"),
        text("question_text").optional().alias_of("content"),
    ],
)
.key(&["id"])
.stand_in(STAND_IN)
.indexes(&[index("ix_question_topic_id", "topic_id"), gin("ix_question_meta_gin", "meta")]);

/// Our own bank where the platform's table `question` is something else.
const STAND_IN: &str = "seedtest_question";

/// The table that is the bank.
pub(crate) async fn bank(session: &mut Session<'_>) -> Result<&'static str, Error> {
    if session.backend() == Backend::Sqlite {
        return Ok(QUESTION.name);
    }
    let sql = format!("SELECT to_regclass('{STAND_IN}') IS NOT NULL");
    let stands_in = session.fetch_first(&sql, &[], |row| row.boolean(0)).await?.flatten();
    Ok(if stands_in == Some(true) { STAND_IN } else { QUESTION.name })
}

/// An item of the platform's bank that carries IRT parameters or the tag `anchor`, or an item of no
/// bank that was tagged here.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionItem {
    /// Text id of the item.
    pub item_id: String,
    /// `meta.irt`, for example `{"a": 1.1, "b": 0.2, "model": "2PL"}`; `None` when absent.
    pub irt: Option<serde_json::Value>,
    /// Whether it is tagged as an anchor.
    pub anchor: bool,
    /// Since when, where it was tagged here; tags of the platform have no time.
    pub tagged_at: Option<DateTime<Utc>>,
    /// Topic of the item.
    pub topic_id: Option<String>,
}

/// What tagging did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tagged {
    /// Items that now carry the tag.
    pub tagged: u64,
    /// Items that carried it before.
    pub already: u64,
    /// Items without parameters: a tag would fix nothing.
    pub without_parameters: Vec<String>,
}

impl Store {
    /// Text ids of every item in the bank.
    pub async fn question_ids(&self) -> Result<std::collections::BTreeSet<String>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let bank = bank(&mut session).await?;
        let sql = format!("SELECT CAST(id AS TEXT) FROM {bank} ORDER BY id");
        let ids = session.fetch(&sql, &[], |row| row.required(0, row.owned_text(0)?)).await?;
        Ok(ids.into_iter().collect())
    }

    /// Every item with parameters in its `meta` or the tag `anchor`, by id; then the anchors that are
    /// in no bank.
    pub async fn question_items(&self) -> Result<Vec<QuestionItem>, Error> {
        let known = match self.backend() {
            Backend::Postgres => "meta->'irt' IS NOT NULL OR meta->'tags' @> '[\"anchor\"]'",
            Backend::Sqlite => {
                "json_extract(meta, '$.irt') IS NOT NULL OR EXISTS (\
                   SELECT 1 FROM json_each(meta, '$.tags') WHERE value = 'anchor')"
            }
        };
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let bank = bank(&mut session).await?;
        let sql = format!(
            "SELECT CAST(id AS TEXT), meta, topic_id FROM {bank} WHERE {known} ORDER BY id"
        );
        let mut items = session.fetch(&sql, &[], read_item).await?;
        let noted = anchor::tagged(&mut session).await?;
        for item in items.iter_mut().filter(|item| item.anchor) {
            let at = noted.binary_search_by(|noted| noted.item_id.cmp(&item.item_id)).ok();
            item.tagged_at = at.and_then(|at| noted[at].tagged_at);
        }
        // An item of the bank that has lost its tag there is no anchor any more.
        let of_no_bank = noted.into_iter().filter(|noted| !noted.in_bank);
        items.extend(of_no_bank.map(|noted| QuestionItem {
            item_id: noted.item_id,
            irt: Some(noted.irt).filter(Json::is_object),
            anchor: true,
            tagged_at: noted.tagged_at,
            topic_id: None,
        }));
        Ok(items)
    }
}

fn read_item(row: &Row<'_>) -> Result<QuestionItem, Error> {
    let meta = row.json(1)?.unwrap_or_default();
    let tags = meta.get("tags").and_then(serde_json::Value::as_array);
    Ok(QuestionItem {
        item_id: row.required(0, row.owned_text(0)?)?,
        irt: meta.get("irt").filter(|irt| irt.is_object()).cloned(),
        tagged_at: None,
        anchor: tags.is_some_and(|tags| tags.iter().any(|tag| tag == "anchor")),
        topic_id: row.owned_text(2)?,
    })
}

impl Tx {
    /// Makes rows for items of an imported log that the embedded item bank does not have; on a
    /// server the bank belongs to the platform and nothing is made. Ids that are no whole number
    /// cannot have a row. Returns how many were made.
    pub async fn add_questions(&mut self, item_ids: &[String]) -> Result<u64, Error> {
        let mut session = self.session();
        if session.backend() == Backend::Postgres {
            return Ok(0);
        }
        let sql = "INSERT INTO question (id, content) VALUES ($1, '') ON CONFLICT DO NOTHING";
        let mut made = 0;
        for id in item_ids.iter().filter_map(|id| id.parse::<i64>().ok()) {
            made += session.execute(sql, &[Value::int(id)]).await?;
        }
        Ok(made)
    }

    /// Makes items with parameters anchors from `at` on: by the tag `anchor` where the bank has the
    /// item, by a row of `mirt_anchor` everywhere. `items` are ids with the parameters they are
    /// known by; null is refused item by item.
    pub async fn tag_anchors(
        &mut self,
        items: &[(&str, &Json)],
        at: DateTime<Utc>,
    ) -> Result<Tagged, Error> {
        let mut session = self.session();
        let mut done = Tagged::default();
        for &(item_id, irt) in items {
            if !irt.is_object() {
                done.without_parameters.push(item_id.to_owned());
                continue;
            }
            let bank = match item_id.parse::<i64>() {
                Ok(id) => tag_in_bank(&mut session, id).await?,
                Err(_) => None,
            };
            // What the platform tagged itself has been an anchor since nobody knows when.
            let new = if bank == Some(false) {
                false
            } else {
                anchor::note(&mut session, item_id, irt, at).await?
            };
            if bank.unwrap_or(new) {
                done.tagged += 1;
            } else {
                done.already += 1;
            }
        }
        Ok(done)
    }

    /// Replaces `meta.irt` of one item; other keys of `meta` stay. Items tagged as anchors are left
    /// alone, since their parameters define the scale. Returns whether a row changed.
    pub async fn write_question_irt(
        &mut self,
        item_id: &str,
        irt: &serde_json::Value,
    ) -> Result<bool, Error> {
        let Some(id) = item_id.parse::<i64>().ok() else { return Ok(false) };
        let mut session = self.session();
        let bank = bank(&mut session).await?;
        let set = match session {
            Session::Postgres(_) => {
                "meta = meta || jsonb_build_object('irt', $2::jsonb), \
                 updated_at = now() WHERE id = $1 AND meta->'irt' IS DISTINCT FROM $2::jsonb \
                 AND NOT COALESCE(meta->'tags' @> '[\"anchor\"]', false)"
            }
            Session::Sqlite(_) => {
                "meta = json_set(meta, '$.irt', json($2)), \
                 updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') \
                 WHERE id = $1 AND json_extract(meta, '$.irt') IS NOT json($2) \
                 AND NOT EXISTS (SELECT 1 FROM json_each(meta, '$.tags') WHERE value = 'anchor')"
            }
        };
        let sql = format!("UPDATE {bank} SET {set}");
        Ok(session.execute(&sql, &[Value::int(id), Value::json(irt)]).await? > 0)
    }
}

/// Whether an item of the bank got the tag, or had it; `None` = it is not in the bank.
async fn tag_in_bank(session: &mut Session<'_>, id: i64) -> Result<Option<bool>, Error> {
    if add_tag(session, id).await? {
        return Ok(Some(true));
    }
    Ok(exists(session, id).await?.then_some(false))
}

async fn add_tag(session: &mut Session<'_>, id: i64) -> Result<bool, Error> {
    let bank = bank(session).await?;
    let set = match session {
        Session::Postgres(_) => {
            "meta = jsonb_set(meta, '{tags}', \
               CASE WHEN jsonb_typeof(meta->'tags') = 'array' THEN meta->'tags' ELSE '[]' END \
               || '[\"anchor\"]'::jsonb), updated_at = now() \
             WHERE id = $1 AND NOT COALESCE(meta->'tags' @> '[\"anchor\"]', false)"
        }
        Session::Sqlite(_) => {
            "meta = json_set(meta, '$.tags', json_insert(\
               CASE WHEN json_type(meta, '$.tags') = 'array' \
                 THEN json_extract(meta, '$.tags') ELSE '[]' END, '$[#]', 'anchor')), \
             updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') \
             WHERE id = $1 AND NOT EXISTS (\
               SELECT 1 FROM json_each(meta, '$.tags') WHERE value = 'anchor')"
        }
    };
    let sql = format!("UPDATE {bank} SET {set}");
    Ok(session.execute(&sql, &[Value::int(id)]).await? > 0)
}

async fn exists(session: &mut Session<'_>, id: i64) -> Result<bool, Error> {
    let bank = bank(session).await?;
    let sql = format!("SELECT CAST(id AS BIGINT) FROM {bank} WHERE id = $1");
    let found = session.fetch_first(&sql, &[Value::int(id)], |row| row.int(0)).await?;
    Ok(found.is_some())
}
