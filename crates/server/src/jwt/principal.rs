//! Who a signed token speaks for, and what it covers.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{ApiError, ApiResult, Code};
use crate::routing::Scopes;

/// Who sent a request to the platform routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Canonical text id of the user.
    pub(crate) user_id: String,
    /// Organisation, as text: tokens hold a number or a text.
    org_id: Option<String>,
    roles: Vec<String>,
    granted: Granted,
}

/// Scopes of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Granted {
    Every,
    These(Vec<String>),
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
    #[serde(default)]
    role: Value,
    #[serde(default)]
    roles: Value,
    #[serde(default)]
    org_id: Value,
}

impl Claims {
    pub(super) fn subject(&self) -> &str {
        &self.sub
    }
}

impl From<Claims> for Principal {
    fn from(claims: Claims) -> Self {
        Self {
            user_id: claims.sub,
            org_id: match claims.org_id {
                Value::String(text) => Some(text).filter(|text| !text.is_empty()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
            roles: [&claims.role, &claims.roles].into_iter().flat_map(words).collect(),
            granted: Granted::These(
                [&claims.scope, &claims.scopes, &claims.scp].into_iter().flat_map(words).collect(),
            ),
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
    pub(crate) fn developer() -> Self {
        Self {
            user_id: "dev-user".into(),
            org_id: Some("1".into()),
            roles: vec!["student".into()],
            granted: Granted::Every,
        }
    }

    /// Refuses a caller whose token does not cover the scopes.
    pub(crate) fn require(&self, scopes: Scopes) -> ApiResult<()> {
        let alternatives = scopes.alternatives();
        if alternatives.iter().any(|all| all.iter().all(|scope| self.has(scope))) {
            return Ok(());
        }
        let named = alternatives.concat().join(", ");
        let how_many = if let Scopes::All(_) = scopes { "all" } else { "one" };
        let hint = format!("the token needs {how_many} of the scopes {named}");
        Err(ApiError::new(Code::InsufficientScope, "insufficient_scope").hint(hint))
    }

    /// Refuses a caller who may not see what belongs to a student of an organisation: everything is
    /// open to administrators, their organisation to teachers, their own to everybody else.
    pub(crate) fn may_see(&self, owner: Option<&str>, org_id: Option<i32>) -> ApiResult<()> {
        let is = |role: &str| self.roles.iter().any(|own| own.eq_ignore_ascii_case(role));
        if is("admin") || owner == Some(&*self.user_id) {
            return Ok(());
        }
        if !is("teacher") {
            return Err(forbidden("forbidden_owner", "only its student may see this session"));
        }
        let Some(own) = &self.org_id else {
            return Err(forbidden("missing_org", "the token of a teacher needs an org_id"));
        };
        if org_id.is_some_and(|org_id| org_id.to_string() == *own) {
            return Ok(());
        }
        Err(forbidden("forbidden_org", "the session belongs to another organisation"))
    }

    fn has(&self, scope: &str) -> bool {
        match &self.granted {
            Granted::Every => true,
            Granted::These(scopes) => scopes.iter().any(|own| own == scope),
        }
    }
}

fn forbidden(word: &str, hint: &str) -> ApiError {
    ApiError::new(Code::Forbidden, word).hint(hint)
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
            assert!(
                found.require(Scopes::Any(&["analysis:run", "reports:view"])).is_ok(),
                "{claims}"
            );
        }
    }

    #[test]
    fn part_of_a_scope_is_no_scope() {
        let found = principal(json!({"sub": "amy", "exp": 1, "scope": "reports:view-all"}));
        let refused = found.require(Scopes::Any(&["reports:view"])).unwrap_err();
        assert_eq!(
            (refused.code, &*refused.message),
            (Code::InsufficientScope, "insufficient_scope")
        );
    }
}
