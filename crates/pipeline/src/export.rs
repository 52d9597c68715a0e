//! Tables of the database given out as flat rows: objects become columns, ids may become pseudonyms.

use chrono::NaiveDate;
use seedtest_kpi::{FIELDS, Field};
use seedtest_store::{ExportColumn, ExportFilter, ExportKind, ExportTable, ExportValue, Store};
use serde_json::Value;

use crate::calendar::{end_of, midnight};
use crate::error::Error;
use crate::pseudonyms::Pseudonyms;

/// Parameters of an item that have a column of their own.
const PARAMETERS: [&str; 3] = ["a", "b", "c"];

/// What is given out.
#[derive(Debug, Clone)]
pub struct Export {
    /// Which table.
    pub table: ExportTable,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// Only of this student.
    pub student: Option<String>,
    /// Only of the students of this class, by its id or its name.
    pub class: Option<String>,
    /// What stands in the place of the ids of students; `None` = the ids themselves.
    pub pseudonyms: Option<Pseudonyms>,
}

/// The columns of a table that is given out, in their order.
pub fn given_columns(table: ExportTable) -> Vec<ExportColumn> {
    let column = |name, kind| ExportColumn { name, kind };
    let mut all = Vec::new();
    for stored in table.columns() {
        match (table, stored.name) {
            (ExportTable::Kpis, "kpis") => {
                all.extend(FIELDS.iter().map(|field| column(field.key, kind(field))));
            }
            (ExportTable::Items, "params") => {
                all.extend(PARAMETERS.map(|name| column(name, ExportKind::Number)));
                all.push(*stored);
            }
            _ => all.push(*stored),
        }
    }
    all
}

fn kind(field: &Field) -> ExportKind {
    match field.key {
        seedtest_kpi::REASONS => ExportKind::Json,
        // A list of words, or an instant as it was written.
        _ if field.range.contains(", ") => ExportKind::Text,
        _ => ExportKind::Number,
    }
}

impl Export {
    /// Gives every row to `take`, in the order of the table, until it says that it has enough.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give(
        &self,
        store: &Store,
        mut take: impl FnMut(&[ExportValue]) -> bool,
    ) -> Result<(), Error> {
        let zone = store.time_zone();
        let filter = ExportFilter {
            from: self.from.map(|day| midnight(zone, day)),
            before: self.to.map(|day| end_of(zone, day)),
            first: self.from,
            last: self.to,
            user_id: self.student.clone(),
            class: self.class.clone(),
        };
        let stored = self.table.columns();
        let given = |row: Vec<ExportValue>| take(&self.given(stored, row));
        Ok(store.export(self.table, &filter, given).await?)
    }

    fn given(&self, stored: &[ExportColumn], row: Vec<ExportValue>) -> Vec<ExportValue> {
        let mut given = Vec::with_capacity(row.len());
        for (column, value) in stored.iter().zip(row) {
            match (column.kind, &self.pseudonyms, value) {
                (ExportKind::Student, Some(names), ExportValue::Text(Some(id))) => {
                    given.push(ExportValue::Text(Some(names.of(&id))));
                }
                (ExportKind::Json, _, ExportValue::Json(object)) => {
                    self.flatten(object, &mut given);
                }
                (_, _, value) => given.push(value),
            }
        }
        given
    }

    fn flatten(&self, object: Option<Value>, given: &mut Vec<ExportValue>) {
        let at = |key: &str| object.as_ref().and_then(|object| object.get(key));
        if self.table == ExportTable::Kpis {
            given.extend(FIELDS.iter().map(|field| value(at(field.key), kind(field))));
            return;
        }
        given.extend(PARAMETERS.map(|key| value(at(key), ExportKind::Number)));
        given.push(ExportValue::Json(object));
    }
}

fn value(found: Option<&Value>, kind: ExportKind) -> ExportValue {
    match kind {
        ExportKind::Json => ExportValue::Json(found.cloned()),
        ExportKind::Number => ExportValue::Number(found.and_then(Value::as_f64)),
        _ => ExportValue::Text(found.and_then(Value::as_str).map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn export(table: ExportTable) -> Export {
        Export { table, from: None, to: None, student: None, class: None, pseudonyms: None }
    }

    #[test]
    fn objects_become_columns() {
        for table in [ExportTable::Kpis, ExportTable::Items, ExportTable::Answers] {
            let row: Vec<ExportValue> = table
                .columns()
                .iter()
                .map(|column| match column.kind {
                    ExportKind::Json => ExportValue::Json(Some(
                        json!({"I_t": 0.5, "method": "accuracy_delta", "b": -1.0, "reasons": {"P": "no_target"}}),
                    )),
                    _ => ExportValue::Text(None),
                })
                .collect();
            let given = export(table).given(table.columns(), row);
            let columns = given_columns(table);
            assert_eq!(given.len(), columns.len(), "{table:?}");
            let at = |name: &str| {
                let place = columns.iter().position(|column| column.name == name);
                place.map(|place| given[place].clone())
            };
            match table {
                ExportTable::Kpis => {
                    assert_eq!(at("I_t"), Some(ExportValue::Number(Some(0.5))));
                    let method = ExportValue::Text(Some("accuracy_delta".into()));
                    assert_eq!(at("method"), Some(method));
                    assert_eq!(at("P"), Some(ExportValue::Number(None)));
                    assert_eq!(
                        at("reasons"),
                        Some(ExportValue::Json(Some(json!({"P": "no_target"}))))
                    );
                }
                ExportTable::Items => {
                    assert_eq!(at("b"), Some(ExportValue::Number(Some(-1.0))));
                    assert_eq!(at("a"), Some(ExportValue::Number(None)));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn words_and_instants_are_texts() {
        let texts: Vec<&str> = FIELDS
            .iter()
            .filter(|field| kind(field) == ExportKind::Text)
            .map(|field| field.key)
            .collect();
        assert_eq!(
            texts,
            [
                "method",
                "P_basis",
                "P_source",
                "S_source",
                "P_fitted_at",
                "S_fitted_at",
                "P_target_scale",
                "growth_fitted_at",
                "growth_slope_unit"
            ]
        );
    }

    #[test]
    fn ids_become_pseudonyms() {
        let key = |_: &str| Some("0123456789abcdef0123456789abcdef".to_owned());
        let names = Pseudonyms::of_tenant("school", key).unwrap();
        let export = Export { pseudonyms: Some(names.clone()), ..export(ExportTable::Abilities) };
        let columns = ExportTable::Abilities.columns();
        let row = columns.iter().map(|_| ExportValue::Text(Some("amy".into()))).collect();
        let given = export.given(columns, row);
        assert_eq!(given[0], ExportValue::Text(Some(names.of("amy"))));
        assert_eq!(given[4], ExportValue::Text(Some("amy".into())));
    }
}
