//! Rows that belong to a student.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::catalog::tables;
use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Kind, Table};

/// Names of columns that say whose a row is.
const OWNER_COLUMNS: [&str; 2] = ["user_id", "student_id"];

/// Rows that belong to rows of a student: table and column, and those they point to.
const BELONGING: [[&str; 4]; 5] = [
    ["exam_answer", "exam_result_id", "exam_results", "id"],
    ["prophet_anomalies", "run_id", "prophet_fit_meta", "run_id"],
    ["seedtest_sessions", "account_id", "seedtest_accounts", "account_id"],
    ["seedtest_invitations", "account_id", "seedtest_accounts", "account_id"],
    ["seedtest_alert_deliveries", "alert_key", "seedtest_alerts", "alert_key"],
];

/// A column that is given out to nobody, not even to whom it is about: what tells a password.
const SECRET: &str = "password_hash";

/// The column that says whose the rows of a table are.
pub(crate) fn owner_column(table: &Table) -> Option<&'static str> {
    let text = |name: &str| table.columns.iter().any(|c| c.name == name && c.kind == Kind::Text);
    OWNER_COLUMNS.into_iter().find(|name| text(name))
}

/// A table with the condition of the rows that are a student's, `$1`; those that belong to others come
/// first.
fn owned(backend: Backend) -> Vec<(&'static Table, String)> {
    let mut all: Vec<(&'static Table, String)> = Vec::new();
    for table in tables(backend) {
        if let Some([_, column, parent, key]) = BELONGING.iter().find(|b| b[0] == table.name) {
            let of_parent = format!(
                "{column} IN (SELECT {key} FROM {parent} WHERE CAST(user_id AS TEXT) = $1)"
            );
            let own = owner_column(table).map(|owner| format!("CAST({owner} AS TEXT) = $1"));
            let conditions: Vec<String> = [Some(of_parent), own].into_iter().flatten().collect();
            all.insert(0, (table, format!("({})", conditions.join(" OR "))));
        } else if table.name == "seedtest_outbox" {
            all.push((table, "payload ->> 'user_id' = $1".to_owned()));
        } else if let Some(owner) = owner_column(table) {
            all.push((table, format!("CAST({owner} AS TEXT) = $1")));
        }
    }
    all
}

/// A row as one JSON object.
fn as_object(table: &Table, backend: Backend) -> String {
    match backend {
        Backend::Postgres => format!("to_jsonb({}) - '{SECRET}'", table.name),
        Backend::Sqlite => {
            let value = |name: &str, kind: Kind| match kind {
                Kind::Json => format!("'{name}', json({name})"),
                Kind::Bool => format!(
                    "'{name}', json(CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"
                ),
                _ => format!("'{name}', {name}"),
            };
            let stored = table.columns.iter().filter(|column| column.generated.is_none());
            let stored = stored.filter(|column| column.name != SECRET);
            let values: Vec<String> =
                stored.map(|column| value(column.name, column.kind)).collect();
            format!("json_object({})", values.join(", "))
        }
    }
}

pub(super) async fn read(
    session: &mut Session<'_>,
    user_id: &str,
) -> Result<BTreeMap<String, Vec<Json>>, Error> {
    let mut all = BTreeMap::new();
    let backend = session.backend();
    for (table, condition) in owned(backend) {
        let sql =
            format!("SELECT {} FROM {} WHERE {condition}", as_object(table, backend), table.name);
        let read = |row: &crate::engine::row::Row<'_>| row.required(0, row.json(0)?);
        let mut rows = session.fetch(&sql, &[Value::text(user_id)], read).await?;
        if !rows.is_empty() {
            rows.sort_by_cached_key(Json::to_string);
            all.insert(table.name.to_owned(), rows);
        }
    }
    Ok(all)
}

pub(super) async fn delete(
    session: &mut Session<'_>,
    user_id: &str,
) -> Result<BTreeMap<String, u64>, Error> {
    let mut all = BTreeMap::new();
    for (table, condition) in owned(session.backend()) {
        let sql = format!("DELETE FROM {} WHERE {condition}", table.name);
        let deleted = session.execute(&sql, &[Value::text(user_id)]).await?;
        if deleted > 0 {
            all.insert(table.name.to_owned(), deleted);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_rows_is_declared_as_it_is_stored() {
        for [table, column, parent, key] in BELONGING {
            let find =
                |name: &str| tables(Backend::Sqlite).find(|table| table.name == name).unwrap();
            assert!(find(table).columns.iter().any(|c| c.name == column), "{table}");
            assert!(find(parent).columns.iter().any(|c| c.name == key), "{parent}");
            assert_eq!(owner_column(find(parent)), Some("user_id"), "{parent}");
        }
    }
}
