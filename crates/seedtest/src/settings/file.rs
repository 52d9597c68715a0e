//! `seedtest.toml`: which file it is, and its values by address.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

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
        return Ok(usual.is_file().then_some(usual));
    };
    if path.is_file() {
        return Ok(Some(path));
    }
    let hint = format!("name the file with --config or {VARIABLE}, or leave both out");
    Err(Failure::usage(format!("there is no configuration file {}", path.display()), hint))
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

/// The values of a file by address, each fit for where it stands.
///
/// # Errors
/// What cannot be read, is no TOML, or is unknown.
pub(super) fn read(path: &Path, known: &Known) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {name}: {error}"), None))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        // The message of the parser would show the line, which may hold a secret.
        let at = error.span().map_or(String::new(), |span| {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!(" line {line}:")
        });
        let hint = "TOML is written key = \"value\" under a [section]; see docs/configuration.md";
        Failure::usage(format!("{name}:{at} {}", error.message()), hint)
    })?;
    let mut reader = Reader { name: name.to_string(), known, values: BTreeMap::new() };
    reader.table("", &table)?;
    Ok(reader.values)
}

struct Reader<'a> {
    name: String,
    known: &'a Known,
    values: BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn table(&mut self, section: &str, table: &Table) -> Result<(), Failure> {
        for (key, value) in table {
            let address = format!("{section}{key}");
            match value {
                Value::Table(table) => self.table(&format!("{address}."), table)?,
                value => self.value(&address, value)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, written: &str, value: &Value) -> Result<(), Failure> {
        let address = Known::canonical(written);
        if let Some(means) = self.known.addresses.get(&address) {
            let texts = self.texts(&address, *means, value)?;
            return self.put(address, texts);
        }
        let of_file = address.strip_suffix("-file");
        if let Some(secret) = of_file.filter(|key| self.known.secret_addresses.contains(*key)) {
            let path = value.as_str().ok_or_else(|| self.bad(&address, "the path of a file"))?;
            let said_by = format!("{}: {address}", self.name);
            let text = Secret::read(&said_by, Path::new(path))?.text().to_owned();
            return self.put(secret.to_owned(), vec![text]);
        }
        let hint = match self.known.nearest(&address) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`seedtest config show` lists every key".to_owned(),
        };
        Err(Failure::usage(format!("{}: unknown key {written}", self.name), hint))
    }

    fn put(&mut self, address: String, texts: Vec<String>) -> Result<(), Failure> {
        if self.values.contains_key(&address) {
            let hint = "leave one of them out";
            return Err(Failure::usage(format!("{}: {address} is said twice", self.name), hint));
        }
        self.values.insert(address, texts);
        Ok(())
    }

    fn texts(&self, address: &str, means: Means, value: &Value) -> Result<Vec<String>, Failure> {
        if let Means::Flag { switch: true, .. } = means {
            let is_on = value.as_bool().ok_or_else(|| self.bad(address, "true or false"))?;
            return Ok(if is_on { vec!["true".into()] } else { Vec::new() });
        }
        let one = |value: &Value| scalar(value).ok_or_else(|| self.bad(address, "a single value"));
        match value {
            Value::Array(values) if !matches!(means, Means::Flag { many: false, .. }) => {
                values.iter().map(one).collect()
            }
            value => Ok(vec![one(value)?]),
        }
    }

    /// Never with the value: it may be a secret.
    fn bad(&self, address: &str, expected: &str) -> Failure {
        let hint = "see docs/configuration.md";
        Failure::usage(format!("{}: {address} is not {expected}", self.name), hint)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(is_on) => Some(is_on.to_string()),
        Value::Datetime(at) => Some(at.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(USUAL);
        std::fs::write(&path, text).unwrap();
        read(&path, &Known::of(&crate::command()))
    }

    #[test]
    fn values_stand_at_their_addresses() {
        let found = values(
            "threads = 1\n[serve]\nbind = [\":8000\", \":8080\"]\ninsecure = true\n\
             [jobs]\ntarget = 1.5\n[jobs.mirt_calibrate]\nmodel = \"3PL\"\n",
        )
        .unwrap();
        let at = |address: &str| found[address].join("|");
        assert_eq!(at("threads"), "1");
        assert_eq!(at("serve.bind"), ":8000|:8080");
        assert_eq!(at("serve.insecure"), "true");
        assert_eq!(at("jobs.target"), "1.5");
        assert_eq!(at("jobs.mirt-calibrate.model"), "3PL");
    }

    #[test]
    fn what_is_unknown_or_of_the_wrong_kind_is_refused() {
        for text in [
            "colour = 1",
            "[serve]\nwrokers = 2",
            "[serve]\ninsecure = \"yes\"",
            "threads = [1, 2]",
            "[jobs.mirt-calibrate]\nmodel = \"2PL\"\n[jobs.mirt_calibrate]\nmodel = \"3PL\"",
            "threads = ",
        ] {
            assert!(values(text).is_err(), "{text}");
        }
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
