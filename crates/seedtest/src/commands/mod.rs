//! One file a command: translate what was typed into calls, and results into text.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod dataset;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod equate;
pub(crate) mod events;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod json_file;
pub(crate) mod link;
pub(crate) mod migrate;
pub(crate) mod people;
pub(crate) mod pipeline;
pub(crate) mod preview;
pub(crate) mod report;
pub(crate) mod rows_read;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod student;
pub(crate) mod timezone;
pub(crate) mod token;
