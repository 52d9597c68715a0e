//! The files that pages name.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use seedtest_report::{STYLE_SHEET, TABLE_SCRIPT};

use crate::assets::Asset;
use crate::refusal::PageResult;
use crate::state::Shared;
use crate::visitor::Visitor;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

pub(crate) const ASSETS: &[Asset] = &[
    // The same charts, colours and tables as in the reports.
    Asset { name: "report.css", media_type: CSS, bytes: STYLE_SHEET.as_bytes() },
    Asset { name: "pages.css", media_type: CSS, bytes: include_bytes!("../../assets/pages.css") },
    Asset { name: "table.js", media_type: JS, bytes: TABLE_SCRIPT.as_bytes() },
    Asset { name: "pages.js", media_type: JS, bytes: include_bytes!("../../assets/pages.js") },
    Asset { name: "import.js", media_type: JS, bytes: include_bytes!("../../assets/import.js") },
    Asset { name: "jobs.js", media_type: JS, bytes: include_bytes!("../../assets/jobs.js") },
];

/// The colours of the school.
pub(crate) async fn brand(State(dashboard): State<Shared>, visitor: Visitor) -> PageResult {
    let rules = dashboard.voices.of(visitor.lang()).colour_rules();
    let headers = [(header::CONTENT_TYPE, CSS), (header::CACHE_CONTROL, "max-age=300")];
    Ok((headers, rules).into_response())
}
