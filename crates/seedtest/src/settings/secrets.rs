//! Secrets from files: `NAME_FILE` names a file that holds what `NAME` would say, as a mounted secret does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::fault::Fault;

/// What a file may hold; a larger one is no secret.
const MOST_BYTES: u64 = 64 << 10;

/// The content of a file, which is never shown.
#[derive(Clone)]
pub(super) struct Secret {
    text: String,
    path: PathBuf,
}

impl Secret {
    /// Reads a file; the end of its last line is not part of the secret.
    ///
    /// # Errors
    /// A file that is not there, too large, empty or no text. `place` is the variable or the address that
    /// names it.
    pub(super) fn read(place: &str, path: &Path) -> Result<Self, Fault> {
        let failed = |reason: &str| {
            let hint = "name a file that holds the secret and nothing else";
            Fault::new(place, format!("{}: {reason}", path.display())).with_hint(hint)
        };
        let found = std::fs::metadata(path).map_err(|error| failed(&error.to_string()))?;
        // A device or a pipe may never end.
        if !found.is_file() {
            return Err(failed("is no regular file"));
        }
        if found.len() > MOST_BYTES {
            return Err(failed("is larger than 64 KiB"));
        }
        let mut text = Vec::new();
        let file = File::open(path).map_err(|error| failed(&error.to_string()))?;
        file.take(MOST_BYTES).read_to_end(&mut text).map_err(|error| failed(&error.to_string()))?;
        let text = String::from_utf8(text).map_err(|_| failed("is no text"))?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        if text.trim().is_empty() {
            return Err(failed("is empty"));
        }
        Ok(Self { text, path: path.to_owned() })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.path.display())
    }
}

/// The variable that names the file of a secret.
pub(super) fn file_variable(name: &str) -> String {
    format!("{name}_FILE")
}

/// The secrets that files hold, by the variable each stands for.
pub(super) type Secrets = BTreeMap<String, Secret>;

/// Reads the file of every secret of `names` that has one. A file that cannot be used is a fault, and so is a
/// secret that is given both ways.
pub(super) fn read(names: &BTreeSet<&'static str>) -> (Secrets, Vec<Fault>) {
    let set = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    let (mut secrets, mut faults) = (Secrets::new(), Vec::new());
    for &name in names {
        let variable = file_variable(name);
        let Some(path) = set(&variable) else { continue };
        if set(name).is_some() {
            let fault = Fault::new("", format!("both {name} and {variable} are set"));
            faults.push(fault.with_hint("unset one of them"));
            continue;
        }
        match Secret::read(&variable, Path::new(&path)) {
            Ok(secret) => {
                secrets.insert(name.to_owned(), secret);
            }
            Err(fault) => faults.push(fault),
        }
    }
    (secrets, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_line_without_its_end_and_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "open sesame\r\n").unwrap();
        let secret = Secret::read("X_FILE", &path).unwrap();
        assert_eq!(secret.text(), "open sesame");
        assert!(!format!("{secret:?}").contains("sesame"));
        std::fs::write(&path, "\n").unwrap();
        assert!(Secret::read("X_FILE", &path).is_err());
        assert!(Secret::read("X_FILE", &dir.path().join("none")).is_err());
        let endless = Secret::read("X_FILE", Path::new("/dev/zero")).unwrap_err();
        assert!(endless.told().contains("is no regular file"), "{endless:?}");
    }
}
