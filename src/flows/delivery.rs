//! A submitter tells what its ads delivered.
//!
//! Called by `POST /v1/delivery`. An hour told again takes the place of what was told before, so a line may be sent as
//! often as one likes. It must never change an ad's outcome, nor let one bad line keep a good one out.

use super::{App, Error, steps::audit};
use crate::{
    domain::{
        AdId, Millis,
        delivery::{Delivery, HOUR_MS, NamedAd, Told},
        role::Scope,
    },
    store::delivery,
};
use serde_json::json;

/// Lines of one commit.
const AT_ONCE: usize = 200;

/// How far back an hour may lie.
const OLDEST_MS: i64 = 400 * Millis::DAY;

/// How a line came out: the ad with what was done, or why nothing was.
pub type Line = Result<(AdId, Told), Error>;

/// Keeps what lines tell; gives what became of each, in order.
///
/// # Errors
/// [`Error::Forbidden`] for a key without a submitter; the store's. Lines before the failing commit are kept then, and
/// telling them again changes nothing.
pub async fn tell(app: &App, scope: &Scope, lines: &[Delivery]) -> Result<Vec<Line>, Error> {
    let submitter = scope.submitter.ok_or(Error::Forbidden("Use a key that belongs to a submitter."))?;
    let mut results = Vec::with_capacity(lines.len());
    for group in lines.chunks(AT_ONCE) {
        let now = app.clock.now();
        let told = app
            .db
            .write("tell_delivery", async |tx| {
                let mut told: Vec<Option<Line>> = Vec::with_capacity(group.len());
                let mut known: Vec<(AdId, usize)> = vec![];
                for (at, line) in group.iter().enumerate() {
                    told.push(match (timely(line, now), delivery::ad_named(tx, submitter, &line.ad).await?) {
                        (Err(error), _) => Some(Err(error)),
                        (Ok(()), None) => Some(Err(unknown(&line.ad))),
                        (Ok(()), Some(ad)) => {
                            known.push((ad, at));
                            None
                        }
                    });
                }
                // Two commits that tell of the same ads take them in one order, and so never wait for each other.
                known.sort();
                let mut changed = 0;
                for (ad, at) in known {
                    let Delivery { hour, impressions, spend, .. } = &group[at];
                    let done = delivery::tell(tx, ad, *hour, *impressions, spend.as_ref(), now).await?;
                    changed += usize::from(done != Told::Unchanged);
                    told[at] = Some(Ok((ad, done)));
                }
                if changed > 0 {
                    let details = json!({"lines": group.len(), "changed": changed});
                    audit::record(app, tx, scope, "delivery.told", submitter, details, now).await?;
                }
                Ok::<_, Error>(told)
            })
            .await?;
        results.extend(told.into_iter().flatten());
    }
    Ok(results)
}

fn timely(line: &Delivery, now: Millis) -> Result<(), Error> {
    if line.hour > now {
        return Err(Error::invalid("/hour", "in_future", "has not begun yet"));
    }
    if line.hour.0 < now.0 - OLDEST_MS {
        let days = OLDEST_MS / Millis::DAY;
        return Err(Error::invalid("/hour", "too_old", format!("must lie at most {days} days back")));
    }
    debug_assert_eq!(line.hour.0.rem_euclid(HOUR_MS), 0, "intake lets whole hours through alone");
    Ok(())
}

/// What a line says of an ad that is none of the submitter's.
pub(super) fn unknown(ad: &NamedAd) -> Error {
    let pointer = match ad {
        NamedAd::Id(_) => "/id",
        NamedAd::External(_) => "/external_id",
    };
    Error::invalid(pointer, "unknown_ad", "is not an ad of yours")
}
