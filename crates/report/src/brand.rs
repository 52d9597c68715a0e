//! Name, logo and colours of a school, ready for the templates of pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::custom::Custom;

#[derive(Debug, Serialize)]
pub(crate) struct Brand {
    school: Option<String>,
    /// The logo as an address that holds it.
    logo: Option<String>,
    /// Rules that stand after the style sheet.
    colours: String,
}

impl Brand {
    pub(crate) fn new(custom: &Custom) -> Self {
        let logo = custom.logo.as_ref().map(|logo| {
            format!("data:{};base64,{}", logo.format.media_type(), STANDARD.encode(&logo.data))
        });
        Self { school: custom.school.clone(), logo, colours: custom.colour_rules() }
    }
}
