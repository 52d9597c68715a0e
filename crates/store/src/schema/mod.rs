//! The whole target schema as data: one list of tables from which both engines' DDL is made and
//! against which an existing database is compared.

mod attempts;
mod column;
mod ddl;
mod drift;
mod features;
mod forecast;
mod growth;
mod irt;
mod ledger;
mod platform;
mod reports;
mod segments;
mod survival;
mod table;
mod views;
mod weekly;

pub(crate) use column::{Column, Kind};
pub(crate) use ddl::{add_column, create_index, create_table};
pub(crate) use table::{Owner, Table};
pub(crate) use views::{ANSWERS, Answers, View, functions, views};

use crate::backend::Backend;
use column::{stamped, text};

/// The record of applied migrations.
pub(crate) fn migrations_table() -> Table {
    let version = Column::new("version", Kind::BigInt).required();
    Table::analytics(
        "seedtest_migrations",
        &[version, text("name").required(), stamped("applied_at")],
    )
    .key(&["version"])
}

/// Every table of the schema on this engine, in the order of the specification.
pub(crate) fn tables(backend: Backend) -> Vec<Table> {
    [
        platform::tables(),
        attempts::tables(),
        features::tables(),
        irt::tables(),
        weekly::tables(),
        growth::tables(),
        forecast::tables(),
        survival::tables(),
        segments::tables(),
        reports::tables(),
        drift::tables(),
        ledger::tables(),
    ]
    .into_iter()
    .flatten()
    .filter(|table| table.only.is_none_or(|only| only == backend))
    .collect()
}
