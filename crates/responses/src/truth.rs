//! Words for yes and no.

/// What a text says, in any case and with blanks around it: `true`, `t`, `yes`, `y`, `on` and `1` are
/// yes, `false`, `f`, `no`, `n`, `off` and `0` are no; `None` = something else. Cells of logs, settings,
/// environment variables and parameters of requests are read by it.
pub fn truth(text: &str) -> Option<bool> {
    let text = text.trim();
    let is_in = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_in(["true", "t", "yes", "y", "on", "1"]) {
        return Some(true);
    }
    is_in(["false", "f", "no", "n", "off", "0"]).then_some(false)
}

/// Whether a text says yes; see [`truth`].
pub fn is_true(text: &str) -> bool {
    truth(text) == Some(true)
}

/// What a cell of a table of covariates says: `true` and `false` in any case. The other words of
/// [`truth`] may be levels of a factor.
pub fn logical(cell: &str) -> Option<bool> {
    truth(cell).filter(|_| cell.trim().len() >= "true".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word() {
        for text in ["true", "TRUE", "t", "yes", "Y", "on", "1", " Yes "] {
            assert_eq!(truth(text), Some(true), "{text}");
            assert!(is_true(text), "{text}");
        }
        for text in ["false", "False", "f", "no", "N", "off", "0"] {
            assert_eq!(truth(text), Some(false), "{text}");
            assert!(!is_true(text), "{text}");
        }
        for text in ["", "2", "ja", "truth", "1.0"] {
            assert_eq!(truth(text), None, "{text}");
        }
    }

    #[test]
    fn factors_of_yes_and_no_stay_factors() {
        for (cell, says) in [(" TRUE", Some(true)), ("false", Some(false))] {
            assert_eq!(logical(cell), says, "{cell}");
        }
        for cell in ["yes", "no", "t", "f", "y", "n", "on", "off", "1", "0", ""] {
            assert_eq!(logical(cell), None, "{cell}");
        }
    }
}
