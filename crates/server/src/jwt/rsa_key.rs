//! Which RSA keys are good enough to check tokens with: public ones of at least 2 048 bits (NIST SP
//! 800-131A; `ring` verifies with no smaller ones).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use simple_asn1::{ASN1Block, from_der};

const LEAST_BITS: u64 = 2_048;

/// Whether a published key has a part that only its owner may know.
pub(super) fn is_private(key: &Value) -> bool {
    ["d", "p", "q", "dp", "dq", "qi"].iter().any(|name| key.get(name).is_some())
}

/// Checks the size of a published modulus.
///
/// # Errors
/// Why it is not used.
pub(super) fn check_modulus(text: &str) -> Result<(), String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "its modulus is no base64url")?;
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
    let rest = &bytes[first..];
    let bits = rest.len() as u64 * 8;
    check_bits(bits - rest.first().map_or(0, |byte| u64::from(byte.leading_zeros())))
}

/// Checks that a text in PEM is one public RSA key of a good size.
///
/// # Errors
/// What is wrong with it; the key is not told.
pub(super) fn check_pem(text: &str) -> Result<(), String> {
    let keys = pem::parse_many(text).map_err(|error| format!("is no key in PEM: {error}"))?;
    let [key] = &keys[..] else {
        return Err(format!("has to be one key in PEM, not {}", keys.len()));
    };
    if key.tag().contains("PRIVATE") {
        return Err(
            "is a private key: give the public one, and make a new pair if others could read \
                    this setting"
                .to_string(),
        );
    }
    let bits = modulus_bits(key.contents()).ok_or("is no public RSA key in PEM")?;
    check_bits(bits)
}

fn check_bits(bits: u64) -> Result<(), String> {
    if bits >= LEAST_BITS {
        return Ok(());
    }
    Err(format!("is an RSA key of {bits} bits, which can be broken: {LEAST_BITS} are the least"))
}

/// Bits of the modulus of a key in DER, alone (PKCS #1) or with its kind (SPKI).
fn modulus_bits(der: &[u8]) -> Option<u64> {
    let blocks = from_der(der).ok()?;
    let [ASN1Block::Sequence(_, parts)] = &blocks[..] else { return None };
    match &parts[..] {
        [ASN1Block::Integer(_, modulus), ASN1Block::Integer(..)] => Some(modulus.bits()),
        [ASN1Block::Sequence(..), ASN1Block::BitString(_, _, key)] => modulus_bits(key),
        _ => None,
    }
}
