//! The parts every page is made of: numbers are text already, so that whatever sets the page (HTML or
//! paper) only has to place them.

use serde::Serialize;

use crate::charts::{Figure, Table};
use crate::custom::Custom;

/// A section of a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Block {
    /// Unique on the page.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// What it says; a section without data is one sentence.
    pub(crate) text: Vec<String>,
    /// Numbers by name.
    pub(crate) lines: Vec<Line>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) table: Option<Table>,
    /// Whether there was nothing to show.
    pub(crate) is_empty: bool,
}

/// Takes out the blocks that a school leaves out, and puts first those it wants first.
pub(crate) fn arrange(blocks: &mut Vec<Block>, custom: &Custom) {
    blocks.retain(|block| !custom.hidden.iter().any(|id| id == block.id));
    let place = |block: &Block| custom.order.iter().position(|id| id == block.id);
    blocks.sort_by_key(|block| place(block).unwrap_or(usize::MAX));
}

/// A number with its name and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) note: String,
}

/// A name that leads somewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// What is shown.
    pub name: String,
    /// Where it leads, a file beside the page or a path; `None` = nowhere.
    pub file: Option<String>,
}

impl Block {
    /// A section of figures; those without a drawing are sentences of the section.
    pub(crate) fn of_figures(id: &'static str, title: String, figures: Vec<Figure>) -> Self {
        let (drawn, empty): (Vec<_>, Vec<_>) =
            figures.into_iter().partition(|figure| figure.svg.is_some());
        Self {
            is_empty: drawn.is_empty(),
            text: empty.into_iter().map(|figure| figure.reading).collect(),
            figures: drawn,
            ..Self::sentence(id, title, String::new())
        }
    }

    /// A section that says in one line why it shows nothing.
    pub(crate) fn sentence(id: &'static str, title: String, text: String) -> Self {
        Self {
            id,
            title,
            text: vec![text],
            lines: Vec::new(),
            figures: Vec::new(),
            table: None,
            is_empty: true,
        }
    }
}
