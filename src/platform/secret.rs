//! Secrets: random tokens, their hashes at rest, and passwords (Argon2id).
//!
//! Called by flows that sign in and by the command line. It must never log, store or return a secret except to the
//! one who asked for its creation.

use crate::domain::digest::Digest;
use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::TryRngCore as _;

/// Hashing or randomness failed: the machine is out of order.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SecretError(String);

impl SecretError {
    pub(super) fn no_randomness(cause: impl std::fmt::Display) -> Self {
        Self(format!("no randomness: {cause}"))
    }
}

/// A random token of 256 bits, URL-safe, with a prefix that says what it is (`adj_`).
pub fn new_token(prefix: &str) -> Result<String, SecretError> {
    let mut bytes = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(SecretError::no_randomness)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a token. Tokens are 256 random bits, so a plain digest cannot be searched.
pub fn token_hash(token: &str) -> Digest {
    Digest::of(token.as_bytes())
}

/// Hashes a password with Argon2id at its default cost. Takes tens of milliseconds: keep it off the async threads.
pub fn hash_password(password: &str) -> Result<String, SecretError> {
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|h| h.to_string())
        .map_err(|e| SecretError(format!("cannot hash a password: {e}")))
}

/// Whether the password fits the stored hash. With no hash (an unknown name) it does the same work and says no, so
/// that the answer's time does not tell which names exist.
pub fn verify_password(password: &str, stored: Option<&str>) -> bool {
    /// A hash of a random password, at the default cost.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Y5JwHUdVrkn0c2yWwzvIqgoJi3yQJX3Y8XQ2u9c5XoM";
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY));
    let fits = parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    fits && stored.is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("wrong horse", Some(&hash)));
        assert!(!verify_password("correct horse", None));
    }

    #[test]
    fn the_hash_of_nobody_costs_as_much_as_a_real_one() {
        let hash = hash_password("x").unwrap();
        let params = |h: &str| h.split('$').nth(3).unwrap().to_owned();
        assert_eq!(params(&hash), "m=19456,t=2,p=1");
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(new_token("adj_").unwrap(), new_token("adj_").unwrap());
    }
}
