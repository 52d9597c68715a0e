//! Korean particles that depend on the sound before them.

const FIRST_SYLLABLE: u32 = 0xAC00;
const LAST_SYLLABLE: u32 = 0xD7A3;
/// A syllable block is one of so many endings of the same beginning; the first has no final consonant.
const ENDINGS: u32 = 28;
/// The ending ㄹ, which 으로 drops its 으 after.
const RIEUL: u32 = 8;

/// How a word ends when it is read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Vowel,
    Rieul,
    Consonant,
}

/// One of the two forms of a particle, written `after a consonant/after a vowel`, such as `을/를` or
/// `으로/로`: the one that follows `word` as it is read. Closing quotes and what stands in brackets at
/// the end are not read; a percent sign is (퍼센트); digits are read in Korean.
pub(crate) fn particle<'a>(forms: &'a str, word: &str) -> &'a str {
    let Some((closed, open)) = forms.split_once('/') else { return forms };
    match ending(word) {
        Ending::Rieul if open == "로" => open,
        Ending::Consonant | Ending::Rieul => closed,
        Ending::Vowel => open,
    }
}

fn ending(word: &str) -> Ending {
    let read = spoken(word);
    let mut letters = read.chars().rev();
    let Some(last) = letters.next() else { return Ending::Vowel };
    match last {
        '0' => zero(read),
        '1' | '7' | '8' => Ending::Rieul,
        '3' | '6' => Ending::Consonant,
        '2' | '4' | '5' | '9' => Ending::Vowel,
        _ if (FIRST_SYLLABLE..=LAST_SYLLABLE).contains(&u32::from(last)) => hangul(last),
        _ if last.is_ascii_alphabetic() => latin(read),
        _ => Ending::Vowel,
    }
}

fn hangul(last: char) -> Ending {
    match (u32::from(last) - FIRST_SYLLABLE) % ENDINGS {
        0 => Ending::Vowel,
        RIEUL => Ending::Rieul,
        _ => Ending::Consonant,
    }
}

/// A number that ends in 0 is read by its last unit: 십, 백, 천, 만 and 억 end in a consonant, as 영
/// does; 조 (10¹²) does not.
fn zero(read: &str) -> Ending {
    let zeros =
        read.chars().rev().take_while(|letter| matches!(letter, '0' | ',')).filter(|l| *l == '0');
    if (12..16).contains(&zeros.count()) { Ending::Vowel } else { Ending::Consonant }
}

/// A word in Latin letters: read as it is in Korean, where l, m, n and ng close a syllable; a single
/// letter or an abbreviation in capitals is read by the names of its letters.
fn latin(read: &str) -> Ending {
    let word: String = read.chars().rev().take_while(char::is_ascii_alphabetic).collect();
    let last = word.chars().next().unwrap_or('a');
    let is_spelled = word.chars().all(|letter| letter.is_ascii_uppercase());
    match last.to_ascii_lowercase() {
        'l' => Ending::Rieul,
        'm' | 'n' => Ending::Consonant,
        'r' if is_spelled => Ending::Rieul,
        'g' if !is_spelled && word[1..].starts_with('n') => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

/// The part of the word whose end is heard.
fn spoken(word: &str) -> &str {
    let mut read = word.trim_end();
    loop {
        let before = read;
        read =
            read.trim_end_matches(['’', '”', '\'', '"', '」', '』', '.', ',', '!', '?', '…', ' ']);
        for (open, close) in [('(', ')'), ('[', ']'), ('（', '）')] {
            let inside = read.strip_suffix(close).and_then(|text| text.rfind(open));
            if let Some(start) = inside.filter(|start| *start > 0) {
                read = read[..start].trim_end();
            }
        }
        if read == before {
            return read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::particle;

    #[test]
    fn the_particle_follows_the_last_sound() {
        let said = [
            ("으로/로", "평균 이하", "로"),
            ("으로/로", "평균", "으로"),
            ("으로/로", "높음", "으로"),
            ("으로/로", "서울", "로"),
            ("을/를", "서울", "을"),
            ("이/가", "확률", "이"),
            ("이/가", "분수", "가"),
            ("은/는", "일차방정식", "은"),
            ("이/가", "‘분수’", "가"),
            ("이/가", "일차방정식 (기본)", "이"),
            ("과/와", "함수", "와"),
        ];
        for (forms, word, expected) in said {
            assert_eq!(particle(forms, word), expected, "{word}");
        }
    }

    #[test]
    fn numbers_are_read_in_korean() {
        // 영 일 이 삼 사 오 육 칠 팔 구, 십, 천, 만, 조.
        let ends = [
            ("0", "이"),
            ("1", "이"),
            ("2", "가"),
            ("3", "이"),
            ("4", "가"),
            ("5", "가"),
            ("6", "이"),
            ("7", "이"),
            ("8", "이"),
            ("9", "가"),
            ("10", "이"),
            ("1,000", "이"),
            ("1,000,000,000,000", "가"),
            ("84%", "가"),
        ];
        for (number, expected) in ends {
            assert_eq!(particle("이/가", number), expected, "{number}");
        }
        for (number, expected) in
            [("1", "로"), ("7", "로"), ("8", "로"), ("3", "으로"), ("6", "으로")]
        {
            assert_eq!(particle("으로/로", number), expected, "{number}");
        }
    }

    #[test]
    fn latin_words_are_read_as_koreans_do() {
        let said = [
            ("fractions", "가"),
            ("geometry", "가"),
            ("sum", "이"),
            ("reading", "이"),
            ("decimal", "이"),
            ("2PL", "이"),
            ("GRM", "이"),
            ("IR", "이"),
            ("A", "가"),
            ("", "가"),
        ];
        for (word, expected) in said {
            assert_eq!(particle("이/가", word), expected, "{word}");
        }
    }
}
