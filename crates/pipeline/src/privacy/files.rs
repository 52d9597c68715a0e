//! Files about a student: their reports, pages that name them among others, and refused rows.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use seedtest_ingest::filter_rejects;
use seedtest_report::file_name;
use seedtest_store::names_student;
use serde_json::{Value, json};

use super::StudentFilePlaces;
use crate::error::Error;
use crate::reports::directory_of;

/// What stands on disk about a student.
pub(super) struct StudentFiles {
    /// Files that are about the student alone.
    own: Vec<PathBuf>,
    /// Pages of several students, such as the overview of a class; they can be made again.
    shared: Vec<PathBuf>,
    /// Rows that an import refused: file, line, reason, value.
    pub(super) rejected: Vec<Vec<String>>,
    rejects: PathBuf,
}

impl StudentFiles {
    pub(super) fn find(places: &StudentFilePlaces, user_id: &str) -> Result<Self, Error> {
        let name = file_name(user_id);
        let stem = name.strip_suffix(".html").unwrap_or(&name);
        let published = directory_of(user_id);
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for dir in &places.reports {
            for path in files_below(dir).map_err(failed(dir))? {
                if let Some(owner) = owner_of_published(&path) {
                    if owner == published {
                        own.push(path);
                    }
                } else if is_own(&path, stem) {
                    own.push(path);
                } else if names(&path, &name, user_id).map_err(failed(&path))? {
                    shared.push(path);
                }
            }
        }
        for list in [&mut own, &mut shared] {
            list.sort();
            list.dedup();
        }
        let rejects = places.rejects.clone();
        let rejected = match File::open(&rejects) {
            Ok(list) => filter_rejects(list, io::sink(), |value| !is_about(value, user_id))
                .map_err(failed(&rejects))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(&rejects)(error)),
        };
        Ok(Self { own, shared, rejected, rejects })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.shared.is_empty() && self.rejected.is_empty()
    }

    /// The student's own files with what they hold: text, or of others the length in bytes.
    pub(super) fn contents(&self) -> Result<BTreeMap<String, Value>, Error> {
        let content = |path: &PathBuf| -> Result<(String, Value), Error> {
            let bytes = fs::read(path).map_err(failed(path))?;
            let length = bytes.len();
            let value =
                String::from_utf8(bytes).map_or_else(|_| json!({"bytes": length}), Value::from);
            Ok((path.display().to_string(), value))
        };
        self.own.iter().map(content).collect()
    }

    /// How many files of each kind; their names hold the id.
    pub(super) fn counts(&self) -> Value {
        json!({"own": self.own.len(), "shared": self.shared.len()})
    }

    /// Removes the files and the refused rows.
    pub(super) fn remove(&self, user_id: &str) -> Result<(), Error> {
        for path in self.own.iter().chain(&self.shared) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(path)(error));
                }
                _ => {}
            }
        }
        if self.rejected.is_empty() {
            return Ok(());
        }
        let partial = self.rejects.with_extension("csv.partial");
        let rewrite = || {
            let output = BufWriter::new(File::create(&partial)?);
            filter_rejects(File::open(&self.rejects)?, output, |value| !is_about(value, user_id))?;
            fs::rename(&partial, &self.rejects)
        };
        rewrite().map_err(failed(&self.rejects))
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    Error::write(path.display().to_string())
}

/// Every file in a directory and below it; none where there is no such directory. Links are not followed.
fn files_below(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// Whether a file is the student's report, in whatever format: ids may hold dots, endings do not.
fn is_own(path: &Path, stem: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ending = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.'));
    ending.is_some_and(|ending| !ending.trim_end_matches(".partial").contains('.'))
}

/// The directory of the student of a published report: `OWNER/2025-03-03/report.html`, or a month.
fn owner_of_published(path: &Path) -> Option<&str> {
    let is_report = path.file_stem().is_some_and(|stem| stem == "report");
    let when = path.parent()?;
    let is_when = when.file_name()?.to_str().is_some_and(|when| {
        matches!(when.len(), 7 | 10)
            && when.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    });
    (is_report && is_when).then(|| when.parent()?.file_name()?.to_str()).flatten()
}

/// Whether a text file links to the student's report or names the student. An overview on paper cannot
/// be searched; it may name anybody.
fn names(path: &Path, file_name: &str, user_id: &str) -> io::Result<bool> {
    if is_overview_on_paper(path) {
        return Ok(true);
    }
    let Ok(text) = String::from_utf8(fs::read(path)?) else { return Ok(false) };
    let escaped = user_id.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let escaped = escaped.replace('"', "&quot;").replace('\'', "&#39;");
    Ok(text.contains(file_name) || names_student(&text, user_id) || names_student(&text, &escaped))
}

fn is_overview_on_paper(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ending = Path::new(name.trim_end_matches(".partial")).extension();
    ending.is_some_and(|ending| ending == "pdf") && !name.starts_with("student-")
}

/// Whether the value of a refused row is the student's: the id, or one of its words.
fn is_about(value: &str, user_id: &str) -> bool {
    value.split_whitespace().any(|word| word == user_id) || names_student(value, user_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_report_is_of_its_directory() {
        let owner = |path: &str| owner_of_published(Path::new(path)).map(str::to_owned);
        assert_eq!(owner("r/amy/2025-03-03/report.pdf").as_deref(), Some("amy"));
        assert_eq!(owner("r/..=2famy/2025-03/report.html").as_deref(), Some("..=2famy"));
        for path in ["2025-03-03/student-amy.html", "r/amy/notes/report.html", "report.html"] {
            assert_eq!(owner(path), None, "{path}");
        }
    }

    #[test]
    fn an_overview_on_paper_may_name_anybody() {
        for file in ["w/index.pdf", "class-7.pdf", "others.pdf.partial"] {
            assert!(is_overview_on_paper(Path::new(file)), "{file}");
        }
        for file in ["student-amy.pdf", "class-7.html", "pdf"] {
            assert!(!is_overview_on_paper(Path::new(file)), "{file}");
        }
    }

    #[test]
    fn a_report_is_its_own_students_in_every_format() {
        let own = |file: &str, id: &str| {
            let name = file_name(id);
            is_own(Path::new(file), name.strip_suffix(".html").unwrap())
        };
        for file in ["student-amy.html", "w/student-amy.pdf", "student-amy.html.partial"] {
            assert!(own(file, "amy"), "{file}");
        }
        for file in ["student-amy.kim.html", "student-amy2.html", "index.html", "student-amy"] {
            assert!(!own(file, "amy"), "{file}");
        }
        assert!(own("student-amy.kim.html", "amy.kim"));
    }
}
