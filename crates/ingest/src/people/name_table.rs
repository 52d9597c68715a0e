//! Names of topics and items in two languages.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::PeopleError;
use super::sheet::Sheet;

/// What a row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedKind {
    /// A topic.
    Topic,
    /// An item.
    Item,
}

/// A name in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRow {
    /// What is named.
    pub kind: NamedKind,
    /// Its id in the answers.
    pub id: String,
    /// `ko` or `en`.
    pub lang: &'static str,
    /// The name.
    pub name: String,
}

/// Reads a table of names: CSV or TSV with the columns `kind` (`topic` or `item`), `id`, `ko` and `en`.
/// A file without `kind` names topics; in place of `id`, a column `topic_id` or `item_id` says both.
/// One of `ko` and `en` may be missing or empty.
///
/// # Errors
/// When the file cannot be read, lacks a column or a cell, or names one thing twice: nothing is read
/// of such a file.
pub fn read_names(path: &Path) -> Result<Vec<NameRow>, PeopleError> {
    names(&Sheet::read(path)?)
}

fn names(sheet: &Sheet) -> Result<Vec<NameRow>, PeopleError> {
    let kind = sheet.column(&["kind", "type"]);
    let item_id = sheet.column(&["item_id", "question_id"]);
    let id = match item_id {
        Some(column) => column,
        None => sheet.needed(&["id", "topic_id", "topic"])?,
    };
    let default = if item_id.is_some() { NamedKind::Item } else { NamedKind::Topic };
    let korean = sheet.column(&["ko", "name_ko", "korean", "한국어"]);
    let english = sheet.column(&["en", "name_en", "english", "영어"]);
    if korean.is_none() && english.is_none() {
        sheet.needed(&["ko", "en"])?;
    }
    let mut found: BTreeMap<(NamedKind, &str, &'static str), &str> = BTreeMap::new();
    for row in sheet.rows() {
        let named = match (row.text(kind), kind) {
            (Some("topic"), _) => NamedKind::Topic,
            (Some("item" | "question"), _) => NamedKind::Item,
            (Some(_), Some(column)) => return Err(row.bad(column, "topic or item")),
            _ => default,
        };
        let of = row.needed(id)?;
        let mut is_named = false;
        for (lang, column) in [("ko", korean), ("en", english)] {
            let Some(name) = row.text(column) else { continue };
            is_named = true;
            match found.insert((named, of, lang), name) {
                Some(before) if before != name => {
                    return Err(row.contradicts(column.unwrap_or(id), of, name, before));
                }
                _ => {}
            }
        }
        if !is_named {
            row.needed(korean.or(english).unwrap_or(id))?;
        }
    }
    let row = |((kind, id, lang), name): ((NamedKind, &str, &'static str), &str)| NameRow {
        kind,
        id: id.to_owned(),
        lang,
        name: name.to_owned(),
    };
    Ok(found.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<NameRow>, PeopleError> {
        names(&Sheet::parse("names.csv".into(), text.as_bytes())?)
    }

    fn said(text: &str) -> Vec<String> {
        let rows = read(text).unwrap();
        rows.iter().map(|r| format!("{:?} {} {} {}", r.kind, r.id, r.lang, r.name)).collect()
    }

    #[test]
    fn names_are_of_topics_and_items_in_two_languages() {
        assert_eq!(
            said("kind,id,ko,en\ntopic,fractions,분수,Fractions\nitem,1001,,Half of 3\n"),
            ["Topic fractions en Fractions", "Topic fractions ko 분수", "Item 1001 en Half of 3"]
        );
        assert_eq!(said("topic_id,ko\nratios,비\n"), ["Topic ratios ko 비"]);
        assert_eq!(said("item_id,en\n7,Seven\n"), ["Item 7 en Seven"]);
    }

    #[test]
    fn a_fault_says_where_and_what() {
        let said = |text| read(text).unwrap_err().to_string();
        assert_eq!(
            said("kind,id,ko\nskill,a,b\n"),
            "names.csv: row 2: kind is \"skill\", not topic or item"
        );
        assert_eq!(said("id,ko,en\na,,\n"), "names.csv: row 2: ko is empty");
        assert_eq!(
            said("id,ko\na,가\na,나\n"),
            "names.csv: row 3: ko of \"a\" is \"나\", but \"가\" in an earlier row"
        );
        assert_eq!(said("id,name\na,b\n"), "names.csv: no ko or en column among: id, name");
    }
}
