//! The pages: each is one function from the code's own tables to text.

mod command_line;
mod environment;
mod http;
mod jobs;
mod kpis;
mod manifests;
mod markdown;
mod tables;

use std::error::Error;

/// Folder of the pages for people.
pub(crate) const REFERENCE: &str = "docs/reference";

/// Prefix under which the platform's routes are described.
const API_PREFIX: &str = "/api/seedtest";

/// A file that is written from the code.
pub(crate) struct Page {
    /// Where it is, from the root of the repository.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// Every page.
pub(crate) fn pages() -> Result<Vec<Page>, Box<dyn Error>> {
    let description = seedtest_server::openapi_description(API_PREFIX)?;
    let page = |name: &str, text: String| Page { path: format!("{REFERENCE}/{name}.md"), text };
    let mut pages = vec![
        Page { path: "docs/openapi.json".into(), text: format!("{description:#}\n") },
        page("command-line", command_line::text(seedtest::command())),
        page("environment", environment::text(seedtest::command())),
        page("http", http::text(&description)),
        page("jobs", jobs::text()),
        page("kpis", kpis::text()),
        page("tables", tables::text()),
    ];
    pages.extend(manifests::pages());
    Ok(pages)
}
