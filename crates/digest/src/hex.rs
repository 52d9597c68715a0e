//! Bytes as hexadecimal digits, and the plain SHA-256 of bytes.

use sha2::{Digest as _, Sha256};

/// Two lower-case hexadecimal digits for every byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// SHA-256 of bytes, where a format of others asks for the bytes of the digest.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256, in 64 hexadecimal digits, of parts as if they were one: for bytes whose own form tells where
/// a value ends, as JSON does. Everything else is framed: [`Digest`](crate::Digest).
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::{hex, sha256, sha256_hex};

    #[test]
    fn digits_of_every_half() {
        assert_eq!(hex(&[0x00, 0x1f, 0xa0, 0xff]), "001fa0ff");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn the_known_answers() {
        // FIPS 180-2, appendix B.1 ("abc"); coreutils 9.1: printf '' | sha256sum.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(&[b"abc"]), abc);
        assert_eq!(hex(&sha256(b"abc")), abc);
        assert_eq!(sha256_hex(&[b"a", b"", b"bc"]), abc);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(&[]), empty);
    }
}
