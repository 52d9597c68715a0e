//! From a view model to a page of HTML.

use std::path::Path;

use chrono::NaiveDate;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::brand::Brand;
use crate::catalogue::Catalogue;
use crate::check::{check_calibration, check_class, check_operator, check_school};
use crate::custom::Custom;
use crate::error::Error;
use crate::fonts::font_faces;
use crate::lang::Lang;
use crate::leaving::{Leaving, LeavingPage};
use crate::letter::{Letter, LetterPage, LetterText};
use crate::notice::{Notice, NoticePage};
use crate::page::{
    Block, CalibrationPage, ClassPage, OperatorPage, PARTS, SchoolPage, StudentPage, Talk,
    overview_blocks, talks,
};
use crate::register::Register;
use crate::sections::{RISK_SECTION, check_student};
use crate::sheet::Sheet;
use crate::style::{STYLE, chart_style};
use crate::view::{
    CalibrationReport, ClassReport, ItemPage, OperatorReport, SchoolOverview, SchoolReport,
    StudentReport, StudentRow,
};

/// Name of the template of paper, which Typst sets: see [`Sheet`].
pub const PAPER_TEMPLATE: &str = "report.typ";

/// The templates that ship with the crate, by name.
pub(crate) const TEMPLATES: [(&str, &str); 13] = [
    ("page.html", include_str!("../templates/page.html")),
    ("figure.html", include_str!("../templates/figure.html")),
    ("block.html", include_str!("../templates/block.html")),
    ("student.html", include_str!("../templates/student.html")),
    ("warnings.html", include_str!("../templates/warnings.html")),
    ("class.html", include_str!("../templates/class.html")),
    ("school.html", include_str!("../templates/school.html")),
    ("operator.html", include_str!("../templates/operator.html")),
    ("letter.html", include_str!("../templates/letter.html")),
    ("leave.html", include_str!("../templates/leave.html")),
    ("style.css", STYLE),
    (PAPER_TEMPLATE, include_str!("../templates/report.typ")),
    ("table.js", include_str!("../templates/table.js")),
];

/// Templates of parts of pages of others and of the letter to staff, which no school replaces.
const PART_TEMPLATES: [(&str, &str); 6] = [
    (PARTS[0], include_str!("../templates/part_first.html")),
    (PARTS[1], include_str!("../templates/part_rest.html")),
    (PARTS[2], include_str!("../templates/part_about.html")),
    (BLOCKS_PART, include_str!("../templates/blocks_part.html")),
    (ITEM_PART, include_str!("../templates/item_part.html")),
    (NOTICE, include_str!("../templates/notice.html")),
];
const NOTICE: &str = "notice.html";
const ITEM_PART: &str = "item_part.html";
const BLOCKS_PART: &str = "blocks_part.html";

/// What sorts and filters the table of a class.
pub const TABLE_SCRIPT: &str = include_str!("../templates/table.js");

/// What stands in the page where its fonts go; they depend on the letters of the page.
const FONTS: &str = "/* fonts */";

/// Renders reports in one language; templates and texts are read once.
pub struct Renderer {
    /// To teachers and operators.
    formal: Voice,
    /// To students and their families.
    friendly: Voice,
    chart_style: String,
    custom: Custom,
}

/// Sections for [`BLOCKS_PART`].
#[derive(Serialize)]
struct BlocksPart {
    blocks: Vec<Block>,
}

/// The contents of a page as HTML, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Heading, summary and first screen.
    pub first: String,
    /// Warnings, and all sections.
    pub rest: String,
    /// What the figures rest on.
    pub about: String,
}

impl Parts {
    fn each(mut render: impl FnMut(&'static str) -> Result<String, Error>) -> Result<Self, Error> {
        let [first, rest, about] = PARTS;
        Ok(Self { first: render(first)?, rest: render(rest)?, about: render(about)? })
    }
}

/// One chart for [`ITEM_PART`].
#[derive(Serialize)]
struct ItemPart {
    figure: crate::charts::Figure,
}

/// Texts in one register, with the templates that name them.
struct Voice {
    catalogue: Catalogue,
    environment: Environment<'static>,
}

impl Voice {
    fn new(catalogue: Catalogue, mut environment: Environment<'static>) -> Self {
        environment.add_global("t", Value::from(Serde(catalogue.texts())));
        Self { catalogue, environment }
    }
}

impl Renderer {
    /// A renderer with the texts and templates that ship with the crate.
    ///
    /// # Errors
    /// When a text or a template cannot be read.
    pub fn new(lang: Lang) -> Result<Self, Error> {
        Self::with(lang, Custom::default())
    }

