//! Tables, columns and keys that a database has already.

use std::collections::BTreeMap;

use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::error::Error;
use crate::schema::View;

/// What the database holds before a migration.
#[derive(Debug, Default)]
pub(super) struct Existing {
    relations: BTreeMap<String, Relation>,
}

#[derive(Debug, Default)]
pub(super) struct Relation {
    pub(super) is_table: bool,
    /// Where it is; empty on SQLite.
    pub(super) schema: String,
    /// Whether its comment says that it is ours.
    pub(super) is_marked: bool,
    /// Whether it is a view of answers that reads what only ours do, whatever its comment says.
    pub(super) is_of_our_answers: bool,
    pub(super) columns: Vec<ExistingColumn>,
    /// Name and columns of the primary key.
    pub(super) primary_key: Option<(String, Vec<String>)>,
    /// Columns of every unique index, the primary key among them.
    pub(super) unique: Vec<Vec<String>>,
}

#[derive(Debug, Clone)]
pub(super) struct ExistingColumn {
    pub(super) name: String,
    /// The engine's own name of the type.
    pub(super) type_name: String,
    /// An insert that does not name the column fails.
    pub(super) must_be_given: bool,
    pub(super) generated: bool,
}

const POSTGRES_COLUMNS: &str = "
SELECT c.relname::text, c.relkind IN ('r', 'p'), a.attname::text, t.typname::text,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> '',
       n.nspname::text, obj_description(c.oid, 'pg_class') LIKE 'seedtest%',
       CASE WHEN c.relkind = 'v' AND c.relname IN ('attempt', 'attempt_event')
            THEN pg_get_viewdef(c.oid) ~ 'seedtest_(student_id|hash64)[(]' END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_temp'
ORDER BY c.relname, a.attnum";

const SQLITE_COLUMNS: &str = "
SELECT m.name, m.type = 'table', p.name, p.type,
       p.\"notnull\" <> 0 AND p.dflt_value IS NULL AND p.hidden = 0, p.hidden <> 0, '', 1,
       m.type = 'view' AND (m.sql LIKE '%JOIN student_identity s%' OR m.sql LIKE '%JOIN item_identity i%')
FROM sqlite_master m, pragma_table_xinfo(m.name) p
WHERE m.type IN ('table', 'view')
ORDER BY m.name, p.cid";

const POSTGRES_UNIQUE: &str = "
SELECT c.relname::text, i.indisprimary, x.relname::text, a.attname::text, x.oid::bigint
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND pg_table_is_visible(c.oid)
ORDER BY x.oid, a.attnum";

impl Existing {
    pub(super) async fn read(session: &mut Session<'_>) -> Result<Self, Error> {
        let mut existing = Self::default();
        existing.read_columns(session).await?;
        if session.backend() == Backend::Postgres {
            existing.read_unique_indexes(session).await?;
        }
        Ok(existing)
    }

    pub(super) fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.get(name)
    }

    /// Whether a view is there whose comment says that it is ours.
    pub(super) fn has_marks(&self) -> bool {
        self.relations.values().any(|relation| relation.is_marked)
    }

    pub(super) fn column_names(&self, relation: &str) -> Option<Vec<String>> {
        let columns = &self.relations.get(relation)?.columns;
        Some(columns.iter().map(|column| column.name.clone()).collect())
    }

    async fn read_columns(&mut self, session: &mut Session<'_>) -> Result<(), Error> {
        let sql = match session.backend() {
            Backend::Postgres => POSTGRES_COLUMNS,
            Backend::Sqlite => SQLITE_COLUMNS,
        };
        let rows = session
            .fetch(sql, &[], |row| {
                let column = ExistingColumn {
                    name: row.required(2, row.owned_text(2)?)?,
                    type_name: row.owned_text(3)?.unwrap_or_default(),
                    must_be_given: row.boolean(4)?.unwrap_or(false),
                    generated: row.boolean(5)?.unwrap_or(false),
                };
                let name = row.required(0, row.owned_text(0)?)?;
                let of = Relation {
                    is_table: row.boolean(1)? == Some(true),
                    schema: row.owned_text(6)?.unwrap_or_default(),
                    is_marked: row.boolean(7)? == Some(true),
                    is_of_our_answers: row.boolean(8)? == Some(true),
                    ..Relation::default()
                };
                Ok((name, of, column))
            })
            .await?;
        for (name, of, column) in rows {
            let relation = self.relations.entry(name).or_insert(of);
            relation.columns.push(column);
        }
        Ok(())
    }

    async fn read_unique_indexes(&mut self, session: &mut Session<'_>) -> Result<(), Error> {
        let rows = session
            .fetch(POSTGRES_UNIQUE, &[], |row| {
                Ok((
                    row.required(0, row.owned_text(0)?)?,
                    row.boolean(1)? == Some(true),
                    row.required(2, row.owned_text(2)?)?,
                    row.required(3, row.owned_text(3)?)?,
                ))
            })
            .await?;
        let mut indexes: BTreeMap<(String, bool, String), Vec<String>> = BTreeMap::new();
        for (table, primary, index, column) in rows {
            indexes.entry((table, primary, index)).or_default().push(column);
        }
        for ((table, primary, index), columns) in indexes {
            let Some(relation) = self.relations.get_mut(&table) else { continue };
            if primary {
                relation.primary_key = Some((index, columns.clone()));
            }
            relation.unique.push(columns);
        }
        Ok(())
    }
}

impl Relation {
    pub(super) fn column(&self, name: &str) -> Option<&ExistingColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether an earlier release made it under the name of that view: it reads what only ours do and has the
    /// same columns.
    pub(super) fn is_earlier(&self, view: &View) -> bool {
        let columns = self.columns.iter().map(|column| column.name.as_str());
        self.is_of_our_answers && columns.eq(view.columns.iter().copied())
    }

    /// Whether some unique index has exactly these columns, in any order.
    pub(super) fn is_unique(&self, columns: &[&str]) -> bool {
        self.unique.iter().any(|unique| {
            unique.len() == columns.len() && unique.iter().all(|c| columns.contains(&c.as_str()))
        })
    }
}
