//! RSA keys made for one test, by the `openssl` that PostgreSQL's packages bring along.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

pub(crate) struct SigningKey {
    pub(crate) private_pem: String,
    pub(crate) public_pem: String,
}

impl SigningKey {
    /// The key that the services of one test trust.
    pub(crate) fn of_all() -> &'static Self {
        static KEY: OnceLock<SigningKey> = OnceLock::new();
        KEY.get_or_init(Self::generate)
    }

    pub(crate) fn generate() -> Self {
        Self::of_bits(2048)
    }

    pub(crate) fn of_bits(bits: u32) -> Self {
        let size = &format!("rsa_keygen_bits:{bits}");
        let private_pem =
            openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", size], "");
        let public_pem = openssl(&["pkey", "-pubout"], &private_pem);
        Self { private_pem, public_pem }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(claims, &Header::new(Algorithm::RS256))
    }

    pub(crate) fn sign_with_id(&self, claims: &Value, id: &str) -> String {
        let kid = Some(id.to_string());
        self.sign_as(claims, &Header { kid, ..Header::new(Algorithm::RS256) })
    }

    fn sign_as(&self, claims: &Value, header: &Header) -> String {
        let key = EncodingKey::from_rsa_pem(self.private_pem.as_bytes()).unwrap();
        encode(header, claims, &key).unwrap()
    }

    /// A token whose header is this JSON.
    pub(crate) fn sign_with_header(&self, header: &Value, claims: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(self.private_pem.as_bytes()).unwrap();
        let part = |json: &Value| base64url(json.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap();
        format!("{message}.{signature}")
    }

    /// The public key as it stands in a key set.
    pub(crate) fn published(&self, id: &str) -> Value {
        let text = openssl(&["rsa", "-noout", "-modulus"], &self.private_pem);
        let digits = text.trim().strip_prefix("Modulus=").unwrap();
        let modulus: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
            .collect();
        json!({"kty": "RSA", "use": "sig", "kid": id, "n": base64url(&modulus), "e": "AQAB"})
    }
}

fn openssl(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl makes the keys of these tests: install it");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "openssl {arguments:?}");
    String::from_utf8(done.stdout).unwrap()
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, &byte| group << 8 | u32::from(byte));
        let group = group << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            text.push(char::from(LETTERS[(group >> (18 - 6 * position) & 63) as usize]));
        }
    }
    text
}
