//! Passwords: what is asked of one, its hash (Argon2id, RFC 9106), and whether another one is the same.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::refusal::Refusal;

/// Characters of the shortest password.
pub(crate) const SHORTEST: usize = 12;
/// Bytes of the longest.
const LONGEST: usize = 1024;
/// Memory of one hash, KiB, and how often it is gone over: what OWASP asks for at least (2023).
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes that are computed at once: each takes a core for a moment.
const AT_ONCE: usize = 2;

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too few characters.
    #[error("the password has fewer than {SHORTEST} characters")]
    Short,
    /// Too many bytes.
    #[error("the password has more than {LONGEST} bytes")]
    Long,
    /// It is, or holds little more than, what everybody knows.
    #[error("the password is the login, or one character again and again")]
    Guessed,
}

impl PasswordFault {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Short => "several words are easy to remember and hard to guess",
            Self::Long => "a shorter one is as good",
            Self::Guessed => "choose something that nobody would try first",
        }
    }

    /// The word by which the pages say it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Short => "password.short",
            Self::Long => "password.long",
            Self::Guessed => "password.guessed",
        }
    }
}

/// Whether a password may become that of a login.
pub(crate) fn check(password: &str, login: &str) -> Result<(), PasswordFault> {
    if password.len() > LONGEST {
        return Err(PasswordFault::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(PasswordFault::Short);
    }
    let first = password.chars().next();
    let one_again_and_again = password.chars().all(|c| Some(c) == first);
    let without_login = password.to_lowercase().replace(&login.to_lowercase(), "");
    if one_again_and_again || without_login.chars().count() < 4 {
        return Err(PasswordFault::Guessed);
    }
    Ok(())
}

/// Computes hashes, a few at a time.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// The hash of a password nobody has, for logins that do not exist.
    nobodys: Arc<str>,
}

impl Passwords {
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn new() -> Result<Self, Refusal> {
        let nobodys = hash(&crate::secrets::secret()?)?;
        Ok(Self { places: Arc::new(Semaphore::new(AT_ONCE)), nobodys: nobodys.into() })
    }

    /// Whether a password is the one of a hash. Without a hash it takes as long and is none.
    pub(crate) async fn is_right(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, Refusal> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let nobodys = self.nobodys.clone();
        self.beside(move || {
            let is_right = verify(&password, stored.as_deref().unwrap_or(&nobodys));
            is_right && stored.is_some()
        })
        .await
    }

    /// The hash of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.beside(move || hash(&password)).await?
    }

    /// Computes beside the threads that answer.
    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|error| Refusal::internal(&error))?;
        let worked = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        worked.await.map_err(|error| Refusal::internal(&error))
    }
}

fn argon2() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(MEMORY, PASSES, 1, None)?))
}

/// The hash of a password under a salt of its own, as a PHC string.
///
/// # Errors
/// When the system has no random numbers.
pub(crate) fn hash(password: &str) -> Result<String, Refusal> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let argon2 = argon2().map_err(|error| Refusal::internal(&error))?;
    let hash: Result<PasswordHash, _> = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| Refusal::internal(&error))?.to_string())
}

/// Whether a password is that of a hash, under the parameters it was made with.
fn verify(password: &str, stored: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(stored) else {
        tracing::error!("a stored password hash cannot be read");
        return false;
    };
    argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_the_login() {
        assert_eq!(check("correct horse battery", "tom"), Ok(()));
        assert_eq!(check("네 단어로 된 긴 암호입니다", "tom"), Ok(()));
        assert_eq!(check("short", "tom"), Err(PasswordFault::Short));
        assert_eq!(check(&"a".repeat(LONGEST + 1), "tom"), Err(PasswordFault::Long));
        for guessed in ["aaaaaaaaaaaaaa", "tom@school.example", "Tom@School.Example1"] {
            assert_eq!(
                check(guessed, "tom@school.example"),
                Err(PasswordFault::Guessed),
                "{guessed}"
            );
        }
    }

    #[test]
    fn a_hash_says_argon2id_and_tells_passwords_apart() {
        let stored = hash("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash("correct horse battery").unwrap());
        assert!(verify("correct horse battery", &stored));
        assert!(!verify("correct horse batterz", &stored) && !verify("", &stored));
        assert!(!verify("correct horse battery", "no hash"));
    }

    #[test]
    fn hashes_of_others_are_read() {
        // Python: argon2-cffi 25.1, PasswordHasher(2, 19456, 1).hash("correct horse battery", salt=b"0123456789abcdef")
        let theirs = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$69I7qCjDTsQwhQqFvpQJiqEI0lGQvxC84fXE0Ktxca4";
        assert!(verify("correct horse battery", theirs));
    }

    #[tokio::test]
    async fn without_a_hash_nothing_is_right() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("correct horse battery".into()).await.unwrap();
        let is_right = async |password: &str, stored: Option<&String>| {
            passwords.is_right(password.into(), stored.cloned()).await.unwrap()
        };
        assert!(is_right("correct horse battery", Some(&stored)).await);
        assert!(!is_right("", None).await && !is_right("correct horse battery", None).await);
    }
}
