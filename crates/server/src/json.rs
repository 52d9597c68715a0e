//! Strict reading of JSON: no key twice in an object, no number that is not one, nothing nested
//! deeper than sense, before any type is read from it.

use std::borrow::Cow;
use std::collections::HashSet;

use seedtest_wire::read_noting_unknown;
use serde::de::Deserialize;

use crate::error::{ApiError, ApiResult, Code};
use crate::warnings::note_unknown;

/// Deepest nesting of a request.
const MAX_DEPTH: usize = 32;
/// Objects with more keys are searched by hash instead of one by one.
const FEW_KEYS: usize = 16;
/// Whether a byte is a bracket, a comma or the begin of a string.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let mut at = 0;
    while at < b"{}[],\"".len() {
        marks[b"{}[],\""[at] as usize] = true;
        at += 1;
    }
    marks
};
/// Characters of a key that a message shows.
const SHOWN: usize = 40;

/// Reads `bytes` as `T` after checking that they are unambiguous JSON. Fields that `T` does not have are told
/// with the answer.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> ApiResult<T> {
    check(bytes)?;
    typed(bytes)
}

/// Refuses what is no JSON object, or an ambiguous one. Whether the rest is JSON turns out when a type
/// is read from it.
pub(crate) fn check(bytes: &[u8]) -> ApiResult<()> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(Code::Malformed, "the body is empty")
            .hint("send a JSON object and Content-Type: application/json"));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::new(Code::Malformed, "the body is not a JSON object")
            .hint("send one object, as {\"rows\": […]}; GET /docs has an example of every route"));
    }
    Scan::new(bytes).run().map_err(|fault| malformed(&fault))
}

/// As [`check`], of any JSON.
pub(crate) fn check_any(bytes: &[u8]) -> ApiResult<()> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(Code::Malformed, "the body is empty")
            .hint("send JSON and Content-Type: application/json"));
    }
    Scan::new(bytes).run().map_err(|fault| malformed(&fault))
}

/// Reads bytes as `T`, whether or not they are ambiguous, see [`check`].
pub(crate) fn typed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> ApiResult<T> {
    let read = read_noting_unknown(text(bytes)?);
    let (value, unknown) = read.map_err(|error| malformed(&error.to_string()))?;
    note_unknown(&unknown);
    Ok(value)
}

/// Bytes as text: what is known to be UTF-8 as a whole need not be looked at string by string.
pub(crate) fn text(bytes: &[u8]) -> ApiResult<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        malformed(&format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1))
    })
}

fn malformed(fault: &str) -> ApiError {
    ApiError::new(Code::Malformed, format!("the body cannot be read: {fault}"))
        .hint(seedtest_families::UNREADABLE)
}

/// One pass over the brackets and strings of a text. It follows JSON and takes anything else as it
/// comes.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// What is open, the innermost last; beyond `depth` what was closed, to be used again.
    frames: Vec<Frame<'a>>,
    depth: usize,
    /// Whether the next string is a key.
    key_next: bool,
}

