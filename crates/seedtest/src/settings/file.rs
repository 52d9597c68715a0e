//! `seedtest.toml`: which file it is, and its values by address.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::known::{Known, Means};
use super::secrets::Secret;
use crate::failure::Failure;

/// The file that is read where no other is named.
const USUAL: &str = "seedtest.toml";
const VARIABLE: &str = "SEEDTEST_CONFIG";

/// The file of `--config`, else of `SEEDTEST_CONFIG`, else `seedtest.toml` in the working directory if it is
/// there.
///
/// # Errors
/// A named file that is not there.
pub(super) fn path(arguments: &[OsString]) -> Result<Option<PathBuf>, Failure> {
    let named = typed(arguments).or_else(|| std::env::var_os(VARIABLE).filter(|p| !p.is_empty()));
    let Some(path) = named.map(PathBuf::from) else {
        let usual = PathBuf::from(USUAL);
        // One that is no file, as a mount that went wrong makes it, is not passed over.
        return if usual.exists() { Ok(Some(regular(usual)?)) } else { Ok(None) };
    };
    if path.exists() {
        return Ok(Some(regular(path)?));
    }
    let hint = format!("name the file with --config or {VARIABLE}, or leave both out");
    Err(Failure::usage(format!("there is no configuration file {}", path.display()), hint))
}

fn regular(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.is_file() {
        return Ok(path);
    }
    let hint = "settings are a file of TOML; see docs/configuration.md";
    Err(Failure::usage(format!("{} is no file", path.display()), hint))
}

/// The value of `--config` among the arguments, before any are understood: what it says decides how the
/// others are.
fn typed(arguments: &[OsString]) -> Option<OsString> {
    let mut left = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    while let Some(argument) = left.next() {
        if argument == "--config" {
            return left.next().cloned();
        }
        let bytes = argument.as_encoded_bytes();
        if bytes.starts_with(b"--config=") {
            return argument.to_str().map(|text| OsStr::new(&text["--config=".len()..]).to_owned());
        }
    }
    None
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Its values by address, each as often as it is listed.
    pub(super) values: BTreeMap<String, Vec<String>>,
    /// The line of each.
    pub(super) lines: BTreeMap<String, usize>,
    /// What it may not say, with the line.
    pub(super) faults: Vec<(usize, Fault)>,
}

/// Reads a file. What its values have to be beyond texts, numbers and switches is looked at elsewhere.
///
/// # Errors
/// What cannot be read, or is no TOML.
pub(super) fn read(path: &Path, known: &Known) -> Result<Content, Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read {name}: {error}"), "check its rights")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
        Failure::usage(format!("{name}:{line}: is no UTF-8 text"), "save the file as UTF-8")
    })?;
    let table = DeTable::parse(&text).map_err(|error| {
        // The message of the parser would show the line, which may hold a secret.
        let at = error.span().map_or(0, |span| line_of(&text, span.start));
        let hint = "TOML is written key = \"value\" under a [section]; see docs/configuration.md";
        Failure::usage(format!("{name}:{at}: {}", error.message()), hint)
    })?;
    let mut reader = Reader { name, text: &text, known, content: Content::default() };
    reader.table("", table.get_ref());
    Ok(reader.content)
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.match_indices('\n').take_while(|(end, _)| *end < at).count() + 1
}

struct Reader<'a> {
    name: String,
    text: &'a str,
    known: &'a Known,
    content: Content,
}

impl Reader<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let address = format!("{section}{}", key.get_ref());
            let line = line_of(self.text, key.span().start);
            match value.get_ref() {
                DeValue::Table(table) if self.known.is_section(&address) => {
                    self.table(&format!("{}.", Known::canonical_section(&address)), table);
                }
                DeValue::Table(_) => self.unknown(line, &address, "section"),
                value => self.value(line, &address, value),
            }
        }
    }

    fn value(&mut self, line: usize, written: &str, value: &DeValue<'_>) {
        let address = Known::canonical(written);
        if let Some(means) = self.known.addresses.get(&address) {
            match texts(*means, value) {
                Ok(texts) => self.put(line, address, texts),
                // Never with the value: it may be a secret.
                Err(expected) => self.refuse(line, &address, format!("is not {expected}")),
            }
            return;
        }
        let of_file = address.strip_suffix("-file");
        let Some(secret) = of_file.filter(|key| self.known.secret_addresses.contains(*key)) else {
            return self.unknown(line, written, "key");
        };
        let DeValue::String(path) = value else {
            return self.refuse(line, &address, "is not the path of a file, in quotes".into());
        };
        match Secret::read(&self.place(line, &address), Path::new(path.as_ref())) {
            Ok(found) => self.put(line, secret.to_owned(), vec![found.text().to_owned()]),
            Err(fault) => self.content.faults.push((line, fault)),
        }
    }

    fn unknown(&mut self, line: usize, written: &str, what: &str) {
        let nearest = match what {
            "key" => self.known.nearest(written),
            _ => self.known.nearest_section(written),
        };
        let hint = match nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`seedtest config show` lists every key".to_owned(),
        };
        let place = format!("{}:{line}", self.name);
        let fault = Fault::new(place, format!("unknown {what} {written}")).with_hint(hint);
        self.content.faults.push((line, fault));
    }

    fn put(&mut self, line: usize, address: String, texts: Vec<String>) {
        if self.content.values.contains_key(&address) {
            let fault = Fault::new(self.place(line, &address), "is said twice");
            let fault = fault.with_hint("leave one of them out");
            self.content.faults.push((line, fault));
            return;
        }
        self.content.lines.insert(address.clone(), line);
        self.content.values.insert(address, texts);
    }

    fn refuse(&mut self, line: usize, address: &str, reason: String) {
        self.content.faults.push((line, Fault::new(self.place(line, address), reason)));
    }

    fn place(&self, line: usize, address: &str) -> String {
        format!("{}:{line}: {address}", self.name)
    }
}

