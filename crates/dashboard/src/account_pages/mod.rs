//! Pages of people: signing in and out, invitations, one's own account, everybody's accounts.

mod invitation;
mod own;
mod people;
mod session;
mod sign_in;

use crate::routing::{Access, Object, Pages};

pub use sign_in::NOT_KNOWN;

/// Their templates.
pub(crate) const TEMPLATES: &[(&str, &str)] = &[
    ("account/sign_in.html", include_str!("../../templates/account/sign_in.html")),
    ("account/resume.html", include_str!("../../templates/account/resume.html")),
    ("account/invitation.html", include_str!("../../templates/account/invitation.html")),
    ("account/own.html", include_str!("../../templates/account/own.html")),
    ("account/people.html", include_str!("../../templates/account/people.html")),
    ("account/link.html", include_str!("../../templates/account/link.html")),
    ("refusal.html", include_str!("../../templates/account/refusal.html")),
];

pub(crate) fn routes() -> Pages {
    let everybody = Access::operator().about(Object::Everybody);
    Pages::new()
        .get("/sign-in", Access::open(), sign_in::show)
        .post("/sign-in", Access::open().writing(), sign_in::check)
        .post("/sign-out", Access::signed_in().writing(), sign_in::leave)
        .get("/invitations/{secret}", Access::open(), invitation::show)
        .post("/invitations/{secret}", Access::open().writing(), invitation::accept)
        .get("/session", Access::open(), session::now)
        .get("/account", Access::signed_in(), own::show)
        .post("/account/password", Access::signed_in().writing(), own::change_password)
        .post("/account/language", Access::signed_in().writing(), own::change_language)
        .post("/account/sessions", Access::signed_in().writing(), own::end_session)
        .post("/account/other-sessions", Access::signed_in().writing(), own::end_other_sessions)
        .get("/accounts", everybody, people::list)
        .post("/accounts", everybody.writing(), people::add)
        .post("/accounts/{account_id}/invite", everybody.writing(), people::invite)
        .post("/accounts/{account_id}/disable", everybody.writing(), people::disable)
        .post("/accounts/{account_id}/enable", everybody.writing(), people::enable)
}
