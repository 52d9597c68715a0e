//! From a view model to a page of HTML.

use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::check::{check_class, check_operator, check_school};
use crate::error::Error;
use crate::lang::Lang;
use crate::page::{ClassPage, OperatorPage, SchoolPage, StudentPage};
use crate::sections::check_student;
use crate::view::{ClassReport, OperatorReport, SchoolReport, StudentReport};

/// The templates that ship with the crate, by name.
const TEMPLATES: [(&str, &str); 9] = [
    ("page.html", include_str!("../templates/page.html")),
    ("figure.html", include_str!("../templates/figure.html")),
    ("block.html", include_str!("../templates/block.html")),
    ("student.html", include_str!("../templates/student.html")),
    ("class.html", include_str!("../templates/class.html")),
    ("school.html", include_str!("../templates/school.html")),
    ("operator.html", include_str!("../templates/operator.html")),
    ("style.css", include_str!("../templates/style.css")),
    ("table.js", include_str!("../templates/table.js")),
];

/// Renders reports in one language; templates and texts are read once.
pub struct Renderer {
    catalogue: Catalogue,
    environment: Environment<'static>,
}

impl Renderer {
    /// A renderer with the texts and templates that ship with the crate.
    ///
    /// # Errors
    /// When a text or a template cannot be read.
    pub fn new(lang: Lang) -> Result<Self, Error> {
        Ok(Self { catalogue: Catalogue::load(lang)?, environment: environment()? })
    }

    /// The weekly report of one student as one self-contained HTML page.
    ///
    /// # Errors
    /// When a number of the report is not finite or outside its range, or a series is not in order.
    pub fn student(&self, report: &StudentReport) -> Result<String, Error> {
        check_student(report)?;
        self.render("student.html", &StudentPage::new(report, &self.catalogue))
    }

    /// The weekly overview of a class as one self-contained HTML page.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn class(&self, report: &ClassReport) -> Result<String, Error> {
        check_class(report)?;
        self.render("class.html", &ClassPage::new(report, &self.catalogue))
    }

    /// The overview of the classes of a school as one self-contained HTML page.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn school(&self, report: &SchoolReport) -> Result<String, Error> {
        check_school(report)?;
        self.render("school.html", &SchoolPage::new(report, &self.catalogue))
    }

    /// The report on the models as one self-contained HTML page; `school_file` leads back.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn operator(
        &self,
        report: &OperatorReport,
        school_file: Option<&str>,
    ) -> Result<String, Error> {
        check_operator(report)?;
        self.render("operator.html", &OperatorPage::new(report, school_file, &self.catalogue))
    }

    fn render(&self, template: &str, page: &impl Serialize) -> Result<String, Error> {
        let html = self.environment.get_template(template)?.render(Serde(page))?;
        Ok(printable(html))
    }
}

/// The weekly report of one student; [`Renderer::student`] of a renderer made for it.
///
/// # Errors
/// When a number of the report is not finite or outside its range, or a series is not in order.
pub fn render_student(report: &StudentReport, lang: Lang) -> Result<String, Error> {
    Renderer::new(lang)?.student(report)
}

/// The weekly overview of a class; [`Renderer::class`] of a renderer made for it.
///
/// # Errors
/// When a number of the report is not finite or outside its range, or a series is not in order.
pub fn render_class(report: &ClassReport, lang: Lang) -> Result<String, Error> {
    Renderer::new(lang)?.class(report)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|name| {
        if Path::new(name).extension().is_some_and(|ending| ending == "html") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// The page with control characters and noncharacters, which no browser has to accept and which
/// ids may carry, replaced by U+FFFD.
fn printable(html: String) -> String {
    let is_forbidden = |letter: char| {
        (letter.is_control() && !matches!(letter, '\t' | '\n'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    if html.contains(is_forbidden) { html.replace(is_forbidden, "\u{fffd}") } else { html }
}
