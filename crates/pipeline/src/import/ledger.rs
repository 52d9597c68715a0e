//! What the ledger says of an import.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::{ImportOptions, ImportSummary};
use crate::runs::ImportCounts;

/// From what: the files as they were named, and how their columns were.
pub(super) fn spec(paths: &[PathBuf], options: &ImportOptions) -> Value {
    let files: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let columns = options.read.map.entries();
    let map: Map<String, Value> =
        columns.map(|(field, column)| (field.name().to_owned(), json!(column))).collect();
    json!({ "files": files, "map": map, "strict": options.strict })
}

/// What came of it: rows written, and counts of everything that was read. Files of which nothing could be used are a
/// failure.
pub(super) fn summary(files: &[ImportSummary]) -> ImportCounts {
    let sum = |count: fn(&ImportSummary) -> u64| files.iter().map(count).sum::<u64>();
    let mut rejected: Map<String, Value> = Map::new();
    for (reason, count) in files.iter().flat_map(|file| file.rejected.iter()) {
        let before = rejected.get(reason.code()).and_then(Value::as_u64).unwrap_or(0);
        rejected.insert(reason.code().to_owned(), json!(before + count));
    }
    let counts = json!({
        "rows": sum(|file| file.rows),
        "answers_new": sum(|file| file.inserted),
        "answers_known": sum(|file| file.duplicates),
        "older": sum(|file| file.older),
        "documents_new": sum(|file| file.documents),
        "documents_known": sum(|file| file.documents_unchanged),
        "rejected": rejected,
    });
    let rows = sum(|file| file.inserted + file.documents);
    let is_useless = !files.is_empty() && files.iter().all(ImportSummary::is_useless);
    let refused = is_useless.then(|| "no row could be used".to_owned());
    ImportCounts { rows, counts, refused }
}
