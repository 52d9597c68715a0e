//! The description of the service: OpenAPI 3.1, generated from the types that requests are read
//! into and answers are written from.
//!
//! A route enters the router through `routing::Routes`, which wants its [`Operation`] in the same
//! call, so that no route is left undescribed.

mod aliases;
mod constants;
mod document;
mod operation;
mod packed;
mod parameter;
mod refusals;
mod serve;
mod ui;

/// Heading of the description itself and of the files of its page.
const DESCRIPTION: &str = "Description";

pub(crate) use operation::Operation;
pub(crate) use packed::Packed;
pub(crate) use parameter::Parameter;
pub(crate) use refusals::{BODY, WORKER};
pub(crate) use serve::{description, routes};
