//! The tables and views of the database, from the declarations of the store.

use seedtest_pipeline::{JOBS, JobEntry};
use seedtest_store::{
    Backend, ColumnReference, IndexReference, TableReference, ViewReference, table_references,
    view_references,
};

use super::markdown::{anchor, cell, code, codes, page, table};

const ABOUT: &str = "What `seedtest migrate` creates, in PostgreSQL and in the embedded SQLite. \
Tables and views of the platform are created where they are missing and never altered where they \
exist; tables of seedtest gain missing columns.";

/// Every table and every view with its columns.
pub(super) fn text() -> String {
    let (tables, views) = (table_references(), view_references());
    let names = tables.iter().map(|of| (of.name, of.of_platform));
    let names = names.chain(views.iter().map(|of| (of.name, of.of_platform)));
    let list: Vec<[String; 4]> = names.map(listed).collect();
    let mut paragraphs = vec![table(["name", "owner", "written by", "read by"], &list)];
    paragraphs.extend(tables.iter().flat_map(table_section));
    paragraphs.extend(views.iter().flat_map(view_section));
    page("Tables", ABOUT, paragraphs)
}

/// The names of every table and view.
pub(super) fn names() -> Vec<&'static str> {
    let tables = table_references().into_iter().map(|of| of.name);
    tables.chain(view_references().into_iter().map(|of| of.name)).collect()
}

fn listed((name, of_platform): (&str, bool)) -> [String; 4] {
    [
        format!("[`{name}`](#{})", anchor(name)),
        owner(of_platform).to_string(),
        jobs(|job| job.writes.contains(&name)),
        jobs(|job| job.reads.contains(&name)),
    ]
}

fn jobs(wanted: impl Fn(&JobEntry) -> bool) -> String {
    codes(JOBS.iter().filter(|job| wanted(job)).map(|job| job.name))
}

fn owner(of_platform: bool) -> &'static str {
    if of_platform { "platform" } else { "seedtest" }
}

fn table_section(of: &TableReference) -> Vec<String> {
    let only = of.only.map(|only| match only {
        Backend::Sqlite => "SQLite only.".to_string(),
        Backend::Postgres => "PostgreSQL only.".to_string(),
    });
    let key = format!("Key: {}.", codes(of.key.iter().copied()));
    let key = (!of.key.is_empty()).then_some(key);
    let owner = format!("Table of {}.", owner(of.of_platform));
    let about: Vec<String> = [Some(owner), only, key].into_iter().flatten().collect();
    let columns: Vec<[String; 5]> = of.columns.iter().map(column).collect();
    let indexes: Vec<[String; 3]> = of.indexes.iter().map(index).collect();
    vec![
        format!("## {}", of.name),
        about.join(" "),
        table(["column", "PostgreSQL", "SQLite", "default", "remarks"], &columns),
        table(["index", "on", "remarks"], &indexes),
    ]
}

fn column(of: &ColumnReference) -> [String; 5] {
    let mut remarks = Vec::new();
    if of.required {
        remarks.push("never null".to_string());
    }
    if of.optional {
        remarks.push("a table of the platform may lack it".to_string());
    }
    remarks.extend(of.generated.map(|expression| format!("always {}", code(expression))));
    remarks.extend(of.check.as_ref().map(|condition| format!("only where {}", code(condition))));
    let default = of.default.unwrap_or_default();
    [code(of.name), of.postgres.into(), of.sqlite.into(), code(default), remarks.join("; ")]
}

fn index(of: &IndexReference) -> [String; 3] {
    let unique = of.unique.then_some("unique");
    let engine = of.postgres_only.then_some("inverted, PostgreSQL only");
    let remarks: Vec<&str> = unique.into_iter().chain(engine).collect();
    [code(of.name), code(of.on), cell(&remarks.join("; "))]
}

fn view_section(of: &ViewReference) -> Vec<String> {
    let (owner, columns) = (owner(of.of_platform), codes(of.columns.iter().copied()));
    vec![format!("## {}", of.name), format!("View of {owner}. Columns: {columns}.")]
}
