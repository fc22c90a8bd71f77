//! The first start: counters, queues, the default model and release 1.0, and the first secrets.
//!
//! Called when an installation is opened; on one that was opened before it changes nothing. It must never replace a
//! release that people have published.

use super::{
    Error, accounts, keys,
    steps::{go_live::queue_row, pack},
};
use crate::{
    domain::{
        ModelId, ReleaseId,
        audit::{Actor, AuditEntry},
        draft::{Origin, PackTexts},
        key::Key,
        release::{ReleaseNumber, ReleaseState},
        role::{Role, Scope},
        submitter::Mode,
    },
    flows::App,
    inference::default_model,
    platform::{Clock, secret},
    screening::policy::{Pack, PackFiles},
    store::{
        Db, StoreError, Tx, accounts as stored, drafts, outbox, releases,
        releases::{ModelState, StoredModel, StoredRelease},
        sealer,
    },
};
use serde_json::json;

/// Makes counters, queues, the default model and the first release, unless there is a live release.
pub async fn prepare(db: &Db, clock: &Clock) -> Result<(), Error> {
    if releases::live(db).await?.is_some() {
        return Ok(());
    }
    let texts = PackFiles::embedded();
    let files: PackTexts = texts.texts().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let pack = Pack::read(&texts).map_err(|problems| Error::Internal(format!("default policies: {problems:?}")))?;
    let default = default_model().map_err(|e| Error::Internal(e.to_string()))?;
    let heads = default.heads.to_bytes().map_err(|e| Error::Internal(e.to_string()))?;
    let now = clock.now();
    db.write("bootstrap", async |tx| {
        sealer::prepare(tx).await?;
        // Another process may have been faster since the look above.
        if releases::live(tx).await?.is_some() {
            return Ok(());
        }
        for queue in pack.queues.all() {
            releases::put_queue(tx, &queue_row(clock, queue)).await?;
        }
        let model = StoredModel {
            id: clock.new_id::<ModelId>(),
            digest: default.digest,
            encoder: default.heads.encoder,
            state: ModelState::Live,
            heads: heads.clone(),
            thresholds: default.thresholds.clone(),
            card: default.card.clone(),
            snapshot: None,
            created_by: "shipped with Adjudge".into(),
            created_at: now,
        };
        releases::add_model(tx, &model).await?;
        let bundle = pack::bundle(&pack, Some(&model));
        let release = StoredRelease {
            id: clock.new_id::<ReleaseId>(),
            number: ReleaseNumber { major: 1, minor: 0 },
            state: ReleaseState::Live,
            digest: bundle.digest()?,
            bundle,
            created_by: "shipped with Adjudge".into(),
            created_at: now,
            published_at: Some(now),
            retired_at: None,
            origin: Some(Origin::Shipped),
            share: None,
        };
        releases::publish(tx, &release, now).await?;
        drafts::put_release_files(tx, release.id, &files).await?;
        record(tx, clock, &release, now).await
    })
    .await
}

async fn record(tx: &Tx, clock: &Clock, release: &StoredRelease, now: crate::domain::Millis) -> Result<(), Error> {
    let entry = AuditEntry {
        id: clock.new_id(),
        at: now,
        actor: Actor::System("bootstrap".into()),
        action: "release.published".into(),
        subject: release.id.to_string(),
        details: json!({"number": release.number.to_string(), "digest": release.digest}),
        request_id: None,
    };
    Ok(outbox::record(tx, &entry).await?)
}

/// Secrets of a fresh installation.
#[derive(Debug, Clone)]
pub struct FirstSecrets {
    /// Name of the first person.
    pub admin: String,
    /// Their password.
    pub password: String,
    /// Name of the first submitter.
    pub submitter: String,
    /// Its key.
    pub key: String,
}

/// Draws the first secrets, where nobody can sign in yet. Show them, then keep them: a process that dies in between
/// draws new ones at its next start, while secrets kept before they are shown could be lost for good.
pub async fn first_secrets(app: &App) -> Result<Option<FirstSecrets>, Error> {
    if stored::user_count(&app.db).await? > 0 {
        return Ok(None);
    }
    let (password, key) = (secret::new_token("")?, keys::new_key()?);
    Ok(Some(FirstSecrets { admin: "admin".into(), password, submitter: "default".into(), key }))
}

/// Makes the administrator and the submitter with its key. `false` where another process was faster: these secrets then
/// open nothing, and the other process has shown its own.
pub async fn keep_first_secrets(app: &App, scope: &Scope, first: &FirstSecrets) -> Result<bool, Error> {
    let roles = [Role::Admin, Role::Lead, Role::PolicyEditor];
    let admin = accounts::new_user(app, &first.admin, &roles, &first.password).await?;
    let kept = app
        .db
        .write("first_secrets", async |tx| {
            if stored::user_count(tx).await? > 0 {
                return Ok(false);
            }
            accounts::user_in(app, tx, scope, &admin).await?;
            let owner = accounts::submitter_in(app, tx, scope, &first.submitter, false, Mode::Enforce).await?;
            let now = app.clock.now();
            let key = Key::fresh(app.clock.new_id(), Some(owner), Role::Submitter, "first key", now);
            keys::key_in(app, tx, scope, &key, &first.key).await?;
            Ok(true)
        })
        .await;
    match kept {
        Err(Error::Store(StoreError::Taken(_))) => Ok(false),
        other => other,
    }
}
