//! One effect for a request that is sent twice: the response is stored under the key and given again.
//!
//! Called by the API around a write, per API key and `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
//! A process that died in between leaves a claim that lapses; the write itself is idempotent, so running it again is safe.

use super::{App, Error};
use crate::{
    domain::{KeyId, Millis, digest::Digest},
    store::idempotency::{self, Claim},
};

/// How long a claim keeps a second request waiting when its process died, ms.
const RUNNING_MS: i64 = 60 * Millis::SECOND;

/// What to do with a request that carries an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// Do it, then call [`finish`].
    Run,
    /// Answer with what was answered then.
    Replay {
        /// Status of the stored response.
        status: u16,
        /// Body of the stored response.
        body: Vec<u8>,
    },
}

/// Claims the key for a request with this fingerprint. Another payload under the key is a 422, one still running a 409.
pub async fn begin(app: &App, key: KeyId, idempotency_key: &str, fingerprint: Digest) -> Result<Begin, Error> {
    let now = app.clock.now();
    let claim = app
        .db
        .write("idempotency_begin", async |tx| {
            idempotency::claim(
                tx,
                key,
                idempotency_key,
                fingerprint,
                now,
                now.plus(RUNNING_MS),
                now.plus(app.settings.idempotency_ms),
            )
            .await
            .map_err(Error::from)
        })
        .await?;
    match claim {
        Claim::Claimed => Ok(Begin::Run),
        Claim::Done { status, body } => Ok(Begin::Replay { status, body }),
        Claim::OtherPayload => Err(Error::conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used with another payload. Use a new key for a new request.",
        )),
        Claim::Running => Err(Error::conflict(
            "idempotency_key_running",
            "The first request with this Idempotency-Key is still running. Ask again in a moment.",
        )),
    }
}

/// Stores the response. Answers that ask to come again later are not stored: call [`abandon`] for those.
pub async fn finish(app: &App, key: KeyId, idempotency_key: &str, status: u16, body: &[u8]) -> Result<(), Error> {
    app.db
        .write("idempotency_finish", async |tx| {
            idempotency::finish(tx, key, idempotency_key, status, body).await.map_err(Error::from)
        })
        .await
}

/// Frees the key, since nothing was done.
pub async fn abandon(app: &App, key: KeyId, idempotency_key: &str) -> Result<(), Error> {
    app.db
        .write("idempotency_abandon", async |tx| {
            idempotency::abandon(tx, key, idempotency_key).await.map_err(Error::from)
        })
        .await
}
