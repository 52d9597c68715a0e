//! What is right of one item, as a key says it.

use crate::field::normalised;
use crate::identity::canonical;
use crate::scoring;

/// The right options of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Right {
    /// Each of these.
    Any(Vec<Box<str>>),
    /// Whatever was answered.
    Everything,
}

/// A text of which it is not known what is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclear;

/// What says that everybody is right, in normalised spelling.
const EVERYTHING: &[&str] = &[
    "전원정답",
    "전원정답처리",
    "전원",
    "모두정답",
    "모두정답처리",
    "모두맞음",
    "전체정답",
    "전부정답",
    "전항정답",
    "all",
    "allcorrect",
    "allright",
    "everyone",
    "everybody",
];
/// What says that there are several right options, or none, without saying which.
const UNCLEAR: &[&str] =
    &["복수정답", "복수", "중복정답", "무효", "문항무효", "정답없음", "없음", "void", "multiple"];
/// What stands beside several right options.
const MARKS_OF_SEVERAL: &[&str] = &["복수정답", "복수 정답", "중복정답", "중복 정답"];
/// What parts options whatever they are.
const WORDS_BETWEEN: &[&str] = &["|", " or ", "또는", "혹은"];
/// What parts options of one letter or number; an answer in words may hold it.
const SIGNS_BETWEEN: &[char] = &[',', '/', ';', '·', 'ㆍ', '‧', '∙', '、', '，', '／', '；'];
/// What may mean one of several options, or several together.
const DOUBTFUL_BETWEEN: &[char] = &['~', '～', '&', '+', '-', ' '];
const BRACKETS: &[char] = &['(', ')', '[', ']', '{', '}', '（', '）', ':', '：', ' '];

impl Right {
    /// Reads what a key says: an option, several between commas, slashes or `or`, or that everybody is right.
    pub(crate) fn of(text: &str) -> Result<Self, Unclear> {
        let text = canonical(text);
        let name = normalised(&text);
        if EVERYTHING.contains(&name.as_str()) {
            return Ok(Self::Everything);
        }
        if UNCLEAR.contains(&name.as_str()) || matches!(&*text, "?" | "*") {
            return Err(Unclear);
        }
        let mut rest = text.to_string();
        for mark in MARKS_OF_SEVERAL {
            rest = rest.replace(mark, " ");
        }
        let rest = if rest == *text { rest.trim() } else { rest.trim_matches(BRACKETS) };
        if let Some(options) = parted(rest) {
            return Ok(Self::Any(options));
        }
        if is_doubtful(rest) { Err(Unclear) } else { Ok(Self::Any(vec![rest.into()])) }
    }

    /// Whether an option is right: the same text whatever its case and brackets, or the same number.
    pub(crate) fn has(&self, chosen: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Any(options) => options.iter().any(|option| is_same(chosen, option)),
        }
    }

    /// Whether more than one option is right.
    pub(crate) fn is_several(&self) -> bool {
        match self {
            Self::Everything => true,
            Self::Any(options) => options.len() > 1,
        }
    }

    /// Its options for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Everything => "everyone is right".to_owned(),
            Self::Any(options) => options.join(" or "),
        }
    }

    /// Whether it is one text that is no letter or number of an option, as an answer in words is.
    pub(crate) fn is_in_words(&self) -> bool {
        matches!(self, Self::Any(options) if options.len() == 1 && !is_option(&options[0]))
    }
}

/// Whether an option is that of a key, which is one option for nearly every row.
pub(crate) fn is_right(chosen: &str, key: &str) -> Result<bool, Unclear> {
    if key.len() == 1 && key.as_bytes()[0].is_ascii_alphanumeric() {
        return Ok(is_same(chosen, key));
    }
    // An answer in words that holds such a sign is right as it stands.
    Right::of(key).map(|right| right.has(chosen) || is_same(chosen, key))
}

/// Whether an answer is that of a system's key, whose signs are part of it: the same text, or one of those between `|`.
pub(crate) fn is_as_written(chosen: &str, key: &str) -> bool {
    key.split('|').any(|option| is_same(chosen, option))
}

