//! Certificates for the console: those that wait and those decided lately, and one with its task.
//!
//! Called by `web::console::certificates`. It must never leave the caller's submitter.

use crate::{
    domain::{
        CertificateId, Millis, TaskId,
        advertiser::AdvertiserView,
        certificate::{Certificate, CertificateState},
        role::Scope,
    },
    store::{
        Db, StoreError, accounts, certificates,
        certificates::Decided,
        db,
        rounds::{self, StoredTask},
    },
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

/// One certificate in the list.
#[derive(Debug, Clone)]
pub struct CertificateLine {
    /// Its id.
    pub id: CertificateId,
    /// What it certifies.
    pub kind: String,
    /// The advertiser's name.
    pub advertiser: String,
    /// Where it stands.
    pub state: CertificateState,
    /// When it lapses.
    pub valid_until: Option<Millis>,
    /// When it was submitted.
    pub created_at: Millis,
}

/// One certificate with everything its page shows.
#[derive(Debug, Clone)]
pub struct CertificateView {
    /// The certificate.
    pub certificate: Certificate,
    /// The advertiser as it stands now.
    pub advertiser: AdvertiserView,
    /// The submitter's name.
    pub submitter: String,
    /// Its task.
    pub task: Option<StoredTask>,
    /// The decision about it.
    pub decided: Option<Decided>,
    /// The advertiser's other certificates, newest first.
    pub others: Vec<Certificate>,
}

/// Waiting certificates first, oldest first; then the newest of the others.
pub async fn list(on: &Db, scope: &Scope) -> Result<Vec<CertificateLine>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        kind: String,
        name: String,
        state: String,
        valid_until: Option<i64>,
        created_at: i64,
    }
    let mut values: Vec<Value> = vec![];
    let mut own = String::new();
    if let Some(submitter) = scope.submitter {
        values.push(submitter.0.into());
        own = " WHERE c.submitter_id = $1".into();
    }
    let sql = format!(
        "SELECT c.id, c.kind, a.name, c.state, c.valid_until, c.created_at
         FROM certificate c JOIN advertiser a ON a.id = c.advertiser_id{own}
         ORDER BY CASE WHEN c.state = 'submitted' THEN 0 ELSE 1 END,
                  CASE WHEN c.state = 'submitted' THEN c.created_at ELSE -c.created_at END LIMIT 200"
    );
    let line = |row: Row| {
        Ok(CertificateLine {
            id: CertificateId(row.id),
            kind: row.kind,
            advertiser: row.name,
            state: row.state.parse()?,
            valid_until: row.valid_until.map(Millis),
            created_at: Millis(row.created_at),
        })
    };
    db::rows::<Row>(on, &sql, values).await?.into_iter().map(line).collect()
}

/// One certificate; `None` when it is not there or not in scope.
pub async fn view(on: &Db, scope: &Scope, id: CertificateId) -> Result<Option<CertificateView>, StoreError> {
    let Some(certificate) = certificates::get(on, scope, id).await? else { return Ok(None) };
    let (Some(advertiser), Some(submitter)) = (
        accounts::advertiser_view(on, certificate.advertiser).await?,
        accounts::submitter(on, certificate.submitter).await?,
    ) else {
        return Ok(None);
    };
    let task = match certificate.round {
        Some(round) => rounds::tasks_of(on, round).await?.pop(),
        None => None,
    };
    let mut others = certificates::of_advertiser(on, certificate.advertiser).await?;
    others.retain(|c| c.id != id);
    let decided = certificates::decision_of(on, &certificate).await?;
    Ok(Some(CertificateView { advertiser, submitter: submitter.name, task, decided, others, certificate }))
}

/// The task of a certificate, where it has one.
pub fn task_of(view: &CertificateView) -> Option<TaskId> {
    view.task.as_ref().map(|t| t.id)
}
