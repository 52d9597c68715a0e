//! What a form was sent with.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::refusal::Refusal;

/// The fields of a form, in their order. The guard has read them and has checked that one of our own pages sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

/// The field that every form carries.
pub(crate) const FORM_TOKEN: &str = "csrf";

impl Fields {
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The text of a field as it was typed; the first of several.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The text of a field without blanks around it; blank ones count as not there.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The texts of every field of a name.
    pub(crate) fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> + use<'f> {
        let name = name.to_owned();
        self.0.iter().filter(move |(found, _)| *found == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
