//! What a page says, for whatever sets it on paper.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::custom::{Custom, Logo};

/// Keys of the texts that a template needs beside what the page itself says.
const TEXTS: [&str; 8] =
    ["section.", "about.", "figure.", "roster.", "column.student", "page.", "paper.", "none"];

/// A report whose every number is text already and whose charts are drawn: one JSON object. Besides the
/// fields of the page there are `t`, the texts of the language by key, `chart_style`, the style sheet of the
/// charts, and `colours`, `school` and `logo` of [`Custom`]. For one report it is the same text every time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    json: String,
    logo: Option<Logo>,
}

#[derive(Serialize)]
struct Contents<'a, P> {
    #[serde(flatten)]
    page: &'a P,
    t: BTreeMap<&'a str, &'a str>,
    chart_style: &'a str,
    colours: BTreeMap<&'a str, &'a str>,
    school: Option<&'a str>,
    logo: Option<&'a str>,
}

impl Sheet {
    pub(crate) fn new(
        page: &impl Serialize,
        texts: &BTreeMap<String, String>,
        chart_style: &str,
        custom: &Custom,
    ) -> Result<Self, serde_json::Error> {
        let is_needed = |key: &str| TEXTS.iter().any(|start| key.starts_with(start));
        let t = texts
            .iter()
            .filter(|(key, _)| is_needed(key))
            .map(|(key, text)| (key.as_str(), text.as_str()))
            .collect();
        let contents = Contents {
            page,
            t,
            chart_style,
            colours: custom.paper_colours(),
            school: custom.school.as_deref(),
            logo: custom.logo.as_ref().map(|logo| logo.format.file_name()),
        };
        Ok(Self { json: serde_json::to_string(&contents)?, logo: custom.logo.clone() })
    }

    /// The object.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Name and content of the logo, as the object names it.
    pub fn logo(&self) -> Option<(&'static str, &[u8])> {
        self.logo.as_ref().map(|logo| (logo.format.file_name(), logo.data.as_slice()))
    }
}
