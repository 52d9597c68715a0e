//! Digests that only the holder of a key can make.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex;

/// HMAC-SHA-256 (RFC 2104) of bytes as they are, in 64 hexadecimal digits: what a receiver of somebody else's making
/// computes again. Values that follow one another belong into [`keyed_hex`].
pub fn hmac_hex(key: &[u8], bytes: &[u8]) -> String {
    let Some(mut mac) = mac(key) else { return String::new() };
    mac.update(bytes);
    hex(&mac.finalize().into_bytes())
}

/// HMAC-SHA-256 (RFC 2104) in 64 hexadecimal digits of texts, each framed by its length: no two lists of
/// texts are the same bytes.
pub fn keyed_hex(key: &[u8], texts: &[&str]) -> String {
    let Some(mut mac) = mac(key) else { return String::new() };
    for text in texts {
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

/// A key of any length is one; the type cannot say so.
fn mac(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::<Sha256>::new_from_slice(key).ok()
}

#[cfg(test)]
mod tests {
    use super::{hmac_hex, keyed_hex};

    #[test]
    fn the_known_answers_of_the_standard() {
        // RFC 4231, test cases 2 and 6 (a key longer than a block).
        let short = hmac_hex(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(short, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long =
            hmac_hex(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

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