    /// A renderer with what a school puts in the place of texts, colours, sections and templates.
    ///
    /// # Errors
    /// When `custom` names what does not exist, has a colour that could not be read, or a template that
    /// is none.
    pub fn with(lang: Lang, custom: Custom) -> Result<Self, Error> {
        custom.check()?;
        let mut environment = environment(&custom)?;
        environment.add_global("brand", Value::from(Serde(Brand::new(&custom))));
        let voice = |register| -> Result<Voice, Error> {
            Ok(Voice::new(custom.catalogue(lang, register)?, environment.clone()))
        };
        let (formal, friendly) = (voice(Register::Formal)?, voice(Register::Friendly)?);
        let chart_style = chart_style(&custom.paper_colours());
        Ok(Self { formal, friendly, chart_style, custom })
    }

    /// The weekly report of one student as one self-contained HTML page.
    ///
    /// # Errors
    /// When a number of the report is not finite or outside its range, or a series is not in order.
    pub fn student(&self, report: &StudentReport) -> Result<String, Error> {
        check_student(report)?;
        self.render(&self.friendly, "student.html", &self.student_page(report))
    }

    /// The weekly overview of a class as one self-contained HTML page.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn class(&self, report: &ClassReport) -> Result<String, Error> {
        check_class(report)?;
        self.render(&self.formal, "class.html", &self.class_page(report))
    }

