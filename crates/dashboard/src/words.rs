//! What the pages say, by language.

use std::collections::BTreeMap;

use seedtest_pipeline::Lang;
use seedtest_report::filled;

/// The sentences of one language by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(BTreeMap<String, String>);

/// Every file of sentences, Korean and English.
const FILES: [[&str; 2]; 2] = [
    [include_str!("../words/account.ko.json"), include_str!("../words/account.en.json")],
    [include_str!("../words/pages.ko.json"), include_str!("../words/pages.en.json")],
];

impl Words {
    /// # Errors
    /// When a file is no list of sentences.
    pub(crate) fn of(lang: Lang) -> Result<Self, serde_json::Error> {
        let mut all = BTreeMap::new();
        for [ko, en] in FILES {
            let text = match lang {
                Lang::Ko => ko,
                Lang::En => en,
            };
            all.append(&mut serde_json::from_str(text)?);
        }
        Ok(Self(all))
    }

    /// The sentence of a key with its places filled in; a key that is not known stands for itself, so that it is seen.
    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.0.get(key).map_or_else(|| key.to_owned(), |text| filled(text, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let (ko, en) = (Words::of(Lang::Ko).unwrap(), Words::of(Lang::En).unwrap());
        assert_eq!(ko.0.keys().collect::<Vec<_>>(), en.0.keys().collect::<Vec<_>>());
        let places = |text: &str| {
            let inside = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
            let mut names: Vec<_> = inside.filter_map(|(name, _)| name.split('|').next()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(" ")
        };
        for (key, text) in &ko.0 {
            assert_eq!(places(text), places(&en.0[key]), "{key}");
            assert!(!text.trim().is_empty() && !en.0[key].trim().is_empty(), "{key}");
        }
    }

    #[test]
    fn a_sentence_is_filled_and_an_unknown_key_is_seen() {
        let en = Words::of(Lang::En).unwrap();
        assert!(en.say("refusal.wait", &[("seconds", "7")]).contains('7'));
        assert_eq!(en.say("no.such.key", &[]), "no.such.key");
    }
}
