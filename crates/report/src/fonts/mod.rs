//! The fonts of a page: Korean, Latin and Greek in two weights, cut into parts by `scripts/fonts.py`, of
//! which a page embeds those whose letters it shows. A page so reads the same on a machine without any
//! font, and stays small.

mod parts;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use parts::PARTS;

/// Name of the family in style sheets.
const FAMILY: &str = "Seedtest Sans";

/// Some letters in both weights, as WOFF2.
struct Part {
    letters: &'static str,
    regular: &'static [u8],
    bold: &'static [u8],
}

/// The rules of each part, ready for a style sheet.
static RULES: LazyLock<Vec<String>> = LazyLock::new(|| PARTS.iter().map(rules).collect());

/// In which part a letter is.
static PLACES: LazyLock<HashMap<char, usize>> = LazyLock::new(|| {
    let of_part = |(place, part): (usize, &Part)| part.letters.chars().map(move |c| (c, place));
    PARTS.iter().enumerate().flat_map(of_part).collect()
});

/// The `@font-face` rules for the letters of a page.
pub(crate) fn font_faces(page: &str) -> String {
    let mut is_needed = [false; PARTS.len()];
    // The first part holds the letters of ASCII.
    is_needed[0] = true;
    for place in page.chars().filter(|c| !c.is_ascii()).filter_map(|c| PLACES.get(&c)) {
        is_needed[*place] = true;
    }
    let needed = RULES.iter().zip(is_needed).filter(|(_, is_needed)| *is_needed);
    needed.map(|(rules, _)| rules.as_str()).collect()
}

fn rules(part: &Part) -> String {
    let range = unicode_range(part.letters);
    let mut rules = String::new();
    // Above 500 every weight is set in the bolder of the two, which is 600.
    for (weights, font) in [("1 500", part.regular), ("501 1000", part.bold)] {
        let data = STANDARD.encode(font);
        // Writing to a String cannot fail.
        let _ = writeln!(
            rules,
            "@font-face{{font-family:\"{FAMILY}\";font-weight:{weights};\
             src:url(data:font/woff2;base64,{data}) format(\"woff2\");unicode-range:{range}}}"
        );
    }
    rules
}

/// The letters as `U+41-5A,U+61`; they ascend.
fn unicode_range(letters: &str) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for letter in letters.chars().map(u32::from) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == letter => *last = letter,
            _ => runs.push((letter, letter)),
        }
    }
    let spelled = runs.into_iter().map(|(first, last)| {
        if first == last { format!("U+{first:X}") } else { format!("U+{first:X}-{last:X}") }
    });
    spelled.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{PARTS, PLACES, font_faces, unicode_range};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;

    #[test]
    fn runs_of_letters_are_ranges() {
        assert_eq!(unicode_range("ABCEθ"), "U+41-43,U+45,U+3B8");
    }

    #[test]
    fn a_letter_is_in_one_part() {
        let letters: usize = PARTS.iter().map(|part| part.letters.chars().count()).sum();
        assert_eq!(PLACES.len(), letters);
    }

    #[test]
    fn every_text_of_the_reports_has_a_font() {
        for lang in Lang::ALL {
            let catalogue = Catalogue::load(lang).unwrap();
            let letters = catalogue.texts().values().flat_map(|text| text.chars());
            let missing: Vec<char> =
                letters.filter(|letter| !PLACES.contains_key(letter)).collect();
            assert!(missing.is_empty(), "scripts/fonts.py leaves out {missing:?}");
        }
    }

    #[test]
    fn a_page_embeds_what_it_shows() {
        let faces = |page| font_faces(page).matches("@font-face").count();
        assert_eq!(faces("plain"), 2);
        assert_eq!(faces("정답률"), 4);
        assert_eq!(faces("정답률 뷁 λ"), 4 + 2 + 2 * usize::from(PLACES.contains_key(&'뷁')));
    }
}
