//! Properties of objects whose columns go by several names.

use serde_json::{Map, Value, json};

/// Properties of an object, each with the names it is read under, what it says and its schema. The
/// first name is the property, the others stand in `x-aliases`.
pub(crate) fn named<const N: usize>(columns: [(&[&str], &str, Value); N]) -> Map<String, Value> {
    let property = |(names, description, mut schema): (&[&str], &str, Value)| {
        let (name, aliases) = names.split_first()?;
        schema["description"] = json!(description);
        if !aliases.is_empty() {
            schema["x-aliases"] = json!(aliases);
        }
        Some(((*name).to_string(), schema))
    };
    columns.into_iter().filter_map(property).collect()
}
