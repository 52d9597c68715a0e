//! What a message may show: texts of others without what a terminal or a log would obey, addresses
//! without what opens them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text in one line that a terminal and a log show as it is: control characters, ends of lines and
/// marks that turn the direction of writing are spelled out, as `\n` or `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escaped_but(text, |_| false)
}

/// The same for a text of several lines; tabs and ends of lines stay.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escaped_but(text, |c| c == '\n' || c == '\t')
}

/// Bytes of a result that are looked through together.
const LOOKED_THROUGH: usize = 4096;

/// JSON with the same characters written as `\u001b`, which says the same to a reader of JSON; ends of
/// lines and tabs, which stand between its values, stay.
pub fn escaped_in_json(json: &str) -> Cow<'_, str> {
    let obeyed = |c: char| is_obeyed(c) && c != '\n' && c != '\t';
    // A large result is looked through byte by byte: many at a time, where each character takes a decision.
    let may_begin =
        |bytes: &[u8]| bytes.iter().fold(false, |found, &byte| found | may_begin_obeyed(byte));
    if !json.as_bytes().chunks(LOOKED_THROUGH).any(may_begin) || !json.contains(obeyed) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if obeyed(c) {
            // Writing to a text does not fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn escaped_but(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let obeyed = |c: char| is_obeyed(c) && !kept(c);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !obeyed(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a text does not fail.
            other => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
            }
        }
    }
    Cow::Owned(shown)
}

/// Control characters (C0, DEL, C1), separators of lines, and marks and overrides of direction (Unicode
/// 16, UAX 9).
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character that is obeyed, but an end of a line or a tab, may begin with this byte.
fn may_begin_obeyed(byte: u8) -> bool {
    (byte < b' ' && byte != b'\n' && byte != b'\t') || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// An address that may be shown: scheme, host and path; where `user` is set, also the name of the user.
/// Passwords, queries and fragments are left out. Of an address whose parts are not certain, because a
/// sign that separates them may be part of a password, the scheme is all there is.
pub fn without_credentials(address: &str, user: bool) -> String {
    let address = address.trim();
    let Some((scheme, rest)) = address.split_once("://").filter(|(scheme, _)| is_scheme(scheme))
    else {
        return "…".to_string();
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = &tail[..tail.find(['?', '#']).unwrap_or(tail.len())];
    if tail.contains('@') || authority.contains(char::is_whitespace) {
        return format!("{scheme}://…");
    }
    let shown = match authority.rsplit_once('@') {
        None => match authority.rsplit_once(':') {
            // A port is a number: what is none may be the password of an address whose host was forgotten.
            Some((host, port))
                if !port.ends_with(']') && !port.bytes().all(|b| b.is_ascii_digit()) =>
            {
                format!("{scheme}://{host}:…")
            }
            _ => format!("{scheme}://{authority}{path}"),
        },
        Some((credentials, host)) => {
            let name = credentials.split(':').next().filter(|_| user).unwrap_or("…");
            format!("{scheme}://{name}@{host}{path}")
        }
    };
    escaped(&shown).into_owned()
}

/// The scheme of an address, for messages; empty for a text that is no address, which may be a secret
/// that was pasted.
pub fn scheme_of(address: &str) -> &str {
    let scheme = address.trim().split_once("://").map_or("", |(scheme, _)| scheme);
    if is_scheme(scheme) { scheme } else { "" }
}

fn is_scheme(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        for (text, shown) in [
            ("김민준 – amy", "김민준 – amy"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nerror: b\r\t", "a\\nerror: b\\r\\t"),
            ("\u{9b}31m\u{7f}\0", "\\u{9b}31m\\u{7f}\\u{0}"),
            ("a\u{202e}b\u{2066}c\u{2028}", "a\\u{202e}b\\u{2066}c\\u{2028}"),
        ] {
            assert_eq!(escaped(text), shown);
        }
        let json = escaped_in_json("{\"a\": \"\u{202e}\u{7f}\"}\n");
        assert_eq!(json, "{\"a\": \"\\u202e\\u007f\"}\n");
        assert_eq!(escaped_lines("a\tb\nc\u{1b}"), "a\tb\nc\\u{1b}");
    }

    #[test]
    fn a_look_at_the_bytes_misses_no_character_that_is_obeyed() {
        let behind = format!("{}[1,\n\t\"김 – ·\"]", " ".repeat(LOOKED_THROUGH));
        for c in (char::MIN..=char::MAX).filter(|&c| is_obeyed(c) && c != '\n' && c != '\t') {
            let mut first = [0; 4];
            c.encode_utf8(&mut first);
            assert!(may_begin_obeyed(first[0]), "{c:?}");
            let shown = format!("{behind}\\u{:04x}", u32::from(c));
            assert_eq!(escaped_in_json(&format!("{behind}{c}")), shown);
        }
        assert!(matches!(escaped_in_json(&behind), Cow::Borrowed(_)));
        assert!(!may_begin_obeyed("김".as_bytes()[0]));
    }

    #[test]
    fn passwords_show_in_no_form_of_an_address() {
        for address in [
            "postgresql://ann:SECRET@db:5432/school",
            "postgresql://ann:SECRET",
            "postgresql://ann:SECRET/school",
            "postgresql://ann:1SECRET?x=y",
            "postgresql://ann:SE@SECRET@db/school",
            "postgresql://ann:a/SECRET@db/school",
            "postgresql://ann:a?SECRET@db/school",
            "postgresql://ann:a#SECRET@db/school",
            "postgresql://ann:SECRET/x@db/school",
            "postgresql://db/school?user=ann&password=SECRET",
            "postgresql://db/school?password=a@SECRET",
            "postgresql://db?password=SECRET",
            "postgresql:ann:SECRET@db/school",
            "postgresql:///school?host=/run&password=SECRET",
            "postgresql://ann:a SECRET@db/school",
            "host=db user=ann password=SECRET dbname=school",
            "host=db password=a:SECRET",
            "http://ann:SECRET@models/base",
            "http://SECRET@models/base",
            "http://models/base#SECRET",
            "SECRET",
            "SECRET://",
        ] {
            for user in [true, false] {
                let shown = without_credentials(address, user);
                let is_user = user && address.starts_with("http://SECRET@");
                let is_scheme = address.starts_with("SECRET://");
                assert!(is_user || is_scheme || !shown.contains("SECRET"), "{address}: {shown}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_shows() {
        let shown = |address| without_credentials(address, true);
        assert_eq!(
            shown("postgresql://ann:p@db:5432/school?x=1"),
            "postgresql://ann@db:5432/school"
        );
        assert_eq!(shown("http://models:8000/r"), "http://models:8000/r");
        assert_eq!(without_credentials("http://a:b@models/r", false), "http://…@models/r");
        assert_eq!(
            (scheme_of("mysql://u:p@h/d"), scheme_of("pass:word"), scheme_of("x")),
            ("mysql", "", "")
        );
    }
}
