//! The book (`docs/SUMMARY.md`): every page is in its table of contents once, and every link of a page leads
//! to a file, and to a heading where it names one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page below a folder.
fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pages_below(&path));
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
    found
}

/// Pages beside the book: those at the root and the `README.md` of each crate.
fn pages_beside() -> Vec<PathBuf> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    let files = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let readmes = crates.map(|entry| entry.unwrap().path().join("README.md"));
    files.filter(is_page).chain(readmes.filter(|path| path.exists())).collect()
}

/// The lines of a page outside of its blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Where the links of a line lead, those to other hosts left out.
fn links(line: &str) -> Vec<String> {
    let line = without_code(line);
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target.trim_matches(['<', '>']).to_owned());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// What a heading is called in addresses, as the book and the hosts of repositories call it.
fn slug(heading: &str) -> String {
    // Of a link in a heading its text counts.
    let text: String = heading
        .split('[')
        .enumerate()
        .map(|(at, part)| match part.split_once("](") {
            Some((text, rest)) if at > 0 => {
                format!("{text}{}", rest.split_once(')').map_or("", |(_, after)| after))
            }
            _ => part.to_owned(),
        })
        .collect();
    let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The addresses of the headings of a page.
fn headings(text: &str) -> BTreeSet<String> {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    let mut addresses = BTreeSet::new();
    let headings = prose(text).filter(|line| line.starts_with('#'));
    for slug in headings.map(|line| slug(line.trim_start_matches('#'))) {
        let before = met.entry(slug.clone()).or_default();
        addresses.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
        *before += 1;
    }
    addresses
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link of a page.
fn fault(page: &Path, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_path_buf(),
        file => plain(&page.parent().unwrap().join(file)),
    };
    if !target.exists() {
        return Some("leads to no file".into());
    }
    let is_page = target.extension().is_some_and(|end| end == "md");
    if heading.is_empty() || !is_page {
        return None;
    }
    let text = fs::read_to_string(&target).unwrap();
    (!headings(&text).contains(heading)).then(|| "leads to no heading".into())
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let docs = plain(&root().join("docs"));
    let contents = docs.join("SUMMARY.md");
    let text = fs::read_to_string(&contents).unwrap();
    let named: Vec<PathBuf> =
        text.lines().flat_map(links).map(|link| plain(&docs.join(link))).collect();
    let distinct: BTreeSet<_> = named.iter().cloned().collect();
    assert_eq!(named.len(), distinct.len(), "a page is named twice");
    let written: BTreeSet<_> =
        pages_below(&docs).into_iter().filter(|path| *path != contents).collect();
    let left_out: Vec<_> = written.difference(&distinct).collect();
    assert!(left_out.is_empty(), "not in docs/SUMMARY.md: {left_out:?}");
    let missing: Vec<_> = distinct.difference(&written).collect();
    assert!(missing.is_empty(), "in docs/SUMMARY.md, but not there: {missing:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let mut met = 0;
    let mut faults = Vec::new();
    for page in pages_below(&root().join("docs")).into_iter().chain(pages_beside()) {
        let page = plain(&page);
        let text = fs::read_to_string(&page).unwrap();
        for link in prose(&text).flat_map(links) {
            met += 1;
            let fault = fault(&page, &link);
            faults.extend(fault.map(|fault| format!("{}: {link} {fault}", page.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(met > 300, "{met}");
}

#[test]
fn links_and_headings_are_found() {
    assert_eq!(links("see [a](b.md#c), `[no](link)` and ![d](e.png)"), ["b.md#c", "e.png"]);
    assert_eq!(links("[out](https://example.org/a)"), [""; 0]);
    assert_eq!(slug("H11 POST `/prophet/fit`"), "h11-post-prophetfit");
    assert_eq!(slug("The [plan](plan.md), and θ"), "the-plan-and-θ");
    let page = "# A\n```\n# no heading\n```\n## A\n";
    assert_eq!(headings(page).into_iter().collect::<Vec<_>>(), ["a", "a-1"]);
    let here = root().join("docs/privacy.md");
    assert_eq!(fault(&here, "#erasing"), None);
    assert!(fault(&here, "#no-such-heading").is_some());
    assert!(fault(&here, "no-such-page.md").is_some());
}
