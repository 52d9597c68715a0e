//! What a school puts in the place of what ships, from one TOML file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use seedtest_fault::FaultKind;
use seedtest_report::{
    Custom, Lang, Logo, LogoFormat, Renderer, SECTIONS, colour_names, template_names, text_keys,
};
use toml::{Table, Value};

/// Largest logo: it is in every page, in text a third longer.
const MOST_LOGO_BYTES: u64 = 200 << 10;
/// Largest template and largest customising file.
const MOST_TEXT_BYTES: u64 = 1 << 20;

/// Why a customising file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CustomiseError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A file that is no TOML.
    #[error("{}: {message}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// A key or a name that stands for nothing.
    #[error("{}: {what} {name:?} is not known", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it would be: a key, a colour, a section, a text, a template.
        what: &'static str,
        /// The name.
        name: String,
        /// The known one that looks most like it.
        nearest: Option<String>,
    },
    /// A value of another kind than it must be.
    #[error("{}: {key} is not {expected}", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// Its key.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A logo or template that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Colours, texts or templates that do not go together with the rest.
    #[error("{}: {error}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Box<seedtest_report::Error>,
    },
}

impl CustomiseError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { .. } => "check the name of the file and who may read it".into(),
            Self::Toml { .. } => "see docs/reports.md for an example".into(),
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::Unknown { what, nearest: None, .. } => {
                format!("docs/reports.md lists what may be a {what}")
            }
            Self::Kind { .. } => "docs/reports.md shows what each key holds".into(),
            Self::File { .. } => {
                "a logo is a PNG, JPEG or SVG of 200 KiB at most, a template a text of 1 MiB at most".into()
            }
            Self::Report { error, .. } => error.hint().into(),
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        FaultKind::Setting
    }
}

/// What the file says; without a file nothing is put in the place of anything. Whatever the file names is
/// looked for beside it. Everything is tried: what this gives can be rendered with, in either language.
///
/// # Errors
/// A [`CustomiseError`], which names the file and what is wrong with it.
pub fn customised(file: Option<&Path>) -> Result<Custom, CustomiseError> {
    let Some(path) = file else { return Ok(Custom::default()) };
    let text = text_of(path)?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| CustomiseError::Toml {
        path: path.to_owned(),
        message: error.to_string().trim().to_owned(),
    })?;
    let custom = Reader { path }.custom(&table)?;
    for lang in Lang::ALL {
        Renderer::with(lang, custom.clone()).map_err(|error| CustomiseError::Report {
            path: path.to_owned(),
            error: Box::new(error),
        })?;
    }
    Ok(custom)
}

/// The files that a customising file is made of: itself, its logo, its templates. Those that it names and that are
/// not there are in the list, too.
pub fn customising_files(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.to_owned()];
    let table: Table = text_of(file).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    let reader = Reader { path: file };
    let named = |key: &str| table.get(key).and_then(Value::as_str).map(|name| reader.beside(name));
    files.extend(named("logo"));
    if let Some(dir) = named("templates") {
        let inside = fs::read_dir(&dir).into_iter().flatten().flatten().map(|entry| entry.path());
        files.extend(inside);
        files.push(dir);
    }
    files.sort();
    files
}

const KEYS: [&str; 7] =
    ["school", "logo", "templates", "colours", "dark-colours", "sections", "texts"];
const SECTION_KEYS: [&str; 2] = ["hidden", "order"];

