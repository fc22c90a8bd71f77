//! Keys and signatures of Standard Webhooks: `whsec_` with HMAC-SHA256, `whsk_` and `whpk_` with ed25519.
//!
//! Called when an endpoint is made and when something is sent. A key's text is kept by the database alone: it must never
//! be logged, and is told once, to whoever asked for it.

use super::secret::SecretError;
use crate::domain::{Millis, webhook::Signing};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, Mac as _};
use rand::TryRngCore as _;
use sha2::Sha256;

const SYMMETRIC: &str = "whsec_";
const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";

/// A key that messages are signed with.
#[derive(Clone)]
pub struct HookKey(Inner);

#[derive(Clone)]
enum Inner {
    Symmetric(Vec<u8>),
    Ed25519(Box<SigningKey>),
}

impl std::fmt::Debug for HookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookKey")
    }
}

impl HookKey {
    /// A new random key.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn new(signing: Signing) -> Result<Self, SecretError> {
        let mut bytes = [0u8; 32];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(SecretError::no_randomness)?;
        Ok(Self(match signing {
            Signing::Symmetric => Inner::Symmetric(bytes.to_vec()),
            Signing::Ed25519 => Inner::Ed25519(Box::new(SigningKey::from_bytes(&bytes))),
        }))
    }

    /// The key that a text holds.
    pub fn read(text: &str) -> Option<Self> {
        if let Some(encoded) = text.strip_prefix(SYMMETRIC) {
            return Some(Self(Inner::Symmetric(STANDARD.decode(encoded).ok()?)));
        }
        let bytes: [u8; 32] = STANDARD.decode(text.strip_prefix(PRIVATE)?).ok()?.try_into().ok()?;
        Some(Self(Inner::Ed25519(Box::new(SigningKey::from_bytes(&bytes)))))
    }

    /// The key as text, for the database.
    pub fn text(&self) -> String {
        match &self.0 {
            Inner::Symmetric(bytes) => format!("{SYMMETRIC}{}", STANDARD.encode(bytes)),
            Inner::Ed25519(key) => format!("{PRIVATE}{}", STANDARD.encode(key.to_bytes())),
        }
    }

    /// What a receiver checks ed25519 signatures with.
    pub fn public(&self) -> Option<String> {
        match &self.0 {
            Inner::Symmetric(_) => None,
            Inner::Ed25519(key) => Some(format!("{PUBLIC}{}", STANDARD.encode(key.verifying_key().to_bytes()))),
        }
    }

    /// The signature of a message, with its version in front.
    pub fn sign(&self, id: &str, at: Millis, body: &str) -> String {
        let message = format!("{id}.{}.{body}", at.0.div_euclid(Millis::SECOND));
        match &self.0 {
            Inner::Symmetric(bytes) => {
                #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
                let mut mac = Hmac::<Sha256>::new_from_slice(bytes).expect("any length is a key");
                mac.update(message.as_bytes());
                format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
            }
            Inner::Ed25519(key) => format!("v1a,{}", STANDARD.encode(key.sign(message.as_bytes()).to_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The example of the Standard Webhooks specification's own libraries.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let key = HookKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", Millis(1_614_265_330_000), r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn keys_survive_their_text_and_do_not_show_in_logs() {
        for signing in [Signing::Symmetric, Signing::Ed25519] {
            let key = HookKey::new(signing).unwrap();
            let again = HookKey::read(&key.text()).unwrap();
            assert_eq!(key.sign("m", Millis(1), "b"), again.sign("m", Millis(1), "b"));
            assert_eq!(key.public().is_some(), signing == Signing::Ed25519);
            assert_eq!(format!("{key:?}"), "HookKey");
        }
        assert!(HookKey::read("whsk_short").is_none());
        assert!(HookKey::read("adj_other").is_none());
    }
}
