//! A submitter in observe mode tells what it decided itself.
//!
//! Called by `POST /v1/decisions/external`. It must never change an ad, teach a label, or let one bad line keep a good
//! one out.

use super::{App, Error, delivery::Line, delivery::unknown, steps::audit};
use crate::{
    domain::{AdId, delivery::Told, external::ExternalDecision, role::Scope, submitter::Mode},
    store::{accounts, delivery, external},
};
use serde_json::json;

/// Lines of one commit.
const AT_ONCE: usize = 200;

/// Keeps what lines tell; gives what became of each, in order.
///
/// # Errors
/// [`Error::Forbidden`] for a key without a submitter; [`Error::Conflict`] `not_observed` for a submitter whose ads
/// Adjudge decides about.
pub async fn tell(app: &App, scope: &Scope, lines: &[ExternalDecision]) -> Result<Vec<Line>, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let known = accounts::submitter(&app.db, submitter).await?.ok_or(Error::NotFound)?;
    if known.mode != Mode::Observe {
        let detail = "Adjudge decides about this submitter's ads. Only one in observe mode tells decisions of its own.";
        return Err(Error::conflict("not_observed", detail));
    }
    let mut results = Vec::with_capacity(lines.len());
    for group in lines.chunks(AT_ONCE) {
        let now = app.clock.now();
        let told = app
            .db
            .write("tell_decisions", async |tx| {
                let mut told: Vec<Option<Line>> = Vec::with_capacity(group.len());
                let mut known: Vec<(AdId, usize)> = vec![];
                for (at, line) in group.iter().enumerate() {
                    let late = line.decided_at.is_some_and(|t| t > now);
                    told.push(match delivery::ad_named(tx, submitter, &line.ad).await? {
                        _ if late => Some(Err(Error::invalid("/decided_at", "in_future", "lies ahead"))),
                        None => Some(Err(unknown(&line.ad))),
                        Some(ad) => {
                            known.push((ad, at));
                            None
                        }
                    });
                }
                known.sort();
                let mut changed = 0;
                for (ad, at) in known {
                    let ExternalDecision { outcome, policies, decided_at, .. } = &group[at];
                    let done = external::tell(tx, submitter, ad, *outcome, policies, *decided_at, now).await?;
                    changed += usize::from(done != Told::Unchanged);
                    told[at] = Some(Ok((ad, done)));
                }
                if changed > 0 {
                    let details = json!({"lines": group.len(), "changed": changed});
                    audit::record(app, tx, scope, "decisions.told", submitter, details, now).await?;
                }
                Ok::<_, Error>(told)
            })
            .await?;
        results.extend(told.into_iter().flatten());
    }
    Ok(results)
}
