//! Every type of request that carries something, from the table of routes.

use std::sync::LazyLock;

use seedtest_server::{Endpoint, Varies};

/// One type of request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Name of the operation in the description.
    pub(crate) name: &'static str,
    /// Where it is sent; for a body with the query that goes with it.
    pub(crate) path: &'static str,
    /// Whether what varies is the query of a GET; else the body of a POST.
    pub(crate) query: bool,
}

/// What stands for a part of a path that varies, as in the scenarios.
fn filled(part: &str) -> &str {
    match part {
        "{user_id}" => "amy",
        varying if varying.starts_with('{') => "exam-1",
        fixed => fixed,
    }
}

/// `POST /v1/runs` starts a job here: its fits are those of the fit routes.
const JOB: &str = "?job=compute-daily-kpis";

pub(crate) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let endpoints = seedtest_server::endpoints("/api/seedtest").unwrap();
    endpoints.iter().filter(|endpoint| !endpoint.mirrors).filter_map(kind).collect()
});

/// The type of request of an endpoint; `None` where nothing varies but the path.
fn kind(endpoint: &Endpoint) -> Option<Kind> {
    let query = match endpoint.varies {
        Varies::Nothing => return None,
        Varies::Query => true,
        Varies::Body => false,
    };
    let mut path = endpoint.path.split('/').map(filled).collect::<Vec<_>>().join("/");
    if endpoint.operation == "startRun" {
        path.push_str(JOB);
    }
    // Kept for as long as the process lives.
    Some(Kind { name: endpoint.operation.clone().leak(), path: path.leak(), query })
}

impl Kind {
    pub(crate) fn named(name: &str) -> Self {
        let found = KINDS.iter().find(|kind| kind.name == name);
        *found.unwrap_or_else(|| panic!("no type of request is called {name}"))
    }
}
