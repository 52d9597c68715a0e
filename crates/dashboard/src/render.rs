//! From a template to an answer.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use seedtest_pipeline::Lang;

use crate::form_terms::on_form;
use crate::refusal::{PageResult, Refusal};
use crate::state::Dashboard;
use crate::visitor::Visitor;
use crate::words::Words;
use crate::{account_pages, assets, pages};

/// Nothing from elsewhere, no script or style but our own files, in nobody's frame, and forms go nowhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What stands in a path as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The templates with the words of each language.
#[derive(Debug)]
pub(crate) struct Templates {
    ko: Environment<'static>,
    en: Environment<'static>,
}

impl Templates {
    /// # Errors
    /// When a template or a list of words that ships cannot be read.
    pub(crate) fn new() -> Result<Self, minijinja::Error> {
        Ok(Self { ko: environment(Lang::Ko)?, en: environment(Lang::En)? })
    }

    fn of(&self, lang: Lang) -> &Environment<'static> {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}

fn environment(lang: Lang) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Everything is escaped, whatever a template is called.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in account_pages::TEMPLATES.iter().chain(pages::TEMPLATES) {
        environment.add_template(name, source)?;
    }
    let words = Words::of(lang).map_err(|error| {
        minijinja::Error::new(minijinja::ErrorKind::BadSerialization, error.to_string())
    })?;
    let of_messages = words.clone();
    environment.add_filter("on_form", move |text: &str| on_form(text, &of_messages));
    environment.add_function("t", move |key: &str, values: Kwargs| say(&words, key, &values));
    environment.add_filter("segment", |text: &str| segment(text));
    environment.add_function("asset", assets::path);
    Ok(environment)
}

/// The sentence of a key with the values filled in.
fn say(words: &Words, key: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
    let mut texts = Vec::new();
    for name in values.args() {
        let text = values.get::<Value>(name)?.to_string();
        // A reason is a message of the crates below.
        texts.push((name, if name == "reason" { on_form(&text, words) } else { text }));
    }
    let filled: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Ok(words.say(key, &filled))
}

/// One segment of a path, so that an id of any characters stays one.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A page.
pub(crate) fn page(
    dashboard: &Dashboard,
    visitor: &Visitor,
    template: &str,
    values: Value,
) -> PageResult {
    page_with(dashboard, visitor, StatusCode::OK, template, values)
}

/// A page with another status.
pub(crate) fn page_with(
    dashboard: &Dashboard,
    visitor: &Visitor,
    status: StatusCode,
    template: &str,
    values: Value,
) -> PageResult {
    let about_visitor = context! {
        name => visitor.name(),
        role => visitor.role().map(seedtest_pipeline::Role::name),
        signed_in => visitor.signed_in().is_some(),
        has_account => visitor.signed_in().is_some_and(|known| known.account_id.is_some()),
        lang => visitor.lang().tag(),
        csrf => visitor.form_token(),
        may_see_risk => visitor.may_see_risk(),
        sees_all => visitor.sees_all_students(),
        may_sign_out => visitor.signed_in().is_some_and(|known| known.session.is_some()),
    };
    let values = context! { visitor => about_visitor, ..values };
    let rendered = dashboard.templates.of(visitor.lang()).get_template(template);
    let text = rendered.and_then(|found| found.render(values));
    let text = text.map_err(|error| Refusal::internal(&format!("{error:#}")))?;
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::VARY, "cookie, accept-language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// On to another page, to be fetched with GET.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Paths that are no header were made of something else than `segment`; home is never wrong.
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/home"));
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_words_that_ship_can_be_read() {
        Templates::new().unwrap();
    }

    #[test]
    fn an_id_of_any_characters_is_one_segment() {
        for (id, expected) in [
            ("s17", "s17"),
            ("a/b?c#d", "a%2Fb%3Fc%23d"),
            ("7 가", "7%20%EA%B0%80"),
            ("\"><script>", "%22%3E%3Cscript%3E"),
        ] {
            assert_eq!(segment(id), expected);
        }
    }
}
