//! A digest that puts a length in front of everything that has one.

use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// SHA-256 of values one after the other, each framed by its length.
///
/// Equal digests mean equal values put in the same order by the same methods; numbers are equal when
/// their bits are.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    hash: Sha256,
}

impl Digest {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A number of things that follow, or any whole number.
    pub fn count(&mut self, count: usize) -> &mut Self {
        self.hash.update((count as u64).to_le_bytes());
        self
    }

    /// Bytes: their number, then they themselves.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.count(bytes.len());
        self.hash.update(bytes);
        self
    }

    /// A text, by its UTF-8.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// A list of texts: their number, then each.
    pub fn texts<T: AsRef<str>>(&mut self, texts: &[T]) -> &mut Self {
        self.count(texts.len());
        texts.iter().fold(self, |digest, text| digest.text(text.as_ref()))
    }

    /// A column of numbers, by their bits: a NaN and a minus zero count as what they are.
    pub fn numbers(&mut self, numbers: &[f64]) -> &mut Self {
        self.count(numbers.len());
        for number in numbers {
            self.hash.update(number.to_le_bytes());
        }
        self
    }

    /// A column of codes.
    pub fn codes(&mut self, codes: &[u32]) -> &mut Self {
        self.count(codes.len());
        for code in codes {
            self.hash.update(code.to_le_bytes());
        }
        self
    }

    /// The digest in 64 hexadecimal digits. More can be put after it.
    pub fn finish(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;
    use crate::sha256_hex;
    use proptest::prelude::*;

    #[test]
    fn lengths_stand_in_front() {
        let bytes: &[u8] =
            &[2, 0, 0, 0, 0, 0, 0, 0, b'h', b'i', 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0];
        assert_eq!(Digest::new().text("hi").codes(&[7]).finish(), sha256_hex(&[bytes]));
    }

    proptest! {
        #[test]
        fn lists_with_equal_letters_differ(
            a in prop::collection::vec("[ab]{0,3}", 0..5),
            b in prop::collection::vec("[ab]{0,3}", 0..5),
        ) {
            let of = |texts: &[String]| Digest::new().texts(texts).finish();
            prop_assert_eq!(of(&a) == of(&b), a == b);
        }

        #[test]
        fn columns_keep_their_bounds(
            a in prop::collection::vec(0u32..2, 0..4),
            b in prop::collection::vec(0u32..2, 0..4),
            c in prop::collection::vec(0u32..2, 0..4),
        ) {
            let of = |x: &[u32], y: &[u32]| Digest::new().codes(x).codes(y).finish();
            let joined = [&a[..], &b[..]].concat();
            prop_assert_eq!(of(&a, &b) == of(&joined, &c), a == joined && b == c);
        }
    }
}
