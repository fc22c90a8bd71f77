//! Links that prove themselves: a subject and the moment at which the link ends, with an HMAC-SHA256 over both.
//!
//! Made by flows with the installation's secret, checked by pages that take the link as the authority. It must never
//! tell a wrong signature from a broken one, nor compare signatures in a time that depends on them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Bytes before the signature: the subject, then the end in milliseconds.
const SIGNED: usize = 16 + 8;
/// Bytes of the whole.
const WHOLE: usize = SIGNED + 32;

/// What a link that was signed here says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    /// What it is about.
    pub subject: Uuid,
    /// When it ends, ms.
    pub until: i64,
}

/// A keyed hash; the purpose keeps links for one thing from being links for another. HMAC takes keys of any length.
fn keyed(secret: &[u8], purpose: &str, signed: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(signed);
    Some(mac)
}

/// A token for a subject that ends at a moment.
pub fn sign(secret: &[u8], purpose: &str, link: Linked) -> Option<String> {
    let mut bytes = Vec::with_capacity(WHOLE);
    bytes.extend_from_slice(link.subject.as_bytes());
    bytes.extend_from_slice(&link.until.to_be_bytes());
    let mac = keyed(secret, purpose, &bytes)?.finalize().into_bytes();
    bytes.extend_from_slice(&mac);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token says, where this secret signed it for this purpose. Whether it has ended is the caller's to say.
pub fn read(secret: &[u8], purpose: &str, token: &str) -> Option<Linked> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|b| b.len() == WHOLE)?;
    let (signed, mac) = bytes.split_at(SIGNED);
    keyed(secret, purpose, signed)?.verify_slice(mac).ok()?;
    let (subject, until) = signed.split_at(16);
    Some(Linked { subject: Uuid::from_slice(subject).ok()?, until: i64::from_be_bytes(until.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_says_what_was_signed_and_nothing_else() {
        let link = Linked { subject: Uuid::from_u128(7), until: 1_800_000_000_000 };
        let token = sign(b"secret", "appeal", link).unwrap();
        assert_eq!(read(b"secret", "appeal", &token), Some(link));
        assert_eq!(read(b"other", "appeal", &token), None);
        assert_eq!(read(b"secret", "else", &token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last letter holds bits that say nothing; whatever reads is what was signed.
            assert!(read(b"secret", "appeal", &changed).is_none_or(|found| found == link), "{at}");
        }
        for broken in ["", "x", &token[1..], &format!("{token}A")] {
            assert_eq!(read(b"secret", "appeal", broken), None, "{broken}");
        }
    }
}
