//! Signed tokens of the platform (RFC 7519, RS256): who the caller is and what they may do.

mod keys;
mod principal;
mod rsa_key;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::config::{JwtConfig, StartError};
use crate::error::{ApiError, ApiResult, Code};
use keys::PublishedKeys;
use rsa_key::check_pem;

pub(crate) use principal::{Claims, Principal};

/// Clocks of issuer and service may differ by that many seconds.
const LEEWAY_SECONDS: f64 = 60.0;
/// Longer tokens are not looked at.
const LONGEST_TOKEN: usize = 16 << 10;

/// Checks signed tokens.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Keys,
    validation: Validation,
}

#[derive(Debug)]
enum Keys {
    Given(GivenKey),
    Published(PublishedKeys),
}

/// The one key of the set-up.
struct GivenKey(DecodingKey);

impl std::fmt::Debug for GivenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenKey")
    }
}

impl Verifier {
    /// A key given as PEM comes before keys published at a URL.
    pub(crate) fn new(config: &JwtConfig) -> Result<Self, StartError> {
        let keys = match (&config.public_key, &config.jwks_url) {
            (Some(pem), _) => Keys::Given(GivenKey(public_key(pem)?)),
            (None, Some(url)) => Keys::Published(PublishedKeys::at(url)?),
            (None, None) => {
                let reason = "neither a public key nor the URL of the keys is given".to_string();
                return Err(StartError::Setting { name: "JWT_PUBLIC_KEY", reason });
            }
        };
        let mut validation = Validation::new(Algorithm::RS256);
        let mut required = vec!["exp", "sub"];
        // Times are compared with the clock of the service.
        validation.validate_exp = false;
        validation.validate_aud = config.audience.is_some();
        if let Some(issuer) = &config.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &config.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Ok(Self { keys, validation })
    }

    /// The bearer of a token.
    pub(crate) async fn verify(&self, token: &str, now: DateTime<Utc>) -> ApiResult<Principal> {
        self.claims_of(token, now).await.map(Principal::from)
    }

    /// What a token says.
    pub(crate) async fn claims_of(&self, token: &str, now: DateTime<Utc>) -> ApiResult<Claims> {
        if token.len() > LONGEST_TOKEN {
            return Err(invalid("it is too long"));
        }
        let token_header = decode_header(token).map_err(|_| invalid("it is no signed token"))?;
        if has_critical_extensions(token) {
            return Err(invalid("its header has crit, and no extension is known here"));
        }
        if token_header.alg != Algorithm::RS256 {
            return Err(invalid("it is not signed with RS256"));
        }
        let claims = match &self.keys {
            Keys::Given(key) => self.claims(token, &key.0)?,
            Keys::Published(published) => {
                let key = published.find(token_header.kid.as_deref()).await?;
                self.claims(token, &key)?
            }
        };
        if !claims.has_one_issuer() {
            return Err(invalid("its iss is no text: a token has one issuer"));
        }
        check_times(&claims, now)?;
        check_subject(claims.subject())?;
        Ok(claims)
    }

    fn claims(&self, token: &str, key: &DecodingKey) -> ApiResult<Claims> {
        use jsonwebtoken::errors::ErrorKind as E;
        let decoded = decode::<Claims>(token, key, &self.validation).map_err(|error| {
            invalid(match error.kind() {
                E::InvalidSignature => "its signature does not fit",
                E::InvalidIssuer => "it comes from another issuer",
                E::InvalidAudience => "it is meant for another audience",
                E::MissingRequiredClaim(_) => "it lacks one of exp, sub, iss, aud",
                _ => "it cannot be read",
            })
        })?;
        Ok(decoded.claims)
    }
}

/// SHA-256 of a text in Base64 for addresses, without padding (RFC 7636, 4.2).
pub(crate) fn sha256_base64(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(seedtest_digest::sha256(text.as_bytes()))
}

fn public_key(pem: &str) -> Result<DecodingKey, StartError> {
    // An environment variable often holds its line breaks as `\n`.
    let pem = pem.replace("\\n", "\n");
    check_pem(&pem).map_err(|reason| StartError::Setting { name: "JWT_PUBLIC_KEY", reason })?;
    DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| StartError::Setting {
        name: "JWT_PUBLIC_KEY",
        reason: format!("is no RSA key in PEM: {error}"),
    })
}

/// Whether a token must not be accepted by who does not know its extensions (RFC 7515, 4.1.11).
fn has_critical_extensions(token: &str) -> bool {
    let first = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(first).ok();
    let header = header.and_then(|json| serde_json::from_slice::<Map<String, Value>>(&json).ok());
    header.is_none_or(|header| header.contains_key("crit"))
}

/// An id is taken as it is: one that somebody further on might trim could become somebody else's.
fn check_subject(subject: &str) -> ApiResult<()> {
    if subject.is_empty() {
        return Err(invalid("its sub is empty"));
    }
    let edge = subject.trim() != subject;
    if edge || subject.chars().any(char::is_control) {
        return Err(invalid("its sub has blanks around it or control characters in it"));
    }
    Ok(())
}

fn check_times(claims: &Claims, now: DateTime<Utc>) -> ApiResult<()> {
    let now = now.timestamp() as f64;
    if claims.exp + LEEWAY_SECONDS < now {
        return Err(invalid("it has expired"));
    }
    if claims.nbf.is_some_and(|nbf| nbf - LEEWAY_SECONDS > now) {
        return Err(invalid("it does not hold yet"));
    }
    Ok(())
}

fn invalid(why: &str) -> ApiError {
    ApiError::new(Code::Unauthorized, format!("invalid token: {why}"))
        .hint("sign in again and send the new token as Authorization: Bearer TOKEN")
}

#[cfg(test)]
mod tests {
    use super::sha256_base64;

    #[test]
    fn the_known_challenge() {
        // RFC 7636, appendix B.
        let challenge = sha256_base64("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
