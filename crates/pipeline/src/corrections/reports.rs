//! Reports of students without any answer left go: their files, what is published of them, and the overviews beside
//! the files, which name them.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use seedtest_report::{CLASS_FILE_NAME, OPERATOR_FILE_NAME, OTHERS_FILE_NAME, file_name};
use seedtest_store::Store;

use crate::error::Error;
use crate::privacy::{StudentFilePlaces, StudentObjects, below, owner_of_published};
use crate::reports::directory_of;

/// What went of reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedReports {
    /// Files of the students alone.
    pub files: usize,
    /// Pages of classes, of the school and of models that lay beside them.
    pub overviews: usize,
    /// Mondays of the weeks whose overviews went, as their folders are called.
    pub weeks: Vec<NaiveDate>,
    /// Published reports that were taken away.
    pub published: usize,
    /// Addresses of published reports that have to be taken away by hand.
    pub left: Vec<String>,
}

impl RemovedReports {
    /// Whether there was nothing of them.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Removes what reports say of these students.
///
/// # Errors
/// When a file or an object cannot be removed, or the database refuses; the next call goes on from there.
pub async fn remove_reports(
    store: &Store,
    places: &StudentFilePlaces,
    students: &[String],
) -> Result<RemovedReports, Error> {
    let mut removed = RemovedReports::default();
    if students.is_empty() {
        return Ok(removed);
    }
    for student in students {
        published(store, places, student, &mut removed).await?;
    }
    let (own, overviews) = files(&places.reports, students)?;
    for path in own.iter().chain(&overviews) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::write(path.display().to_string())(error));
            }
            _ => {}
        }
    }
    let weeks: BTreeSet<NaiveDate> = overviews.iter().filter_map(|path| week_of(path)).collect();
    removed.files = own.len();
    removed.overviews = overviews.len();
    removed.weeks = weeks.into_iter().collect();
    Ok(removed)
}

async fn published(
    store: &Store,
    places: &StudentFilePlaces,
    student: &str,
    removed: &mut RemovedReports,
) -> Result<(), Error> {
    let publisher = places.publisher.as_ref();
    let objects = StudentObjects::find(store, &[student], publisher).await?;
    objects.remove(publisher).await?;
    removed.published += objects.here().len();
    removed.left.extend(objects.left().into_iter().map(str::to_owned));
    let all = store.report_artifacts(student).await?;
    let mut tx = store.begin().await?;
    // What lies elsewhere stays in the book, so that an erasure finds it.
    let is_gone =
        |url: &str| url.starts_with("file:") || objects.here().iter().any(|of| of.url == url);
    for report in all.iter().filter(|report| is_gone(&report.url)) {
        tx.forget_report_artifact(report).await?;
    }
    Ok(tx.commit().await?)
}

/// The files of these students, and the overviews beside them.
fn files(dirs: &[PathBuf], students: &[String]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let names: HashSet<String> = students.iter().map(|id| file_name(id)).collect();
    let stems: HashSet<&str> = names.iter().map(|name| stem(name)).collect();
    let owners: HashSet<String> = students.iter().map(|id| directory_of(id)).collect();
    let (mut own, mut beside) = (BTreeSet::new(), BTreeSet::new());
    for dir in dirs {
        let all = below(dir).map_err(Error::write(dir.display().to_string()))?.files;
        for path in &all {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_own = match owner_of_published(path) {
                Some(owner) => owners.contains(owner),
                None => stems.contains(stem(name)),
            };
            if is_own {
                own.insert(path.clone());
            }
        }
        let folders: HashSet<Option<&Path>> = own.iter().map(|path| path.parent()).collect();
        let of_them = |path: &&PathBuf| folders.contains(&path.parent()) && is_overview(path);
        beside.extend(all.iter().filter(of_them).cloned());
    }
    Ok((own.into_iter().collect(), beside.into_iter().collect()))
}

/// The name of a report without its ending; ids may hold dots.
fn stem(name: &str) -> &str {
    let name = name.trim_end_matches(".partial");
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn is_overview(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let overviews = [CLASS_FILE_NAME, OPERATOR_FILE_NAME, OTHERS_FILE_NAME].map(stem);
    name.starts_with("class-") || overviews.contains(&stem(name))
}

/// The week that the folder of a page is named after.
fn week_of(path: &Path) -> Option<NaiveDate> {
    path.parent()?.file_name()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_student_and_the_overviews_beside_them_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let week = dir.path().join("2025-03-03");
        let other = dir.path().join("2025-03-10");
        let published = dir.path().join("eve/2025-03-03");
        for folder in [&week, &other, &published] {
            fs::create_dir_all(folder).unwrap();
        }
        let write = |path: PathBuf| fs::write(path, "page").unwrap();
        for name in
            ["student-eve.html", "student-eve.pdf", "student-eve.kim.html", "student-amy.html"]
        {
            write(week.join(name));
        }
        for name in [CLASS_FILE_NAME, OPERATOR_FILE_NAME, "class-2-3.pdf", "notes.txt"] {
            write(week.join(name));
            write(other.join(name));
        }
        write(other.join("student-amy.html"));
        write(published.join("report.html"));
        let (own, overviews) =
            files(&[dir.path().to_path_buf()], &["eve".to_owned(), "nobody".to_owned()]).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let name =
                |path: &PathBuf| path.strip_prefix(dir.path()).unwrap().display().to_string();
            paths.iter().map(name).collect()
        };
        assert_eq!(
            names(&own),
            [
                "2025-03-03/student-eve.html",
                "2025-03-03/student-eve.pdf",
                "eve/2025-03-03/report.html"
            ]
        );
        let mut expected = [CLASS_FILE_NAME, OPERATOR_FILE_NAME, "class-2-3.pdf"]
            .map(|name| format!("2025-03-03/{name}"));
        expected.sort();
        assert_eq!(names(&overviews), expected);
        assert_eq!(week_of(&overviews[0]), "2025-03-03".parse().ok());
    }
}
