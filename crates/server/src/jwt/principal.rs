//! Who a signed token speaks for, and what it covers.

use std::sync::Once;

use seedtest_store::StudentPlaces;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{ApiError, ApiResult, Code};
use crate::routing::{Scopes, forbidden};

/// What a role opens, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Their own: students, and everybody whose role is not known here.
    Own,
    /// Students of their classes or organisation.
    Teacher,
    /// Students of their organisation.
    Organisation,
    /// Everything.
    Administrator,
}

impl Rank {
    fn of(role: &str) -> Self {
        match role.to_ascii_lowercase().as_str() {
            "admin" => Self::Administrator,
            "org_admin" | "org" => Self::Organisation,
            "teacher" => Self::Teacher,
            _ => Self::Own,
        }
    }

    /// The rank of a token. `role` is the one role of a person: of several words in it the least counts.
    /// `roles` is the list of all they have: the highest counts. Where a token has both, they have to agree,
    /// and the lesser one counts. A claim that is there and says nothing is no more than none.
    fn of_claims(role: &Value, roles: &Value) -> Self {
        let ranks = |claim: &Value| {
            words(claim).into_iter().map(|role| Self::of(&role)).collect::<Vec<_>>()
        };
        let one = (!role.is_null()).then(|| ranks(role).into_iter().min().unwrap_or(Self::Own));
        let all = (!roles.is_null()).then(|| ranks(roles).into_iter().max().unwrap_or(Self::Own));
        one.into_iter().chain(all).min().unwrap_or(Self::Own)
    }
}

/// Who sent a request to the platform routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Canonical text id of the user.
    pub(crate) user_id: String,
    /// Organisation, as text: tokens hold a number or a text.
    org_id: Option<String>,
    rank: Rank,
    /// Classes the token names, as text; `None` = it does not say.
    classes: Option<Vec<String>>,
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
    iss: Value,
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
    /// `None` = the claim is not there; one that is there and null names no class.
    #[serde(
        default,
        deserialize_with = "said",
        alias = "classroom_id",
        alias = "classrooms",
        alias = "class_ids"
    )]
    classroom_ids: Option<Value>,
}

impl Claims {
    pub(super) fn subject(&self) -> &str {
        &self.sub
    }

    /// Whether the token names one issuer, or none: of several, one may be anybody.
    pub(super) fn has_one_issuer(&self) -> bool {
        self.iss.is_null() || self.iss.is_string()
    }
}

/// That a token of a teacher names no class; of a set-up once, since each of its tokens would say the same.
fn tell_of_null_classes() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "a token of a teacher has classroom_ids null and is let into no class; tokens of teachers of a whole \
             organisation leave the claim out"
        );
    });
}

impl From<Claims> for Principal {
    fn from(claims: Claims) -> Self {
        let rank = Rank::of_claims(&claims.role, &claims.roles);
        if rank == Rank::Teacher && claims.classroom_ids == Some(Value::Null) {
            tell_of_null_classes();
        }
        Self {
            user_id: claims.sub,
            org_id: ids(&claims.org_id).into_iter().next(),
            rank,
            classes: claims.classroom_ids.as_ref().map(ids),
            granted: Granted::These(
                [&claims.scope, &claims.scopes, &claims.scp].into_iter().flat_map(words).collect(),
            ),
        }
    }
}

/// A claim that is there, null included.
fn said<'de, D: Deserializer<'de>>(claim: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(claim).map(Some)
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
            rank: Rank::of(role),
            classes: None,
            granted: Granted::Every,
        }
    }

    /// The same person by the id under which what is theirs is stored.
    pub(crate) fn stored_as(&self, user_id: String) -> Self {
        Self { user_id, ..self.clone() }
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
        self.rank == Rank::Administrator
    }

    /// Refuses a caller who has no students: everybody but teachers and those who run an organisation.
    pub(crate) fn has_students(&self) -> ApiResult<()> {
        if self.rank == Rank::Own {
            return Err(forbidden("forbidden_owner", "this belongs to another student"));
        }
        match self.org_id {
            Some(_) => Ok(()),
            None => Err(forbidden("missing_org", "a token of this role needs an org_id")),
        }
    }

    /// Whether the caller has classes of the organisation, not the whole of it.
    pub(crate) fn has_classes(&self) -> bool {
        self.rank == Rank::Teacher && self.classes.is_some()
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
        let mut classes = self.classes.iter().flatten();
        if !self.has_classes() || classes.any(|id| places.classrooms.contains(id)) {
            return Ok(());
        }
        Err(not_of_your_classes())
    }

    fn has(&self, scope: &str) -> bool {
        match &self.granted {
            Granted::Every => true,
            Granted::These(scopes) => scopes.iter().any(|own| own == scope),
        }
    }
}

/// A refusal for a teacher with classes.
pub(crate) fn not_of_your_classes() -> ApiError {
    forbidden("forbidden_class", "this belongs to no student of your classes")
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
    fn of_two_roles_the_lesser_counts() {
        let rank = |claims: Value| {
            let mut claims = claims;
            claims["sub"] = json!("amy");
            claims["exp"] = json!(1);
            principal(claims).rank
        };
        for (claims, expected) in [
            (json!({}), Rank::Own),
            (json!({"role": "admin"}), Rank::Administrator),
            (json!({"role": "Admin", "roles": null}), Rank::Administrator),
            (json!({"roles": ["student", "admin"]}), Rank::Administrator),
            (json!({"role": "student", "roles": ["admin"]}), Rank::Own),
            (json!({"role": "admin", "roles": ["student"]}), Rank::Own),
            (json!({"role": "admin", "roles": ["teacher", "org"]}), Rank::Organisation),
            (json!({"role": "teacher", "roles": ["admin", "teacher"]}), Rank::Teacher),
            (json!({"role": "admin", "roles": []}), Rank::Own),
            (json!({"role": "", "roles": ["admin"]}), Rank::Own),
            (json!({"role": "admin student"}), Rank::Own),
            (json!({"role": {"admin": true}}), Rank::Own),
            (json!({"roles": "administrator"}), Rank::Own),
            (json!({"roles": "org_admin,teacher"}), Rank::Organisation),
        ] {
            assert_eq!(rank(claims.clone()), expected, "{claims}");
        }
    }

    #[test]
    fn a_teacher_whose_token_names_no_class_has_none() {
        let teacher = |said: Value| {
            let mut claims = json!({"sub": "tom", "exp": 1, "role": "teacher", "org_id": 1});
            claims.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
            principal(claims)
        };
        let places = StudentPlaces {
            organisations: ["1".to_string()].into(),
            classrooms: ["c1".to_string()].into(),
        };
        for (classes, teaches) in [
            (json!({}), true),
            (json!({"classroom_ids": ["c1", "c2"]}), true),
            (json!({"classroom_ids": "c1"}), true),
            (json!({"classroom_ids": ["c2"]}), false),
            (json!({"classroom_ids": []}), false),
            (json!({"classroom_ids": {"c1": true}}), false),
            (json!({"classroom_ids": null}), false),
            (json!({"class_ids": null}), false),
        ] {
            assert_eq!(teacher(classes.clone()).teaches(&places).is_ok(), teaches, "{classes}");
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
