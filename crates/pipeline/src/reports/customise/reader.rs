//! The tables of a customising file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seedtest_report::{Custom, Lang, SECTIONS, colour_names, text_keys};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{CustomiseError, Place};
use super::{files, nearest};

const KEYS: [&str; 8] =
    ["school", "logo", "templates", "fonts", "colours", "dark-colours", "sections", "texts"];
const SECTION_KEYS: [&str; 2] = ["hidden", "order"];
const FONT_KEYS: [&str; 1] = ["paper"];

/// A value with where it stands.
type Item<'a> = Spanned<DeValue<'a>>;

/// Reads the tables of one file.
pub(super) struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    table: DeTable<'a>,
}

impl<'a> Reader<'a> {
    /// The file with its text.
    pub(super) fn new(path: &'a Path, text: &'a str) -> Result<Self, CustomiseError> {
        let table = DeTable::parse(text).map_err(|error| CustomiseError::Toml {
            place: match error.span() {
                Some(span) => Place::of_byte(path, text, span.start),
                None => Place::of_file(path),
            },
            message: error.message().to_owned(),
        })?;
        Ok(Self { path, text, table: table.into_inner() })
    }

    /// What the file says.
    pub(super) fn custom(&self) -> Result<Custom, CustomiseError> {
        self.known("key", &self.table, &KEYS)?;
        let sections = self.inner("sections")?;
        let fonts = self.inner("fonts")?;
        if let Some(sections) = sections {
            self.known("key of [sections]", sections, &SECTION_KEYS)?;
        }
        if let Some(fonts) = fonts {
            self.known("key of [fonts]", fonts, &FONT_KEYS)?;
        }
        let section = |key| sections.and_then(|table| table.get(key));
        let font = fonts.and_then(|table| table.get("paper"));
        Ok(Custom {
            school: self.text("school", self.table.get("school"))?,
            logo: match self.named("logo")? {
                Some(file) => Some(self.asked("logo", files::logo(&file))?),
                None => None,
            },
            colours: self.colours("colours")?,
            dark_colours: self.colours("dark-colours")?,
            hidden: self.sections("sections.hidden", section("hidden"))?,
            order: self.sections("sections.order", section("order"))?,
            texts: self.texts()?,
            templates: match self.named("templates")? {
                Some(dir) => self.asked("templates", files::templates(&dir))?,
                None => BTreeMap::new(),
            },
            paper_fonts: self
                .list("fonts.paper", font, "a list of files")?
                .into_iter()
                .map(|name| {
                    let found = files::font(&self.beside(name.get_ref()));
                    self.asked_at(name.span().start, found)
                })
                .collect::<Result<_, _>>()?,
        })
    }