/// Reads the tables of one file.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn custom(&self, table: &Table) -> Result<Custom, CustomiseError> {
        self.known("key", table.keys(), &KEYS)?;
        let sections = self.table("sections", table.get("sections"))?;
        self.known("key of [sections]", sections.keys(), &SECTION_KEYS)?;
        Ok(Custom {
            school: self.text("school", table.get("school"))?,
            logo: match self.text("logo", table.get("logo"))? {
                Some(file) => Some(logo(&self.beside(&file))?),
                None => None,
            },
            colours: self.colours("colours", table.get("colours"))?,
            dark_colours: self.colours("dark-colours", table.get("dark-colours"))?,
            hidden: self.sections("sections.hidden", sections.get("hidden"))?,
            order: self.sections("sections.order", sections.get("order"))?,
            texts: self.texts(table.get("texts"))?,
            templates: match self.text("templates", table.get("templates"))? {
                Some(dir) => templates(&self.beside(&dir))?,
                None => BTreeMap::new(),
            },
        })
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(name)
    }

    fn colours(
        &self,
        key: &'static str,
        value: Option<&Value>,
    ) -> Result<BTreeMap<String, String>, CustomiseError> {
        let table = self.table(key, value)?;
        self.known("colour", table.keys(), &colour_names())?;
        self.all_texts(key, &table)
    }

    fn sections(&self, key: &str, value: Option<&Value>) -> Result<Vec<String>, CustomiseError> {
        let expected = "a list of sections";
        let Some(value) = value else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| self.kind(key, expected))?;
        let names: Option<Vec<String>> =
            list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
        let names = names.ok_or_else(|| self.kind(key, expected))?;
        self.known("section", names.iter(), &SECTIONS)?;
        Ok(names)
    }

    fn texts(
        &self,
        value: Option<&Value>,
    ) -> Result<BTreeMap<Lang, BTreeMap<String, String>>, CustomiseError> {
        let table = self.table("texts", value)?;
        self.known("language", table.keys(), &Lang::ALL.map(Lang::tag))?;
        let keys = text_keys().map_err(|error| CustomiseError::Report {
            path: self.path.to_owned(),
            error: Box::new(error),
        })?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut all = BTreeMap::new();
        for lang in Lang::ALL {
            let key = format!("texts.{lang}");
            let texts = self.table(&key, table.get(lang.tag()))?;
            self.known("text", texts.keys(), &keys)?;
            all.insert(lang, self.all_texts(&key, &texts)?);
        }
        Ok(all)
    }

    fn known<'n>(
        &self,
        what: &'static str,
        names: impl Iterator<Item = &'n String>,
        known: &[&str],
    ) -> Result<(), CustomiseError> {
        for name in names {
            if !known.contains(&name.as_str()) {
                return Err(CustomiseError::Unknown {
                    path: self.path.to_owned(),
                    what,
                    name: name.clone(),
                    nearest: nearest(name, known),
                });
            }
        }
        Ok(())
    }

    fn table(&self, key: &str, value: Option<&Value>) -> Result<Table, CustomiseError> {
        let Some(value) = value else { return Ok(Table::new()) };
        value.as_table().cloned().ok_or_else(|| self.kind(key, "a table"))
    }

    fn text(&self, key: &str, value: Option<&Value>) -> Result<Option<String>, CustomiseError> {
        let Some(value) = value else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.kind(key, "a text"))?;
        Ok(Some(text.to_owned()).filter(|text| !text.trim().is_empty()))
    }

    fn all_texts(
        &self,
        key: &str,
        table: &Table,
    ) -> Result<BTreeMap<String, String>, CustomiseError> {
        let text = |(name, value): (&String, &Value)| match value.as_str() {
            Some(text) => Ok((name.clone(), text.to_owned())),
            None => Err(self.kind(&format!("{key}.{name}"), "a text")),
        };
        table.iter().map(text).collect()
    }

    fn kind(&self, key: &str, expected: &'static str) -> CustomiseError {
        CustomiseError::Kind { path: self.path.to_owned(), key: key.to_owned(), expected }
    }
}

/// The templates of a directory, by name.
fn templates(dir: &Path) -> Result<BTreeMap<String, String>, CustomiseError> {
    let failed = |source| CustomiseError::Read { path: dir.to_owned(), source };
    let known: Vec<&str> = template_names().collect();
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Editors leave files beside those they edit.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let reader = Reader { path: dir };
        reader.known("template", std::iter::once(&name), &known)?;
        all.insert(name, text_of(&entry.path())?);
    }
    Ok(all)
}

/// How alike two names must be for one to be meant by the other, 0..1.
const ALIKE: f64 = 0.75;

fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let name = name.to_lowercase().replace('_', "-");
    let likeness = |known: &&str| strsim::jaro_winkler(&name, &known.to_lowercase());
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= ALIKE).then(|| (*best).to_owned())
}

fn text_of(path: &Path) -> Result<String, CustomiseError> {
    let failed = |source| CustomiseError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > MOST_TEXT_BYTES {
        return Err(file(path, format!("it has {bytes} bytes")));
    }
    fs::read_to_string(path).map_err(failed)
}

fn logo(path: &Path) -> Result<Logo, CustomiseError> {
    let failed = |source| CustomiseError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > MOST_LOGO_BYTES {
        return Err(file(path, format!("a logo of {bytes} bytes")));
    }
    let format = LogoFormat::of_file(path)
        .ok_or_else(|| file(path, "a logo that is no .png, .jpg or .svg".into()))?;
    let data = fs::read(path).map_err(failed)?;
    if is_what_it_says(format, &data) {
        Ok(Logo { format, data })
    } else {
        Err(file(path, format!("the content is not {}", format.media_type())))
    }
}

/// Whether a file begins as its format does.
fn is_what_it_says(format: LogoFormat, data: &[u8]) -> bool {
    match format {
        LogoFormat::Png => data.starts_with(b"\x89PNG\r\n\x1a\n"),
        LogoFormat::Jpeg => data.starts_with(b"\xff\xd8\xff"),
        LogoFormat::Svg => std::str::from_utf8(data).is_ok_and(|text| {
            let text = text.trim_start_matches('\u{feff}').trim_start();
            (text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--"))
                && text.contains("<svg")
        }),
    }
}

fn file(path: &Path, reason: String) -> CustomiseError {
    CustomiseError::File { path: path.to_owned(), reason }
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
            assert!(matches!(error, CustomiseError::File { .. }), "{error}");
        }
        assert!(matches!(read("logo = 'none.png'"), Err(CustomiseError::Read { .. })));
    }

    #[test]
    fn what_does_not_parse_says_where() {
        let told = read("school = 'a\n").unwrap_err().to_string();
        assert!(told.contains("line 1"), "{told}");
        assert!(matches!(read("school = 7"), Err(CustomiseError::Kind { .. })));
        assert!(matches!(read("[sections]\norder = 'goal'"), Err(CustomiseError::Kind { .. })));
        let template =
            read_with("templates = 't'", &[("t/student.html", b"{% if %}")]).unwrap_err();
        assert!(matches!(template, CustomiseError::Report { .. }), "{template}");
        let placeholder = read("[texts.en]\n'right_of' = '{x} of {n}'");
        assert!(matches!(placeholder, Err(CustomiseError::Report { .. })));
    }
}
