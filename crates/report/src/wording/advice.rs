//! Advice on a topic.

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::lang::Lang;
use crate::register::Register;
use crate::wording::ability::level_name as name_of_level;

/// What a student may make of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Work on it.
    Practise,
    /// Go on with harder questions.
    Strength,
}

/// A sentence of advice to a student on a topic of which `right` of `n` answers were right.
///
/// # Errors
/// When the texts of the language cannot be read.
pub fn topic_advice(
    advice: Advice,
    topic: &str,
    right: u32,
    n: u32,
    lang: Lang,
) -> Result<String, Error> {
    let key = match advice {
        Advice::Practise => "advice.practise",
        Advice::Strength => "advice.strength",
    };
    let (right, n) = (right.to_string(), n.to_string());
    let catalogue = Catalogue::load_in(lang, Register::Friendly)?;
    Ok(catalogue.fill(key, &[("topic", topic), ("right", &right), ("n", &n)]))
}

/// The level of an ability in a word or two, such as "average".
///
/// # Errors
/// When the texts of the language cannot be read.
pub fn ability_level(theta: f64, lang: Lang) -> Result<String, Error> {
    Ok(name_of_level(theta, &Catalogue::load(lang)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_topic_and_the_count() {
        let says = |advice, lang| topic_advice(advice, "Sets", 2, 5, lang).unwrap();
        insta::assert_snapshot!(says(Advice::Practise, Lang::En), @"Practise Sets: 2 of 5 answers were right.");
        insta::assert_snapshot!(says(Advice::Strength, Lang::En), @"Sets is a strength: 2 of 5 answers were right. Go on with harder questions.");
        insta::assert_snapshot!(says(Advice::Practise, Lang::Ko), @"Sets를 더 연습하세요. 5문제 중 2문제를 맞혔어요.");
        assert_eq!(ability_level(0.0, Lang::En).unwrap(), "average");
    }
}
