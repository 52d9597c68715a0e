//! Pages: a page is one call that says its path, its method, who is let in, whom it is about, and its handler. The guard,
//! the audit log and the list for tests come from that.

mod access;
mod pages;

pub(crate) use access::{Access, Object};
pub(crate) use pages::Pages;
pub use pages::{PageEntry, entries, router};
