//! Words and marks for right and wrong.

use seedtest_responses::truth;

const RIGHT: &[&str] = &[
    "correct",
    "right",
    "pass",
    "passed",
    "정답",
    "정",
    "맞음",
    "맞",
    "옳음",
    "통과",
    "richtig",
    "korrekt",
    "wahr",
    "ja",
    "correcte",
    "vrai",
    "juste",
    "oui",
    "correcto",
    "verdadero",
    "sí",
    "正解",
    "正确",
    "正確",
    "对",
    "對",
    "○",
    "◯",
    "〇",
    "⭕",
    "●",
    "✓",
    "✔",
    "✔️",
    "☑",
    "✅",
    "ㅇ",
];

const WRONG: &[&str] = &[
    "incorrect",
    "wrong",
    "fail",
    "failed",
    "오답",
    "오",
    "틀림",
    "틀",
    "불통과",
    "falsch",
    "inkorrekt",
    "nein",
    "incorrecte",
    "faux",
    "non",
    "incorrecto",
    "falso",
    "不正解",
    "错误",
    "錯誤",
    "错",
    "錯",
    "×",
    "✗",
    "✘",
    "✕",
    "✖",
    "❌",
    "☒",
    "✖️",
];

/// What a word or mark says, whatever its case; the letters `o` and `x` are left to [`ox`].
pub(crate) fn says(text: &str) -> Option<bool> {
    const LONGEST: usize = 16;
    if let Some(says) = truth(text) {
        return Some(says);
    }
    let text = text.trim();
    if text.len() > LONGEST || text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_among = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_among(RIGHT) {
        return Some(true);
    }
    is_among(WRONG).then_some(false)
}

/// The letters O for right and X for wrong, as schools in Korea and Japan mark.
pub(crate) fn ox(text: &str) -> Option<bool> {
    match text.trim() {
        "O" | "o" | "Ｏ" | "ｏ" => Some(true),
        "X" | "x" | "Ｘ" | "ｘ" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_says_both() {
        for word in RIGHT {
            assert_eq!(says(word), Some(true), "{word}");
            assert!(!WRONG.contains(word), "{word}");
        }
        for word in WRONG {
            assert_eq!(says(word), Some(false), "{word}");
        }
    }

    #[test]
    fn case_and_space_do_not_matter() {
        assert_eq!(says(" Correct "), Some(true));
        assert_eq!(says("INCORRECT"), Some(false));
        assert_eq!(says("TRUE"), Some(true));
        assert_eq!((ox("O"), ox("x"), ox("0")), (Some(true), Some(false), None));
        for text in ["maybe", "A", "b", "2", "0.5", "", "correct!", "partially correct"] {
            assert_eq!(says(text), None, "{text}");
        }
    }
}
