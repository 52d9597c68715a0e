//! Who a signed token speaks for, and what it covers.

use std::sync::Once;

use seedtest_dashboard::SessionCaller;
use seedtest_pipeline::{Organisation, Person, Role};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{ApiError, ApiResult, Code};
use crate::routing::Scopes;

/// The role of a token. `role` is the one role of a person: of several words in it the least counts. `roles` is the
/// list of all they have: the highest counts. Where a token has both, they have to agree, and the lesser one
/// counts. A claim that is there and says nothing is no more than none.
fn role_of_claims(role: &Value, roles: &Value) -> Role {
    let named = |claim: &Value| {
        words(claim).into_iter().map(|word| Role::of_claim(&word)).collect::<Vec<_>>()
    };
    let one = (!role.is_null()).then(|| named(role).into_iter().min().unwrap_or(Role::Student));
    let all = (!roles.is_null()).then(|| named(roles).into_iter().max().unwrap_or(Role::Student));
    one.into_iter().chain(all).min().unwrap_or(Role::Student)
}

/// Who sent a request to the platform routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Canonical text id of the user.
    pub(crate) user_id: String,
    /// What decides whom they may see.
    pub(crate) person: Person,
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
pub(crate) struct Claims {
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
    /// Students that a guardian is responsible for.
    #[serde(default)]
    student_ids: Value,
    /// Of a person at an identity provider (OpenID Connect Core 1.0, 2 and 5.1).
    #[serde(default)]
    name: Value,
    #[serde(default)]
    email: Value,
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    nonce: Value,
    #[serde(default)]
    azp: Value,
}

impl Claims {
    pub(crate) fn subject(&self) -> &str {
        &self.sub
    }

    /// Name to show.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_str().filter(|name| !name.trim().is_empty())
    }

    /// An address of mail that the provider has verified; one of which it does not say so may be anybody's.
    pub(crate) fn verified_mail(&self) -> Option<&str> {
        self.email.as_str().filter(|_| self.email_verified == Value::Bool(true))
    }

    /// By what the provider knows the sign-in that the token was made for.
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.nonce.as_str()
    }

    /// The service the token was made for, where it is for several.
    pub(crate) fn authorized_party(&self) -> Option<&str> {
        self.azp.as_str()
    }

    /// Whether the token says what the person is to the school.
    pub(crate) fn names_role(&self) -> bool {
        !self.role.is_null() || !self.roles.is_null()
    }

    /// What the token says of whom they may see.
    fn person(&self) -> Person {
        Person {
            role: role_of_claims(&self.role, &self.roles),
            own_student: Some(self.sub.clone()),
            // Tokens hold a number or a text.
            organisation: Organisation::named(ids(&self.org_id).into_iter().next()),
            classes: self.classroom_ids.as_ref().map(ids),
            students: ids(&self.student_ids),
        }
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
        let person = claims.person();
        if person.role == Role::Teacher && claims.classroom_ids == Some(Value::Null) {
            tell_of_null_classes();
        }
        Self {
            user_id: claims.sub,
            person,
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
        let user_id = "dev-user";
        let person = Person {
            own_student: Some(user_id.into()),
            organisation: Organisation::Named("1".into()),
            ..Person::of_role(Role::of_claim(role))
        };
        Self { user_id: user_id.into(), person, granted: Granted::Every }
    }

    /// Who is signed in in a browser: what they may ask is what they may see.
    pub(crate) fn of_session(caller: &SessionCaller) -> Self {
        let user_id = caller.person.own_student.clone().unwrap_or_else(|| caller.actor.clone());
        Self { user_id, person: caller.person.clone(), granted: Granted::Every }
    }

    /// The same person by the id under which what is theirs is stored.
    pub(crate) fn stored_as(&self, user_id: String) -> Self {
        let own_student = self.person.own_student.as_ref().map(|_| user_id.clone());
        let person = Person { own_student, ..self.person.clone() };
        Self { user_id, person, granted: self.granted.clone() }
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

    fn has(&self, scope: &str) -> bool {
        match &self.granted {
            Granted::Every => true,
            Granted::These(scopes) => scopes.iter().any(|own| own == scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use seedtest_store::StudentPlaces;
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
        let role = |claims: Value| {
            let mut claims = claims;
            claims["sub"] = json!("amy");
            claims["exp"] = json!(1);
            principal(claims).person.role
        };
        for (claims, expected) in [
            (json!({}), Role::Student),
            (json!({"role": "admin"}), Role::Operator),
            (json!({"role": "Admin", "roles": null}), Role::Operator),
            (json!({"roles": ["student", "admin"]}), Role::Operator),
            (json!({"role": "student", "roles": ["admin"]}), Role::Student),
            (json!({"role": "admin", "roles": ["student"]}), Role::Student),
            (json!({"role": "admin", "roles": ["teacher", "org"]}), Role::School),
            (json!({"role": "teacher", "roles": ["admin", "teacher"]}), Role::Teacher),
            (json!({"role": "admin", "roles": []}), Role::Student),
            (json!({"role": "", "roles": ["admin"]}), Role::Student),
            (json!({"role": "admin student"}), Role::Student),
            (json!({"role": {"admin": true}}), Role::Student),
            (json!({"roles": "administrator"}), Role::Student),
            (json!({"roles": "org_admin,teacher"}), Role::School),
            (json!({"role": "parent"}), Role::Guardian),
            (json!({"role": "teacher", "roles": ["guardian"]}), Role::Guardian),
        ] {
            assert_eq!(role(claims.clone()), expected, "{claims}");
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
            let person = teacher(classes.clone()).person;
            assert_eq!(person.may_see("amy", &places).is_ok(), teaches, "{classes}");
        }
    }

    #[test]
    fn a_guardian_has_the_students_that_the_token_names() {
        let guardian = |students: Value| {
            principal(json!({"sub": "pat", "exp": 1, "role": "guardian", "student_ids": students}))
        };
        let nowhere = StudentPlaces::default();
        for (students, sees) in [
            (json!(["amy", "bob"]), true),
            (json!("amy"), true),
            (json!(["bob"]), false),
            (json!(null), false),
            (json!({"amy": true}), false),
        ] {
            let person = guardian(students.clone()).person;
            assert_eq!(person.may_see("amy", &nowhere).is_ok(), sees, "{students}");
        }
        let student = principal(json!({"sub": "zoe", "exp": 1, "student_ids": ["amy"]}));
        assert!(student.person.may_see("amy", &nowhere).is_err());
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
