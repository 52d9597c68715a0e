//! The table of pages, and the router from it.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use seedtest_pipeline::Role;

use super::access::{Access, Object};
use crate::guard::{Gate, guard};
use crate::state::Shared;
use crate::{account_pages, assets, pages};

/// Pages, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Pages {
    all: Vec<Page>,
}

/// One method of one path.
struct Page {
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: MethodRouter<Shared>,
}

/// A page as tests see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageEntry {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Parts in braces vary.
    pub path: &'static str,
    /// The least role that is let in; `None` = nobody has to sign in.
    pub least: Option<Role>,
    /// Whether it is about a student, a class or a school that the path names, or about all.
    pub about_somebody: bool,
    /// Whether it changes what is stored.
    pub writes: bool,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("GET", path, access, get(handler))
    }

    pub(crate) fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add("POST", path, access, post(handler))
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        access: Access,
        handler: MethodRouter<Shared>,
    ) -> Self {
        self.all.push(Page { method, path, access, handler });
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }
}

fn all() -> Pages {
    assets::routes().merge(account_pages::routes()).merge(pages::routes())
}

/// Every page.
pub fn entries() -> Vec<PageEntry> {
    let entry = |page: &Page| PageEntry {
        method: page.method,
        path: page.path,
        least: page.access.least,
        about_somebody: page.access.object != Object::Nobody,
        writes: page.access.writes,
    };
    all().all.iter().map(entry).collect()
}

/// The pages behind their guard.
pub fn router(dashboard: &Shared) -> Router {
    let pages = all().all.into_iter().fold(Router::new(), |router, page| {
        let gate = Gate { dashboard: dashboard.clone(), access: page.access };
        let handler = page.handler.route_layer(from_fn_with_state(gate, guard));
        router.route(page.path, handler)
    });
    pages.with_state(dashboard.clone())
}
