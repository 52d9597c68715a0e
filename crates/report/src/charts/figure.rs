//! A chart with its caption and its numbers as a table.

use serde::Serialize;

/// A chart as a page shows it: what it says in one sentence, the drawing, and the same numbers as a
/// table. Without data there is a sentence instead of a drawing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figure {
    /// Unique on the page.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What the reader should take from the chart.
    pub(crate) reading: String,
    /// `None` when there is nothing to draw; `reading` then says so.
    pub(crate) svg: Option<String>,
    /// How to read the marks.
    pub(crate) legend: Option<String>,
    pub(crate) table: Table,
}

/// The numbers behind a chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    /// Each as long as `columns`; the first cell is the head of its row.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Figure {
    /// A figure without data.
    pub(crate) fn empty(id: &'static str, title: String, sentence: String) -> Self {
        let table = Table { columns: Vec::new(), rows: Vec::new() };
        Self { id: id.into(), title, reading: sentence, svg: None, legend: None, table }
    }
}
