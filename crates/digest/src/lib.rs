//! Names of content: SHA-256 over framed values, in hexadecimal; and names that only the holder of a key
//! can make.
//!
//! Values that follow one another are framed: every text, list and table is preceded by its length, so
//! that different values never put the same bytes through the hash (`["a", "bc"]` and `["ab", "c"]` do
//! without frames).
//!
//! ```
//! use seedtest_digest::Digest;
//! let of = |texts: [&str; 2]| Digest::new().texts(&texts).finish();
//! assert_ne!(of(["a", "bc"]), of(["ab", "c"]));
//! ```

mod framed;
mod hex;
mod keyed;

pub use framed::Digest;
pub use hex::{hex, sha256, sha256_hex};
pub use keyed::{hmac_hex, keyed_hex};
