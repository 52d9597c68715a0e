//! Ids of students that only the holder of a key can lead back to a person.

use seedtest_digest::keyed_hex;

use crate::error::Error;

/// Environment variable with the key of pseudonyms.
pub const PSEUDONYM_KEY: &str = "SEEDTEST_PSEUDONYM_KEY";
/// Shortest key, bytes: that of 128 random bits in hexadecimal.
const SHORTEST_KEY: usize = 32;
/// Digits of a pseudonym: 128 bits, so that no two students meet.
const DIGITS: usize = 32;

/// Pseudonyms of the students of one tenant: `p-` and 128 bits of HMAC-SHA-256 of tenant and id. The same
/// student has the same one in every import, and another one at every other tenant.
#[derive(Clone)]
pub struct Pseudonyms {
    key: Vec<u8>,
    tenant: String,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms({})", self.tenant)
    }
}

impl Pseudonyms {
    /// Of a tenant, with the key of the environment; `environment` looks a variable up.
    ///
    /// # Errors
    /// [`Error::NoPseudonymKey`] without a key of 32 bytes or more, or without a name of the tenant.
    pub fn of_tenant(
        tenant: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let key = environment(PSEUDONYM_KEY).unwrap_or_default();
        let (key, tenant) = (key.trim(), tenant.trim());
        if key.len() < SHORTEST_KEY || tenant.is_empty() {
            return Err(Error::NoPseudonymKey);
        }
        Ok(Self { key: key.as_bytes().to_vec(), tenant: tenant.to_string() })
    }

    /// The pseudonym of a student.
    pub fn of(&self, user_id: &str) -> String {
        format!("p-{}", &keyed_hex(&self.key, &[&self.tenant, user_id])[..DIGITS])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(tenant: &str, key: &str) -> Result<Pseudonyms, Error> {
        Pseudonyms::of_tenant(tenant, |name| (name == PSEUDONYM_KEY).then(|| key.to_string()))
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn one_for_a_student_of_a_tenant_and_a_key() {
        let school = pseudonyms("school", KEY).unwrap();
        let name = school.of("amy");
        assert_eq!(name.len(), 2 + DIGITS);
        assert_eq!(name, school.of("amy"));
        assert_ne!(name, school.of("Amy"));
        assert_ne!(name, pseudonyms("other", KEY).unwrap().of("amy"));
        assert_ne!(name, pseudonyms("school", &KEY.to_uppercase()).unwrap().of("amy"));
        assert!(!format!("{school:?}").contains(KEY));
    }

    #[test]
    fn a_short_key_is_none() {
        for (tenant, key) in [("school", ""), ("school", &KEY[1..]), (" ", KEY)] {
            assert!(pseudonyms(tenant, key).is_err(), "{tenant} {key}");
        }
    }
}
