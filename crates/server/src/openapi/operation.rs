//! What is said of a route.

use schemars::{JsonSchema, SchemaGenerator};

use super::parameter::Parameter;
use crate::error::Code;

pub(super) use seedtest_families::SchemaOf;

/// What is said of one method of one route.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    pub(super) refusals: Vec<Code>,
}

/// The body of a request.
#[derive(Clone)]
pub(super) struct Body {
    pub(super) schema: SchemaOf,
    pub(super) required: bool,
    /// JSON: an object of OpenAPI examples by name.
    pub(super) examples: &'static str,
}

/// An answer that is no refusal.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// Content types with the schemas that the content has one of.
    pub(super) content: Vec<(&'static str, Vec<SchemaOf>)>,
    /// Parameters of other operations that the answer fills: operation, parameter, expression.
    pub(super) link: Option<[&'static str; 3]>,
}

const JSON: &str = "application/json";

impl Operation {
    /// `id` is the operation's name in clients made from the description.
    pub(crate) fn new(id: &str, summary: &'static str) -> Self {
        Self {
            id: id.to_string(),
            summary,
            description: "",
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(crate) fn description(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    pub(crate) fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The same with `suffix` after its name.
    pub(crate) fn called(mut self, suffix: &str) -> Self {
        self.id.push_str(suffix);
        self
    }

    /// A body of JSON, with examples as an object of OpenAPI examples by name.
    pub(crate) fn body<T: JsonSchema>(self, examples: &'static str) -> Self {
        let body = Body { schema: SchemaGenerator::subschema_for::<T>, required: true, examples };
        Self { body: Some(body), ..self }
    }

    /// The same for a body whose type is known elsewhere.
    pub(crate) fn body_of(self, schema: SchemaOf, examples: &'static str) -> Self {
        Self { body: Some(Body { schema, required: true, examples }), ..self }
    }

    /// The same for a body that may be left out.
    pub(crate) fn optional_body<T: JsonSchema>(self, examples: &'static str) -> Self {
        let body = Body { schema: SchemaGenerator::subschema_for::<T>, required: false, examples };
        Self { body: Some(body), ..self }
    }

    /// An answer of JSON.
    pub(crate) fn answer<T: JsonSchema>(self, status: u16, description: &'static str) -> Self {
        self.content(status, description, vec![(JSON, vec![SchemaGenerator::subschema_for::<T>])])
    }

    /// The answer of JSON that has one of these schemas.
    pub(crate) fn answer_of(self, description: &'static str, schemas: Vec<SchemaOf>) -> Self {
        self.content(200, description, vec![(JSON, schemas)])
    }

    /// An answer of text.
    pub(crate) fn text(self, status: u16, media: &'static str, description: &'static str) -> Self {
        self.content(
            status,
            description,
            vec![(media, vec![SchemaGenerator::subschema_for::<String>])],
        )
    }

    /// The last answer may also come as text.
    pub(crate) fn or_text(mut self, media: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.content.push((media, vec![SchemaGenerator::subschema_for::<String>]));
        }
        self
    }

    /// What the last answer says in `expression` is `parameter` of `operation`.
    pub(crate) fn link(
        mut self,
        operation: &'static str,
        parameter: &'static str,
        expression: &'static str,
    ) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.link = Some([operation, parameter, expression]);
        }
        self
    }

    /// Refusals besides those that every route of its kind has.
    pub(crate) fn refusals(mut self, codes: &[Code]) -> Self {
        self.refusals.extend_from_slice(codes);
        self
    }

    /// Whether a request carries a body.
    pub(crate) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Names of the parameters of its query.
    pub(crate) fn query_names(&self) -> Vec<String> {
        let query = self.parameters.iter().filter(|parameter| parameter.is_query());
        query.map(|parameter| parameter.name.to_string()).collect()
    }

    /// Whether a request says something in its query.
    pub(crate) fn has_query(&self) -> bool {
        self.parameters.iter().any(Parameter::is_query)
    }

    fn content(
        mut self,
        status: u16,
        description: &'static str,
        content: Vec<(&'static str, Vec<SchemaOf>)>,
    ) -> Self {
        self.answers.push(Answer { status, description, content, link: None });
        self
    }
}
