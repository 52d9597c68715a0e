//! Objects of a JSON array, or of an array inside one object, one after the other in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use crate::lines::Found;
use crate::source::Input;

/// Splits a JSON text into the objects of its array.
///
/// What stands between them is passed over; whether an object is well-formed is left to who reads it.
pub(crate) struct Elements<R = Input> {
    input: BufReader<R>,
    limit: usize,
    /// Brackets and braces around the elements.
    level: usize,
    bytes: Vec<u8>,
    /// Line of the byte to be read next, and of the object at hand.
    line: u64,
    number: u64,
    /// Bytes read up to the end of the object at hand.
    consumed: usize,
    scan: Scan,
}

/// Where the scan stands.
#[derive(Debug, Clone, Copy, Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte does to the depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Open(u8),
    Close,
    None,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return Step::None;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                return Step::Open(byte);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Step::Close;
            }
            _ => {}
        }
        Step::None
    }
}

impl<R: Read> Elements<R> {
    /// Reads `input`; of an object longer than `limit` bytes no more is kept. `level`: 0 for objects one after
    /// the other, 1 for those of an array, 2 for those of an array in an object.
    pub(crate) fn new(input: R, limit: usize, level: usize) -> Self {
        Self {
            input: BufReader::with_capacity(256 << 10, input),
            limit,
            level,
            bytes: Vec::new(),
            line: 1,
            number: 1,
            consumed: 0,
            scan: Scan::default(),
        }
    }

    /// Moves to the next object.
    pub(crate) fn advance(&mut self) -> io::Result<Found> {
        self.bytes.clear();
        let (mut inside, mut too_long) = (false, false);
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                let cut_off = inside || too_long;
                // What is left is no whole object: it is given out as it is, and is no JSON.
                return Ok(if cut_off { Found::Line } else { Found::End });
            }
            let mut used = 0;
            let mut ended = false;
            for &byte in buffer {
                used += 1;
                self.line += u64::from(byte == b'\n');
                let step = self.scan.step(byte);
                if step == Step::Open(b'{') && self.scan.depth == self.level + 1 {
                    (inside, self.number) = (true, self.line);
                }
                if inside {
                    if self.bytes.len() < self.limit {
                        self.bytes.push(byte);
                    } else {
                        too_long = true;
                    }
                    ended = step == Step::Close && self.scan.depth == self.level;
                    if ended {
                        break;
                    }
                }
            }
            self.input.consume(used);
            self.consumed += used;
            if ended {
                return Ok(if too_long { Found::TooLong } else { Found::Line });
            }
        }
    }

    /// The object at hand.
    pub(crate) fn text(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes from the start of the text to the end of the object at hand.
    pub(crate) fn consumed(&self) -> usize {
        self.consumed
    }

    /// Line on which the object at hand starts.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn objects(text: &str, level: usize) -> Vec<(u64, String)> {
        let mut elements = Elements::new(text.as_bytes(), 1_000, level);
        let mut found = Vec::new();
        while elements.advance().unwrap() == Found::Line {
            found.push((elements.number(), String::from_utf8_lossy(elements.text()).into_owned()));
        }
        found
    }

    #[test]
    fn an_array_comes_object_by_object() {
        let text = "[\n {\"a\": \"}]\\\"{\"},\n {\"b\": {\"c\": [{}]}}\n]";
        let expected = [(2, "{\"a\": \"}]\\\"{\"}"), (3, "{\"b\": {\"c\": [{}]}}")];
        assert_eq!(objects(text, 1), expected.map(|(line, text)| (line, text.to_owned())));
        let wrapped = "{\"more\": \"\", \"statements\": [{\"id\": 1}, {\"id\": 2}]}";
        let texts: Vec<_> = objects(wrapped, 2).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["{\"id\": 1}", "{\"id\": 2}"]);
        assert_eq!(objects("{\"a\":1}{\"a\":2}\n{\"a\":3}", 0).len(), 3);
        assert_eq!(objects("[]", 1), []);
        assert_eq!(objects("[{\"a\": 1", 1).len(), 1, "cut off");
    }

    #[test]
    fn a_long_object_is_not_kept() {
        let text = format!("[{{\"a\": \"{}\"}}, {{\"b\": 1}}]", "x".repeat(5_000));
        let mut elements = Elements::new(text.as_bytes(), 100, 1);
        assert_eq!(elements.advance().unwrap(), Found::TooLong);
        assert_eq!(elements.text().len(), 100);
        assert_eq!(elements.advance().unwrap(), Found::Line);
        assert_eq!(elements.text(), b"{\"b\": 1}");
        assert_eq!(elements.advance().unwrap(), Found::End);
    }

    proptest! {
        #[test]
        fn any_text_comes_to_an_end(text in "[\\[\\]{}\",:a1\\\\ \n]{0,200}", level in 0usize..3) {
            let n = objects(&text, level).len();
            prop_assert!(n <= text.len());
        }
    }
}
