//! An item while its document is read.

use quick_xml::events::BytesStart;

use super::{CHOICE, ENTRY, GAP, QtiItem, QtiOption};
use crate::xml::{attribute, local};

/// Elements that add nothing but text and its blocks.
const TEXT: [&str; 10] =
    ["p", "div", "span", "em", "strong", "b", "i", "br", "qti-prompt", "qti-content-body"];
/// Elements between which a line ends.
const BLOCKS: [&str; 6] = ["p", "div", "br", "qti-prompt", CHOICE, "qti-item-body"];
/// Elements that frame text, options and key.
const FRAME: [&str; 10] = [
    "qti-response-declaration",
    "qti-correct-response",
    "qti-value",
    "qti-outcome-declaration",
    "qti-default-value",
    "qti-item-body",
    CHOICE,
    ENTRY,
    "qti-simple-choice",
    "qti-response-processing",
];

/// An item while its document is read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) item_id: String,
    text: String,
    options: Vec<QtiOption>,
    key: Option<String>,
    interactions: usize,
    declarations: usize,
    /// What it has more than text, options and key: the first thing.
    more: Option<String>,
    /// Names of the open elements.
    open: Vec<String>,
}

impl Draft {
    pub(super) fn of(tag: &BytesStart<'_>) -> Self {
        let mut draft =
            Self { item_id: attribute(tag, "identifier").unwrap_or_default(), ..Self::default() };
        if attribute(tag, "adaptive").as_deref() == Some("true") {
            draft.has_more("it is adaptive");
        }
        draft
    }

    fn has_more(&mut self, what: &str) {
        self.more.get_or_insert_with(|| what.to_owned());
    }

    fn is_in(&self, element: &str) -> bool {
        self.open.iter().any(|open| open == element)
    }

    pub(super) fn open(&mut self, tag: &BytesStart<'_>) {
        let name = local(tag.name().as_ref()).to_owned();
        let several = "it takes several answers";
        match name.as_str() {
            "qti-response-declaration" => {
                self.declarations += 1;
                if self.declarations > 1 {
                    self.has_more("it has several response declarations");
                }
                if attribute(tag, "cardinality").is_some_and(|word| word != "single") {
                    self.has_more(several);
                }
            }
            CHOICE | ENTRY => {
                self.interactions += 1;
                if attribute(tag, "max-choices").is_some_and(|most| most != "1") {
                    self.has_more(several);
                }
                if name == ENTRY {
                    self.text.push_str(GAP);
                }
            }
            "qti-simple-choice" => {
                let id = attribute(tag, "identifier").unwrap_or_default();
                if id.is_empty() || self.options.iter().any(|known| known.id == id) {
                    self.has_more("it has options without an identifier of their own");
                }
                self.options.push(QtiOption { id, text: String::new() });
            }
            "qti-response-processing" => {
                let template = attribute(tag, "template");
                if template
                    .is_some_and(|name| !name.trim_end_matches(".xml").ends_with("/match_correct"))
                {
                    self.has_more("it is scored by another template than match_correct");
                }
            }
            "qti-value" if self.is_in("qti-correct-response") && self.key.is_some() => {
                self.has_more(several);
            }
            known if FRAME.contains(&known) => {}
            known if TEXT.contains(&known) && self.is_in("qti-item-body") => {}
            other => self.has_more(&format!("it has the element {other}")),
        }
        self.break_line(&name);
        self.open.push(name);
    }

    pub(super) fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        self.break_line(&name);
    }

    /// Whether every element of the item is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    fn break_line(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.push("\n");
        }
    }

    /// Adds text to what it is the text of; white space as it stands.
    pub(super) fn push_text(&mut self, text: &str) {
        let spaced: String =
            text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        self.push(&spaced);
    }

    fn push(&mut self, text: &str) {
        if self.is_in("qti-simple-choice") {
            if let Some(option) = self.options.last_mut() {
                option.text.push_str(text);
            }
        } else if self.is_in("qti-item-body") {
            self.text.push_str(text);
        } else if self.is_in("qti-correct-response") && self.is_in("qti-value") {
            self.key.get_or_insert_default().push_str(text);
        }
    }

    /// The item; `Err` with what it has more than text, options and key.
    pub(super) fn finish(self) -> Result<QtiItem, String> {
        if let Some(more) = self.more {
            return Err(more);
        }
        match self.interactions {
            0 => return Err("it has no interaction: nothing is asked".into()),
            1 => {}
            _ => return Err("it has several interactions".into()),
        }
        let option = |option: QtiOption| {
            let id = id_of(&option.id).unwrap_or(option.id);
            QtiOption { id, text: lines(&option.text) }
        };
        let own_ids: Vec<String> = self.options.iter().map(|option| option.id.clone()).collect();
        let options: Vec<QtiOption> = self.options.into_iter().map(option).collect();
        let key = self.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        let key = match key {
            Some(key) if !options.is_empty() => {
                let at = own_ids.iter().position(|id| *id == key);
                let at = at.ok_or_else(|| format!("its key {key} is none of its options"))?;
                Some(options[at].id.clone())
            }
            key => key,
        };
        let text = lines(&self.text);
        let text = text.strip_suffix(GAP).filter(|rest| rest.is_empty() || rest.ends_with('\n'));
        let text = text.map_or_else(|| lines(&self.text), |rest| rest.trim_end().to_owned());
        Ok(QtiItem { item_id: self.item_id, text, options, key })
    }
}

/// An identifier of QTI for the id of an option: the id where it is one, else with `_` in front and every other
/// character by its number.
pub(super) fn identifier_of(id: &str) -> String {
    if is_identifier(id) {
        return id.to_owned();
    }
    let written = |c: char| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') => c.to_string(),
        c => format!("_{:x}_", u32::from(c)),
    };
    std::iter::once("_".to_owned()).chain(id.chars().map(written)).collect()
}

fn is_identifier(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The id that [`identifier_of`] made an identifier from; `None` for an identifier of other origin.
fn id_of(identifier: &str) -> Option<String> {
    let mut id = String::new();
    // Every other part between underscores is a number.
    for (place, part) in identifier.strip_prefix('_')?.split('_').enumerate() {
        if place % 2 == 0 {
            id.push_str(part);
        } else {
            id.push(char::from_u32(u32::from_str_radix(part, 16).ok()?)?);
        }
    }
    (identifier_of(&id) == identifier).then_some(id)
}

/// Lines without the white space around them, one blank between words, no empty line.
fn lines(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = text.split('\n').map(line).filter(|line| !line.is_empty());
    kept.collect::<Vec<String>>().join("\n")
}
