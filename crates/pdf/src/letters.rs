//! Letters that no font holds. A tagged PDF may not show them as the blank box of a font, because the box
//! could not be read aloud or copied; a box of its own stands in their place.

use std::collections::HashMap;

use typst::text::Font;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What stands for a letter without a font; in the shipped fonts.
const BOX: char = '□';

/// The data with every letter of its texts in some font: Korean written in single jamo is composed,
/// marks of direction and joining are left out, and what remains without a font is [`BOX`].
pub(crate) fn in_fonts(json: &str, fonts: &[Font]) -> String {
    let mut known: HashMap<char, bool> = HashMap::new();
    let mut has_font = |letter: char| {
        letter.is_ascii()
            || *known.entry(letter).or_insert_with(|| {
                fonts.iter().any(|font| font.info().coverage.contains(u32::from(letter)))
            })
    };
    let show = |letter: char| match letter {
        letter if is_mark(letter) => None,
        letter if has_font(letter) => Some(letter),
        _ => Some(BOX),
    };
    let json = without_controls(json);
    if is_nfc_quick(json.chars()) == IsNormalized::Yes {
        json.chars().filter_map(show).collect()
    } else {
        json.nfc().filter_map(show).collect()
    }
}

/// Marks that no reader sees.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// JSON with [`BOX`] for each control character that it spells as `\u00XX`.
fn without_controls(json: &str) -> String {
    let mut rest = json;
    let mut clean = String::with_capacity(json.len());
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        let is_control = escape.as_bytes().get(1) == Some(&b'u');
        let length = if is_control { 6 } else { 2 };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        if is_control {
            clean.push(BOX);
        } else {
            clean.push_str(escape);
        }
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::{in_fonts, without_controls};
    use crate::fonts::shipped;

    #[test]
    fn what_no_font_holds_is_a_box() {
        let shown = |json| in_fonts(json, &shipped().unwrap());
        assert_eq!(shown("\"김하늘 θ = −1.5 → 80%\""), "\"김하늘 θ = −1.5 → 80%\"");
        assert_eq!(shown("\"ㄱ\u{1100}\u{1161}\u{11a8}\""), "\"ㄱ각\"");
        assert_eq!(shown("\"🙂 مريم a\u{200f}b\""), "\"□ □□□□ ab\"");
    }

    #[test]
    fn controls_are_boxes_and_escapes_stay() {
        assert_eq!(without_controls(r#""a\u0007b\\u0007\n\"""#), r#""a□b\\u0007\n\"""#);
    }
}
