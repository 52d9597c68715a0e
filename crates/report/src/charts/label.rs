//! How much room a label takes. Fonts are the reader's, so widths are estimates on the safe side.

/// Largest size of a label in drawing units; the style sheet uses it on narrow screens.
pub(crate) const SIZE: f64 = 14.0;

/// Estimated width in drawing units at the largest size.
pub(crate) fn units(text: &str) -> f64 {
    width(text) * SIZE
}

/// Estimated width in units of the font size: Hangul and other wide letters take a whole em.
pub(crate) fn width(text: &str) -> f64 {
    text.chars().map(letter_width).sum()
}

/// The text, cut and ended by `…` where it is wider than `room` em.
pub(crate) fn ellipsise(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut used = 1.0;
    let mut cut: String = text
        .chars()
        .take_while(|&letter| {
            used += letter_width(letter);
            used <= room
        })
        .collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

fn letter_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        'A'..='Z' => 0.7,
        letter if letter >= '\u{1100}' && !('\u{2000}'..='\u{2bff}').contains(&letter) => 1.0,
        _ => 0.58,
    }
}

#[cfg(test)]
mod tests {
    use super::{ellipsise, width};

    #[test]
    fn hangul_is_wider_than_latin() {
        assert_eq!(width("가나다"), 3.0);
        assert!(width("abc") < 2.0);
    }

    #[test]
    fn long_labels_end_in_an_ellipsis() {
        assert_eq!(ellipsise("분수", 5.0), "분수");
        assert_eq!(ellipsise("분수의 덧셈과 뺄셈", 6.0), "분수의 덧…");
        assert!(width(&ellipsise("a very long topic name", 6.0)) <= 6.5);
    }
}
