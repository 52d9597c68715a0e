//! The page on which one gets no more letters.

use serde::Serialize;

use crate::catalogue::Catalogue;

/// Where somebody stands who wants no more letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// They opened the page: programs open links, too, so it asks first.
    Asked,
    /// They get no more letters.
    Left,
    /// The address of the page is that of no letter.
    Unknown,
}

/// The page, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct LeavingPage {
    lang: &'static str,
    title: String,
    sentences: Vec<String>,
    button: Option<String>,
}

impl LeavingPage {
    pub(crate) fn new(leaving: Leaving, catalogue: &Catalogue) -> Self {
        let keys: &[&str] = match leaving {
            Leaving::Asked => &["leave.ask"],
            Leaving::Left => &["leave.done", "leave.again"],
            Leaving::Unknown => &["leave.unknown"],
        };
        Self {
            lang: catalogue.lang().tag(),
            title: catalogue.text("leave.title"),
            sentences: keys.iter().map(|key| catalogue.text(key)).collect(),
            button: (leaving == Leaving::Asked).then(|| catalogue.text("leave.button")),
        }
    }
}
