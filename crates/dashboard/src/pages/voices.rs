//! What renders reports, one of each language, made once.

use seedtest_pipeline::{Custom, Lang};
use seedtest_report::Renderer;

/// What renders reports, in Korean and in English.
pub(crate) struct Voices {
    ko: Renderer,
    en: Renderer,
}

impl Voices {
    /// With what the school puts in the place of what ships, but for templates: those are of whole pages.
    ///
    /// # Errors
    /// When a text or a colour of the school cannot be used.
    pub(crate) fn new(custom: &Custom) -> Result<Self, seedtest_report::Error> {
        let custom = Custom { templates: std::collections::BTreeMap::new(), ..custom.clone() };
        Ok(Self {
            ko: Renderer::with(Lang::Ko, custom.clone())?,
            en: Renderer::with(Lang::En, custom)?,
        })
    }

    pub(crate) fn of(&self, lang: Lang) -> &Renderer {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}
