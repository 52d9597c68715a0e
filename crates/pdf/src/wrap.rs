//! Where lines of Korean end: between words, as `word-break: keep-all` has it on pages.
//!
//! Typst ends a line between any two syllables. A box around every word holds it together, too, but is a paragraph of its
//! own: half of the time of a document went into those.

use std::sync::LazyLock;

use typst::World;
use typst::comemo::Tracked;
use typst::diag::SourceResult;
use typst::ecow::EcoString;
use typst::engine::Engine;
use typst::foundations::{
    Args, CastInfo, Context, IntoValue, NativeFuncData, NativeFuncPtr, Scope, Value,
};
use typst::layout::{Abs, Length};
use typst::text::{Font, FontInstance, FontVariant, FontVariations};

use crate::fonts::{BOLD, REGULAR};

/// What the estimate of a line may be short of, in points: a line that is wider after all is broken within a word.
const SLACK: f64 = 0.5;

/// `sys.inputs.between-words(text, width, size: 9.5pt, bold: false)`: the text with a line feed in the place after each space at
/// which a line of that width ends.
pub(crate) static BETWEEN_WORDS: NativeFuncData = NativeFuncData {
    function: NativeFuncPtr(&between_words),
    name: "between-words",
    title: "Between words",
    docs: "Ends lines between words.",
    def_site: None,
    keywords: &[],
    contextual: false,
    scope: LazyLock::new(&|| Scope::new()),
    params: LazyLock::new(&|| Vec::new()),
    returns: LazyLock::new(&|| CastInfo::Any),
};

fn between_words(
    engine: &mut Engine<'_>,
    _: Tracked<'_, Context<'_>>,
    args: &mut Args,
) -> SourceResult<Value> {
    let text: EcoString = args.expect("text")?;
    let width: Length = args.expect("width")?;
    let size: Length = args.named("size")?.unwrap_or_default();
    let is_bold = args.named("bold")?.unwrap_or(false);
    let font = engine.world.font(if is_bold { BOLD } else { REGULAR });
    let broken = font.map(|font| wrapped(&text, width.abs.to_pt(), &Type::new(font, size.abs)));
    Ok(broken.map_or(text, EcoString::from).into_value())
}

/// A font in a size.
struct Type {
    font: FontInstance,
    size: f64,
    /// Digits stand below each other, so that each is as wide as the widest.
    digit: f64,
}

impl Type {
    fn new(font: Font, size: Abs) -> Self {
        let font = font.instantiate(FontVariant::default(), size, &FontVariations::default());
        let mut of = Self { font, size: size.to_pt(), digit: 0.0 };
        of.digit = ('0'..='9').map(|digit| of.advance(digit)).fold(0.0, f64::max);
        of
    }

    /// A letter of another font counts as a whole square.
    fn advance(&self, letter: char) -> f64 {
        let glyph = self.font.ttf().glyph_index(letter);
        let advance = glyph.and_then(|glyph| self.font.x_advance(glyph.0));
        advance.map_or(self.size, |advance| advance.get() * self.size)
    }

    fn width(&self, text: &str) -> f64 {
        let of =
            |letter: char| if letter.is_ascii_digit() { self.digit } else { self.advance(letter) };
        text.chars().map(of).sum()
    }
}

/// The text with a line feed before each word that would not fit on its line. A word that is wider than a line is left to
/// be broken.
fn wrapped(text: &str, width: f64, of: &Type) -> String {
    let room = (width - SLACK).max(of.size);
    let space = of.width(" ");
    let mut lines = String::with_capacity(text.len() + 8);
    let mut used = 0.0;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        // The space before a line feed is part of its line.
        let behind = if words.peek().is_some() { space } else { 0.0 };
        let needed = of.width(word) + behind;
        if used > 0.0 && used + needed > room {
            lines.push('\n');
            used = 0.0;
        }
        lines.push_str(word);
        if words.peek().is_some() {
            lines.push(' ');
        }
        used = (used + needed) % room;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::shipped;

    fn lines(text: &str, width: f64) -> Vec<String> {
        let fonts = shipped().unwrap();
        let of = Type::new(fonts[REGULAR].clone(), Abs::pt(10.0));
        wrapped(text, width, &of).split('\n').map(str::to_owned).collect()
    }

    #[test]
    fn lines_end_between_words_and_lose_nothing() {
        let text = "분수의 덧셈과 뺄셈 16문제 중 3문제를 맞혔어요";
        let broken = lines(text, 60.0);
        assert_eq!(broken, ["분수의 덧셈과 ", "뺄셈 16문제 ", "중 3문제를 ", "맞혔어요"]);
        assert_eq!(broken.concat(), text);
        assert_eq!(lines(text, 400.0), [text]);
        // A line as long as its room needs none for a space behind it.
        let fonts = shipped().unwrap();
        let whole = Type::new(fonts[REGULAR].clone(), Abs::pt(10.0)).width(text);
        assert_eq!(lines(text, whole + 2.0 * SLACK), [text]);
        assert_eq!(lines(text, whole).len(), 2);
        assert_eq!(lines("", 60.0), [""]);
    }

    #[test]
    fn a_word_wider_than_a_line_is_left_to_be_broken() {
        assert_eq!(
            lines("가 abcdefghijklmnopqrstuvwxyz 나", 40.0),
            ["가 ", "abcdefghijklmnopqrstuvwxyz 나"]
        );
        assert_eq!(lines("가나 다라", 0.0), ["가나 ", "다라"]);
    }
}
