//! Ids: one spelling for one person or item, and those that look alike.

use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// An id without the space and the invisible characters around it, in Unicode's composed form (NFC).
pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim_ascii());
    }
    let text = text.trim_matches(is_margin);
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// White space and characters that nobody sees.
fn is_margin(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// `12` for the text `12.0`, as a program writes whole numbers of a column with gaps; `None` for another
/// text.
pub(crate) fn without_zero_fraction(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    let is_zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    (is_plain && is_zero).then_some(whole)
}

/// Whether a column of ids holds whole numbers written with a point, such as `12.0`, and nothing that would
/// then be another id.
pub(crate) fn are_whole_floats<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let mut found = false;
    for cell in cells {
        if without_zero_fraction(cell).is_some() {
            found = true;
        } else if cell.parse::<i64>().is_err() {
            return false;
        }
    }
    found
}

/// Finds ids that differ only by case, by spaces or by characters that look the same.
///
/// Ids are known by 64 bits; some 30 bytes of memory each.
#[derive(Debug, Default)]
pub struct Lookalikes {
    /// Ids with another folded form that were met: most rows of a file repeat an id, and looking it up
    /// is cheaper than folding it again.
    met: HashSet<u64>,
    /// By the folded id: the id met first, and whether another one was met.
    folded: HashMap<u64, (u64, bool)>,
    examples: Vec<(String, u64)>,
    groups: u64,
}

impl Lookalikes {
    /// Most ids that are named.
    const MOST_EXAMPLES: usize = 5;

    /// Takes note of an id.
    pub fn see(&mut self, id: &str) {
        let own = hash_of(id);
        let folded = if is_folded(id) {
            own
        } else if self.met.insert(own) {
            hash_of(&folded(id))
        } else {
            return;
        };
        match self.folded.entry(folded) {
            Entry::Vacant(place) => {
                place.insert((own, false));
            }
            Entry::Occupied(mut place) => {
                let (first, known) = place.get_mut();
                if *first == own {
                    return;
                }
                if !*known {
                    *known = true;
                    self.groups += 1;
                }
                let is_new = !self.examples.iter().any(|(example, _)| example == id);
                if is_new && self.examples.len() < Self::MOST_EXAMPLES {
                    self.examples.push((id.to_owned(), folded));
                }
            }
        }
    }

    /// How many ids have a lookalike.
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// What to say of them; `None` where there are none.
    pub fn note(&self, what: &str) -> Option<String> {
        let examples: Vec<String> = self.examples().map(|id| format!("{id:?}")).collect();
        (self.groups > 0).then(|| {
            format!(
                "{} {what} differ from another only by case, spaces or form, such as {}",
                self.groups,
                examples.join(", ")
            )
        })
    }

    /// Some ids that look like one that came before.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(|(id, _)| id.as_str())
    }
}

/// The numbers of a class list as it writes them, without zeros before them: `1` and `2` for `1학년 02반` or `1-02`.
/// `words` may stand behind a number; `None` where anything else stands there.
pub(crate) fn counted(text: &str, words: &[&str]) -> Option<Vec<String>> {
    let mut numbers = Vec::new();
    let mut rest = text.strip_prefix("제").unwrap_or(text).trim_start();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].trim_start_matches('0');
        if digits == 0 {
            return None;
        }
        numbers.push(if number.is_empty() { "0" } else { number }.to_owned());
        rest = rest[digits..].trim_start();
        rest = words.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest).trim_start();
        let Some(next) = rest.strip_prefix(['-', '_']) else { continue };
        rest = next.trim_start();
        if rest.is_empty() {
            return None;
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// Whether an id is its own folded form for certain.
fn is_folded(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let is_of_numbers = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    id.bytes().all(is_plain) && !(id.contains(['-', '_']) && id.bytes().all(is_of_numbers))
}

/// An id without case and spaces, in the form that compatible characters share; the numbers of a class list as `1-2`.
fn folded(id: &str) -> String {
    const WORDS: &[&str] = &["학년", "반", "학급", "번"];
    let kept = |c: &char| !is_margin(*c);
    let id: String = id.nfkc().filter(kept).flat_map(char::to_lowercase).collect();
    match counted(&id, WORDS) {
        // A number alone keeps its zeros: ids are texts.
        Some(numbers) if numbers.len() > 1 => numbers.join("-"),
        _ => id,
    }
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_sees_does_not_part_ids() {
        for text in [" s1", "s1\u{a0}", "\u{200b}s1", "s1\t", "\u{feff}s1 "] {
            assert_eq!(canonical(text), "s1");
        }
        let composed = "김철수";
        let parts: String = composed.nfd().collect();
        assert_ne!(parts, composed);
        assert_eq!(canonical(&parts), composed);
        assert_eq!(canonical("é"), canonical("e\u{301}"));
    }

    #[test]
    fn a_column_says_whether_its_points_mean_something() {
        let whole = |cells: &[&str]| are_whole_floats(cells.iter().copied());
        assert!(whole(&["0.0", "12.0", "-3.0"]));
        assert!(whole(&["1.0", "2"]));
        assert!(!whole(&["1", "2"]), "there is nothing to cut off");
        for cells in [&["1.0", "1.5"][..], &["1.0", "A"], &["01.0"], &["1.10", "1.1"]] {
            assert!(!whole(cells), "{cells:?}");
        }
        assert_eq!(without_zero_fraction("12.00"), Some("12"));
        assert_eq!(without_zero_fraction("007.0"), None);
        assert_eq!(without_zero_fraction("12."), None);
    }

    #[test]
    fn lookalikes_are_counted_once() {
        let mut ids = Lookalikes::default();
        for id in ["s1", "S1", "s 1", "s1", "S1", "s2", "Ｓ2", "kim", "lee"] {
            ids.see(id);
        }
        assert_eq!(ids.groups(), 2);
        assert_eq!(ids.examples().collect::<Vec<_>>(), ["S1", "s 1", "Ｓ2"]);
    }

    #[test]
    fn classes_and_numbers_look_alike_however_they_are_written() {
        let mut ids = Lookalikes::default();
        for id in
            ["1-1", "01-01", "1반-1", "1반 1번", "1_1", "1-11", "11-1", "007", "7", "2025-0001"]
        {
            ids.see(id);
        }
        assert_eq!(ids.examples().collect::<Vec<_>>(), ["01-01", "1반-1", "1반 1번", "1_1"]);
        assert_eq!(ids.groups(), 1);
        assert_eq!(counted("3학년 02반", &["학년", "반"]), Some(vec!["3".into(), "2".into()]));
        for text in ["", "A1", "1-", "1.5", "1반x"] {
            assert_eq!(counted(text, &["반"]), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_for_folded_is(id in "[!-~]{0,20}") {
            prop_assert!(!is_folded(&id) || folded(&id) == id);
        }

        #[test]
        fn an_id_has_one_canonical_form(text in "\\PC{0,40}") {
            let once = canonical(&text).into_owned();
            prop_assert_eq!(canonical(&once), once.as_str());
        }
    }
}
