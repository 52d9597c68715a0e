//! Table `content_name`: what topics and items are called, by language.

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, text};
use crate::store::Store;

pub(crate) const CONTENT_NAME: Table = Table::analytics(
    "content_name",
    &[
        text("kind").required().check("kind IN ('topic', 'item')"),
        text("id").required(),
        text("lang").required().check("lang IN ('ko', 'en')"),
        text("name").required(),
    ],
)
.key(&["kind", "id", "lang"])
.since(super::PEOPLE);

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentKind {
    /// A topic.
    Topic,
    /// An item.
    Item,
}

impl ContentKind {
    /// The word in the table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Item => "item",
        }
    }
}

/// The name of a topic or an item in one language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentName {
    /// What is named.
    pub kind: ContentKind,
    /// Its id in the answers.
    pub id: String,
    /// `ko` or `en`.
    pub lang: String,
    /// The name.
    pub name: String,
}

fn values(name: &ContentName) -> [Value<'_>; CONTENT_NAME.width()] {
    [
        Value::text(name.kind.code()),
        Value::text(&name.id),
        Value::text(&name.lang),
        Value::text(&name.name),
    ]
}

fn read(row: &Record<'_>) -> Result<ContentName, Error> {
    let kind: String = row.get("kind")?;
    Ok(ContentName {
        kind: if kind == ContentKind::Item.code() { ContentKind::Item } else { ContentKind::Topic },
        id: row.get("id")?,
        lang: row.get("lang")?,
        name: row.get("name")?,
    })
}

impl Tx {
    /// Writes names; one that is there already is replaced. Returns how many are new or other than
    /// before. No two may name the same thing in the same language.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_content_names(&mut self, names: &[ContentName]) -> Result<u64, Error> {
        let rows: Vec<Value<'_>> = names.iter().flat_map(values).collect();
        let replacing = CONTENT_NAME.replacing(CONTENT_NAME.key, &[]);
        let differing = CONTENT_NAME.differing(CONTENT_NAME.key);
        let insert = CONTENT_NAME.insert().on_conflict(&format!("{replacing} WHERE {differing}"));
        insert.run(&mut self.session(), &rows).await
    }
}

impl Store {
    /// The names of topics, or those of items, by id and language.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn content_names_of(&self, kind: ContentKind) -> Result<Vec<ContentName>, Error> {
        let columns = CONTENT_NAME.select();
        let sql = format!("SELECT {columns} FROM content_name WHERE kind = $1 ORDER BY id, lang");
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &[Value::text(kind.code())], read).await
    }

    /// Every name, in the order of the table's key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn content_names(&self) -> Result<Vec<ContentName>, Error> {
        let columns = CONTENT_NAME.select();
        let sql = format!("SELECT {columns} FROM content_name");
        let mut connection = self.connection().await?;
        let mut names = connection.session().fetch_records(&columns, &sql, &[], read).await?;
        names.sort();
        Ok(names)
    }
}
