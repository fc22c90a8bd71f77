//! Keys of programs: how one stands, and what is remembered of the requests made with it.
//!
//! Called by guards, flows and pages. It must never hold a secret, nor anything of a request but its outside.

use super::{
    id::{KeyId, SubmitterId},
    role::Role,
    time::Millis,
};
use crate::named_enum;
use uuid::Uuid;

named_enum!(
    /// How a key stands.
    KeyState {
        /// It opens what its role permits.
        Active = "active",
        /// It is over by its date, or another took its place.
        Expired = "expired",
        /// Somebody took it back.
        Revoked = "revoked",
    }
);

/// A key as kept, without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Whose ads it sees; `None` for staff keys.
    pub submitter: Option<SubmitterId>,
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// From when on it opens nothing.
    pub expires_at: Option<Millis>,
    /// When somebody took it back.
    pub revoked_at: Option<Millis>,
    /// Its last request, to the minute.
    pub last_used_at: Option<Millis>,
    /// Requests a minute, where it has a number of its own.
    pub requests_per_minute: Option<u32>,
    /// The key that took its place.
    pub replaced_by: Option<KeyId>,
}

impl Key {
    /// A key that was just made.
    pub fn fresh(id: KeyId, submitter: Option<SubmitterId>, role: Role, name: &str, now: Millis) -> Self {
        Self {
            id,
            submitter,
            role,
            name: name.to_owned(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            requests_per_minute: None,
            replaced_by: None,
        }
    }

    /// How it stands at a moment.
    pub fn state(&self, now: Millis) -> KeyState {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(end)) if end <= now => KeyState::Expired,
            _ => KeyState::Active,
        }
    }
}

/// What is remembered of one answered request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestNote {
    /// Its id; those of one process grow.
    pub id: Uuid,
    /// The key it came with.
    pub key: KeyId,
    /// When it was answered.
    pub at: Millis,
    /// Method.
    pub method: String,
    /// The path, with ids of ours and the names of other parameters.
    pub path: String,
    /// Status.
    pub status: u16,
    /// The problem's code, for a refusal.
    pub code: Option<String>,
    /// Where the input was wrong.
    pub pointers: Vec<String>,
    /// The request's id.
    pub request_id: String,
    /// How long it took until the answer began, in microseconds.
    pub duration_us: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::TypedId as _;

    #[test]
    fn a_key_ends_at_its_date_and_at_once_when_revoked() {
        let key = Key::fresh(KeyId::from_uuid(Uuid::nil()), None, Role::Analyst, "x", Millis(0));
        assert_eq!(key.state(Millis(9)), KeyState::Active);
        let ends = Key { expires_at: Some(Millis(10)), ..key };
        assert_eq!((ends.state(Millis(9)), ends.state(Millis(10))), (KeyState::Active, KeyState::Expired));
        let revoked = Key { revoked_at: Some(Millis(5)), ..ends };
        assert_eq!(revoked.state(Millis(9)), KeyState::Revoked);
    }
}
