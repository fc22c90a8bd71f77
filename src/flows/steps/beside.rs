//! Which release decides about an ad, and what the shadows beside it conclude otherwise.
//!
//! Called by `flows::screen`. A canary's ads are chosen by a hash of release and ad, so that an ad is always in it or
//! never. A shadow's conclusion must never reach an ad, a round or a label: only its differences are counted.

use crate::{
    domain::{
        AdId, ReleaseId,
        digest::Digest,
        release::ReleaseState,
        screening::{Evaluation, Truth},
    },
    flows::live::Live,
};
use std::{collections::BTreeSet, sync::Arc};

/// The release that decides about an ad: the canary for its share, the live one for all others.
pub fn acting<'a>(live: &'a Arc<Live>, beside: &'a [Arc<Live>], ad: AdId) -> &'a Arc<Live> {
    let canary = beside.iter().find(|b| b.release.state == ReleaseState::Canary);
    canary.filter(|c| drawn(c.release.id, ad, c.release.share.unwrap_or(0.0))).unwrap_or(live)
}

/// The shadows that are evaluated beside it.
pub fn shadows(beside: &[Arc<Live>]) -> impl Iterator<Item = &Arc<Live>> {
    beside.iter().filter(|b| b.release.state == ReleaseState::Shadow)
}

fn drawn(canary: ReleaseId, ad: AdId, share: f64) -> bool {
    let digest = Digest::of_parts(&[b"canary", canary.0.as_bytes(), ad.0.as_bytes()]);
    let place = digest.0.iter().take(8).fold(0u64, |place, byte| place << 8 | u64::from(*byte));
    (place as f64 / u64::MAX as f64) < share
}

/// What a shadow concludes otherwise than what was concluded: `verdict:approve>prohibited`, and rules that hold in one
/// of both only, `rule:+scam/new` and `rule:-scam/old`.
pub fn differences(acted: &Evaluation, shadow: &Evaluation) -> BTreeSet<String> {
    let holds = |e: &Evaluation| -> BTreeSet<String> {
        e.trace.iter().filter(|t| t.truth == Truth::True && !t.shadow).map(|t| t.rule.to_string()).collect()
    };
    let (old, new) = (holds(acted), holds(shadow));
    let mut all: BTreeSet<String> = new.difference(&old).map(|rule| format!("rule:+{rule}")).collect();
    all.extend(old.difference(&new).map(|rule| format!("rule:-{rule}")));
    let (from, to) = (acted.verdict.conclusion, shadow.verdict.conclusion);
    if from != to {
        all.insert(format!("verdict:{from}>{to}"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_canary_takes_its_share_and_always_the_same_ads() {
        let canary = ReleaseId(Uuid::from_u128(7));
        let ads = || (0..2_000u128).map(|n| AdId(Uuid::from_u128(n)));
        let taken = |share| ads().filter(|ad| drawn(canary, *ad, share)).collect::<Vec<_>>();
        let (tenth, half) = (taken(0.1), taken(0.5));
        assert!(
            (150..250).contains(&tenth.len()) && (900..1_100).contains(&half.len()),
            "{} {}",
            tenth.len(),
            half.len()
        );
        assert!(tenth.iter().all(|ad| half.contains(ad)), "a larger share keeps the ads of a smaller one");
        assert_eq!(taken(0.1), tenth);
    }
}
