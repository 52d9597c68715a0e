//! What a school puts in the place of what ships.

use std::collections::BTreeMap;
use std::path::Path;

use crate::catalogue::{Catalogue, placeholders};
use crate::error::Error;
use crate::lang::Lang;
use crate::register::Register;
use crate::render::TEMPLATES;
use crate::style::{colours, contrast};

/// What a school puts in the place of what ships; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Custom {
    /// Name of the school, above every page.
    pub school: Option<String>,
    /// Its logo, before the name.
    pub logo: Option<Logo>,
    /// Colours of the light scheme and of paper by their name in `style.css` without the dashes:
    /// `accent` to `#1d5c9e`.
    pub colours: BTreeMap<String, String>,
    /// Colours of the dark scheme.
    pub dark_colours: BTreeMap<String, String>,
    /// Sections to leave out, by id: see [`SECTIONS`].
    pub hidden: Vec<String>,
    /// Sections by id that come first on their page, in this order; the others follow as they ship. What a page
    /// begins with stays at its beginning.
    pub order: Vec<String>,
    /// Texts by the key of the catalogue, for each language.
    pub texts: BTreeMap<Lang, BTreeMap<String, String>>,
    /// Templates by name: see [`template_names`].
    pub templates: BTreeMap<String, String>,
    /// Fonts of paper for letters that those that ship lack, and for a template that names them.
    pub paper_fonts: Vec<PaperFont>,
}

/// A font for paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFont {
    /// Name of its file.
    pub name: String,
    /// The file: TrueType or OpenType.
    pub data: Vec<u8>,
}

/// An image in the head of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// What `data` is.
    pub format: LogoFormat,
    /// The file.
    pub data: Vec<u8>,
}

/// Formats of a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoFormat {
    /// Vectors.
    Svg,
    /// Pixels.
    Png,
    /// Pixels of a photograph.
    Jpeg,
}

impl LogoFormat {
    /// By the ending of the name of a file.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Name of the file for the template of paper.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Svg => "logo.svg",
            Self::Png => "logo.png",
            Self::Jpeg => "logo.jpg",
        }
    }
}

/// The sections that can be left out, by id.
pub const SECTIONS: [&str; 30] = [
    "bytopic",
    "byweek",
    "chances",
    "churn",
    "classes",
    "days",
    "easiest",
    "expected",
    "fits",
    "flagged",
    "goals",
    "growing",
    "hardest",
    "itempages",
    "items",
    "kind",
    "kinds",
    "kpis",
    "lines",
    "linked",
    "linking",
    "stay",
    "theta",
    "trends",
    "tried",
    "wright",
    "warnings",
    "about",
    "students",
    "models",
];

/// Names of the templates that can be replaced.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// The source of a template that ships with the crate, to start from.
pub fn template_source(name: &str) -> Option<&'static str> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
}

impl Custom {
    /// Refuses names that stand for nothing, and colours that could not be read.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_colours("colours", &self.colours, colours(1))?;
        let mut dark = colours(1);
        dark.extend(colours(2));
        check_colours("dark-colours", &self.dark_colours, dark)?;
        let named = self.hidden.iter().chain(&self.order);
        if let Some(id) = named.into_iter().find(|id| !SECTIONS.contains(&id.as_str())) {
            return Err(Error::UnknownSection { id: id.clone() });
        }
        let known: Vec<_> = template_names().collect();
        match self.templates.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Error::UnknownTemplate { name: name.clone() }),
            None => Ok(()),
        }
    }

    /// The colours of paper: those of the light scheme.
    pub(crate) fn paper_colours(&self) -> BTreeMap<&str, &str> {
        let mut known: BTreeMap<&str, &str> = colours(1);
        known.extend(self.colours.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        known
    }

    /// Rules that stand after the style sheet; empty without colours.
    pub(crate) fn colour_rules(&self) -> String {
        let rule = |colours: &BTreeMap<String, String>| {
            let lines = colours.iter().map(|(name, value)| format!("--{name}:{value};"));
            format!(":root{{{}}}", lines.collect::<Vec<_>>().concat())
        };
        let schemes = [("light", &self.colours), ("dark", &self.dark_colours)];
        let given = schemes.into_iter().filter(|(_, colours)| !colours.is_empty());
        let media = given.map(|(scheme, colours)| {
            let rule = rule(colours);
            format!("@media screen and (prefers-color-scheme:{scheme}){{{rule}}}")
        });
        media.collect::<Vec<_>>().join("\n")
    }

    /// The texts of a language with those of the school in their place.
    pub(crate) fn catalogue(&self, lang: Lang, register: Register) -> Result<Catalogue, Error> {
        let mut catalogue = Catalogue::load_in(lang, register)?;
        for (key, text) in self.texts.get(&lang).into_iter().flatten() {
            let Some(shipped) = catalogue.texts().get(key) else {
                return Err(Error::UnknownText { key: key.clone() });
            };
            let known = placeholders(shipped);
            if let Some(name) = placeholders(text).into_iter().find(|name| !known.contains(name)) {
                return Err(Error::UnknownPlaceholder { key: key.clone(), name: name.to_owned() });
            }
            catalogue.replace(key, text);
        }
        Ok(catalogue)
    }
}

