//! Which encoding a text has, and the text as UTF-8.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    CoderResult, Decoder, EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

/// The encoding of the label a user gives, as `cp949` or `windows-1252`.
pub(crate) fn by_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    // Names by which Korean Windows, Java and Python know what the WHATWG calls EUC-KR.
    let is_korean = ["cp949", "ms949", "uhc", "949", "euckr"].iter();
    if is_korean.clone().any(|name| label.eq_ignore_ascii_case(name)) {
        return Some(EUC_KR);
    }
    Encoding::for_label(label.as_bytes())
}

/// What people call an encoding.
pub(crate) fn shown(encoding: &'static Encoding) -> &'static str {
    if encoding == EUC_KR { "CP949 (EUC-KR)" } else { encoding.name() }
}

/// Finds the encoding of a text by its first bytes; `whole`: nothing follows them. What is no text of a
/// known encoding counts as UTF-8, whose faults are then found where they stand.
pub(crate) fn detect(sample: &[u8], whole: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    if let Some(encoding) = sixteen_bits(sample) {
        return encoding;
    }
    if sample.contains(&0) || is_mostly_utf8(sample, whole) {
        return UTF_8;
    }
    if is_korean(sample, whole) {
        return EUC_KR;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let fits = if guess == WINDOWS_1252 || is_latin(guess, sample) {
        is_western(sample)
    } else {
        malformed(guess, sample, whole) == 0 && are_letters(guess, sample)
    };
    if fits { guess } else { UTF_8 }
}

/// Whether a text in an encoding of single bytes holds letters with accents, and no others.
fn is_latin(encoding: &'static Encoding, sample: &[u8]) -> bool {
    if !encoding.is_single_byte() {
        return false;
    }
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let mut letters = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic());
    letters.all(|c| c < '\u{250}')
}

/// Whether nearly all that is not ASCII are letters in an encoding.
fn are_letters(encoding: &'static Encoding, sample: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let other = text.chars().filter(|c| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER);
    let (letters, rest): (Vec<char>, Vec<char>) = other.partition(|c| c.is_alphabetic());
    letters.len() > 1 && letters.len() >= 9 * rest.len()
}

/// UTF-16 without a mark at its start: in tables, digits and delimiters have a zero beside them.
fn sixteen_bits(sample: &[u8]) -> Option<&'static Encoding> {
    const LOOKED_AT: usize = 16 << 10;
    const FEWEST: usize = 16;
    let sample = &sample[..sample.len().min(LOOKED_AT) & !1];
    if sample.len() < FEWEST {
        return None;
    }
    let (mut first, mut second) = (0, 0);
    for pair in sample.as_chunks::<2>().0 {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    let (most, least) = (first.max(second), first.min(second));
    // One in seven of the pairs, and few the other way round.
    let is_likely = most > 0 && most * 14 >= sample.len() && least * 4 <= most;
    let encoding = if second > first { UTF_16LE } else { UTF_16BE };
    (is_likely && malformed(encoding, sample, false) == 0).then_some(encoding)
}

/// Whether a text is UTF-8, or UTF-8 with a few damaged places.
fn is_mostly_utf8(sample: &[u8], whole: bool) -> bool {
    let (mut long, mut bad) = (0_usize, 0_usize);
    for chunk in sample.utf8_chunks() {
        long += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // The sample may end inside a character.
    let cut = sample.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty());
    bad -= usize::from(cut && !whole && bad > 0);
    bad == 0 || long >= 4 * bad
}

/// Whether what is not ASCII is Korean as CP949 has it: nearly all of it pairs of bytes for syllables. Chinese
/// pairs lie mostly beyond those.
fn is_korean(sample: &[u8], whole: bool) -> bool {
    if malformed(EUC_KR, sample, whole) > 0 {
        return false;
    }
    let (text, _) = EUC_KR.decode_without_bom_handling(sample);
    let (mut hangul, mut other) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER) {
        match c {
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            // Circles, crosses and other marks of the same standard.
            '\u{2000}'..='\u{33ff}' | '\u{ff00}'..='\u{ffef}' | '\u{b0}' | '\u{b7}' | '\u{d7}' => {}
            _ => other += 1,
        }
    }
    hangul > 0 && hangul >= 9 * other
}

