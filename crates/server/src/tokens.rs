//! The tokens of internal callers in force: those of the set-up, and those of the database, which are
//! read again while the service runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use seedtest_digest::sha256_hex;
use seedtest_store::{Store, StoredToken};
use subtle::ConstantTimeEq;

use crate::config::Token;
use crate::routing::TokenScope;

/// How often the tokens of the database are read again.
pub(crate) const PACE: Duration = Duration::from_secs(1);
/// Shortest time between two looks for a token that is not known: strangers pay for none of them.
const SHORTEST: Duration = Duration::from_millis(200);
/// A database that takes longer says nothing new.
const PATIENCE: Duration = Duration::from_secs(1);

/// A token that opens something.
#[derive(Debug, Clone)]
pub(crate) struct KnownToken {
    /// Its bearer in logs and in the ledger.
    pub(crate) name: String,
    /// What it opens.
    pub(crate) scopes: Vec<TokenScope>,
    /// SHA-256 of the secret in hexadecimal.
    digest: String,
    expires_at: Option<DateTime<Utc>>,
}

/// Every token in force.
#[derive(Debug)]
pub(crate) struct Tokens {
    of_set_up: Vec<KnownToken>,
    stored: Mutex<OfDatabase>,
}

#[derive(Debug, Default)]
struct OfDatabase {
    known: Arc<[KnownToken]>,
    /// Whether there ever was one: a service whose tokens were all revoked is closed, not open.
    any: bool,
    looked_at: Option<Instant>,
}

impl Tokens {
    /// Those of the set-up; the database is still to be read.
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let known = |token: &Token| KnownToken {
            name: token.name.clone(),
            scopes: token.scopes.clone(),
            digest: sha256_hex(&[token.secret.as_bytes()]),
            expires_at: None,
        };
        Self { of_set_up: tokens.iter().map(known).collect(), stored: Mutex::default() }
    }

    /// Whether nobody ever set one.
    pub(crate) fn are_none(&self) -> bool {
        self.of_set_up.is_empty() && !self.stored().any
    }

    /// The token with one of these secrets that holds now.
    pub(crate) fn matching(&self, secrets: &[&[u8]], now: DateTime<Utc>) -> Option<KnownToken> {
        let stored = self.stored().known.clone();
        let all = || self.of_set_up.iter().chain(stored.iter());
        secrets.iter().find_map(|&secret| {
            let digest = sha256_hex(&[secret]);
            // Every digest is compared, each in a time that does not depend on where they differ.
            let equal = |token: &&KnownToken| {
                let holds = token.expires_at.is_none_or(|at| now < at);
                bool::from(token.digest.as_bytes().ct_eq(digest.as_bytes())) && holds
            };
            all().filter(equal).reduce(|first, _| first).cloned()
        })
    }

    /// Reads the tokens of the database.
    pub(crate) async fn read(&self, store: &Store) -> Result<(), seedtest_store::Error> {
        let rows = store.tokens().await?;
        let mut stored = self.stored();
        stored.any = !rows.is_empty();
        stored.known = rows.iter().filter_map(known).collect();
        Ok(())
    }

    /// The same because somebody sent one that is not known; not more often than is good.
    pub(crate) async fn look_again(&self, store: &Store) {
        let due = {
            let mut stored = self.stored();
            let due = stored.looked_at.is_none_or(|at| at.elapsed() >= SHORTEST);
            if due {
                stored.looked_at = Some(Instant::now());
            }
            due
        };
        if due {
            // What cannot be read now is read at the next look.
            let _ = tokio::time::timeout(PATIENCE, self.read(store)).await;
        }
    }

    /// Reads the tokens of the database again and again.
    pub(crate) async fn keep_reading(&self, store: &Store) {
        let mut failing = false;
        loop {
            tokio::time::sleep(PACE).await;
            let read = self.read(store).await;
            if let Err(error) = &read
                && !failing
            {
                tracing::error!(%error, "the tokens cannot be read; those that were known hold on");
            }
            failing = read.is_err();
        }
    }

    fn stored(&self) -> std::sync::MutexGuard<'_, OfDatabase> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token that was not revoked. Words for scopes that this version does not know open nothing.
fn known(row: &StoredToken) -> Option<KnownToken> {
    if row.revoked_at.is_some() {
        return None;
    }
    Some(KnownToken {
        name: format!("token {}", row.name),
        scopes: row.scopes.split(',').filter_map(TokenScope::find).collect(),
        digest: row.digest.clone(),
        expires_at: row.expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(&["one", "two"].map(|text| Token::full(&text.to_uppercase(), text)))
    }

    #[test]
    fn the_whole_secret_opens_and_no_part_of_it() {
        let tokens = tokens();
        let found = |secret: &str| {
            tokens
                .matching(&[&b"x"[..], secret.as_bytes()], DateTime::UNIX_EPOCH)
                .map(|token| token.name)
        };
        assert_eq!(found("two").as_deref(), Some("TWO"));
        for other in ["tw", "two2", "TWO", ""] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn only_a_service_that_never_had_a_token_is_open() {
        assert!(Tokens::new(&[]).are_none());
        assert!(!tokens().are_none());
        let closed = Tokens::new(&[]);
        closed.stored().any = true;
        assert!(!closed.are_none());
    }
}
