//! What stands around the contents of every page.

use serde::Serialize;

use super::block::Link;
use super::facts::{Fact, facts};
use crate::catalogue::Catalogue;
use crate::view::{Provenance, Warning};
use crate::{date, wording};

/// The template of a whole page.
pub(crate) const PAGE: &str = "page.html";
/// The templates of contents that stand in a page of others: what it begins with, what follows, what it rests on.
pub(crate) const PARTS: [&str; 3] = ["part_first.html", "part_rest.html", "part_about.html"];

/// Head and foot of a page.
#[derive(Debug, Serialize)]
pub(crate) struct Frame {
    /// The template around the contents: [`PAGE`], or one of [`PARTS`].
    pub(crate) layout: &'static str,
    /// Which page it is: `student`, `class`, `school` or `operator`.
    pub(crate) kind: &'static str,
    pub(crate) lang: &'static str,
    /// Which reader the page is for, above the heading.
    pub(crate) eyebrow: String,
    pub(crate) heading: String,
    /// The id, where a name stands in the heading.
    pub(crate) id: Option<String>,
    /// Where the subject of the page belongs: class and school.
    pub(crate) place: Option<String>,
    pub(crate) week: String,
    /// Ways to other pages.
    pub(crate) links: Vec<Link>,
    pub(crate) warnings: Vec<String>,
    pub(crate) facts: Vec<Fact>,
    /// Ids of the sections that the page leaves out.
    pub(crate) hidden: Vec<String>,
}

/// What a frame is made from.
pub(crate) struct Subject<'r> {
    pub(crate) eyebrow: &'static str,
    pub(crate) heading: String,
    pub(crate) id: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) week_start: chrono::NaiveDate,
    pub(crate) generated_at: &'r str,
    pub(crate) links: Vec<Link>,
    pub(crate) warnings: &'r [Warning],
    pub(crate) provenance: Option<&'r Provenance>,
}

impl Frame {
    pub(crate) fn new(of: Subject<'_>, catalogue: &Catalogue) -> Self {
        Self {
            layout: PAGE,
            kind: kind_of(of.eyebrow),
            lang: catalogue.lang().tag(),
            eyebrow: catalogue.text(of.eyebrow),
            heading: of.heading,
            id: of.id,
            place: of.place,
            week: date::week(of.week_start, catalogue),
            links: of.links,
            warnings: wording::warnings(of.warnings, of.provenance, catalogue),
            facts: facts(of.provenance, of.generated_at, catalogue),
            hidden: Vec::new(),
        }
    }
}

/// `page.student_month` is a page of the kind `student`.
fn kind_of(eyebrow: &'static str) -> &'static str {
    let name = eyebrow.strip_prefix("page.").unwrap_or(eyebrow);
    name.split('_').next().unwrap_or(name)
}