/// Whether what is not ASCII are letters with accents beside other letters, and signs, of Windows-1252.
fn is_western(sample: &[u8]) -> bool {
    let (mut likely, mut odd) = (0_usize, 0_usize);
    for (at, &byte) in sample.iter().enumerate().filter(|(_, byte)| **byte >= 0x80) {
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| sample.get(at)).is_some_and(u8::is_ascii_alphabetic)
        };
        let fits = match byte {
            // Eth, thorn and y with two points, in hardly any word.
            0xd0 | 0xde | 0xf0 | 0xfe | 0xff => false,
            // Letters, among them ß, œ, š and ž.
            0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0xfd | 0x8a | 0x8c | 0x8e | 0x9a | 0x9c | 0x9e => {
                is_letter(at.checked_sub(1)) || is_letter(Some(at + 1))
            }
            // Signs: quotes, dashes, €, …, °, ², ×, ÷, no-break space.
            0x80 | 0x85 | 0x91..=0x97 | 0xa0..=0xbf | 0xd7 | 0xf7 => true,
            _ => false,
        };
        if fits { likely += 1 } else { odd += 1 }
    }
    likely > 0 && likely >= 9 * odd
}

/// Places of a sample that are nothing in an encoding.
fn malformed(encoding: &'static Encoding, sample: &[u8], whole: bool) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = vec![0; 8 << 10];
    let (mut rest, mut found) = (sample, 0);
    loop {
        let (result, read, _, had_errors) = decoder.decode_to_utf8(rest, &mut text, whole);
        rest = &rest[read..];
        found += usize::from(had_errors);
        if result == CoderResult::InputEmpty {
            return found;
        }
    }
}

/// A text in another encoding as UTF-8; what is nothing in that encoding becomes U+FFFD.
pub(crate) struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// Text that did not fit into the caller's buffer.
    spare: Vec<u8>,
    spare_start: usize,
}