    /// Files that stand in the file, whether or not they are there.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let fonts = self.inner("fonts").ok().flatten().and_then(|table| table.get("paper"));
        let fonts = self.list("fonts.paper", fonts, "").unwrap_or_default();
        let fonts = fonts.into_iter().map(|name| self.beside(name.get_ref()));
        self.named("logo").ok().flatten().into_iter().chain(fonts).collect()
    }

    /// The file or directory that a key names.
    pub(super) fn named(&self, key: &str) -> Result<Option<PathBuf>, CustomiseError> {
        Ok(self.text(key, self.table.get(key))?.map(|name| self.beside(&name)))
    }

    /// Where a key stands; for one that is not there, the table it would stand in.
    pub(super) fn place(&self, keys: &[&str]) -> Place {
        let mut table = Some(&self.table);
        let mut byte = None;
        for key in keys {
            let found = table.and_then(|table| table.get_key_value(*key));
            let Some((name, value)) = found else { break };
            byte = Some(name.span().start);
            table = value.get_ref().as_table();
        }
        byte.map_or_else(
            || Place::of_file(self.path),
            |byte| Place::of_byte(self.path, self.text, byte),
        )
    }

    /// What a file gave that the value of a key names.
    fn asked<T>(&self, key: &str, found: Result<T, CustomiseError>) -> Result<T, CustomiseError> {
        let byte = self.table.get(key).map_or(0, |value| value.span().start);
        self.asked_at(byte, found)
    }

    fn asked_at<T>(
        &self,
        byte: usize,
        found: Result<T, CustomiseError>,
    ) -> Result<T, CustomiseError> {
        found.map_err(|error| CustomiseError::Named {
            place: Place::of_byte(self.path, self.text, byte),
            error: Box::new(error),
        })
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(name)
    }

    fn colours(&self, key: &'static str) -> Result<BTreeMap<String, String>, CustomiseError> {
        let Some(table) = self.inner(key)? else { return Ok(BTreeMap::new()) };
        self.known("colour", table, &colour_names())?;
        self.all_texts(key, table)
    }

    fn sections(&self, key: &str, value: Option<&Item>) -> Result<Vec<String>, CustomiseError> {
        let names = self.list(key, value, "a list of sections")?;
        for (at, name) in names.iter().enumerate() {
            if names[..at].iter().any(|before| before.get_ref() == name.get_ref()) {
                return Err(CustomiseError::Toml {
                    place: Place::of_byte(self.path, self.text, name.span().start),
                    message: format!("{key} names {:?} twice", name.get_ref()),
                });
            }
            if !SECTIONS.contains(&name.get_ref().as_str()) {
                return Err(self.unknown("section", name.get_ref(), name.span().start, &SECTIONS));
            }
        }
        Ok(names.into_iter().map(Spanned::into_inner).collect())
    }

    fn texts(&self) -> Result<BTreeMap<Lang, BTreeMap<String, String>>, CustomiseError> {
        let Some(table) = self.inner("texts")? else { return Ok(BTreeMap::new()) };
        self.known("language", table, &Lang::ALL.map(Lang::tag))?;
        let keys = text_keys().map_err(|error| CustomiseError::Report {
            place: Place::of_file(self.path),
            error: Box::new(error),
        })?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut all = BTreeMap::new();
        for lang in Lang::ALL {
            let key = format!("texts.{lang}");
            if let Some(texts) = self.table(&key, table.get(lang.tag()))? {
                self.known("text", texts, &keys)?;
                all.insert(lang, self.all_texts(&key, texts)?);
            }
        }
        Ok(all)
    }

    fn known(
        &self,
        what: &'static str,
        table: &DeTable,
        known: &[&str],
    ) -> Result<(), CustomiseError> {
        // The first of the file, not of the alphabet.
        let unknown = table.keys().filter(|name| !known.contains(&&**name.get_ref()));
        match unknown.min_by_key(|name| name.span().start) {
            Some(name) => Err(self.unknown(what, name.get_ref(), name.span().start, known)),
            None => Ok(()),
        }
    }

    fn unknown(
        &self,
        what: &'static str,
        name: &str,
        byte: usize,
        known: &[&str],
    ) -> CustomiseError {
        let place = Place::of_byte(self.path, self.text, byte);
        let (name, nearest) = (name.to_owned(), nearest(name, known));
        CustomiseError::Unknown { place, what, name, nearest }
    }

    /// A table at the top.
    fn inner(&self, key: &str) -> Result<Option<&DeTable<'a>>, CustomiseError> {
        self.table(key, self.table.get(key))
    }

    fn table<'v>(
        &self,
        key: &str,
        value: Option<&'v Item<'a>>,
    ) -> Result<Option<&'v DeTable<'a>>, CustomiseError> {
        let Some(value) = value else { return Ok(None) };
        value.get_ref().as_table().map(Some).ok_or_else(|| self.kind(key, value, "a table"))
    }

    fn text(&self, key: &str, value: Option<&Item>) -> Result<Option<String>, CustomiseError> {
        let Some(value) = value else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.kind(key, value, "a text"))?;
        Ok(Some(text.to_owned()).filter(|text| !text.trim().is_empty()))
    }

    fn list(
        &self,
        key: &str,
        value: Option<&Item>,
        expected: &'static str,
    ) -> Result<Vec<Spanned<String>>, CustomiseError> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let list = value.get_ref().as_array().ok_or_else(|| self.kind(key, value, expected))?;
        let text = |one: &Item| match one.get_ref().as_str() {
            Some(text) => Ok(Spanned::new(one.span(), text.to_owned())),
            None => Err(self.kind(&format!("an entry of {key}"), one, "a text")),
        };
        list.iter().map(text).collect()
    }

    fn all_texts(
        &self,
        key: &str,
        table: &DeTable,
    ) -> Result<BTreeMap<String, String>, CustomiseError> {
        let mut all = BTreeMap::new();
        for (name, value) in table {
            let name = name.get_ref();
            let text = value.get_ref().as_str();
            let text = text.ok_or_else(|| self.kind(&format!("{key}.{name}"), value, "a text"))?;
            all.insert(name.to_string(), text.to_owned());
        }
        Ok(all)
    }

    fn kind(&self, key: &str, value: &Item, expected: &'static str) -> CustomiseError {
        CustomiseError::Kind {
            place: Place::of_byte(self.path, self.text, value.span().start),
            key: key.to_owned(),
            found: in_words(value.get_ref()),
            expected,
        }
    }
}

fn in_words(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
