//! What no message to a user says.

/// Words of this program's readers and of the language it is written in.
const OWN: &[&str] = &[
    "serde",
    "invalid type",
    "unknown variant",
    "missing field",
    "untagged",
    " struct ",
    " enum ",
    "tuple",
    "Option<",
    "Vec<",
    "::",
    " u8",
    " u16",
    " u32",
    " u64",
    " i32",
    " i64",
    " f64",
    "usize",
    "panicked",
    "unwrap",
    "Some(",
    "Err(",
    "invalid digit",
    "float literal",
    "parse integer",
    "premature end",
    "trailing input",
    "os error",
    "EOF",
    "found in string",
    "deserialize",
    "Utf8",
];

/// The first word of a message that speaks of how a program is written, where there is one.
#[must_use]
pub fn own_word(message: &str) -> Option<&'static str> {
    OWN.iter().copied().find(|word| message.contains(word))
}
