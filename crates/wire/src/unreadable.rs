//! What is wrong with a request that cannot be read, in the words of JSON.

use std::fmt;

use serde::Deserialize;

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
        let message = error.to_string();
        let Some(told) = wrong_type(&message) else { return Self(message) };
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

/// What is said of a value of the wrong type; `None` for any other message.
fn wrong_type(message: &str) -> Option<String> {
    let (kind, rest) = message.split_once(": ")?;
    if !matches!(kind, "invalid type" | "invalid value") {
        return None;
    }
    let (found, rest) = rest.rsplit_once(", expected ")?;
    let (expected, place) = rest.rsplit_once(" at ")?;
    Some(format!("{} is expected, not {} ({place})", expected_words(expected), found_words(found)))
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn found_words(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer" | "boolean", value)) => value.to_owned(),
        Some(("floating", value)) => value.trim_start_matches("point ").to_owned(),
        _ if found == "map" => "an object".to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
}