/// The options that a text parts; `None` where it is one.
fn parted(text: &str) -> Option<Vec<Box<str>>> {
    if let Some(word) = WORDS_BETWEEN.iter().find(|word| text.to_lowercase().contains(**word)) {
        let lower = text.to_lowercase();
        // Lower case may be longer; an option is then compared whatever its case.
        let whole = if lower.len() == text.len() { text } else { lower.as_str() };
        let mut options = Vec::new();
        let mut from = 0;
        for (at, _) in lower.match_indices(word) {
            options.push(whole[from..at].trim());
            from = at + word.len();
        }
        options.push(whole[from..].trim());
        return at_least_two(&options);
    }
    let circled: Vec<String> = text.chars().map(String::from).collect();
    if circled.len() > 1 && text.chars().all(|c| matches!(c, '①'..='⑳' | 'ⓐ'..='ⓩ')) {
        return at_least_two(&circled.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let options: Vec<&str> = text.split(SIGNS_BETWEEN).map(str::trim).collect();
    let are_options = options.iter().all(|option| is_option(option));
    at_least_two(&options).filter(|_| are_options)
}

fn at_least_two(options: &[&str]) -> Option<Vec<Box<str>>> {
    let are_there = options.iter().all(|option| !option.is_empty());
    (are_there && options.len() > 1).then(|| options.iter().map(|&option| option.into()).collect())
}

/// Whether a text is made of options with signs between them that do not say how they belong together.
fn is_doubtful(text: &str) -> bool {
    let options: Vec<&str> = text.split(DOUBTFUL_BETWEEN).filter(|part| !part.is_empty()).collect();
    options.len() > 1 && options.iter().all(|option| is_option(option))
}

/// Whether a text is an option of a question: one letter, a number up to ten, or either circled or in brackets.
pub(crate) fn is_option(text: &str) -> bool {
    const MOST: u32 = 10;
    let bare = bare(text);
    let mut letters = bare.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if !letter.is_ascii_digit() => {
            letter.is_ascii_alphabetic()
                || matches!(letter, 'ㄱ'..='ㅎ')
                || is_first_syllable(letter)
        }
        _ => bare.parse().is_ok_and(|number: u32| number <= MOST) && !bare.starts_with('+'),
    }
}

/// The syllables by which options are counted in Korean.
fn is_first_syllable(letter: char) -> bool {
    "가나다라마바사아자차".contains(letter)
}

fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one), bare(other));
    if one == other {
        return true;
    }
    match (scoring::number(&one), scoring::number(&other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.to_lowercase() == other.to_lowercase(),
    }
}

/// An option without brackets, a circled digit as the digit, `3번` as `3`.
fn bare(option: &str) -> String {
    let option = canonical(option);
    let option = option.trim_matches(['(', ')', '[', ']', '（', '）', '.', ' ']);
    let mut characters = option.chars();
    match (characters.next(), characters.next()) {
        (Some(circled @ '①'..='⑳'), None) => {
            (u32::from(circled) - u32::from('①') + 1).to_string()
        }
        (Some(circled @ 'ⓐ'..='ⓩ'), None) => {
            char::from_u32(u32::from(circled) - u32::from('ⓐ') + u32::from('a'))
                .map_or_else(String::new, String::from)
        }
        _ => {
            let number = option.strip_suffix('번').map(str::trim_end);
            let is_number =
                |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            number.filter(is_number).unwrap_or(option).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_the_same_however_they_are_written() {
        for (chosen, key) in [
            ("B", "b"),
            ("(b)", "B"),
            ("3", "3.0"),
            ("③", "3"),
            ("ⓑ", "B"),
            ("B", "A|B"),
            (" Paris ", "paris"),
            ("3번", "③"),
            ("1/2", "1/2"),
        ] {
            assert_eq!(is_right(chosen, key), Ok(true), "{chosen} {key}");
        }
        for (chosen, key) in [("A", "B"), ("1", "2"), ("", "A"), ("AB", "A|B"), ("1", "A")] {
            assert_eq!(is_right(chosen, key), Ok(false), "{chosen} {key}");
        }
    }

    #[test]
    fn each_of_several_right_options_is_right() {
        for key in [
            "1,2",
            "1, 2",
            "①,②",
            "①②",
            "1/2",
            "1·2",
            "1 or 2",
            "1 또는 2",
            "1|2",
            "1번, 2번",
            "복수정답(1,2)",
            "1,2 (복수정답)",
            "복수 정답: ①, ②",
            "（1），（2）",
        ] {
            let right = Right::of(key).unwrap();
            assert!(right.is_several() && right.shown().contains(" or "), "{key}: {right:?}");
            for (chosen, expected) in [("1", true), ("②", true), ("2", true), ("3", false)] {
                assert_eq!(right.has(chosen), expected, "{chosen} of {key}");
            }
        }
        assert!(Right::of("A or B").unwrap().has("b") && Right::of("O,X").unwrap().has("x"));
        for key in ["전원정답", "전원 정답", "모두 정답", "ALL", "전항 정답"] {
            assert_eq!(Right::of(key), Ok(Right::Everything), "{key}");
        }
    }

    #[test]
    fn what_says_no_option_is_unclear() {
        assert!(is_as_written("A; C", "A; C") && is_as_written("b", "a|B"));
        assert!(!is_as_written("A", "A; C"));
        for key in ["복수정답", "무효", "정답없음", "?", "1~2", "1&2", "A+B", "1 2"] {
            assert_eq!(Right::of(key), Err(Unclear), "{key}");
        }
        for key in
            ["광합성", "3, 4, 15", "a, the", "2.5", "-3", "Paris, France", "12", "or", "x/y z"]
        {
            let right = Right::of(key).unwrap();
            assert!(!right.is_several() && right.is_in_words(), "{key}: {right:?}");
        }
        for key in ["3", "b", "④", "ㄱ", "나", "10", "(2)", "O"] {
            assert!(!Right::of(key).unwrap().is_in_words(), "{key}");
        }
    }
}
