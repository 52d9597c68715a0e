//! The texts of a language and how placeholders in them are filled.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::lang::Lang;
use crate::register::{Register, in_register};
use crate::wording::particle;

/// The texts of one language in one register: key → text with `{placeholders}`. Both files hold the same keys.
pub(crate) struct Catalogue {
    lang: Lang,
    register: Register,
    texts: BTreeMap<String, String>,
}

impl Catalogue {
    /// As teachers and operators are spoken to.
    pub(crate) fn load(lang: Lang) -> Result<Self, Error> {
        Self::load_in(lang, Register::Formal)
    }

    pub(crate) fn load_in(lang: Lang, register: Register) -> Result<Self, Error> {
        let source = match lang {
            Lang::Ko => include_str!("../catalogue/ko.json"),
            Lang::En => include_str!("../catalogue/en.json"),
        };
        let mut texts: BTreeMap<String, String> =
            serde_json::from_str(source).map_err(|source| Error::Catalogue { lang, source })?;
        for text in texts.values_mut().filter(|text| text.contains('[')) {
            *text = in_register(text, register);
        }
        Ok(Self { lang, register, texts })
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Every text by key, for the templates.
    pub(crate) fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// Puts another text in the place of one.
    pub(crate) fn replace(&mut self, key: &str, text: &str) {
        if let Some(known) = self.texts.get_mut(key) {
            *known = in_register(text, self.register);
        }
    }

    /// The text of a key; an unknown key stands for itself, so that it is seen and found.
    pub(crate) fn text(&self, key: &str) -> String {
        self.texts.get(key).map_or_else(|| key.to_owned(), Clone::clone)
    }

    /// The text of a key with its placeholders filled in: see [`filled`].
    pub(crate) fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        filled(&self.text(key), values)
    }

    /// The text for a count: key `KEY.one` for 1, else `KEY.other`, with `{n}` filled in.
    pub(crate) fn count(&self, key: &str, n: u32) -> String {
        let form = if n == 1 { "one" } else { "other" };
        self.fill(&format!("{key}.{form}"), &[("n", &crate::number::count(n))])
    }
}

/// A text with each `{name}` replaced by its value, in one pass: a value that itself looks like a placeholder stays as it
/// is. `{name|을/를}` also puts the particle that the value asks for.
pub fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let (key, forms) = name.split_once('|').unwrap_or((name, ""));
        match values.iter().find(|(known, _)| *known == key) {
            Some((_, value)) => filled.extend([*value, particle(forms, value)]),
            None => filled.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// Names of the placeholders of a text.
pub(crate) fn placeholders(text: &str) -> BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    inside.map(|(name, _)| name.split('|').next().unwrap_or(name)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Catalogue, placeholders};
    use crate::lang::Lang;
    use crate::register::Register;

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        let ko = Catalogue::load(Lang::Ko).unwrap();
        let en = Catalogue::load(Lang::En).unwrap();
        let keys = |c: &Catalogue| c.texts.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&ko), keys(&en));
        for (key, text) in &ko.texts {
            // A place in a group is counted from the top in Korean, from below in English.
            let same = placeholders(text) == placeholders(&en.texts[key]);
            assert!(same || key.starts_with("standing."), "{key}");
            assert!(!text.trim().is_empty() && !en.texts[key].trim().is_empty(), "{key}");
        }
    }

    /// Words at the end of a sentence, without what is no syllable.
    fn sentence_ends(text: &str) -> impl Iterator<Item = &str> {
        let is_syllable = |letter: char| ('가'..='힣').contains(&letter);
        text.split(move |letter| !is_syllable(letter)).filter(|word| !word.is_empty())
    }

    // Nobody is spoken to in two ways on one page.
    #[test]
    fn every_sentence_keeps_to_its_register() {
        let formal = Catalogue::load(Lang::Ko).unwrap();
        let friendly = Catalogue::load_in(Lang::Ko, Register::Friendly).unwrap();
        let is_friendly = |word: &&str| word.ends_with('요') && !["필요", "아니요"].contains(word);
        let is_formal =
            |word: &&str| ["니다", "니까", "십시오"].iter().any(|ending| word.ends_with(ending));
        for (key, text) in &formal.texts {
            let wrong: Vec<&str> = sentence_ends(text).filter(is_friendly).collect();
            assert!(wrong.is_empty(), "{key}: {wrong:?} in {text}");
            let text = &friendly.texts[key];
            let wrong: Vec<&str> = sentence_ends(text).filter(is_formal).collect();
            assert!(wrong.is_empty(), "{key}: {wrong:?} in {text}");
            assert!(!text.contains(['[', ']']), "{key}: {text}");
            assert_eq!(placeholders(text), placeholders(&formal.texts[key]), "{key}");
        }
        assert_eq!(formal.text("student.week.none"), "이번 주에는 푼 문제가 없습니다.");
        assert_eq!(friendly.text("student.week.none"), "이번 주에는 푼 문제가 없어요.");
    }

    #[test]
    fn particles_follow_their_value() {
        let mut catalogue = Catalogue::load(Lang::Ko).unwrap();
        catalogue.texts.insert("x".into(), "{a|을/를} 풀고 {b|으로/로} 갑니다".into());
        let filled = catalogue.fill("x", &[("a", "분수"), ("b", "확률")]);
        assert_eq!(filled, "분수를 풀고 확률로 갑니다");
    }

    #[test]
    fn values_are_not_read_as_placeholders() {
        let mut catalogue = Catalogue::load(Lang::En).unwrap();
        catalogue.texts.insert("x".into(), "{a} and {b} {c".into());
        assert_eq!(catalogue.fill("x", &[("a", "{b}"), ("b", "2")]), "{b} and 2 {c");
    }
}
