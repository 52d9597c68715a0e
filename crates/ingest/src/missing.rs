//! The ways to write that a value is not there.

use crate::error::Error;

/// Words that stand for nothing, in lower case: those of R, pandas, SQL and spreadsheets, and the dashes and
/// points of people. Errors of formulas are among them.
const WORDS: &[&str] = &[
    "-", ".", "?", "--", "na", "n/a", "nan", "none", "null", "nil", "\\n", "<na>", "(null)",
    "#n/a", "#na", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "-nan", "\u{2212}",
    "\u{2013}", "\u{2014}",
];

/// What counts as missing in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    words: Vec<Box<str>>,
    numbers: Vec<Code>,
    without_defaults: bool,
}

/// A number that stands for nothing, as its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Code(u64);

impl Missing {
    /// Reads a list as `--na` takes it: words and codes between commas, taken beside the usual ones; behind
    /// `=` they are all there are. An empty cell is always missing.
    ///
    /// ```
    /// use seedtest_ingest::Missing;
    /// let missing = Missing::parse("9,-99,absent")?;
    /// assert!(missing.is_code(-99.0) && missing.is_word("Absent") && missing.is_word("NA"));
    /// assert!(!Missing::parse("=x")?.is_word("NA"));
    /// # Ok::<(), seedtest_ingest::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BadMissing`] for an entry that is too long to be one.
    pub fn parse(list: &str) -> Result<Self, Error> {
        const LONGEST: usize = 100;
        let list = list.trim();
        let bare = list.strip_prefix('=');
        let mut missing = Self { without_defaults: bare.is_some(), ..Self::default() };
        for entry in bare.unwrap_or(list).split(',').map(str::trim).filter(|e| !e.is_empty()) {
            if entry.len() > LONGEST {
                return Err(Error::BadMissing { entry: entry.to_owned() });
            }
            match entry.parse::<f64>() {
                Ok(number) if number.is_finite() => missing.add_code(number),
                _ => missing.words.push(entry.to_lowercase().into()),
            }
        }
        Ok(missing)
    }

    /// Takes a number for "nothing", too.
    pub(crate) fn add_code(&mut self, number: f64) {
        let code = Code((number + 0.0).to_bits());
        if !self.numbers.contains(&code) {
            self.numbers.push(code);
        }
    }

    /// Whether a trimmed text stands for nothing. Codes do not: an id may be the same number.
    pub fn is_word(&self, text: &str) -> bool {
        if text.is_empty() || (!self.without_defaults && is_usual(text)) {
            return true;
        }
        !self.words.is_empty() && {
            let text = text.to_lowercase();
            self.words.iter().any(|word| **word == text)
        }
    }

    /// Whether a number stands for nothing.
    pub fn is_code(&self, number: f64) -> bool {
        !self.numbers.is_empty() && self.numbers.contains(&Code((number + 0.0).to_bits()))
    }

    /// Whether a trimmed text stands for nothing where values are expected, numbers among them.
    pub(crate) fn is_value(&self, text: &str) -> bool {
        self.is_word(text)
            || (!self.numbers.is_empty() && text.parse().is_ok_and(|number| self.is_code(number)))
    }
}

/// Whether a text is one of [`WORDS`], whatever its case.
pub(crate) fn is_usual(text: &str) -> bool {
    const LONGEST: usize = 7;
    let starts_like_one = matches!(
        text.as_bytes().first(),
        None | Some(b'n' | b'N' | b'#' | b'-' | b'.' | b'?' | b'<' | b'(' | b'\\' | 0xe2)
    );
    starts_like_one
        && (text.is_empty()
            || (text.len() <= LONGEST && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_word_is_found_in_any_case() {
        for word in WORDS {
            assert!(is_usual(word) && is_usual(&word.to_uppercase()), "{word}");
        }
        for text in ["", "NULL", "NaN", "#N/A", "\\N", "−"] {
            assert!(is_usual(text), "{text}");
        }
        for text in ["0", "no", "nanna", "nobody", "-1", "..", "none at all", "?x", "서연"] {
            assert!(!is_usual(text), "{text}");
        }
    }

    #[test]
    fn codes_are_numbers_however_they_are_written() {
        let missing = Missing::parse(" 9 , -99,0").unwrap();
        for text in ["9", "9.0", "-99", "-99.00", "0", "-0", "NA", ""] {
            assert!(missing.is_value(text), "{text}");
        }
        for text in ["99", "90", "x"] {
            assert!(!missing.is_value(text), "{text}");
        }
        assert!(!missing.is_word("9"), "an id may be 9");
    }

    #[test]
    fn a_bare_list_takes_the_place_of_the_usual() {
        let missing = Missing::parse("=없음").unwrap();
        assert!(missing.is_word("없음") && missing.is_word("") && !missing.is_word("NA"));
        assert!(Missing::parse(&"x".repeat(101)).is_err());
    }
}
