//! Who somebody is, from the signed token of a provider.

use seedtest_store::Subject;
use subtle::ConstantTimeEq;

use super::provider::ProviderFault;
use crate::jwt::{Claims, Principal};

/// Who somebody is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) subject: Subject,
    /// An address of mail that the provider knows to be theirs.
    pub(super) verified_mail: Option<String>,
    /// Name to show.
    pub(super) name: String,
    /// Whether the token says what they are to the school.
    pub(super) names_role: bool,
    /// What follows from that.
    pub(super) principal: Principal,
}

impl Identity {
    /// What a token says that was verified.
    ///
    /// # Errors
    /// It was made for another sign-in, or for another service.
    pub(super) fn of(
        claims: Claims,
        issuer: &str,
        client_id: &str,
        nonce: &str,
    ) -> Result<Self, ProviderFault> {
        let own = claims.nonce().is_some_and(|said| said.as_bytes().ct_eq(nonce.as_bytes()).into());
        if !own {
            return Err(ProviderFault::Token("its nonce is that of another sign-in".into()));
        }
        if claims.authorized_party().is_some_and(|party| party != client_id) {
            return Err(ProviderFault::Token("it was made for another service".into()));
        }
        let subject = Subject { issuer: issuer.into(), subject: claims.subject().into() };
        let verified_mail = claims.verified_mail().map(str::to_owned);
        let name = claims.name().or(verified_mail.as_deref()).unwrap_or(claims.subject());
        Ok(Self {
            name: name.chars().take(200).collect(),
            subject,
            verified_mail,
            names_role: claims.names_role(),
            principal: claims.into(),
        })
    }
}
