//! A form that was sent when the session was over: what was filled in goes along through the sign-in, is shown, and is
//! sent by the person, not by itself.

use axum::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::fields::{FORM_TOKEN, Fields};
use crate::local_path::local_path;
use crate::refusal::PageResult;
use crate::render::page_with;
use crate::state::Dashboard;
use crate::visitor::Visitor;

/// Fields of the sign-in form that hold where the form was to go, and what was in it.
pub(crate) const PATH: &str = "resume_path";
const FIELDS: &str = "resume_fields";
/// The one form nobody needs to send again.
const SIGN_OUT: &str = "/sign-out";
/// Names of fields whose values are no business of a page.
const SECRET: &str = "password";

/// Fields of our forms by the words beside them.
const LABELS: [(&str, &str); 23] = [
    ("note", "note.text"),
    ("topic", "goal.topic"),
    ("target_score", "goal.score"),
    ("target_level", "goal.level"),
    ("target_date", "goal.date"),
    ("lang", "account.language"),
    ("login", "account.login"),
    ("name", "accounts.name"),
    ("role", "accounts.role"),
    ("school", "accounts.school"),
    ("classes", "accounts.classes"),
    ("students", "accounts.students"),
    ("time_start", "preview.time_start"),
    ("date_format", "preview.date_format"),
    ("right_at", "preview.right_at"),
    ("id", "preview.id"),
    ("item_columns", "preview.item_columns"),
    ("not_items", "preview.not_items"),
    ("na", "preview.na"),
    ("sheet", "preview.sheet"),
    ("header_row", "preview.header_row"),
    ("encoding", "preview.encoding"),
    ("compute", "preview.compute"),
];
/// Values of buttons and of hidden fields, which nobody typed.
const OF_BUTTONS: [&str; 4] = ["kind", "do", "back", "session"];

/// A field of the form as the page shows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Shown<'f> {
    name: &'f str,
    value: &'f str,
    /// Key of the words beside it on its page; `None` = its name is all there is.
    label: Option<&'static str>,
    is_typed: bool,
}

impl<'f> Shown<'f> {
    fn of((name, value): &'f (String, String)) -> Self {
        let label = LABELS.iter().find(|(of, _)| of == name).map(|(_, label)| *label);
        let is_typed = !OF_BUTTONS.contains(&name.as_str()) && !value.is_empty();
        Self { name, value, label, is_typed }
    }
}

/// A form on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    path: String,
    fields: Vec<(String, String)>,
}

impl Kept {
    /// What a sign-in form carries along, if it does.
    pub(crate) fn of(fields: &Fields) -> Option<Self> {
        let path = local_path(fields.get(PATH)?)?.to_owned();
        let kept = Fields::read(fields.get(FIELDS)?.as_bytes());
        Some(Self { path, fields: kept.0 })
    }

    /// A form that can be sent again as it is: one without passwords. Who signed in anew is not asked to sign out.
    pub(crate) fn of_form(path: &str, fields: &Fields) -> Option<Self> {
        let has_password = fields.0.iter().any(|(name, _)| name.contains(SECRET));
        let kept = Self::new(local_path(path)?, fields);
        (!has_password && path != SIGN_OUT).then_some(kept)
    }

    fn new(path: &str, fields: &Fields) -> Self {
        let own = |(name, _): &&(String, String)| name != FORM_TOKEN && !name.contains(SECRET);
        Self { path: path.to_owned(), fields: fields.0.iter().filter(own).cloned().collect() }
    }

    /// As the sign-in form carries it.
    pub(crate) fn text(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// The sign-in form with a form that came too late in it.
pub(crate) fn ask(
    dashboard: &Dashboard,
    visitor: &Visitor,
    path: &str,
    fields: &Fields,
) -> PageResult {
    let kept = Kept::new(path, fields);
    let values = context! {
        next => "",
        login => "",
        word => "account.session_over",
        about => context! {},
        provider => &dashboard.config.provider,
        resume_path => &kept.path,
        resume_fields => kept.text(),
    };
    page_with(dashboard, visitor, StatusCode::UNAUTHORIZED, "account/sign_in.html", values)
}

/// The form again, for the person who has signed in now.
pub(crate) fn offer(dashboard: &Dashboard, visitor: &Visitor, kept: &Kept) -> PageResult {
    offer_with(dashboard, visitor, StatusCode::OK, "account.resume_why", kept)
}

/// The form again, for the person who has signed in anew in another tab.
pub(crate) fn offer_anew(dashboard: &Dashboard, visitor: &Visitor, kept: &Kept) -> PageResult {
    offer_with(dashboard, visitor, StatusCode::CONFLICT, "account.resume_other_tab", kept)
}

fn offer_with(
    dashboard: &Dashboard,
    visitor: &Visitor,
    status: StatusCode,
    why: &str,
    kept: &Kept,
) -> PageResult {
    let fields: Vec<Shown<'_>> = kept.fields.iter().map(Shown::of).collect();
    let values = context! { path => &kept.path, fields => Value::from(Serde(&fields)), why => why };
    page_with(dashboard, visitor, status, "account/resume.html", values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_comes_through_the_sign_in_without_token_and_passwords() {
        let sent = Fields::read(
            b"csrf=abc&target=85&note=a%26b%3D%22%3Cc%3E&note=%ED%95%9C&new_password=secret",
        );
        let kept = Kept::new("/students/s17/goals", &sent);
        let carried = Fields(vec![
            (PATH.into(), kept.path.clone()),
            (FIELDS.into(), kept.text()),
            ("login".into(), "tom".into()),
        ]);
        let back = Kept::of(&carried).unwrap();
        assert_eq!(back, kept);
        let pairs: Vec<_> = back.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("target", "85"), ("note", "a&b=\"<c>"), ("note", "한")]);
    }

    #[test]
    fn a_form_with_a_password_or_that_signs_out_is_not_sent_again() {
        let of = |path: &str, sent: &[u8]| Kept::of_form(path, &Fields::read(sent));
        let kept = of("/students/s17/notes", b"csrf=abc&note=x&kind=seen").unwrap();
        assert_eq!(kept.fields.len(), 2);
        let button = of("/operations/alerts/job%3Afit", b"csrf=abc").unwrap();
        assert!(button.fields.is_empty());
        assert_eq!(of("/account/password", b"csrf=abc&old_password=x"), None);
        assert_eq!(of("/sign-out", b"csrf=abc"), None);
        assert_eq!(of("//evil.example", b"a=1"), None);
    }

    #[test]
    fn what_was_typed_is_shown_by_the_words_of_its_page() {
        let fields = Fields::read(b"note=x&kind=seen&target_score=&other=1").0;
        let shown: Vec<_> = fields.iter().map(Shown::of).collect();
        let seen = shown.iter().filter(|of| of.is_typed).map(|of| (of.name, of.label));
        assert!(seen.eq([("note", Some("note.text")), ("other", None)]), "{shown:?}");
        let words = crate::words::Words::of(seedtest_pipeline::Lang::En).unwrap();
        for (_, label) in LABELS {
            assert_ne!(words.say(label, &[]), label, "there are no such words");
        }
    }

    #[test]
    fn it_goes_nowhere_else() {
        let to = |path: &str| {
            Kept::of(&Fields(vec![(PATH.into(), path.into()), (FIELDS.into(), "a=1".into())]))
        };
        assert!(to("/students/s17/goals").is_some());
        assert_eq!(to("https://evil.example/"), None);
        assert_eq!(to("//evil.example/"), None);
    }
}
