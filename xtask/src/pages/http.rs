//! The routes of the service, from its description.

use serde_json::Value;

use super::markdown::{cell, code, codes, page, table};

const ABOUT: &str = "Every route of `seedtest serve`, by group. Bodies, answers and examples are in \
[openapi.json](../openapi.json), which the service shows at `/docs`.";

/// Every route with who may call it.
pub(super) fn text(description: &Value) -> String {
    let operations = operations(description);
    let mut groups: Vec<&str> = operations.iter().map(|of| of.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut paragraphs = Vec::new();
    for group in groups {
        let rows: Vec<[String; 4]> =
            operations.iter().filter(|of| of.group == group).map(Operation::row).collect();
        paragraphs.push(format!("## {group}"));
        paragraphs.push(table(["call", "what it does", "who", "scopes"], &rows));
    }
    page("Routes", ABOUT, paragraphs)
}

struct Operation<'a> {
    group: &'a str,
    method: &'a str,
    path: &'a str,
    summary: &'a str,
    security: &'a Value,
}

fn operations(description: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            all.push(Operation {
                group: operation["tags"][0].as_str().unwrap_or_default(),
                method,
                path,
                summary: operation["summary"].as_str().unwrap_or_default(),
                security: &operation["security"],
            });
        }
    }
    all
}

impl Operation<'_> {
    fn row(&self) -> [String; 4] {
        let call = format!("{} {}", self.method.to_uppercase(), self.path);
        let (who, scopes) = self.access();
        [code(&call), cell(self.summary), who.to_string(), scopes]
    }

    /// Who may call it, and the scopes they need: one of the alternatives.
    fn access(&self) -> (&'static str, String) {
        let ways: Vec<&Value> = self.security.as_array().into_iter().flatten().collect();
        let scopes: Vec<String> =
            ways.iter().filter_map(|way| way["user"].as_array()).map(|all| all_of(all)).collect();
        let who = match (ways.is_empty(), scopes.is_empty()) {
            (true, _) => "everybody",
            (false, true) => "internal token",
            (false, false) => "user",
        };
        (who, scopes.into_iter().filter(|all| !all.is_empty()).collect::<Vec<_>>().join(" or "))
    }
}

fn all_of(scopes: &[Value]) -> String {
    codes(scopes.iter().filter_map(Value::as_str))
}