impl<R: Read> Transcoded<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: vec![0; 64 << 10],
            start: 0,
            end: 0,
            ended: false,
            spare: Vec::new(),
            spare_start: 0,
        }
    }

    /// Decodes the next stretch into `spare`; leaves it empty at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.spare.resize(3 * self.input.len(), 0);
        self.spare_start = 0;
        loop {
            if self.start == self.end && !self.ended {
                self.start = 0;
                self.end = self.inner.read(&mut self.input)?;
                self.ended = self.end == 0;
            }
            let input = &self.input[self.start..self.end];
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(input, &mut self.spare, self.ended);
            self.start += read;
            let done = self.ended && result == CoderResult::InputEmpty;
            if written > 0 || done {
                self.spare.truncate(written);
                return Ok(());
            }
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.spare_start == self.spare.len() && !buffer.is_empty() {
            if self.ended && self.start == self.end {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = buffer.len().min(self.spare.len() - self.spare_start);
        buffer[..n].copy_from_slice(&self.spare[self.spare_start..self.spare_start + n]);
        self.spare_start += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GBK, SHIFT_JIS, WINDOWS_1251};
    use proptest::prelude::*;

    use super::*;

    const KOREAN: &str = "학번,문항,정오,응시일시\n김서연,1번,O,2025. 3. 1. 오전 9:00\n이도윤,2번,X,2025. 3. 2. 오후 1:20\n";
    const GERMAN: &str =
        "Schüler;Aufgabe;Lösung\nMüller;Größe messen;richtig\nStraße;Übung;falsch\n";
    const JAPANESE: &str = "生徒,問題,正誤\n山田太郎,もんだいいち,正解\n佐藤花子,もんだいに,不正解\n鈴木一郎,カタカナのもんだい,正解\n";
    const CHINESE: &str = "学生,题目,正确\n王小明,选择题一,正确\n李华,我们学习的是数学,错误\n张伟,这是一个问题,正确\n";
    const RUSSIAN: &str =
        "Ученик,Задание,Правильно\nИванов,первое задание,да\nПетрова,второе задание,нет\n";

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let of = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(of).collect()
    }

    fn check(bytes: &[u8], expected: &'static Encoding, text: &str) {
        let found = detect(bytes, true);
        assert_eq!(found.name(), expected.name(), "{text}");
        let mut read = String::new();
        Transcoded::new(bytes, found).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn texts_are_read_in_the_encoding_they_are_in() {
        for (text, encoding) in [
            (KOREAN, EUC_KR),
            (GERMAN, WINDOWS_1252),
            (JAPANESE, SHIFT_JIS),
            (CHINESE, GBK),
            (RUSSIAN, WINDOWS_1251),
        ] {
            check(&encoding.encode(text).0, encoding, text);
            check(text.as_bytes(), UTF_8, text);
            check(&utf16(text, true), UTF_16LE, text);
            check(&utf16(text, false), UTF_16BE, text);
            check(&[b"\xff\xfe".to_vec(), utf16(text, true)].concat(), UTF_16LE, text);
            check(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), UTF_8, text);
        }
        let _ = BIG5;
    }

    #[test]
    fn one_korean_word_among_ascii_is_enough() {
        let text = format!("student_id,item,correct\n{}한s1,q1,1\n", "s0,q1,1\n".repeat(5_000));
        check(&EUC_KR.encode(&text).0, EUC_KR, &text);
        let circles = "학번,q1,q2\n1,○,×\n2,×,○\n".repeat(20);
        check(&EUC_KR.encode(&circles).0, EUC_KR, &circles);
    }

    #[test]
    fn damage_is_not_taken_for_an_encoding() {
        for bytes in [
            b"student,item\n\xff\xfe,q1\n".to_vec(),
            [KOREAN.as_bytes(), b"\xb1\xe8,q1,O\n"].concat(),
            [GERMAN.as_bytes(), b"M\xfcller\n"].concat(),
            (0..5_000_u32).map(|i| (i * i % 251) as u8).collect(),
            b"\x00\x01\x02".to_vec(),
        ] {
            assert_eq!(detect(&bytes, true), UTF_8);
        }
    }

    #[test]
    fn a_sample_may_end_inside_a_character() {
        let korean = KOREAN.repeat(3);
        for cut in 1..=korean.len() {
            assert_eq!(detect(&korean.as_bytes()[..cut], false), UTF_8, "{cut}");
        }
        let bytes = EUC_KR.encode(&korean).0;
        for cut in 4..=bytes.len() {
            assert_eq!(detect(&bytes[..cut], false), EUC_KR, "{cut}");
        }
    }

    #[test]
    fn names_of_korean_windows_are_known() {
        for label in ["cp949", "CP949", "euc-kr", "ms949", "ks_c_5601-1987", "UHC"] {
            assert_eq!(by_label(label), Some(EUC_KR), "{label}");
        }
        assert_eq!(by_label("latin1"), Some(WINDOWS_1252));
        assert_eq!(by_label("martian"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let encoding = detect(&bytes, true);
            let mut read = Vec::new();
            Transcoded::new(&bytes[..], encoding).read_to_end(&mut read).unwrap();
            prop_assert!(String::from_utf8(read).is_ok());
        }

        #[test]
        fn text_survives_whatever_the_buffers(text in "[a-z가-힣ü,\n]{0,300}", chunk in 1usize..40) {
            let bytes = EUC_KR.encode(&text).0.into_owned();
            let mut reader = Transcoded::new(&bytes[..], EUC_KR);
            let (mut read, mut buffer) = (Vec::new(), vec![0; chunk]);
            loop {
                let n = reader.read(&mut buffer).unwrap();
                if n == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..n]);
            }
            prop_assert_eq!(String::from_utf8(read).unwrap(), EUC_KR.decode(&bytes).0);
        }
    }
}
