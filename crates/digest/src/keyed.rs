//! Digests that only the holder of a key can make.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex;

/// HMAC-SHA-256 (RFC 2104) in 64 hexadecimal digits of texts, each framed by its length: no two lists of
/// texts are the same bytes.
pub fn keyed_hex(key: &[u8], texts: &[&str]) -> String {
    // A key of any length is one; the type cannot say so.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for text in texts {
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::keyed_hex;

    #[test]
    fn the_known_answer() {
        // Python 3.11: hmac.new(b"key", (3).to_bytes(8, "big") + b"amy", "sha256").hexdigest()
        let expected = "2d5145e0fe17423bdd71a93ded77679905caa0925c403f56343883c8a93a8194";
        assert_eq!(keyed_hex(b"key", &["amy"]), expected);
    }

    #[test]
    fn keys_and_frames_tell_apart() {
        let of = |key: &[u8], texts: &[&str]| keyed_hex(key, texts);
        assert_ne!(of(b"a", &["amy"]), of(b"b", &["amy"]));
        assert_ne!(of(b"a", &["a", "my"]), of(b"a", &["am", "y"]));
    }
}
