//! Seeded draws: whether a revision belongs to a random share.
//!
//! Called by routing alone. A draw is a hash of purpose, seed and revision, so it needs no state and a replay draws
//! alike. It must never depend on anything the submitter can choose after the seed is known; ids are ours.

use crate::domain::{digest::Digest, id::RevisionId};

/// Whether the revision is in the share (0 to 1) drawn for this purpose.
pub(super) fn drawn(purpose: &str, seed: u64, revision: RevisionId, share: f64) -> bool {
    let digest = Digest::of_parts(&[purpose.as_bytes(), &seed.to_be_bytes(), revision.0.as_bytes()]);
    let mut head = [0u8; 8];
    head.copy_from_slice(&digest.0[..8]);
    // 53 bits make a number that f64 holds exactly.
    let uniform = (u64::from_be_bytes(head) >> 11) as f64 / (1u64 << 53) as f64;
    uniform < share
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_draw_is_repeatable_has_its_share_and_differs_by_purpose_and_seed() {
        let revisions: Vec<RevisionId> = (0..20_000u128).map(|i| RevisionId(Uuid::from_u128(i))).collect();
        let draw = |purpose: &str, seed: u64, share: f64| -> Vec<bool> {
            revisions.iter().map(|r| drawn(purpose, seed, *r, share)).collect()
        };
        let first = draw("blind", 7, 0.05);
        assert_eq!(first, draw("blind", 7, 0.05));
        assert_ne!(first, draw("blind", 8, 0.05));
        assert_ne!(first, draw("overlap", 7, 0.05));
        // 1,000 expected, standard deviation 31: five of them.
        let count = first.iter().filter(|d| **d).count();
        assert!((845..=1_155).contains(&count), "{count}");
        assert!(draw("blind", 7, 0.0).iter().all(|d| !d));
        assert!(draw("blind", 7, 1.0).iter().all(|d| *d));
    }
}
