//! Items of the bank from and to QTI 3.

use std::path::Path;
use std::process::ExitCode;

use seedtest_ingest::{QtiItem, QtiOption, qti_package, read_qti_items};
use seedtest_store::Store;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::output::Output;

/// Whether a file is read as QTI.
pub(super) fn is_qti(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ["xml", "zip"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Items with what they say; those that have more than text, options and key are named and left out.
pub(super) fn read_qti(path: &Path, output: &Output) -> Result<Vec<(String, Value)>, Failure> {
    let read = read_qti_items(path)?;
    for (item, more) in &read.left_out {
        output.note(&format!("{item} is left out: {more}"));
    }
    if read.items.is_empty() {
        let hint = "items with one text, options or one written answer, and a key are read";
        return Err(Failure::new(
            format!("{}: every item has more than text, options and key", path.display()),
            Some(hint.into()),
        ));
    }
    Ok(read.items.into_iter().map(|item| (item.item_id.clone(), content_of(item))).collect())
}

fn content_of(item: QtiItem) -> Value {
    let mut content = Map::new();
    if !item.text.is_empty() {
        content.insert("text".into(), json!(item.text));
    }
    if !item.options.is_empty() {
        let ids: Vec<&str> = item.options.iter().map(|option| option.id.as_str()).collect();
        let texts: Vec<&str> = item.options.iter().map(|option| option.text.as_str()).collect();
        content.insert("options".into(), json!(ids));
        if texts != ids {
            content.insert("option_texts".into(), json!(texts));
        }
    }
    if let Some(key) = item.key {
        content.insert("key".into(), json!(key));
    }
    Value::Object(content)
}

/// What an item of QTI says, with what the bank knows of it beyond that.
pub(super) fn with_the_rest(content: &Value, known: &Value) -> Value {
    const OF_QTI: [&str; 4] = ["text", "options", "option_texts", "key"];
    let mut whole = known.as_object().cloned().unwrap_or_default();
    whole.retain(|name, _| !OF_QTI.contains(&name.as_str()));
    whole.extend(content.as_object().cloned().unwrap_or_default());
    Value::Object(whole)
}

/// Writes the items that are given, with `all` the retired ones too; those that QTI has no place for are named.
pub(super) async fn export_qti(
    store: &Store,
    path: &Path,
    all: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let mut items = Vec::new();
    for version in store.bank_items().await? {
        if version.is_retired && !all {
            continue;
        }
        match item_of(&version.item_id, &version.content) {
            Ok(item) => items.push(item),
            Err(reason) => output.note(&format!("{} is left out: {reason}", version.item_id)),
        }
    }
    let bytes = qti_package(&items)?;
    std::fs::write(path, bytes).map_err(|error| {
        let hint = "check that the directory exists and the disk is not full";
        Failure::new(format!("cannot write {}: {error}", path.display()), Some(hint.into()))
    })?;
    output.note(&format!(
        "wrote {} items to {}; topics, exposure and enemies have no place in it",
        items.len(),
        path.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn item_of(item_id: &str, content: &Value) -> Result<QtiItem, String> {
    let text = |name: &str| content[name].as_str().map(str::to_owned);
    let list = |name: &str| -> Vec<String> {
        let parts = content[name].as_array().into_iter().flatten();
        parts.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (ids, texts, key) = (list("options"), list("option_texts"), text("key"));
    if key.as_deref().is_some_and(|key| key.contains('|')) {
        return Err("several options are right, which a single choice does not say".into());
    }
    let texts = if texts.len() == ids.len() { texts } else { ids.clone() };
    let ids = match &key {
        Some(key) if !ids.is_empty() && !ids.contains(key) => {
            let letters: Vec<String> = ('A'..='Z').take(ids.len()).map(String::from).collect();
            if !letters.contains(key) {
                return Err(format!("its key {key} is none of its options"));
            }
            letters
        }
        _ => ids,
    };
    let options = ids.into_iter().zip(texts).map(|(id, text)| QtiOption { id, text }).collect();
    let text = text("text").unwrap_or_default();
    Ok(QtiItem { item_id: item_id.to_owned(), text, options, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_the_same_on_both_ways() {
        for content in [
            json!({"text": "1 + 1 = ?", "options": ["A", "B"], "key": "B"}),
            json!({"text": "1 + 1 = ?", "options": ["A", "B"], "option_texts": ["one", "two"], "key": "B"}),
            json!({"text": "The capital of France", "key": "Paris"}),
        ] {
            assert_eq!(content_of(item_of("q", &content).unwrap()), content);
        }
    }

    #[test]
    fn letters_stand_for_options_that_are_texts() {
        let item = item_of("q", &json!({"options": ["one", "two"], "key": "B"})).unwrap();
        let options: Vec<(&str, &str)> =
            item.options.iter().map(|option| (&*option.id, &*option.text)).collect();
        assert_eq!(options, [("A", "one"), ("B", "two")]);
        let key = |key: &str| item_of("q", &json!({"options": ["one", "two"], "key": key}));
        assert!(key("C").unwrap_err().contains("none of its options"));
        assert!(key("A|B").unwrap_err().contains("several options are right"));
    }
}
