//! The table of routes, and the router from it.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, delete, get, post};

use super::access::{Access, Scopes, Who};
use super::guard::{Gate, behind_the_mirror, guard};
use crate::openapi::Operation;
use crate::state::Shared;
use crate::warnings::{Known, told};

/// Routes under one heading, or several such tables together.
#[derive(Clone)]
pub(crate) struct Routes {
    tag: &'static str,
    all: Vec<Route>,
}

/// One method of one path.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// The heading it stands under in the description.
    pub(crate) tag: &'static str,
    pub(crate) access: Access,
    pub(crate) operation: Operation,
    handler: MethodRouter<Shared>,
    /// Whether it is another route under another path.
    pub(crate) mirrors: bool,
}

impl Routes {
    /// No routes yet; `tag` is the heading they stand under.
    pub(crate) fn new(tag: &'static str) -> Self {
        Self { tag, all: Vec::new() }
    }

    pub(crate) fn get<H, T>(self, path: &str, access: Access, handler: H, said: Operation) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("get", path, access, get(handler), said)
    }

    pub(crate) fn post<H, T>(self, path: &str, access: Access, handler: H, said: Operation) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("post", path, access, post(handler), said)
    }

    pub(crate) fn delete<H, T>(
        self,
        path: &str,
        access: Access,
        handler: H,
        said: Operation,
    ) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("delete", path, access, delete(handler), said)
    }

    fn add(
        mut self,
        method: &'static str,
        path: &str,
        access: Access,
        handler: MethodRouter<Shared>,
        operation: Operation,
    ) -> Self {
        let (tag, path) = (self.tag, path.to_string());
        self.all.push(Route { method, path, tag, access, operation, handler, mirrors: false });
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }

    /// The same routes with `suffix` after the name of each operation, for routes that stand in two
    /// places.
    pub(crate) fn called(mut self, suffix: &str) -> Self {
        for route in &mut self.all {
            route.operation.id.push_str(suffix);
        }
        self
    }

    /// The same routes under a prefix, which may be empty.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        for route in &mut self.all {
            route.path.insert_str(0, prefix);
        }
        self
    }

    /// The same routes, as other paths of what stands elsewhere.
    pub(crate) fn mirroring(mut self) -> Self {
        for route in &mut self.all {
            route.mirrors = true;
        }
        self
    }

    /// Those of the routes that are declared to be mirrored, under `prefix` and for people.
    pub(crate) fn mirrored(&self, prefix: &str) -> Self {
        let all = self.all.iter().filter_map(|route| route.mirrored(prefix)).collect();
        Self { tag: self.tag, all }
    }

    /// Every route.
    pub(crate) fn all(&self) -> &[Route] {
        &self.all
    }

    /// The routes with their gates.
    pub(crate) fn into_router(self, app: &Shared) -> Router<Shared> {
        self.all.into_iter().fold(Router::new(), |router, route| {
            let gate = Gate { app: app.clone(), access: route.access };
            let known = Known(route.operation.query_names().into());
            let handler = match route.access.who {
                Who::Everybody => route.handler,
                // The guard, too, may have something to say beside the answer.
                _ => route
                    .handler
                    .route_layer(from_fn_with_state(gate, guard))
                    .route_layer(from_fn_with_state(known, told)),
            };
            router.route(&route.path, handler)
        })
    }
}

impl Route {
    fn mirrored(&self, prefix: &str) -> Option<Self> {
        let access = Access {
            who: Who::User(Scopes::All(self.access.mirror?)),
            mirror: None,
            ..self.access
        };
        let path = format!("{prefix}{}", self.path);
        let operation = self.operation.clone().called("Mirror");
        let handler = self.handler.clone().route_layer(from_fn(behind_the_mirror));
        Some(Self { path, access, operation, handler, mirrors: true, ..self.clone() })
    }
}