/// An object or a list.
#[derive(Default)]
struct Frame<'a> {
    object: bool,
    keys: Keys<'a>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, frames: Vec::new(), depth: 0, key_next: false }
    }

    fn run(mut self) -> Result<(), String> {
        while let Some(skipped) = self.text.get(self.at..).and_then(next_mark) {
            self.at += skipped;
            let byte = self.text[self.at];
            match byte {
                b'{' | b'[' => self.open(byte == b'{')?,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b',' => self.key_next = self.innermost().is_some_and(|frame| frame.object),
                b'"' => {
                    self.string()?;
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    fn innermost(&mut self) -> Option<&mut Frame<'a>> {
        self.depth.checked_sub(1).and_then(|last| self.frames.get_mut(last))
    }

    fn open(&mut self, object: bool) -> Result<(), String> {
        if self.depth == MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels{}", self.place()));
        }
        if self.frames.len() == self.depth {
            self.frames.push(Frame::default());
        }
        self.depth += 1;
        self.key_next = object;
        if let Some(frame) = self.innermost() {
            frame.object = object;
            frame.keys.clear();
        }
        Ok(())
    }

    /// Goes beyond a string and takes note of a key.
    fn string(&mut self) -> Result<(), String> {
        let text = self.text;
        let begin = self.at;
        let mut escaped = false;
        self.at += 1;
        if self.key_next && self.known_key() {
            return Ok(());
        }
        let mark = |byte: &u8| matches!(byte, b'"' | b'\\');
        while let Some(skipped) = text.get(self.at..).and_then(|rest| rest.iter().position(mark)) {
            self.at += skipped;
            if text[self.at] == b'"' {
                break;
            }
            escaped = true;
            self.at += 2;
        }
        let end = self.at.min(text.len());
        self.at = end + 1;
        if !std::mem::take(&mut self.key_next) {
            return Ok(());
        }
        let raw = || Cow::Borrowed(&text[begin + 1..end]);
        let key = if escaped {
            let read = serde_json::from_slice::<String>(&text[begin..self.at.min(text.len())]);
            read.map_or_else(|_| raw(), |key| Cow::Owned(key.into_bytes()))
        } else {
            raw()
        };
        let shown = || String::from_utf8_lossy(&key).chars().take(SHOWN).collect::<String>();
        if self.innermost().is_some_and(|frame| !frame.keys.insert(key.clone())) {
            return Err(format!("the key {:?} stands twice{}", shown(), self.place()));
        }
        Ok(())
    }

    /// Goes beyond a key that is the one which stood at this place in the object before.
    fn known_key(&mut self) -> bool {
        let (text, begin) = (self.text, self.at);
        let Some(frame) = self.innermost() else { return false };
        let Some(key) = frame.keys.expected() else { return false };
        let end = begin + key.len();
        if !text[begin..].starts_with(key) || text.get(end) != Some(&b'"') {
            return false;
        }
        frame.keys.n += 1;
        self.at = end + 1;
        self.key_next = false;
        true
    }

    /// Where the scan is, for a message.
    fn place(&self) -> String {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.split(|&byte| byte == b'\n').count();
        let column = before.iter().rev().take_while(|&&byte| byte != b'\n').count();
        format!(" at line {line} column {column}")
    }
}

/// Distance to the next bracket, comma or string.
fn next_mark(rest: &[u8]) -> Option<usize> {
    rest.iter().position(|&byte| MARKS[byte as usize])
}

/// Keys of one object, by hash where there are many. Those of the object before at the same depth are
/// remembered: where keys come again in the same order, each is compared once.
#[derive(Default)]
struct Keys<'a> {
    /// Distinct keys, first those of this object.
    known: Vec<Cow<'a, [u8]>>,
    /// How many of them are of this object.
    n: usize,
    many: HashSet<Cow<'a, [u8]>>,
}

impl<'a> Keys<'a> {
    fn clear(&mut self) {
        self.n = 0;
        self.many.clear();
    }

    /// The key that came next in the object before.
    fn expected(&self) -> Option<&[u8]> {
        self.known.get(self.n).map(|key| &**key)
    }

    /// False when the key was there.
    fn insert(&mut self, key: Cow<'a, [u8]>) -> bool {
        if self.expected() == Some(&*key) {
            self.n += 1;
            return true;
        }
        self.known.truncate(self.n);
        if self.n < FEW_KEYS {
            let new = !self.known.contains(&key);
            self.known.push(key);
            self.n += 1;
            return new;
        }
        if self.many.is_empty() {
            self.many.extend(self.known.iter().cloned());
        }
        self.many.insert(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read::<serde_json::Value>(text.as_bytes()).unwrap_err().message
    }

    #[test]
    fn plain_json_passes() {
        for text in ["{}", r#"{"a":[1,-2,3.5,null,true,"x"],"b":{"a":1}}"#] {
            assert!(read::<serde_json::Value>(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        assert!(fault(r#"{"a":1,"b":{"c":1,"c":2}}"#).contains("\"c\" stands twice"));
        let keys = (0..40).map(|key| format!("\"k{}\":0", key % 39));
        let many = keys.collect::<Vec<_>>().join(",");
        assert!(fault(&format!("{{{many}}}")).contains("k0"));
        assert!(fault(r#"{"a":1,"\u0061":2}"#).contains("stands twice"));
        let second = "{\"a\":[{\"b\":1},{\"b\":1,\n\"c\":\"}\",\"b\":2}]}";
        assert!(
            fault(second).contains("\"b\" stands twice at line 2 column 11"),
            "{}",
            fault(second)
        );
        assert!(read::<serde_json::Value>(br#"{"a":["a","a"],"b":"\\","c":"a"}"#).is_ok());
    }

    #[test]
    fn depth_numbers_and_garbage_are_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(fault(&deep).contains("deeper than 32"));
        for text in ["{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":1e999}", "{\"a\":1}{", "", "  "] {
            fault(text);
        }
    }
}