/// The texts of a value as its flag or its variable would have them, or what it has to be.
fn texts(means: Means, value: &DeValue<'_>) -> Result<Vec<String>, &'static str> {
    if matches!(means, Means::Switch) {
        let DeValue::Boolean(is_on) = value else { return Err("true or false") };
        return Ok(if *is_on { vec!["true".into()] } else { Vec::new() });
    }
    let expected = match means {
        Means::Text { .. } => "a text in quotes",
        _ => "a single value",
    };
    let one = |value: &DeValue<'_>| scalar(means, value).ok_or(expected);
    match value {
        DeValue::Array(values) if values.is_empty() => {
            Err("a list with a value in it; leave it out instead")
        }
        DeValue::Array(values) if means.takes_many() => {
            values.iter().map(|value| one(value.get_ref())).collect()
        }
        value => Ok(vec![one(value)?]),
    }
}

fn scalar(means: Means, value: &DeValue<'_>) -> Option<String> {
    let is_text = matches!(means, Means::Text { .. });
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        _ if is_text => None,
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(is_on) => Some(is_on.to_string()),
        DeValue::Datetime(at) => Some(at.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Result<Content, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(USUAL);
        std::fs::write(&path, text).unwrap();
        read(&path, &Known::of(&crate::command()))
    }

    #[test]
    fn values_stand_at_their_addresses() {
        let found = content(
            "threads = 0x1\n[serve]\nbind = [\":8000\", \":8080\"]\ninsecure = true\n\
             [jobs]\ntarget = 1.5\n[jobs.mirt_calibrate]\nmodel = \"3PL\"\n",
        )
        .unwrap();
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        let at = |address: &str| (found.values[address].join("|"), found.lines[address]);
        assert_eq!(at("threads"), ("1".into(), 1));
        assert_eq!(at("serve.bind"), (":8000|:8080".into(), 3));
        assert_eq!(at("serve.insecure"), ("true".into(), 4));
        assert_eq!(at("jobs.target"), ("1.5".into(), 6));
        assert_eq!(at("jobs.mirt-calibrate.model"), ("3PL".into(), 8));
    }

    #[test]
    fn what_is_unknown_or_of_the_wrong_kind_is_refused_with_its_line() {
        for (text, line) in [
            ("colour = 1", 1),
            ("[serve]\nwrokers = 2", 2),
            ("\n\n[sreve]\nworkers = 2", 3),
            ("[serve]\ninsecure = \"yes\"", 2),
            ("[serve]\nbind = 5", 2),
            ("data-dir = 5", 1),
            ("timezone = true", 1),
            ("threads = [1, 2]", 1),
            ("[serve]\nbind = []", 2),
            ("serve = 1", 1),
            ("[threads]\nx = 1", 1),
            ("[jobs.mirt-calibrate]\nmodel = \"2PL\"\n[jobs.mirt_calibrate]\nmodel = \"3PL\"", 4),
        ] {
            let found = content(text).unwrap();
            let lines: Vec<usize> = found.faults.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [line], "{text}: {:?}", found.faults);
        }
        assert!(content("threads = ").is_err());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(USUAL);
        std::fs::write(&path, b"threads = 1\n# caf\xe9\n").unwrap();
        let latin = read(&path, &Known::of(&crate::command())).unwrap_err();
        assert!(format!("{latin:?}").contains("seedtest.toml:2: is no UTF-8"), "{latin:?}");
        assert!(regular(dir.path().to_owned()).is_err());
        let several = content("colour = 1\n[serve]\nbind = 5\nsize = 2\n").unwrap();
        assert_eq!(several.faults.len(), 3, "{:?}", several.faults);
    }

    #[test]
    fn the_file_is_found_among_the_arguments() {
        let found = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            typed(&arguments)
        };
        assert_eq!(found(&["seedtest", "--config", "a.toml", "serve"]), Some("a.toml".into()));
        assert_eq!(found(&["seedtest", "serve", "--config=b.toml"]), Some("b.toml".into()));
        assert_eq!(found(&["seedtest", "import", "--", "--config"]), None);
    }
}
