//! Keys of items beside their options.

use serde_json::Value;

/// What an item can be answered with, as its bank entry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options(Vec<String>);

impl Options {
    /// Those of an item; `None` where it has none, or some that are neither text nor number.
    pub(super) fn of(content: &Value) -> Option<Self> {
        let text = |option: &Value| match option {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let texts: Vec<String> =
            content["options"].as_array()?.iter().map(text).collect::<Option<_>>()?;
        (!texts.is_empty()).then_some(Self(texts))
    }

    /// Whether one of them is this.
    pub(super) fn has(&self, text: &str) -> bool {
        self.0.iter().any(|option| option.eq_ignore_ascii_case(text))
    }

    /// Whether this names none of them. Of long options that cannot be told: they may have labels of their own.
    pub(super) fn excludes(&self, text: &str) -> bool {
        let is_short = self.0.iter().all(|option| option.len() <= 2);
        is_short && !self.has(text) && !self.has_place(text)
    }

    /// Whether this is the place of one of them, as B or 2, where they are no such letters or numbers themselves.
    fn has_place(&self, text: &str) -> bool {
        let none = |is_like: fn(&str) -> bool| !self.0.iter().any(|option| is_like(option));
        let place = match text.as_bytes() {
            [letter] if letter.is_ascii_alphabetic() && none(is_letter) => {
                usize::from(letter.to_ascii_uppercase() - b'A') + 1
            }
            _ if none(is_number) => text.parse().unwrap_or(0),
            _ => 0,
        };
        (1..=self.0.len()).contains(&place)
    }
}

impl std::fmt::Display for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

fn is_letter(text: &str) -> bool {
    text.len() == 1 && text.as_bytes()[0].is_ascii_alphabetic()
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// The right options of a key.
pub(super) fn parts(key: &str) -> Vec<&str> {
    key.split('|').map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What is wrong with the key of an item that says its options; `None` where nothing is, or nothing can be told.
pub fn key_fault(content: &Value) -> Option<String> {
    let (options, key) = (Options::of(content)?, content["key"].as_str()?);
    let foreign = parts(key).into_iter().any(|part| options.excludes(part));
    foreign.then(|| format!("the key {key} is none of its options ({options})"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_an_option_or_its_place() {
        let fault = |options: Value, key: &str| key_fault(&json!({"options": options, "key": key}));
        for (options, key) in [
            (json!(["A", "B", "C"]), "b"),
            (json!(["A", "B", "C"]), "A | C"),
            (json!(["3", "4", "5"]), "4"),
            (json!(["3", "4", "5"]), "B"),
            (json!([3, 4, 5]), "5"),
            (json!(["yes, it is", "no"]), "가"),
            (json!([{"id": "A"}]), "D"),
            (json!([]), "D"),
        ] {
            assert_eq!(fault(options.clone(), key), None, "{options} {key}");
        }
        for (options, key) in [
            (json!(["A", "B", "C"]), "D"),
            (json!(["B", "C", "D"]), "A"),
            (json!(["3", "4", "5"]), "77"),
            (json!(["3", "4", "5"]), "2"),
            (json!(["3", "4", "5"]), "D"),
            (json!(["A", "B", "C"]), "A|D"),
        ] {
            assert!(fault(options.clone(), key).is_some(), "{options} {key}");
        }
        let told = fault(json!(["3", "4", "5"]), "77").unwrap();
        assert_eq!(told, "the key 77 is none of its options (3, 4, 5)");
    }
}
