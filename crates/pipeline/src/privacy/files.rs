//! Files about a student: their reports, pages that name them among others, and refused rows.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Directories that are called by the student, or hold files of the student; the deepest first. Those that are
    /// empty in the end go, too.
    directories: Vec<PathBuf>,
    /// Rows that an import refused: file, line, reason, value.
    pub(super) rejected: Vec<Vec<String>>,
    rejects: PathBuf,
}

impl StudentFiles {
    /// What stands there about the student of these ids.
    pub(super) fn find(places: &StudentFilePlaces, ids: &[&str]) -> Result<Self, Error> {
        let names: Vec<ReportNames<'_>> = ids.iter().map(|id| ReportNames::of(id)).collect();
        let (mut own, mut shared) = (BTreeSet::new(), BTreeSet::new());
        let mut directories = BTreeSet::new();
        for dir in &places.reports {
            let Below { files, directories: all } = below(dir).map_err(failed(dir))?;
            for path in files {
                if names.iter().any(|names| names.own(&path)) {
                    own.insert(path);
                } else if names_any(&names, &path).map_err(failed(&path))? {
                    shared.insert(path);
                }
            }
            let holds = |path: &PathBuf| own.iter().chain(&shared).any(|of| of.starts_with(path));
            let is_called =
                |path: &PathBuf| names.iter().any(|names| names.is_directory(dir, path));
            directories.extend(all.into_iter().filter(|path| holds(path) || is_called(path)));
        }
        let rejects = places.rejects.clone();
        let rejected = match File::open(&rejects) {
            Ok(list) => filter_rejects(list, io::sink(), |value| !is_about_any(value, ids))
                .map_err(failed(&rejects))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(&rejects)(error)),
        };
        // What is inside of a directory comes after it.
        let directories = directories.into_iter().rev().collect();
        let (own, shared) = (own.into_iter().collect(), shared.into_iter().collect());
        Ok(Self { own, shared, directories, rejected, rejects })
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

    /// Removes the files, the directories that are empty then, and the refused rows.
    pub(super) fn remove(&self, ids: &[&str]) -> Result<(), Error> {
        for path in self.own.iter().chain(&self.shared) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(path)(error));
                }
                _ => {}
            }
        }
        for path in &self.directories {
            match fs::remove_dir(path) {
                Err(error) if !is_left(&error) => return Err(failed(path)(error)),
                _ => {}
            }
        }
        if self.rejected.is_empty() {
            return Ok(());
        }
        let partial = self.rejects.with_extension("csv.partial");
        let rewrite = || {
            let output = BufWriter::new(File::create(&partial)?);
            filter_rejects(File::open(&self.rejects)?, output, |value| !is_about_any(value, ids))?;
            fs::rename(&partial, &self.rejects)
        };
        rewrite().map_err(failed(&self.rejects))
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    Error::write(path.display().to_string())
}

/// Whether a directory is not removed because others use it, or is gone already.
fn is_left(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound)
}

/// What reports of a student are called.
struct ReportNames<'a> {
    user_id: &'a str,
    /// As a file of the directory of a week.
    file: String,
    /// The directory of published ones.
    published: String,
}

impl<'a> ReportNames<'a> {
    fn of(user_id: &'a str) -> Self {
        Self { user_id, file: file_name(user_id), published: directory_of(user_id) }
    }

    /// Whether a file is the student's alone.
    fn own(&self, path: &Path) -> bool {
        match owner_of_published(path) {
            Some(owner) => owner == self.published,
            None => is_own(path, self.file.strip_suffix(".html").unwrap_or(&self.file)),
        }
    }

    /// Whether a directory below `dir` is the student's alone.
    fn is_directory(&self, dir: &Path, path: &Path) -> bool {
        let inside = path.strip_prefix(dir).unwrap_or(path);
        inside.iter().any(|part| part == self.published.as_str())
    }
}

/// Whether a file that is nobody's alone names one of the ids.
fn names_any(names: &[ReportNames<'_>], path: &Path) -> io::Result<bool> {
    if owner_of_published(path).is_some() {
        return Ok(false);
    }
    for names in names {
        if self::names(path, &names.file, names.user_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is in a directory and below it.
#[derive(Default)]
pub(crate) struct Below {
    pub(crate) files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

/// Every file and directory in a directory and below it; none where there is no such directory. Links are not
/// followed.
pub(crate) fn below(dir: &Path) -> io::Result<Below> {
    let mut found = Below::default();
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
                found.directories.push(entry.path());
            } else if kind.is_file() {
                found.files.push(entry.path());
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
pub(crate) fn owner_of_published(path: &Path) -> Option<&str> {
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

fn is_about_any(value: &str, ids: &[&str]) -> bool {
    ids.iter().any(|id| is_about(value, id))
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
    fn directories_go_with_what_was_in_them() {
        let place = tempfile::tempdir().unwrap();
        let reports = place.path().join("reports");
        let write = |path: &str, text: &str| {
            let path = reports.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let of = |id: &str| format!("{}/2025-03-03/report.html", directory_of(id));
        write(&of("amy"), "amy");
        write(&of("Amy"), "amy");
        write("amy/notes/kept.txt", "nothing of anybody");
        write(&of("ben"), "ben");
        write(&format!("2025-03-03/{}", file_name("Amy")), "Amy");
        fs::create_dir_all(reports.join(directory_of("AMY")).join("2024-03-04")).unwrap();
        let places = StudentFilePlaces {
            reports: vec![reports.clone()],
            rejects: place.path().join("rejects.csv"),
            publisher: None,
        };
        let ids = ["amy", "Amy", "AMY"];
        let found = StudentFiles::find(&places, &ids).unwrap();
        assert_eq!(found.own.len(), 3);
        found.remove(&ids).unwrap();
        let left = below(&reports).unwrap();
        let shown = |list: Vec<PathBuf>| {
            let inside = |path: PathBuf| path.strip_prefix(&reports).unwrap().display().to_string();
            let mut shown: Vec<String> = list.into_iter().map(inside).collect();
            shown.sort();
            shown
        };
        assert_eq!(shown(left.files), ["amy/notes/kept.txt", "ben/2025-03-03/report.html"]);
        assert_eq!(shown(left.directories), ["amy", "amy/notes", "ben", "ben/2025-03-03"]);
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
