//! From a view model to a page of HTML.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::check::check_class;
use crate::error::Error;
use crate::lang::Lang;
use crate::page::{ClassPage, StudentPage};
use crate::sections::check_student;
use crate::view::{ClassReport, StudentReport};

/// The templates that ship with the crate, by name.
const TEMPLATES: [(&str, &str); 5] = [
    ("page.html", include_str!("../templates/page.html")),
    ("figure.html", include_str!("../templates/figure.html")),
    ("student.html", include_str!("../templates/student.html")),
    ("class.html", include_str!("../templates/class.html")),
    ("style.css", include_str!("../templates/style.css")),
];

/// The weekly report of one student as one self-contained HTML page.
///
/// # Errors
/// When a number of the report is not finite or outside its range, or a series is not in order.
pub fn render_student(report: &StudentReport, lang: Lang) -> Result<String, Error> {
    check_student(report)?;
    let catalogue = Catalogue::load(lang)?;
    render("student.html", &StudentPage::new(report, &catalogue))
}

/// The weekly overview of a class as one self-contained HTML page.
///
/// # Errors
/// When a number of the report is not finite or outside its range, or a series is not in order.
pub fn render_class(report: &ClassReport, lang: Lang) -> Result<String, Error> {
    check_class(report)?;
    let catalogue = Catalogue::load(lang)?;
    render("class.html", &ClassPage::new(report, &catalogue))
}

fn render(template: &str, page: &impl Serialize) -> Result<String, Error> {
    let html = environment()?.get_template(template)?.render(Serde(page))?;
    Ok(printable(&html))
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|name| {
        if name == "style.css" { AutoEscape::None } else { AutoEscape::Html }
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// The page with control characters and noncharacters, which no browser has to accept and which
/// ids may carry, replaced by U+FFFD.
fn printable(html: &str) -> String {
    let is_forbidden = |letter: char| {
        (letter.is_control() && !matches!(letter, '\t' | '\n'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    html.replace(is_forbidden, "\u{fffd}")
}
