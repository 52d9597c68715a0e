//! What a school puts in the place of what ships, from one TOML file.

mod error;
mod files;
mod reader;

use std::fs;
use std::path::{Path, PathBuf};

use seedtest_report::{Custom, Lang, PAPER_TEMPLATE, Renderer, StudentReport};

use self::files::text_of;
use self::reader::Reader;
use super::paper::Paper;
use crate::error::Error;

pub use self::error::CustomiseError;

/// What the file says; without a file nothing is put in the place of anything. Whatever the file names is
/// looked for beside it. Everything is tried: what this gives can be rendered with, in either language.
///
/// # Errors
/// A [`CustomiseError`], which names the file with line and column and what is wrong with it.
pub fn customised(file: Option<&Path>) -> Result<Custom, CustomiseError> {
    let Some(path) = file else { return Ok(Custom::default()) };
    let text = text_of(path)?;
    let reader = Reader::new(path, &text)?;
    let custom = reader.custom()?;
    for lang in Lang::ALL {
        let tried = Renderer::with(lang, custom.clone()).and_then(|renderer| {
            if custom.templates.is_empty() { Ok(()) } else { renderer.try_templates() }
        });
        tried.map_err(|error| of_report(&reader, lang, error))?;
    }
    if !custom.paper_fonts.is_empty() || custom.templates.contains_key(PAPER_TEMPLATE) {
        try_paper(&custom).map_err(|error| of_paper(&reader, &error))?;
    }
    Ok(custom)
}

/// The files that a customising file is made of: itself, its logo, its fonts, its templates. Those that it names and
/// that are not there are in the list, too.
pub fn customising_files(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.to_owned()];
    let text = text_of(file).unwrap_or_default();
    let Ok(reader) = Reader::new(file, &text) else { return files };
    files.extend(reader.files());
    if let Ok(Some(dir)) = reader.named("templates") {
        let inside = fs::read_dir(&dir).into_iter().flatten().flatten().map(|entry| entry.path());
        files.extend(inside);
        files.push(dir);
    }
    files.sort();
    files
}

/// Sets a report without data, where the program can.
fn try_paper(custom: &Custom) -> Result<(), Error> {
    let paper = match Paper::new(custom) {
        Err(Error::NoPdf) => return Ok(()),
        paper => paper?,
    };
    let renderer = Renderer::with(Lang::Ko, custom.clone())?;
    paper.print(&renderer.student_sheet(&StudentReport::default())?).map(|_| ())
}

/// A fault of a report with the place in the file that it comes from.
fn of_report(reader: &Reader, lang: Lang, error: seedtest_report::Error) -> CustomiseError {
    use seedtest_report::Error as Fault;
    let place = match &error {
        Fault::Template { name, line, reason, .. } => {
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            let place = format!("{}{line}", in_templates(reader, name));
            return CustomiseError::Template { place, reason: reason.clone() };
        }
        Fault::UnknownColour { field, name }
        | Fault::BadColour { field, name, .. }
        | Fault::FaintColour { field, name, .. } => reader.place(&[field, name]),
        Fault::UnknownText { key } | Fault::UnknownPlaceholder { key, .. } => {
            reader.place(&["texts", lang.tag(), key])
        }
        _ => reader.place(&[]),
    };
    CustomiseError::Report { place, error: Box::new(error) }
}

/// A fault of paper with its file.
fn of_paper(reader: &Reader, error: &Error) -> CustomiseError {
    #[cfg(feature = "pdf")]
    match error {
        Error::Pdf(seedtest_pdf::PdfError::Template { file, message }) => {
            let place = in_templates(reader, file);
            return CustomiseError::Template { place, reason: message.clone() };
        }
        Error::Pdf(seedtest_pdf::PdfError::Font { name }) => {
            let files = reader.files();
            let path = files.into_iter().find(|path| path.ends_with(name));
            let path = path.unwrap_or_else(|| name.into());
            return files::unusable(&path, "the font cannot be read".into());
        }
        _ => {}
    }
    CustomiseError::Template {
        place: in_templates(reader, PAPER_TEMPLATE),
        reason: error.to_string(),
    }
}

/// A template by the path of its file.
fn in_templates(reader: &Reader, name: &str) -> String {
    let dir = reader.named("templates").ok().flatten().unwrap_or_default();
    dir.join(name).display().to_string()
}

/// How alike two names must be for one to be meant by the other, 0..1.
const ALIKE: f64 = 0.75;

fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let name = name.to_lowercase().replace('_', "-");
    let likeness = |known: &&str| strsim::jaro_winkler(&name, &known.to_lowercase());
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= ALIKE).then(|| (*best).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Custom, CustomiseError> {
        read_with(toml, &[])
    }

    fn read_with(toml: &str, files: &[(&str, &[u8])]) -> Result<Custom, CustomiseError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("school.toml");
        fs::write(&path, toml).unwrap();
        for (name, content) in files {
            let file = dir.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        customised(Some(&path))
    }

    /// What is wrong with the file that is named.
    fn within(error: &CustomiseError) -> &CustomiseError {
        match error {
            CustomiseError::Named { error, .. } => error,
            error => error,
        }
    }

    const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>";

    #[test]
    fn everything_can_be_said_in_one_file() {
        let toml = r##"
            school = "한빛중학교"
            logo = "logo.svg"
            templates = "own"
            [colours]
            accent = "#7a1fa2"
            [dark-colours]
            accent = "#e0b3ff"
            [sections]
            hidden = ["churn"]
            order = ["chances", "bytopic"]
            [texts.ko]
            "section.well" = "참 잘했어요"
            [texts.en]
            "section.well" = "Well done"
        "##;
        let template = seedtest_report::template_source("figure.html").unwrap();
        let files =
            [("logo.svg", SVG), ("own/figure.html", template.as_bytes()), ("own/.swp", b"")];
        let custom = read_with(toml, &files).unwrap();
        assert_eq!(custom.school.as_deref(), Some("한빛중학교"));
        assert_eq!(custom.logo.unwrap().data, SVG);
        assert_eq!(custom.colours["accent"], "#7a1fa2");
        assert_eq!((&*custom.hidden[0], &*custom.order[1]), ("churn", "bytopic"));
        assert_eq!(custom.texts[&Lang::Ko]["section.well"], "참 잘했어요");
        assert_eq!(custom.templates.keys().collect::<Vec<_>>(), ["figure.html"]);
        assert_eq!(customised(None).unwrap(), Custom::default());
    }

    #[test]
    fn what_is_not_known_is_told_with_what_looks_like_it() {
        for (toml, what, nearest) in [
            ("scool = 'x'", "key", "school"),
            ("[colors]\naccent = '#7a1fa2'", "key", "colours"),
            ("[dark_colours]\naccent = '#7a1fa2'", "key", "dark-colours"),
            ("[colours]\nacent = '#7a1fa2'", "colour", "accent"),
            ("[sections]\nhiden = []", "key of [sections]", "hidden"),
            ("[sections]\nhidden = ['chrun']", "section", "churn"),
            ("[texts.ko]\n'section.wel' = 'x'", "text", "section.well"),
        ] {
            let error = read(toml).unwrap_err();
            let told = format!("{error}");
            assert!(told.contains("school.toml") && told.contains(what), "{told}");
            assert_eq!(error.hint(), format!("did you mean {nearest:?}?"), "{told}");
        }
        assert!(matches!(
            read("[texts.fr]"),
            Err(CustomiseError::Unknown { what: "language", .. })
        ));
        let other = read_with("templates = 'own'", &[("own/studnt.html", b"")]).unwrap_err();
        assert_eq!(other.hint(), "did you mean \"student.html\"?");
    }

    #[test]
    fn a_colour_nobody_can_read_is_refused_with_its_ratio() {
        let told = read("[colours]\naccent = '#cccccc'").unwrap_err().to_string();
        assert!(told.contains("1.6") && told.contains("4.5"), "{told}");
        assert!(read("[colours]\naccent = 'red'").is_err());
    }

    #[test]
    fn a_logo_is_an_image_of_its_kind_and_small() {
        let with =
            |name: &str, content: &[u8]| read_with(&format!("logo = '{name}'"), &[(name, content)]);
        assert!(with("l.png", b"\x89PNG\r\n\x1a\nrest").is_ok());
        assert!(with("l.jpg", b"\xff\xd8\xff\xe0").is_ok());
        let large = vec![0; (200 << 10) + 1];
        for (name, content) in [
            ("l.png", &b"\xff\xd8\xff\xe0"[..]),
            ("l.svg", b"<html><script>alert(1)</script></html>"),
            ("l.gif", b"GIF89a"),
            ("l.png", &large),
        ] {
            let error = with(name, content).unwrap_err();
            assert!(matches!(within(&error), CustomiseError::File { .. }), "{error}");
            assert!(error.to_string().contains("school.toml:1:8: "), "{error}");
        }
        let missing = read("logo = 'none.png'").unwrap_err();
        assert!(matches!(within(&missing), CustomiseError::Read { .. }), "{missing}");
    }

    #[test]
    fn what_does_not_parse_says_where() {
        let told = read("school = 'a\n").unwrap_err().to_string();
        assert!(told.contains("school.toml:1:"), "{told}");
        let placeholder = read("[texts.en]\n'right_of' = '{x} of {n}'").unwrap_err();
        assert!(matches!(placeholder, CustomiseError::Report { .. }));
        assert!(placeholder.to_string().contains("school.toml:2:1: "), "{placeholder}");
    }

    /// Unknown names and values of other kinds, wherever they stand, with their line and column.
    #[test]
    fn every_fault_of_the_file_has_its_line_and_column() {
        for (toml, place, said) in [
            ("\nscool = 'x'\nb = 1", "2:1", "\"scool\""),
            ("school = 7", "1:10", "school is a number, not a text"),
            ("school = ''\nlogo = ['a']", "2:8", "logo is a list, not a text"),
            ("templates = true", "1:13", "templates is true or false, not a text"),
            ("texts = 2025-03-12", "1:9", "texts is a date, not a table"),
            ("colours = 'red'", "1:11", "colours is a text, not a table"),
            ("[colours]\naccent = 12", "2:10", "colours.accent is a number, not a text"),
            ("[dark-colours]\n\n mark = 'x'", "3:2", "dark-colours.mark is 'x'"),
            ("[sections]\norder = 'goal'", "2:9", "sections.order is a text, not a list"),
            ("[sections]\nhidden = ['churn',\n 1]", "3:2", "an entry of sections.hidden"),
            ("[sections]\nhidden = ['churn',\n 'chrn']", "3:2", "\"chrn\""),
            ("[sections]\nhiden = []", "2:1", "\"hiden\""),
            ("[sections]\norder = ['churn', 'churn']", "2:19", "names \"churn\" twice"),
            ("[texts.ko]\n'section.well' = {}", "2:18", "texts.ko.section.well is a table"),
            ("[texts]\nko = 'x'", "2:6", "texts.ko is a text, not a table"),
            ("[fonts]\nweb = []", "2:1", "\"web\""),
            ("[fonts]\npaper = 'a.ttf'", "2:9", "fonts.paper is a text, not a list of files"),
            ("fonts = 'a.ttf'", "1:9", "fonts is a text, not a table"),
        ] {
            let error = read(toml).unwrap_err();
            let told = error.to_string();
            assert!(told.contains(&format!("school.toml:{place}: ")), "{toml}: {told}");
            assert!(told.contains(said), "{toml}: {told}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn a_fault_of_a_template_has_its_file_and_line() {
        let page = b"{% extends 'page.html' %}\n{% block body %}\n{{ nothing }}{% endblock %}";
        for (name, content, told) in [
            ("student.html", &b"\n{% if %}"[..], "own/student.html:2"),
            ("student.html", page, "own/student.html:3"),
            ("letter.html", b"a\n\xff", "own/letter.html: line 2 is not UTF-8"),
            #[cfg(feature = "pdf")]
            ("report.typ", b"= A\n\n#let x = nothing-here", "own/report.typ:3:10"),
            #[cfg(feature = "pdf")]
            ("report.typ", b"= A\n#let x = (", "own/report.typ:2:"),
        ] {
            let file = format!("own/{name}");
            let error = read_with("templates = 'own'", &[(&file, content)]).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn a_font_of_paper_is_a_font() {
        let toml = "[fonts]\npaper = ['own.ttf']";
        for (content, told) in [
            (&b"<html>"[..], "own.ttf: no font"),
            (b"", "own.ttf: no font"),
            (b"wOF2....", "packed for the web"),
            #[cfg(feature = "pdf")]
            (b"\0\x01\0\0 and nothing that follows", "own.ttf: the font cannot be read"),
        ] {
            let error = read_with(toml, &[("own.ttf", content)]).unwrap_err();
            assert!(matches!(within(&error), CustomiseError::File { .. }), "{error}");
            assert!(error.to_string().contains(told), "{error}");
            assert!(error.hint().contains(".ttf"), "{}", error.hint());
        }
        let missing = read(toml).unwrap_err();
        assert!(matches!(within(&missing), CustomiseError::Read { .. }), "{missing}");
    }
}
