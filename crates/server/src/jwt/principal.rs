//! Who a signed token speaks for, and what it covers.

use seedtest_store::StudentPlaces;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{ApiError, ApiResult, Code};
use crate::routing::{Scopes, forbidden};

const TEACHER: &str = "teacher";

/// Who sent a request to the platform routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Canonical text id of the user.
    pub(crate) user_id: String,
    /// Organisation, as text: tokens hold a number or a text.
    org_id: Option<String>,
    roles: Vec<String>,
    /// Classes the token names, as text; none = it does not say.
    classes: Vec<String>,
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
    #[serde(default, alias = "classroom_id", alias = "classrooms", alias = "class_ids")]
    classroom_ids: Value,
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
            org_id: ids(&claims.org_id).into_iter().next(),
            roles: [&claims.role, &claims.roles].into_iter().flat_map(words).collect(),
            classes: ids(&claims.classroom_ids),
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

/// The ids of a claim: a text, a number, or a list of those.
fn ids(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => {
            Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect()
        }
        Value::Number(number) => vec![number.to_string()],
        Value::Array(list) => list.iter().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}

impl Principal {
    /// Who calls without credentials on a developer's machine.
    pub(crate) fn developer(role: &str) -> Self {
        Self {
            user_id: "dev-user".into(),
            org_id: Some("1".into()),
            roles: vec![role.into()],
            classes: Vec::new(),
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

    /// Whether everything is open to the caller.
    pub(crate) fn is_administrator(&self) -> bool {
        self.is("admin")
    }

    /// Refuses a caller who has no students: everybody but teachers and those who run an organisation.
    pub(crate) fn has_students(&self) -> ApiResult<()> {
        if !self.is(TEACHER) && !self.runs_organisation() {
            return Err(forbidden("forbidden_owner", "this belongs to another student"));
        }
        match self.org_id {
            Some(_) => Ok(()),
            None => Err(forbidden("missing_org", "a token of this role needs an org_id")),
        }
    }

    /// Whether the caller has classes of the organisation, not the whole of it.
    pub(crate) fn has_classes(&self) -> bool {
        !self.classes.is_empty() && !self.runs_organisation()
    }

    /// Refuses a caller whose organisation is none of these.
    pub(crate) fn is_of<'a>(&self, mut orgs: impl Iterator<Item = &'a String>) -> ApiResult<()> {
        if orgs.any(|org| self.org_id.as_ref() == Some(org)) {
            return Ok(());
        }
        Err(forbidden("forbidden_org", "this belongs to no student of your organisation"))
    }

    /// Refuses a caller with students who has not the one that was seen in these places.
    pub(crate) fn teaches(&self, places: &StudentPlaces) -> ApiResult<()> {
        self.is_of(places.organisations.iter())?;
        if !self.has_classes() || self.classes.iter().any(|id| places.classrooms.contains(id)) {
            return Ok(());
        }
        Err(forbidden("forbidden_class", "this belongs to no student of your classes"))
    }

    fn runs_organisation(&self) -> bool {
        self.is("org_admin") || self.is("org")
    }

    fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own.eq_ignore_ascii_case(role))
    }

    fn has(&self, scope: &str) -> bool {
        match &self.granted {
            Granted::Every => true,
            Granted::These(scopes) => scopes.iter().any(|own| own == scope),
        }
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
