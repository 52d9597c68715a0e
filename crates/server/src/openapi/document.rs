//! The document itself.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::DESCRIPTION;
use super::aliases::spell_out;
use super::constants::say_constants;
use super::operation::{Answer, Body, SchemaOf};
use super::parameter::Parameter;
use super::refusals::of_access;
use crate::error::{Code, ErrorBody};
use crate::routing::{Route, Who};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const ABOUT: &str = "Learning analytics: calibration and scoring of tests, growth, churn, KPIs \
of learning, and the platform's analysis routes, in one process.\n\nUnknown fields of a request \
are ignored, and named under `warnings`. Bodies may come as gzip (`Content-Encoding: gzip`), and answers do where the caller \
accepts it. Every answer has `X-Request-Id`, the caller's own where one was sent. Times are RFC \
3339, numbers that are not known are null. Too little data is no error: the answer is 200 with \
`\"status\": \"noop\"` and a `reason`.";

/// Headings in the order people need them, with what stands under them.
const TAGS: [(&str, &str); 16] = [
    ("Item response models", "Calibrating items, and scoring students with them."),
    ("Adaptive tests", "Tests whose next item depends on the answers so far, stored."),
    (
        "Mixed models",
        "Linear and generalised linear mixed models, fitted and asked for predictions.",
    ),
    ("Growth", "Growth over weeks, and the probability of a goal."),
    ("Churn", "Survival models of how soon students stay away."),
    ("Forecasts", "Forecasts of a series, with its changes of slope and its outliers."),
    ("Segments", "Groups of students that are alike."),
    ("Runs", "Fits and jobs in the background: started, followed, cancelled."),
    ("Events", "What happened to a student, to be dealt with soon."),
    ("Analysis", "Stored numbers of a student or an exam, for people of the platform."),
    ("Metrics", "Numbers of learning of the student who asks."),
    ("Analytics", "Questions about one student, for services of the platform."),
    ("Forecast", "What one student will probably reach."),
    (
        "Platform",
        "Rows that a platform writes and lists: features, goals, sessions, classes, results.",
    ),
    ("Service", "Whether the service is well."),
    ("Description", "This description and its page."),
];

/// Everything that is said of the routes.
pub(super) fn document(routes: &[Route]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut refused: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for route in routes {
        for code in codes(route) {
            refused.entry(code.status().as_u16()).or_default().insert(code.word());
        }
        let json = operation(route, &mut schemas);
        paths.entry(&route.path).or_default().insert(route.method.to_string(), json);
    }
    let error = schemas.of_answer(SchemaGenerator::subschema_for::<ErrorBody>);
    let responses: Map<String, Value> = refused
        .iter()
        .map(|(status, words)| (refusal_name(*status), refusal(*status, words, &error)))
        .collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "seedtest",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "tags": TAGS.map(|(tag, about)| json!({"name": tag, "description": about})),
        "servers": [{"url": "/", "description": "The service that shows this description."}],
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "responses": responses,
            "securitySchemes": security_schemes(),
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let Route { tag, access, operation, .. } = route;
    let mut json = Map::from_iter([
        ("operationId".into(), json!(operation.id)),
        ("tags".into(), json!([tag])),
        ("summary".into(), json!(operation.summary)),
        ("security".into(), security(access.who)),
    ]);
    // Another path of a route, and what a page is made of, stand in nobody's way.
    if route.mirrors || tag == &DESCRIPTION {
        json.insert("x-hidden".into(), json!(true));
    }
    if !operation.description.is_empty() {
        json.insert("description".into(), json!(operation.description));
    }
    if !operation.parameters.is_empty() {
        let parameters: Vec<Value> = operation.parameters.iter().map(Parameter::json).collect();
        json.insert("parameters".into(), json!(parameters));
    }
    if let Some(body) = &operation.body {
        json.insert("requestBody".into(), request_body(body, schemas));
    }
    let mut responses = Map::new();
    for answer in &operation.answers {
        responses.insert(answer.status.to_string(), response(answer, schemas));
    }
    for code in codes(route) {
        let status = code.status().as_u16();
        let reference = format!("#/components/responses/{}", refusal_name(status));
        responses.insert(status.to_string(), json!({"$ref": reference}));
    }
    json.insert("responses".into(), Value::Object(responses));
    Value::Object(json)
}

fn codes(route: &Route) -> impl Iterator<Item = &Code> {
    of_access(route.access.who).iter().chain(&route.operation.refusals)
}

fn request_body(body: &Body, schemas: &mut Schemas) -> Value {
    let examples: Value = serde_json::from_str(body.examples).unwrap_or_default();
    json!({
        "required": body.required,
        "content": {
            "application/json": {"schema": schemas.of_request(body.schema), "examples": examples},
        },
    })
}

fn response(answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut content = Map::new();
    for (media, shapes) in &answer.content {
        let mut shapes: Vec<Value> = shapes.iter().map(|of| schemas.of_answer(*of)).collect();
        let schema = match (shapes.len(), shapes.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                shapes.extend(last);
                json!({"anyOf": shapes})
            }
        };
        content.insert((*media).to_string(), json!({"schema": schema}));
    }
    let mut json = Map::from_iter([
        ("description".into(), json!(answer.description)),
        ("content".into(), Value::Object(content)),
    ]);
    if let Some([operation, parameter, expression]) = answer.link {
        let link = json!({"operationId": operation, "parameters": {parameter: expression}});
        json.insert("links".into(), json!({operation: link}));
    }
    Value::Object(json)
}

fn refusal_name(status: u16) -> String {
    format!("Refused{status}")
}

fn refusal(status: u16, words: &BTreeSet<&str>, error: &Value) -> Value {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let mut json = json!({
        "description": format!("Refused: {}.", words.join(", ")),
        "content": {"application/json": {"schema": error}},
    });
    match status {
        401 => json["headers"]["WWW-Authenticate"] = text_header("`Bearer`."),
        429 => json["headers"]["Retry-After"] = text_header("Seconds to wait."),
        _ => {}
    }
    json
}

fn text_header(description: &str) -> Value {
    json!({"description": description, "schema": {"type": "string"}})
}

fn security(who: Who) -> Value {
    match who {
        Who::Everybody => json!([]),
        Who::Internal(_) => json!([{"token": []}, {"internalToken": []}]),
        Who::User(scopes) => scopes.alternatives().iter().map(|all| json!({"user": all})).collect(),
    }
}

fn security_schemes() -> Value {
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the set-up (`INTERNAL_TOKEN`, `R_IRT_INTERNAL_TOKEN`, …). \
                Where none is set, the routes are open.",
        },
        "internalToken": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Internal-Token",
            "description": "The same token in the header of internal callers.",
        },
        "user": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A signed token of the platform (RS256). Of several requirements one \
                is enough, with all its scopes.",
        },
    })
}

/// The schemas of requests and of answers: the same type may read more than it writes.
struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

const PLACE: &str = "/components/schemas";

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = PLACE.into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }

    fn of_request(&mut self, of: SchemaOf) -> Value {
        of(&mut self.requests).to_value()
    }

    fn of_answer(&mut self, of: SchemaOf) -> Value {
        of(&mut self.answers).to_value()
    }

    /// All schemas by name.
    fn finish(mut self) -> Map<String, Value> {
        let mut all = self.answers.take_definitions(true);
        all.extend(self.requests.take_definitions(true));
        for (name, schema) in &mut all {
            spell_out(schema, &format!("#{PLACE}/{name}"));
            say_constants(schema);
        }
        all
    }
}
