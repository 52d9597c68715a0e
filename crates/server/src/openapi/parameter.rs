//! A parameter of the path, the query or the headers.

use serde_json::{Map, Value, json};

/// A parameter of the path, the query or the headers.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    place: &'static str,
    description: &'static str,
    required: bool,
    schema: Value,
    example: Option<Value>,
}

impl Parameter {
    /// A part of the path.
    pub(crate) fn path(name: &'static str, description: &'static str) -> Self {
        Self { place: "path", required: true, ..Self::query(name, description) }
    }

    /// A text in the query.
    pub(crate) fn query(name: &'static str, description: &'static str) -> Self {
        let schema = json!({"type": "string"});
        Self { name, place: "query", description, required: false, schema, example: None }
    }

    /// A header that has to be there.
    pub(crate) fn header(name: &'static str, description: &'static str) -> Self {
        Self { place: "header", required: true, ..Self::query(name, description) }
    }

    /// The student asked about.
    pub(crate) fn user_id() -> Self {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 256});
        Self::query("user_id", "Student.").schema(schema).required().example(json!("amy"))
    }

    /// Something that is on or off; off unless given.
    pub(crate) fn switch(name: &'static str, description: &'static str) -> Self {
        Self::query(name, description).schema(json!({"type": "boolean"}))
    }

    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) fn schema(self, schema: Value) -> Self {
        Self { schema, ..self }
    }

    /// A value with which the operation works.
    pub(crate) fn example(self, example: Value) -> Self {
        Self { example: Some(example), ..self }
    }

    pub(super) fn is_query(&self) -> bool {
        self.place == "query"
    }

    pub(super) fn json(&self) -> Value {
        let mut json = Map::from_iter([
            ("name".into(), json!(self.name)),
            ("in".into(), json!(self.place)),
            ("description".into(), json!(self.description)),
            ("required".into(), json!(self.required)),
            ("schema".into(), self.schema.clone()),
        ]);
        if let Some(example) = &self.example {
            json.insert("example".into(), example.clone());
        }
        Value::Object(json)
    }
}
