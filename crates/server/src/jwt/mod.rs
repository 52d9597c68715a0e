//! Signed tokens of the platform (RFC 7519, RS256): who the caller is and what they may do.

mod keys;
mod principal;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use crate::config::{JwtConfig, StartError};
use crate::error::{ApiError, ApiResult, Code};
use keys::PublishedKeys;
use principal::Claims;

pub(crate) use principal::Principal;

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
        if token.len() > LONGEST_TOKEN {
            return Err(invalid("it is too long"));
        }
        let token_header = decode_header(token).map_err(|_| invalid("it is no signed token"))?;
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
        check_times(&claims, now)?;
        Ok(claims.into())
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

fn public_key(pem: &str) -> Result<DecodingKey, StartError> {
    // An environment variable often holds its line breaks as `\n`.
    let pem = pem.replace("\\n", "\n");
    DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| StartError::Setting {
        name: "JWT_PUBLIC_KEY",
        reason: format!("is no RSA key in PEM: {error}"),
    })
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
