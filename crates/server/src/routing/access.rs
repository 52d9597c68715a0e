//! Who is let in by a route, and whose things it is about: declared with it, enforced before and around
//! its handler.

use super::token_scope::TokenScope;

/// Who is let in, and whose things a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) who: Who,
    pub(crate) object: Object,
    /// Whether it changes what is stored, for the audit log.
    pub(crate) writes: bool,
    /// Scopes of which people need all to ask the same under another path, see
    /// `Routes::mirrored`.
    pub(super) mirror: Option<&'static [&'static str]>,
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody.
    Everybody,
    /// Internal callers with a token that has one of these scopes, where tokens are set.
    Internal(&'static [TokenScope]),
    /// Users of the platform with a signed token, which has to cover these scopes.
    User(Scopes),
}

/// What a signed token has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// One of these.
    Any(&'static [&'static str]),
    /// All of these.
    All(&'static [&'static str]),
}

/// Whose things a route reads or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    /// Nobody's: what is sent is all there is.
    Nobody,
    /// Those of the user who calls.
    Own,
    /// A student the request names: the handler asks `Rights::student`.
    Student,
    /// An exam: the handler asks `Rights::exam`.
    Exam,
    /// Those of all students: of people only administrators.
    Everybody,
    /// A run, or runs: the handler asks `Rights::run` or `Rights::runs_of`.
    Run,
}

/// Scopes of the platform of which a user needs one for what belongs to themselves.
const OF_PLATFORM: &[&str] = &[
    "reports:view",
    "reports:generate",
    "analysis:run",
    "recommend:plan",
    "exam:read",
    "exam:write",
];

impl Access {
    const fn new(who: Who) -> Self {
        Self { who, object: Object::Nobody, writes: false, mirror: None }
    }

    /// Everybody.
    pub(crate) const fn open() -> Self {
        Self::new(Who::Everybody)
    }

    /// Internal callers with a token that has one of these scopes, where tokens are set.
    pub(crate) const fn internal(scopes: &'static [TokenScope]) -> Self {
        Self::new(Who::Internal(scopes))
    }

    /// Whoever is signed in to the platform, with any of its scopes.
    pub(crate) const fn signed_in() -> Self {
        Self::any_of(OF_PLATFORM)
    }

    /// Users of the platform whose token has one of these scopes.
    pub(crate) const fn any_of(scopes: &'static [&'static str]) -> Self {
        Self::new(Who::User(Scopes::Any(scopes)))
    }

    /// Users of the platform whose token has all of these scopes.
    pub(crate) const fn all_of(scopes: &'static [&'static str]) -> Self {
        Self::new(Who::User(Scopes::All(scopes)))
    }

    /// The same, and on the mirror users of the platform whose token has all of these scopes.
    pub(crate) const fn mirrored_for(self, scopes: &'static [&'static str]) -> Self {
        Self { mirror: Some(scopes), ..self }
    }

    /// The same for a route that changes what is stored.
    pub(crate) const fn writing(self) -> Self {
        Self { writes: true, ..self }
    }

    /// The same for what belongs to `object`.
    pub(crate) const fn about(self, object: Object) -> Self {
        Self { object, ..self }
    }
}

impl Scopes {
    /// Sets of scopes, one of which a token has to have whole.
    pub(crate) fn alternatives(self) -> Vec<Vec<&'static str>> {
        match self {
            Self::Any(scopes) => scopes.iter().map(|scope| vec![*scope]).collect(),
            Self::All(scopes) => vec![scopes.to_vec()],
        }
    }

    /// Whether it is the set of those that merely have to be signed in.
    pub(super) fn is_signed_in(self) -> bool {
        self == Self::Any(OF_PLATFORM)
    }
}
