use serde::Deserialize;
use serde_json::Value;

use crate::error::{ApiError, ApiResult, Code};

/// Every scope the platform routes know.
const ALL_SCOPES: [&str; 6] = [
    "reports:view",
    "reports:generate",
    "analysis:run",
    "recommend:plan",
    "exam:read",
    "exam:write",
];

/// Who sent a request to the platform routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Canonical text id of the user.
    pub(crate) user_id: String,
    scopes: Vec<String>,
}

/// What a token says, in the spellings in use.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    sub: String,
    pub(super) exp: f64,
    pub(super) nbf: Option<f64>,
    #[serde(default)]
    scope: Value,
    #[serde(default)]
    scopes: Value,
    #[serde(default)]
    scp: Value,
}

impl From<Claims> for Principal {
    fn from(claims: Claims) -> Self {
        Self {
            user_id: claims.sub,
            scopes: [&claims.scope, &claims.scopes, &claims.scp]
                .into_iter()
                .flat_map(words)
                .collect(),
        }
    }
}

/// The words of a claim: a text with blanks or commas between them, or a list of those.
fn words(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => {
            text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_string).collect()
        }
        Value::Array(list) => list.iter().flat_map(words).collect(),
        _ => Vec::new(),
    }
}

impl Principal {
    /// Who calls without credentials on a developer's machine.
    pub(super) fn developer() -> Self {
        Self { user_id: "dev-user".into(), scopes: ALL_SCOPES.map(str::to_string).into() }
    }

    /// Refuses a caller without any of these scopes.
    pub(crate) fn require_any(&self, scopes: &[&str]) -> ApiResult<()> {
        if scopes.iter().any(|scope| self.scopes.iter().any(|own| own == scope)) {
            return Ok(());
        }
        Err(ApiError::new(Code::InsufficientScope, "insufficient_scope")
            .hint(format!("the token needs one of the scopes {}", scopes.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn principal(claims: Value) -> Principal {
        serde_json::from_value::<Claims>(claims).unwrap().into()
    }

    #[test]
    fn scopes_are_read_in_every_spelling() {
        for claims in [
            json!({"scope": "a:b reports:view"}),
            json!({"scopes": ["reports:view"]}),
            json!({"scp": "reports:view,x"}),
        ] {
            let mut claims = claims;
            claims["sub"] = json!("amy");
            claims["exp"] = json!(1);
            let found = principal(claims.clone());
            assert!(found.require_any(&["analysis:run", "reports:view"]).is_ok(), "{claims}");
        }
    }

    #[test]
    fn part_of_a_scope_is_no_scope() {
        let found = principal(json!({"sub": "amy", "exp": 1, "scope": "reports:view-all"}));
        let refused = found.require_any(&["reports:view"]).unwrap_err();
        assert_eq!(
            (refused.code, &*refused.message),
            (Code::InsufficientScope, "insufficient_scope")
        );
    }
}
