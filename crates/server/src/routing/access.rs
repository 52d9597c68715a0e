//! Who is let in by a route: declared with it, enforced before its handler.

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) who: Who,
    /// Scopes of which people need all to ask the same under another path, see
    /// `Routes::mirrored`.
    pub(super) mirror: Option<&'static [&'static str]>,
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody.
    Everybody,
    /// Internal callers with a token, where one is set.
    Internal,
    /// Users of the platform with a signed token, which has to cover these scopes.
    User(Scopes),
}

/// What a signed token has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// Nothing: whoever is signed in.
    None,
    /// One of these.
    Any(&'static [&'static str]),
    /// All of these.
    All(&'static [&'static str]),
}

impl Access {
    /// Everybody.
    pub(crate) const fn open() -> Self {
        Self { who: Who::Everybody, mirror: None }
    }

    /// Internal callers with a token, where one is set.
    pub(crate) const fn internal() -> Self {
        Self { who: Who::Internal, mirror: None }
    }

    /// Whoever is signed in to the platform.
    pub(crate) const fn signed_in() -> Self {
        Self { who: Who::User(Scopes::None), mirror: None }
    }

    /// Users of the platform whose token has one of these scopes.
    pub(crate) const fn any_of(scopes: &'static [&'static str]) -> Self {
        Self { who: Who::User(Scopes::Any(scopes)), mirror: None }
    }

    /// Users of the platform whose token has all of these scopes.
    pub(crate) const fn all_of(scopes: &'static [&'static str]) -> Self {
        Self { who: Who::User(Scopes::All(scopes)), mirror: None }
    }

    /// The same, and on the mirror users of the platform whose token has all of these scopes.
    pub(crate) const fn mirrored_for(self, scopes: &'static [&'static str]) -> Self {
        Self { mirror: Some(scopes), ..self }
    }
}

impl Scopes {
    /// Sets of scopes, one of which a token has to have whole.
    pub(crate) fn alternatives(self) -> Vec<Vec<&'static str>> {
        match self {
            Self::None => vec![Vec::new()],
            Self::Any(scopes) => scopes.iter().map(|scope| vec![*scope]).collect(),
            Self::All(scopes) => vec![scopes.to_vec()],
        }
    }
}
