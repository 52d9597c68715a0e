//! What is wrong with a request that cannot be read, in the words of JSON.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Characters of a place that are shown.
const SHOWN: usize = 80;

/// Why a text is no request of its route: `horizon: a whole number of 0 or more is expected, not the text "3"
/// (line 1 column 14)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    /// What `error` says of a text that was read as `T`.
    pub(crate) fn of<'a, T: Deserialize<'a>>(text: &'a str, error: &serde_json::Error) -> Self {
        let told = json_fault(error);
        if (error.is_syntax() || error.is_eof()) && !is_json(text) {
            return Self(told);
        }
        // Read again: taking note of places would slow down what is right.
        let mut json = serde_json::Deserializer::from_str(text);
        let again = serde_path_to_error::deserialize::<_, T>(&mut json);
        let place = again.err().map(|error| error.path().to_string()).unwrap_or_default();
        if matches!(place.as_str(), "" | "." | "?") {
            return Self(told);
        }
        let shown: String = place.chars().take(SHOWN).collect();
        Self(format!("{}: {told}", shown.escape_debug()))
    }
}

/// Whether a text is JSON, whatever it says. The reader calls it a fault of the syntax, too, when a number stands where
/// a word of few should.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// What `error` says, in the words of JSON: no types of this program, and nothing of how it reads.
pub fn json_fault(error: &serde_json::Error) -> String {
    seedtest_fault::json_fault(&error.to_string())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::json_fault;
    use crate::{ProphetFitRequest, read_noting_unknown};

    #[test]
    fn a_value_of_the_wrong_type_is_told_with_its_field_and_what_it_has_to_be() {
        for (text, told) in [
            (
                r#"{"horizon":"3"}"#,
                r#"horizon: a whole number of 0 or more is expected, not the text "3" (line 1 column 14)"#,
            ),
            (
                r#"{"periods":-3}"#,
                "periods: a whole number of 0 or more is expected, not `-3` (line 1 column 13)",
            ),
            (
                r#"{"horizon":2.5}"#,
                "horizon: a whole number of 0 or more is expected, not `2.5` (line 1 column 14)",
            ),
            (
                r#"{"interval_width":"wide"}"#,
                r#"interval_width: a number is expected, not the text "wide" (line 1 column 24)"#,
            ),
            (
                r#"{"detect_anomalies":3}"#,
                "detect_anomalies: true or false is expected, not `3` (line 1 column 21)",
            ),
        ] {
            let error = read_noting_unknown::<ProphetFitRequest>(text).unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }

    #[test]
    fn a_day_that_is_none_is_told_as_days_are_written() {
        let told =
            |text: &str| json_fault(&serde_json::from_str::<chrono::NaiveDate>(text).unwrap_err());
        let soon = told(r#""soon""#);
        assert!(soon.starts_with("a date as 2025-03-24 or a time"), "{soon}");
        let thirteenth = told(r#""2026-13-05""#);
        assert!(thirteenth.starts_with("there is no such date or time"), "{thirteenth}");
    }

    #[test]
    fn a_number_in_the_place_of_a_word_is_told_with_its_field() {
        let error = read_noting_unknown::<Model>(r#"{"name":"a","kind":3}"#).unwrap_err();
        let told =
            "kind: what stands here is no JSON value, or none of the words that may stand here";
        assert!(error.to_string().starts_with(told), "{error}");
        let error = read_noting_unknown::<Model>(r#"{"name":"a","kind":x}"#).unwrap_err();
        assert!(error.to_string().starts_with("what stands here is no JSON value"), "{error}");
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Model {
        name: String,
        #[serde(default)]
        kind: Kind,
        #[serde(default)]
        size: Option<[f64; 3]>,
        #[serde(default)]
        penalty: Option<Penalty>,
    }

    #[derive(Debug, PartialEq, Deserialize, Default)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        #[default]
        Plain,
        Mixed,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Penalty {
        Number(f64),
        Word(String),
    }

    #[test]
    fn no_fault_speaks_of_how_it_is_read() {
        for (text, told) in [
            (r#"{"kind":"plain"}"#, "`name` is missing (line 1 column 16)"),
            (r#"{"name":"a","name":"b"}"#, "`name` stands twice (line 1 column 18)"),
            (
                r#"{"name":"a","kind":"curved"}"#,
                "`curved` is none of `plain`, `mixed` (line 1 column 27)",
            ),
            (
                r#"{"name":"a","kind":3}"#,
                "what stands here is no JSON value, or none of the words that may stand here (line 1 column 20)",
            ),
            (
                r#"{"name":"a","colour":3}"#,
                "there is no field `colour`; known are `name`, `kind`, `size`, `penalty`",
            ),
            (r#"{"name":"a","size":[1,2]}"#, "a list of 3 values is expected, not one of 2"),
            (
                r#"{"name":"a","penalty":[1]}"#,
                "a value in one of the forms that the description has is expected",
            ),
            (r#"{"name":{}}"#, "a text is expected, not an object"),
            (r#"{"name":"a""#, "the text ends in the middle of an object"),
            (r#"{"name":"#, "the text ends where a value should stand"),
            (r#"{"name":a}"#, "what stands here is no JSON value"),
            (r#"{name:"a"}"#, "a key stands without quotes"),
            (r#"{"name":"a"} 5"#, "more stands behind the end of the JSON"),
            (r#"{"name" "a"}"#, "`:` is missing here"),
        ] {
            let error = serde_json::from_str::<Model>(text).unwrap_err();
            let said = json_fault(&error);
            assert!(said.starts_with(told), "{text}: {said}, and not {told}");
            for word in ["enum", "variant", "struct", "tuple", "EOF", "u64", "f64", "Penalty"] {
                assert!(!said.contains(word), "{text}: {said}");
            }
        }
    }
}
