//! What a schema is made of, as data: tables, columns, views and the steps of its history, and the DDL
//! that either engine needs for them.

mod column;
mod ddl;
mod migration;
mod table;
mod view;

pub(crate) use column::{
    Column, Default, Kind, array, double, integer, json, object, stamped, text, time,
};
pub(crate) use ddl::{
    add_column, condition, create_index, create_table, create_table_as, default_value,
    has_condition_on_nulls,
};
pub use migration::Migration;
pub(crate) use table::{Index, Owner, Table, gin, index, unique};
pub(crate) use view::{View, newest_by, ours};
