//! A data set's statements become labels.
//!
//! Called by `adjudge labels import`. What was imported before is not added again. It must never store what the data set
//! does not say.

use super::{App, Error, live::Live, steps::audit};
use crate::{
    domain::{
        PolicyCode,
        digest::Digest,
        label::{LabelSource, LabelValue},
        role::Scope,
    },
    learning::rows::{BENIGN, Statement},
    store::{judgements, judgements::NewLabel},
};
use serde_json::json;

/// Labels in one commit.
const CHUNK: usize = 1_000;

/// Stores the statements that are not there yet; returns how many those were. Policies that the release does not know may
/// be labelled ahead of it.
///
/// # Errors
/// When the store fails; commits before the failure stay.
pub async fn import_labels(app: &App, scope: &Scope, statements: &[Statement]) -> Result<usize, Error> {
    let live = app.live.get();
    let mut known = judgements::imported(&app.db).await?;
    let mut added = 0;
    for chunk in statements.chunks(CHUNK) {
        let mut labels = chunk.iter().map(|s| label(app, &live, s)).collect::<Result<Vec<_>, _>>()?;
        labels.retain(|label| known.insert(label.digest()));
        let digest = Digest::of_json(&chunk.iter().map(|s| (&s.text, &s.policy, s.breaks)).collect::<Vec<_>>())?;
        let now = app.clock.now();
        app.db
            .write("import_labels", async |tx| {
                judgements::add_labels(tx, &labels, now).await?;
                let details = json!({"labels": labels.len()});
                audit::record(app, tx, scope, "labels.imported", digest, details, now).await
            })
            .await?;
        added += labels.len();
    }
    Ok(added)
}

fn label(app: &App, live: &Live, statement: &Statement) -> Result<NewLabel, Error> {
    let policy: PolicyCode = match &statement.policy {
        Some(policy) => policy.clone(),
        None => BENIGN.parse().map_err(|_| Error::Internal("a policy code".into()))?,
    };
    Ok(NewLabel {
        id: app.clock.new_id(),
        revision: None,
        text: Some(statement.text.clone()),
        clause_version: live.release.bundle.policy(&policy).map_or(0, |p| p.clause_version),
        policy,
        value: if statement.breaks { LabelValue::Yes } else { LabelValue::No },
        source: if statement.written { LabelSource::Written } else { LabelSource::Imported },
        group: statement.source.clone(),
        judgement: None,
        user: None,
        blind: false,
        sampling_probability: 1.0,
    })
}
