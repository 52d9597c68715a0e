//! `cargo xtask gen`: writes every page, or says which differ from the code.

#![allow(clippy::print_stdout, reason = "what it wrote and what differs is its result")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::pages::{Page, REFERENCE, pages};

/// Writes every page and removes those of the reference that the code no longer has.
pub(crate) fn write() -> Result<ExitCode, Box<dyn Error>> {
    let pages = pages()?;
    fs::create_dir_all(root().join(REFERENCE))?;
    for path in leftovers(&pages)? {
        fs::remove_file(root().join(&path))?;
        println!("removed {path}");
    }
    for page in &pages {
        if on_disk(page).as_deref() != Some(&page.text) {
            let path = root().join(&page.path);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(path, &page.text)?;
            println!("wrote {}", page.path);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Exit code 1 when a page is not what the code says.
pub(crate) fn check() -> Result<ExitCode, Box<dyn Error>> {
    let differences = differences()?;
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}\nlook at what changed and run `cargo xtask gen`", differences.join("\n"));
    Ok(ExitCode::FAILURE)
}

/// What is not as the code says, a line each.
fn differences() -> Result<Vec<String>, Box<dyn Error>> {
    let pages = pages()?;
    let leftover = |path: String| format!("{path} is no page of the reference any more");
    let left = leftovers(&pages)?.into_iter().map(leftover);
    Ok(pages.iter().filter_map(difference).chain(left).collect())
}

/// The first line in which the file is not the page.
fn difference(page: &Page) -> Option<String> {
    let Some(found) = on_disk(page) else {
        return Some(format!("{} is missing", page.path));
    };
    if found == page.text {
        return None;
    }
    let same = found.lines().zip(page.text.lines()).take_while(|(found, text)| found == text);
    let at = same.count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_string();
    let (found, now) = (line(&found), line(&page.text));
    Some(format!("{} line {}:\n  file: {found}\n  code: {now}", page.path, at + 1))
}

fn on_disk(page: &Page) -> Option<String> {
    fs::read_to_string(root().join(&page.path)).ok()
}

/// Files of the reference that no page belongs to.
fn leftovers(pages: &[Page]) -> Result<Vec<String>, Box<dyn Error>> {
    let folder = root().join(REFERENCE);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = format!("{REFERENCE}/{}", entry?.file_name().to_string_lossy());
        if !pages.iter().any(|page| page.path == path) {
            left.push(path);
        }
    }
    left.sort();
    Ok(left)
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    use super::differences;

    /// Here and not only in `.ci/run`, so that it needs no build of its own.
    #[test]
    fn the_pages_say_what_the_code_says() {
        let differences = differences().unwrap();
        assert!(differences.is_empty(), "{}\nrun `cargo xtask gen`", differences.join("\n"));
    }
}