    /// The overview of the classes of a school as one self-contained HTML page.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn school(&self, report: &SchoolReport) -> Result<String, Error> {
        check_school(report)?;
        self.render(&self.formal, "school.html", &self.school_page(report))
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
        self.render(&self.formal, "operator.html", &self.operator_page(report, school_file))
    }

    /// The page of one calibration as one self-contained HTML page. Its warnings are in the language they come in.
    ///
    /// # Errors
    /// When a number of the report is not finite.
    pub fn calibration(&self, report: &CalibrationReport) -> Result<String, Error> {
        check_calibration(report)?;
        self.render(
            &self.formal,
            "operator.html",
            &CalibrationPage::new(report, &self.formal.catalogue),
        )
    }

    /// The contents of [`Self::student`] without head, style and script, for a page of others that has
    /// [`STYLE_SHEET`](crate::STYLE_SHEET). Who may not see the risk S gets a report
    /// [`without_risk`](StudentReport::without_risk), and with `shows_risk` false no section that says it is not known.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn student_parts(&self, report: &StudentReport, shows_risk: bool) -> Result<Parts, Error> {
        check_student(report)?;
        let mut page = self.student_page(report);
        if !shows_risk {
            page.leave_out(RISK_SECTION);
        }
        Parts::each(|layout| {
            page.lay_out(layout);
            self.render(&self.friendly, "student.html", &page)
        })
    }

    /// The contents of [`Self::class`], as [`Self::student_parts`].
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn class_parts(&self, report: &ClassReport) -> Result<Parts, Error> {
        check_class(report)?;
        let mut page = self.class_page(report);
        Parts::each(|layout| {
            page.lay_out(layout);
            self.render(&self.formal, "class.html", &page)
        })
    }

    /// The contents of [`Self::operator`], as [`Self::student_parts`].
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn operator_parts(&self, report: &OperatorReport) -> Result<Parts, Error> {
        check_operator(report)?;
        let mut page = self.operator_page(report, None);
        Parts::each(|layout| {
            page.lay_out(layout);
            self.render(&self.formal, "operator.html", &page)
        })
    }

    /// The chart of one item with its reading and its table.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    pub fn item_part(&self, item: &ItemPage) -> Result<String, Error> {
        let figure = crate::charts::item_page(item, 0, &self.formal.catalogue);
        self.render(&self.formal, ITEM_PART, &ItemPart { figure })
    }

    /// The trends, the forecast and the segments of a school, for a page of others.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    pub fn overview_part(&self, overview: &SchoolOverview) -> Result<String, Error> {
        let blocks = overview_blocks(overview, &self.formal.catalogue);
        self.render(&self.formal, BLOCKS_PART, &BlocksPart { blocks })
    }

    /// Those of the students there is a reason to talk to, the most urgent first.
    pub fn talks(&self, students: &[StudentRow]) -> Vec<Talk> {
        talks(students, &self.formal.catalogue)
    }

    /// Every text as teachers and operators are spoken to, by key.
    pub fn texts(&self) -> &std::collections::BTreeMap<String, String> {
        self.formal.catalogue.texts()
    }

    /// The colours of the school, as rules that stand after [`STYLE_SHEET`](crate::STYLE_SHEET); empty without.
    pub fn colour_rules(&self) -> String {
        self.custom.colour_rules()
    }

    /// The letter that brings a report by mail, as plain text and as a page.
    ///
    /// # Errors
    /// When a template of the school cannot be rendered.
    pub fn letter(&self, letter: &Letter<'_>) -> Result<LetterText, Error> {
        let page = LetterPage::new(letter, &self.friendly.catalogue);
        let html = self.render(&self.friendly, "letter.html", &page)?;
        let text = page.text(self.custom.school.as_deref());
        Ok(LetterText { subject: page.subject, text, html })
    }

    /// The letter that tells staff what they have to look at, as plain text and as a page.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    pub fn notice(&self, notice: &Notice<'_>) -> Result<LetterText, Error> {
        let page = NoticePage::new(notice, &self.formal.catalogue);
        let html = self.render(&self.formal, NOTICE, &page)?;
        Ok(page.text(html, self.custom.school.as_deref()))
    }

    /// The page on which one gets no more letters.
    ///
    /// # Errors
    /// When a template of the school cannot be rendered.
    pub fn leaving(&self, leaving: Leaving) -> Result<String, Error> {
        let page = LeavingPage::new(leaving, &self.friendly.catalogue);
        self.render(&self.friendly, "leave.html", &page)
    }

    /// The weekly report of one student for paper.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn student_sheet(&self, report: &StudentReport) -> Result<Sheet, Error> {
        check_student(report)?;
        self.sheet(&self.friendly, &self.student_page(report))
    }

    /// The weekly overview of a class for paper.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn class_sheet(&self, report: &ClassReport) -> Result<Sheet, Error> {
        check_class(report)?;
        self.sheet(&self.formal, &self.class_page(report))
    }

    /// The overview of the classes of a school for paper.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn school_sheet(&self, report: &SchoolReport) -> Result<Sheet, Error> {
        check_school(report)?;
        self.sheet(&self.formal, &self.school_page(report))
    }

    /// The report on the models for paper.
    ///
    /// # Errors
    /// As those of [`Self::student`].
    pub fn operator_sheet(&self, report: &OperatorReport) -> Result<Sheet, Error> {
        check_operator(report)?;
        self.sheet(&self.formal, &self.operator_page(report, None))
    }

    /// Renders every page and letter of a report without data: a template that names what no page has is found
    /// before the first report is made. What stands where only data leads to is not tried.
    ///
    /// # Errors
    /// [`Error::Template`].
    pub fn try_templates(&self) -> Result<(), Error> {
        self.student(&StudentReport::default())?;
        self.class(&ClassReport::default())?;
        self.school(&SchoolReport::default())?;
        self.operator(&OperatorReport::default(), None)?;
        let letter = Letter {
            student: "",
            week_start: NaiveDate::default(),
            month: None,
            url: None,
            opens_days: None,
            files: &[],
            from: "",
            unsubscribe_url: None,
        };
        self.letter(&letter)?;
        self.leaving(Leaving::Asked).map(|_| ())
    }

    fn student_page(&self, report: &StudentReport) -> StudentPage {
        let mut page = StudentPage::new(report, &self.friendly.catalogue);
        page.arrange(&self.custom);
        page
    }

    fn class_page(&self, report: &ClassReport) -> ClassPage {
        let mut page = ClassPage::new(report, &self.formal.catalogue);
        page.arrange(&self.custom);
        page
    }

    fn school_page(&self, report: &SchoolReport) -> SchoolPage {
        let mut page = SchoolPage::new(report, &self.formal.catalogue);
        page.arrange(&self.custom);
        page
    }

    fn operator_page(&self, report: &OperatorReport, school_file: Option<&str>) -> OperatorPage {
        let mut page = OperatorPage::new(report, school_file, &self.formal.catalogue);
        page.arrange(&self.custom);
        page
    }

    fn sheet(&self, voice: &Voice, page: &impl Serialize) -> Result<Sheet, Error> {
        Sheet::new(page, voice.catalogue.texts(), &self.chart_style, &self.custom)
            .map_err(Error::Sheet)
    }

    fn render(
        &self,
        voice: &Voice,
        template: &str,
        page: &impl Serialize,
    ) -> Result<String, Error> {
        let rendered = voice.environment.get_template(template);
        let rendered = rendered.and_then(|template| template.render(Serde(page)));
        let html = printable(rendered.map_err(|error| template_error(&self.custom, &error))?);
        let html = if voice.catalogue.lang() == Lang::Ko { together(&html) } else { html };
        Ok(html.replacen(FONTS, &font_faces(&html), 1))
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

fn environment(custom: &Custom) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Faults of templates of one's own are shown with what stands there.
    environment.set_debug(!custom.templates.is_empty());
    let failed = |error| template_error(custom, &error);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(failed)?);
    environment.set_auto_escape_callback(|name| {
        if Path::new(name).extension().is_some_and(|ending| ending == "html") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    environment.add_filter("columns_of_words", columns_of_words);
    for (name, source) in PART_TEMPLATES {
        environment.add_template(name, source).map_err(failed)?;
    }
    for (name, source) in TEMPLATES.into_iter().filter(|(name, _)| *name != PAPER_TEMPLATE) {
        match custom.templates.get(name) {
            Some(own) => environment.add_template_owned(name, own.clone()),
            None => environment.add_template(name, source),
        }
        .map_err(failed)?;
    }
    Ok(environment)
}

/// What is wrong with a template, and where: of templates within templates, with the innermost.
fn template_error(custom: &Custom, error: &minijinja::Error) -> Error {
    let mut inner = error;
    while let Some(cause) = std::error::Error::source(inner).and_then(|e| e.downcast_ref()) {
        inner = cause;
    }
    let name = inner.name().unwrap_or_default().to_owned();
    let own = custom.templates.get(&name);
    let mut reason = inner.kind().to_string();
    reason.extend(inner.detail().map(|detail| format!(": {detail}")));
    let there = own.zip(inner.range()).and_then(|(source, range)| source.get(range));
    reason.extend(there.map(|there| format!(": {}", there.trim())));
    Error::Template { line: inner.line(), reason, is_own: own.is_some(), name }
}

/// Which of the columns of a table hold words for the most part, which read from the left; the others
/// hold numbers. A table without rows has columns of numbers.
#[allow(clippy::needless_pass_by_value, reason = "a filter of a template owns its arguments")]
fn columns_of_words(rows: Vec<Vec<String>>, columns: usize) -> Vec<bool> {
    let words = |column: usize| {
        rows.iter().filter(|row| row.get(column).is_some_and(|cell| holds_word(cell))).count()
    };
    (0..columns).map(|column| 2 * words(column) > rows.len()).collect()
}

/// Whether two letters stand side by side, other than in a number with its unit.
fn holds_word(cell: &str) -> bool {
    let letters: Vec<bool> = cell.chars().map(char::is_alphabetic).collect();
    letters.windows(2).any(|pair| pair == [true, true])
}

/// The page with a per cent sign and the ending behind it on one line: browsers part `61%` and `입니다`, which are one
/// word. A word joiner holds them together.
fn together(html: &str) -> String {
    const JOINER: char = '\u{2060}';
    let mut joined = String::with_capacity(html.len() + 64);
    let mut before = ' ';
    for letter in html.chars() {
        if before == '%' && ('가'..='힣').contains(&letter) {
            joined.push(JOINER);
        }
        joined.push(letter);
        before = letter;
    }
    joined
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
