//! Items from a document or a package.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use super::draft::Draft;
use super::{QtiError, QtiItems};
use crate::xml::local;

/// Largest document inside a package, in bytes.
const LARGEST: u64 = 16 << 20;

/// The items of a document (`.xml`) or of every document of a package (`.zip`), in their order.
///
/// # Errors
/// For a file that cannot be read, that has no item, or in which an item has no id of its own.
pub fn read_qti_items(path: &Path) -> Result<QtiItems, QtiError> {
    let io = |source| QtiError::Io { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(io)?;
    let name =
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let documents = if bytes.starts_with(b"PK") {
        documents_of(path, bytes)?
    } else {
        vec![(name, text_of(bytes))]
    };
    let mut found = QtiItems::default();
    let mut ids = BTreeSet::new();
    for (name, text) in &documents {
        for draft in drafts_of(name, text)? {
            let bad = |message: String| QtiError::Id { document: name.clone(), message };
            if draft.item_id.is_empty() {
                return Err(bad("an item has no identifier".into()));
            }
            let item_id = draft.item_id.clone();
            if !ids.insert(item_id.clone()) {
                return Err(bad(format!("the item {item_id} is there twice")));
            }
            match draft.finish() {
                Ok(item) => found.items.push(item),
                Err(more) => found.left_out.push((item_id, more)),
            }
        }
    }
    if ids.is_empty() { Err(QtiError::NoItem { path: path.to_owned() }) } else { Ok(found) }
}

/// Documents of a package by name, but for its manifest.
fn documents_of(path: &Path, bytes: Vec<u8>) -> Result<Vec<(String, String)>, QtiError> {
    let bad = |message: String| QtiError::Package { path: path.to_owned(), message };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| bad(error.to_string()))?;
    let mut documents = Vec::new();
    for place in 0..archive.len() {
        let file = archive.by_index(place).map_err(|error| bad(error.to_string()))?;
        let name = file.name().map_err(|error| bad(error.to_string()))?.to_string();
        let is_document =
            Path::new(&name).extension().is_some_and(|end| end.eq_ignore_ascii_case("xml"));
        if !is_document || name.ends_with("imsmanifest.xml") {
            continue;
        }
        let mut text = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut text);
        let read = read.map_err(|error| bad(format!("{name}: {error}")))?;
        if read as u64 > LARGEST {
            return Err(bad(format!("{name} is larger than {LARGEST} bytes")));
        }
        documents.push((name, text_of(text)));
    }
    documents.sort();
    Ok(documents)
}

/// XML is UTF-8 where it says nothing else; what is none is damaged, and said so by the parser where it matters.
fn text_of(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes);
    let text = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)
}

/// The items of one document.
fn drafts_of(document: &str, text: &str) -> Result<Vec<Draft>, QtiError> {
    let bad = |message: String| QtiError::Xml { document: document.to_owned(), message };
    let mut xml = Reader::from_str(text);
    let mut found = Vec::new();
    let mut draft: Option<Draft> = None;
    loop {
        match xml.read_event().map_err(|error| bad(error.to_string()))? {
            Event::Eof => break,
            Event::Start(tag) => match &mut draft {
                Some(own) => own.open(&tag),
                None if is_item(tag.name().as_ref()) => draft = Some(Draft::of(&tag)),
                None => {}
            },
            Event::Empty(tag) => match &mut draft {
                Some(own) => {
                    own.open(&tag);
                    own.close();
                }
                None if is_item(tag.name().as_ref()) => found.push(Draft::of(&tag)),
                None => {}
            },
            Event::End(tag) => {
                let ends = draft.as_ref().is_some_and(Draft::is_closed);
                if ends && is_item(tag.name().as_ref()) {
                    found.extend(draft.take());
                } else if let Some(own) = &mut draft {
                    own.close();
                }
            }
            event => {
                if let (Some(own), Some(text)) = (&mut draft, text_in(&event).map_err(bad)?) {
                    own.push_text(&text);
                }
            }
        }
    }
    match draft {
        None => Ok(found),
        Some(open) => Err(bad(format!("the item {:?} has no end", open.item_id))),
    }
}

fn is_item(name: &str) -> bool {
    local(name) == "qti-assessment-item"
}

/// The text of an event, if it is one.
fn text_in(event: &Event<'_>) -> Result<Option<String>, String> {
    match event {
        Event::Text(text) => Ok(Some((**text).to_owned())),
        Event::CData(text) => Ok(Some((**text).to_owned())),
        Event::GeneralRef(entity) => entity_text(entity).map(Some),
        _ => Ok(None),
    }
}

fn entity_text(entity: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = entity.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let known = resolve_predefined_entity(entity);
    known.map(str::to_owned).ok_or_else(|| format!("the entity &{};", &**entity))
}
