//! What the crate promises about files, format by format.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a test may fail by panicking, and reads better than it allocates"
)]

mod arbitrary_bytes;
mod bad_input;
mod cases;
mod class_lists;
mod column_names;
mod csv_files;
mod every_reader;
mod exam_documents;
mod files;
mod json_lines;
mod parquet_files;
#[cfg(target_os = "linux")]
mod pipes;
mod points;
mod rejects;
mod response_log;
mod round_trip;
mod school_files;
mod systems;
mod tables;
mod wide_tables;
mod workbooks;
