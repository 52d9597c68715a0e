//! Requests with fields that nobody reads: a misspelt setting would be taken for one that was left out.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_ignored::Path;

use crate::unreadable::Unreadable;

/// Most fields that are named.
const MOST_NAMED: usize = 20;
/// Characters of a key that are shown.
const SHOWN: usize = 60;

/// Reads JSON as `T`, and which of its fields `T` does not have: `options.hrizon`, `rows[].scor`; at most 20.
///
/// # Errors
/// For a text that is no JSON, or not that of `T`.
pub fn read_noting_unknown<'a, T: Deserialize<'a>>(
    text: &'a str,
) -> Result<(T, Vec<String>), Unreadable> {
    read(text).map_err(|error| Unreadable::of::<T>(text, &error))
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<(T, Vec<String>), serde_json::Error> {
    let mut unknown = BTreeSet::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_ignored::deserialize(&mut json, |path| {
        if unknown.len() < MOST_NAMED {
            unknown.insert(place(&path));
        }
    })?;
    json.end()?;
    Ok((value, unknown.into_iter().collect()))
}

/// What is said of a field that nobody reads.
pub fn unknown_field_warning(field: &str) -> String {
    format!("the field {field} is not known and was ignored")
}

/// A path without the numbers of list entries.
fn place(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, .. } => format!("{}[]", place(parent)),
        Path::Map { parent, key } => {
            let shown: String = key.chars().take(SHOWN).collect();
            let shown = shown.escape_debug();
            match place(parent) {
                parent if parent.is_empty() => shown.to_string(),
                parent => format!("{parent}.{shown}"),
            }
        }
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => place(parent),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        CalibrateRequest, GrowthFitRequest, MixedFitRequest, MixedPredictRequest,
        ProphetFitRequest, ScoreRequest,
    };

    fn unknown<'a, T: Deserialize<'a>>(text: &'a str) -> Vec<String> {
        read_noting_unknown::<T>(text).unwrap().1
    }

    #[test]
    fn a_misspelt_setting_is_named_wherever_it_stands() {
        let growth = r#"{"rows":[{"student":"a","week":1,"anything":2}],"n_smaples":5}"#;
        assert_eq!(unknown::<GrowthFitRequest>(growth), ["n_smaples"]);
        let mixed = r#"{"rows":[{"anything":2}],"famliy":"poisson","nested":{"a":[1]}}"#;
        assert_eq!(unknown::<MixedFitRequest>(mixed), ["famliy", "nested"]);
        let predict = r#"{"model":{"anything":1},"newdata":[],"tpye":"link"}"#;
        assert_eq!(unknown::<MixedPredictRequest>(predict), ["tpye"]);
        let prophet = r#"{"rows":[],"options":{"n_chngepoints":5}}"#;
        // The forecast keeps options it does not know, and names them itself with those it knows.
        assert!(unknown::<ProphetFitRequest>(prophet).is_empty());
        let answers = r#"{"observations":[{"user_id":"a","item_id":"q","is_correct":1,"x":0},
            {"user_id":"b","item_id":"q","is_correct":0,"x":0}],"max_itr":3}"#;
        assert!(unknown::<CalibrateRequest<'_>>(answers).contains(&"max_itr".to_string()));
    }

    #[test]
    fn what_is_known_is_not_named() {
        let score = r#"{"item_params":{"q":{"a":1,"b":0}},"responses":[{"item_id":"q","y":1}]}"#;
        assert!(unknown::<ScoreRequest<'_>>(score).is_empty());
        assert!(unknown::<Value>(r#"{"a":{"b":1}}"#).is_empty());
    }

    #[test]
    fn names_are_cut_and_their_number_is_bounded() {
        let field = |n: u32| format!(r#""x{n}\u0007{}":1"#, "y".repeat(200));
        let fields: Vec<String> = (0..100).map(field).collect();
        let text = format!("{{{}}}", fields.join(","));
        let found = unknown::<GrowthFitRequest>(&text);
        assert_eq!(found.len(), MOST_NAMED);
        assert!(found.iter().all(|name| name.len() < 80 && !name.contains('\u{7}')), "{found:?}");
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        for text in ["", "{", "{} {}", "[1]"] {
            assert!(read_noting_unknown::<GrowthFitRequest>(text).is_err(), "{text}");
        }
    }
}
