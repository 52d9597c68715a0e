//! Korean particles that depend on the sound before them.

use crate::lang::Lang;

const FIRST_SYLLABLE: u32 = 0xAC00;
const LAST_SYLLABLE: u32 = 0xD7A3;
/// A syllable block is one of so many endings of the same beginning; the first has no final consonant.
const ENDINGS: u32 = 28;
/// The ending ㄹ, which takes the particle of a vowel.
const RIEUL: u32 = 8;

/// "as" after a word: 으로 after a final consonant other than ㄹ, else 로; nothing in English.
pub(crate) fn directional(word: &str, lang: Lang) -> &'static str {
    let last = word.chars().next_back().map(u32::from);
    match (lang, last) {
        (Lang::En, _) => "",
        (Lang::Ko, Some(last)) if (FIRST_SYLLABLE..=LAST_SYLLABLE).contains(&last) => {
            match (last - FIRST_SYLLABLE) % ENDINGS {
                0 | RIEUL => "로",
                _ => "으로",
            }
        }
        (Lang::Ko, _) => "로",
    }
}

#[cfg(test)]
mod tests {
    use super::directional;
    use crate::lang::Lang;

    #[test]
    fn the_particle_follows_the_last_sound() {
        for (word, particle) in
            [("평균 이하", "로"), ("평균", "으로"), ("높음", "으로"), ("서울", "로"), ("A", "로")]
        {
            assert_eq!(directional(word, Lang::Ko), particle, "{word}");
        }
        assert_eq!(directional("average", Lang::En), "");
    }
}
