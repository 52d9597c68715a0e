//! Who is let in by a page, and whom it is about.

use seedtest_pipeline::Role;

/// Who is let in, and whom a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    /// The least role that is let in; `None` = nobody has to sign in.
    pub(crate) least: Option<Role>,
    pub(crate) object: Object,
    /// Whether it changes what is stored, for the audit log.
    pub(crate) writes: bool,
    /// Whether the handler reads the body itself; forms are read by the guard.
    pub(crate) streams: bool,
}

/// Whom a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    /// Nobody, or the person who is signed in.
    Nobody,
    /// A student the path names: the handler asks `Visitor::student`.
    Student,
    /// A class the path names: the handler asks `Visitor::class`.
    Class,
    /// A school the path names: the handler asks `Visitor::school`.
    School,
    /// All students: the handler asks `Visitor::everybody`.
    Everybody,
}

impl Access {
    const fn of(least: Option<Role>) -> Self {
        Self { least, object: Object::Nobody, writes: false, streams: false }
    }

    /// Everybody, signed in or not.
    pub(crate) const fn open() -> Self {
        Self::of(None)
    }

    /// Whoever is signed in.
    pub(crate) const fn signed_in() -> Self {
        Self::of(Some(Role::Student))
    }

    /// Teachers, schools and operators.
    pub(crate) const fn staff() -> Self {
        Self::of(Some(Role::Teacher))
    }

    /// Schools and operators.
    pub(crate) const fn school() -> Self {
        Self::of(Some(Role::School))
    }

    /// Operators.
    pub(crate) const fn operator() -> Self {
        Self::of(Some(Role::Operator))
    }

    /// The same for a page about `object`.
    pub(crate) const fn about(self, object: Object) -> Self {
        Self { object, ..self }
    }

    /// The same for a form that changes what is stored.
    pub(crate) const fn writing(self) -> Self {
        Self { writes: true, ..self }
    }

    /// The same for an upload: the body is no form, the token comes in the header `x-csrf-token`, and the handler
    /// reads.
    pub(crate) const fn streaming(self) -> Self {
        Self { streams: true, ..self }
    }

    pub(crate) fn lets_in(self, role: Option<Role>) -> bool {
        self.least.is_none_or(|least| role.is_some_and(|role| role >= least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lets_in_who_is_at_least_what_it_asks_for() {
        use Role as R;
        for (access, least) in [
            (Access::signed_in(), R::Student),
            (Access::staff(), R::Teacher),
            (Access::school(), R::School),
            (Access::operator(), R::Operator),
        ] {
            assert!(!access.lets_in(None));
            for role in R::ALL {
                assert_eq!(access.lets_in(Some(role)), role >= least, "{access:?} {role}");
            }
        }
        assert!(Access::open().lets_in(None));
    }
}
