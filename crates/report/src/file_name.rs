//! Names of report files, one for each student and each class.

use seedtest_digest::{hex, sha256_hex};

/// Name of the file to open first, beside those of the students: the classes of a school, or
/// everybody where there is no roster.
pub const CLASS_FILE_NAME: &str = "index.html";

/// Name of the file of those who are in no class of the roster.
pub const OTHERS_FILE_NAME: &str = "others.html";

/// Name of the file on the models.
pub const OPERATOR_FILE_NAME: &str = "operator.html";

/// Longest name, in bytes, that is written out in full; file systems stop at 255.
const LONGEST: usize = 200;

/// Name of the report file of a student, safe for any id text.
///
/// The id follows `student-`. Letters, digits, `-`, `_` and `.` stand for themselves, every other
/// byte of the UTF-8 text is `=` and two hexadecimal digits (as in quoted-printable; unlike `%` it
/// needs no second escape in a link). Two ids never share a name, also on file systems that ignore
/// case: an id with capital letters ends in `==` and the places of its capitals as a hexadecimal
/// number. A name over 200 bytes is cut and ends in `==h` and the SHA-256 of the id.
pub fn file_name(user_id: &str) -> String {
    named("student-", user_id)
}

/// Name of the file of a class of the roster, made from its id as [`file_name`] does.
pub fn class_file_name(class_id: &str) -> String {
    named("class-", class_id)
}

fn named(kind: &str, id: &str) -> String {
    let mut stem = String::from(kind);
    for byte in id.bytes() {
        push_escaped(&mut stem, byte);
    }
    stem.push_str(&capitals_mark(id));
    if stem.len() > LONGEST {
        stem.truncate(LONGEST - 67);
        stem.push_str("==h");
        stem.push_str(&sha256_hex(&[id.as_bytes()]));
    }
    stem.push_str(".html");
    stem
}

fn push_escaped(name: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
        name.push(char::from(byte));
    } else {
        name.push('=');
        name.push_str(&hex(&[byte]));
    }
}

/// `==` and one bit per byte of the id, set where it is a capital letter; empty without capitals.
fn capitals_mark(user_id: &str) -> String {
    if !user_id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return String::new();
    }
    let mut mark = String::from("==");
    for chunk in user_id.as_bytes().chunks(8) {
        let bits = (0..8).filter(|&i| chunk.get(i).is_some_and(u8::is_ascii_uppercase));
        mark.push_str(&hex(&[bits.fold(0, |byte, i| byte | (0x80 >> i))]));
    }
    while mark.ends_with('0') {
        mark.pop();
    }
    mark
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CLASS_FILE_NAME, file_name};

    #[test]
    fn plain_ids_stay_readable() {
        assert_eq!(file_name("s_0001"), "student-s_0001.html");
        assert_eq!(file_name("S001"), "student-S001==8.html");
        assert_eq!(file_name("../../etc/passwd"), "student-..=2f..=2fetc=2fpasswd.html");
        assert_eq!(file_name("가"), "student-=ea=b0=80.html");
        assert_eq!(file_name(""), "student-.html");
    }

    #[test]
    fn long_ids_differ_by_their_digest() {
        let long = "x".repeat(400);
        let other = format!("{long}y");
        assert!(file_name(&long).len() <= 205);
        assert_ne!(file_name(&long), file_name(&other));
    }

    proptest! {
        #[test]
        fn names_are_safe(id in any::<String>()) {
            let name = file_name(&id);
            prop_assert!(name.len() <= 205);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=".contains(&b)));
            prop_assert!(name != CLASS_FILE_NAME && name.starts_with("student-"));
        }

        #[test]
        fn names_never_collide(a in "[aAbB=/.8é]{0,12}", b in "[aAbB=/.8é]{0,12}") {
            prop_assume!(a != b);
            prop_assert_ne!(file_name(&a).to_lowercase(), file_name(&b).to_lowercase());
        }
    }
}
