//! Names and attributes of XML documents.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

/// A name without its namespace.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The value of an attribute, its entities resolved, without white space around it; `None` where it is empty. One with
/// an entity that nobody knows is as it is written.
pub(crate) fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|own| local(own.key.as_ref()) == wanted)?;
    let text = unescape(&found.value).map_or_else(|_| found.value.to_string(), Cow::into_owned);
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