/// What text and marks need against the paper behind them (WCAG 2.1, criteria 1.4.3 and 1.4.11).
const NEEDED: [(&str, f64); 4] = [("ink", 4.5), ("quiet", 4.5), ("accent", 4.5), ("mark", 3.0)];

fn check_colours<'a>(
    field: &'static str,
    given: &'a BTreeMap<String, String>,
    mut scheme: BTreeMap<&'a str, &'a str>,
) -> Result<(), Error> {
    for (name, value) in given {
        let Some((known, _)) = scheme.get_key_value(name.as_str()) else {
            return Err(Error::UnknownColour { field, name: name.clone() });
        };
        let is_colour = value.len() == 7
            && value.starts_with('#')
            && value[1..].bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_colour {
            return Err(Error::BadColour { field, name: name.clone(), value: value.clone() });
        }
        let known = *known;
        scheme.insert(known, value);
    }
    for (name, needed) in NEEDED {
        let (Some(front), Some(ground)) = (scheme.get(name), scheme.get("paper")) else { continue };
        let found = contrast(front, ground);
        if found < needed {
            return Err(Error::FaintColour { field, name: name.to_owned(), found, needed });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Custom, SECTIONS};
    use crate::error::Error;
    use crate::lang::Lang;
    use crate::register::Register;

    fn colour(name: &str, value: &str) -> Result<(), Error> {
        let custom =
            Custom { colours: [(name.to_owned(), value.to_owned())].into(), ..Custom::default() };
        custom.check()
    }

    fn text(key: &str, text: &str) -> Result<(), Error> {
        let texts = [(key.to_owned(), text.to_owned())].into();
        let custom = Custom { texts: [(Lang::En, texts)].into(), ..Custom::default() };
        custom.catalogue(Lang::En, Register::Formal).map(|_| ())
    }

    #[test]
    fn what_stands_for_nothing_is_refused_by_name() {
        assert!(colour("accent", "#7a1fa2").is_ok());
        assert!(matches!(colour("acent", "#7a1fa2"), Err(Error::UnknownColour { .. })));
        assert!(matches!(colour("accent", "red;}"), Err(Error::BadColour { .. })));
        assert!(matches!(colour("accent", "#dddddd"), Err(Error::FaintColour { .. })));
        assert!(text("section.monday", "Today").is_ok());
        assert!(matches!(text("section.mon", "Today"), Err(Error::UnknownText { .. })));
        assert!(matches!(text("right_of", "{x} of {n}"), Err(Error::UnknownPlaceholder { .. })));
        let hidden = |id: &str| Custom { hidden: vec![id.into()], ..Custom::default() }.check();
        assert!(SECTIONS.into_iter().all(|id| hidden(id).is_ok()) && hidden("no").is_err());
        let templates = [("nothing.html".to_owned(), String::new())].into();
        let custom = Custom { templates, ..Custom::default() };
        assert!(matches!(custom.check(), Err(Error::UnknownTemplate { .. })));
    }
}
