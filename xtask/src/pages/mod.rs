//! The pages: each is one function from the code's own tables to text.

mod command_line;
mod environment;
mod jobs;
mod markdown;
mod tables;

/// Folder of the pages for people.
pub(crate) const REFERENCE: &str = "docs/reference";

/// A file that is written from the code.
pub(crate) struct Page {
    /// Where it is, from the root of the repository.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// Every page.
pub(crate) fn pages() -> Vec<Page> {
    let page = |name: &str, text: String| Page { path: format!("{REFERENCE}/{name}.md"), text };
    vec![
        page("command-line", command_line::text(seedtest::command())),
        page("environment", environment::text(seedtest::command())),
        page("jobs", jobs::text()),
        page("tables", tables::text()),
    ]
}
