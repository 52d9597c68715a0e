//! The id of a student that several columns make.

use super::names::{Part, part_of};
use crate::identity::{counted, without_zero_fraction};

/// What stands behind the number of a class or a grade.
const CLASS_WORDS: &[&str] = &["학년", "반", "학급"];
/// What stands behind a number in a class.
const NUMBER_WORDS: &[&str] = &["번"];

/// How the values of a column become parts of an id: classes and numbers are written in more than one way, and `1반`
/// beside `01번` is the student of `1` beside `1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    AsIs,
    Class,
    Number,
}

impl Form {
    /// The form of a column, by its name.
    pub(crate) fn of(header: &str) -> Self {
        match part_of(header) {
            Some(Part::Group) => Self::Class,
            Some(Part::Number) => Self::Number,
            _ => Self::AsIs,
        }
    }

    /// Adds what a text says to the parts of an id: `1학년 2반` says two.
    pub(crate) fn put(self, text: &str, parts: &mut Vec<String>) {
        let text = text.trim();
        let numbers = match self {
            Self::AsIs => None,
            Self::Class => counted(without_zero_fraction(text).unwrap_or(text), CLASS_WORDS),
            Self::Number => counted(without_zero_fraction(text).unwrap_or(text), NUMBER_WORDS)
                .filter(|numbers| numbers.len() == 1),
        };
        match numbers {
            Some(numbers) => parts.extend(numbers),
            None if self == Self::Class => parts.push(without_class_word(text).to_owned()),
            None => parts.push(text.to_owned()),
        }
    }
}

/// `A` for `A반`.
fn without_class_word(text: &str) -> &str {
    let letter = text.strip_suffix("반").map(str::trim_end);
    letter.filter(|letter| letter.chars().count() == 1).unwrap_or(text)
}

/// One form of the name of a class, however it is written: `2`, for `2반` and `02`, too.
///
/// ```
/// use seedtest_ingest::class_form;
/// assert_eq!(class_form("2학년 03반"), class_form("2-3"));
/// assert_ne!(class_form("햇살반"), class_form("2반"));
/// ```
pub fn class_form(name: &str) -> String {
    let (mut parts, mut form) = (Vec::new(), String::new());
    Form::Class.put(name, &mut parts);
    join(&parts, &mut form);
    form
}

/// Appends the parts of an id: between `-` where none of them holds a mark, else between `_`, so that two students
/// never have one id.
pub(crate) fn join(parts: &[String], id: &mut String) {
    let is_plain = !parts.iter().any(|part| part.contains(['-', '_', '~']));
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            id.push(if is_plain { '-' } else { '_' });
        }
        if is_plain {
            id.push_str(part);
            continue;
        }
        for c in part.chars() {
            if matches!(c, '_' | '~') {
                id.push('~');
            }
            id.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn id(class: &str, number: &str) -> String {
        let (mut parts, mut id) = (Vec::new(), String::new());
        Form::of("반").put(class, &mut parts);
        Form::of("번호").put(number, &mut parts);
        join(&parts, &mut id);
        id
    }

    #[test]
    fn a_class_and_a_number_are_one_however_they_are_written() {
        for (class, number) in [
            ("1", "1"),
            ("1반", "1"),
            ("01", "01"),
            ("1 반", "1번"),
            ("제1반", "01번"),
            ("1.0", "1.0"),
        ] {
            assert_eq!(id(class, number), "1-1", "{class} {number}");
        }
        for class in ["2-3", "2학년 3반", "02-03", "2학년3반"] {
            assert_eq!(id(class, "7"), "2-3-7", "{class}");
        }
        assert_eq!((id("A반", "1"), id("햇살반", "1")), ("A-1".into(), "햇살반-1".into()));
        assert_eq!((id("1-2", "3-4"), id("3A", "x")), ("1_2_3-4".into(), "3A-x".into()));
        assert_ne!(id("1", "11"), id("11", "1"));
        let mut parts = Vec::new();
        Form::of("학번").put("007", &mut parts);
        assert_eq!(parts, ["007"], "an id of its own stays text");
    }

    proptest! {
        #[test]
        fn two_lists_of_parts_are_two_ids(lists in prop::collection::vec(prop::collection::vec("[a1~_-]{0,3}", 2..4), 2..40)) {
            let mut known: HashMap<String, Vec<String>> = HashMap::new();
            for list in lists.into_iter().filter(|list| list.len() == 2) {
                let mut id = String::new();
                join(&list, &mut id);
                if let Some(before) = known.insert(id, list.clone()) {
                    prop_assert_eq!(before, list);
                }
            }
        }
    }
}
