//! Pages in the browser: who is signed in, what they may see, and the pages themselves.
//!
//! A page is one line of a table (`routing::Pages`): path, who is let in, whom it is about, handler. One guard stands
//! before all of them: it knows the visitor, refuses what comes from other sites, reads forms, and sends no answer about
//! somebody whom its handler did not ask for. Who may see whom is decided in `seedtest_pipeline::Person`, for pages and
//! the HTTP routes alike.

mod account_pages;
mod accounts;
mod assets;
mod config;
mod cookies;
mod fields;
mod form_terms;
mod guard;
mod local_path;
mod pages;
mod passwords;
mod provider_flow;
mod refusal;
mod render;
mod resume;
mod routing;
mod secrets;
mod session;
mod state;
mod throttle;
mod visitor;
mod words;

pub use account_pages::NOT_KNOWN;
pub use accounts::{
    AccountError, NewAccount, changed_account, invite, new_account, set_password, with_password,
};
pub use config::{Config, Variables};
pub use passwords::PasswordFault;
pub use provider_flow::ProviderFlow;
pub use routing::{PageEntry, entries, router};
pub use session::{
    Bearer, Household, SessionCaller, SessionFault, SignIn, session_caller, signed_in,
};
pub use state::{Dashboard, Shared};
pub use visitor::Seen;
