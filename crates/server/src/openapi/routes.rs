use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};

use super::operation::Operation;
use crate::state::Shared;

/// Routes, each with what is said of it.
pub(crate) struct Routes {
    tag: &'static str,
    router: Router<Shared>,
    described: Vec<Described>,
}

/// An operation and where it is.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) tag: &'static str,
    pub(super) access: Access,
    pub(super) operation: Operation,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// Internal callers with a token, where one is set.
    Token,
    /// Users of the platform with a signed token.
    User,
}

impl Routes {
    /// No routes yet; `tag` is the heading they stand under.
    pub(crate) fn new(tag: &'static str) -> Self {
        Self { tag, router: Router::new(), described: Vec::new() }
    }

    pub(crate) fn get<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("get", path, get(handler), operation)
    }

    pub(crate) fn post<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("post", path, post(handler), operation)
    }

    pub(crate) fn delete<H, T>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("delete", path, delete(handler), operation)
    }

    /// A route whose handler is guarded in a way of its own.
    pub(crate) fn add(
        mut self,
        method: &'static str,
        path: &str,
        handler: MethodRouter<Shared>,
        operation: Operation,
    ) -> Self {
        let (tag, access) = (self.tag, Access::Open);
        self.described.push(Described { method, path: path.to_string(), tag, access, operation });
        Self { router: self.router.route(path, handler), ..self }
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.described.extend(other.described);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// The same routes with `suffix` after the name of each operation, for routes that stand in two
    /// places.
    pub(crate) fn called(mut self, suffix: &str) -> Self {
        for described in &mut self.described {
            described.operation.id.push_str(suffix);
        }
        self
    }

    /// The same routes under a prefix, which may be empty.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        for described in &mut self.described {
            described.path.insert_str(0, prefix);
        }
        Self { router: Router::new().nest(prefix, self.router), ..self }
    }

    /// The same routes for those with access.
    pub(crate) fn for_access(mut self, access: Access) -> Self {
        for described in &mut self.described {
            described.access = access;
        }
        self
    }

    pub(crate) fn into_router(self) -> Router<Shared> {
        self.router
    }

    pub(super) fn described(self) -> Vec<Described> {
        self.described
    }
}
