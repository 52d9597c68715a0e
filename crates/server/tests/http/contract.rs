//! What the code says of the contract is there: every reference to a page of `docs/contract` leads to a
//! section of it.

use std::path::{Path, PathBuf};

const PAGES: [&str; 5] = ["http-api.md", "metrics.md", "jobs.md", "schema.md", "operations.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below `folder` that may refer to the contract.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "json") {
            found.push(path);
        }
    }
}

/// The sections named right after a page: `M14 F9`, `S9, S10`, `S1–S12`.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    for word in text.split([' ', ',', '–', '\n', '/', '!']).filter(|word| !word.is_empty()) {
        let named = word.trim_end_matches(['.', ')', ';', ':', '"']);
        let (letter, number) = named.split_at(named.len().min(1));
        let is_section = "HMJSOF".contains(letter) && number.parse::<u32>().is_ok();
        if !is_section {
            break;
        }
        sections.push(named);
        if named.len() < word.len() {
            break;
        }
    }
    sections
}

/// Whether the page says something under that number: a heading, or a row of a table.
fn says(page: &str, section: &str) -> bool {
    let named = |word: &str| word.split([' ', ',', '|', '–']).any(|part| part == section);
    page.lines().any(|line| (line.starts_with("## ") || line.starts_with("| F")) && named(line))
}

#[test]
fn every_reference_to_the_contract_leads_to_a_section() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for name in PAGES {
            let written = format!("docs/contract/{name}");
            let page = std::fs::read_to_string(root().join(&written)).unwrap();
            for (at, _) in text.match_indices(&written) {
                seen += 1;
                let rest = &text[at + written.len()..];
                let missing = sections(rest).into_iter().filter(|section| !says(&page, section));
                wrong
                    .extend(missing.map(|section| format!("{}: {name} {section}", file.display())));
            }
        }
    }
    assert!(seen > 5, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
