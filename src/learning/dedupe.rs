//! Near-duplicate clusters of texts: MinHash signatures over word shingles, banded so that similar texts meet.
//!
//! Called by `split` so that no text is tested on whose twin was trained on. It must never depend on anything but the
//! texts and their order.

use super::hash;
use std::collections::HashMap;

/// Hash functions in a signature.
const SIGNATURE: usize = 64;
/// Rows of a band: 16 bands of 4 make texts of Jaccard similarity 0.5 meet with probability 0.64, of 0.7 with 0.99.
const BAND: usize = 4;
/// Jaccard similarity of shingle sets from which two texts that met count as near-duplicates.
const SIMILAR: f64 = 0.6;
/// Members of a bucket that a newcomer is compared with: bounds the work in buckets of boilerplate.
const COMPARED: usize = 6;

/// Words of a text as near-duplicates share them: lower case, letters only; digits become one `0`, links and handles go.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|token| !token.starts_with('@') && !token.contains("://"))
        .flat_map(|token| token.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(|word| if word.chars().all(|c| c.is_numeric()) { "0".to_owned() } else { word.to_lowercase() })
        .collect()
}

/// Sorted, distinct hashes of the text's word pairs; of its single word or its raw form when it has no pair.
fn shingles(text: &str) -> Vec<u64> {
    let words = words(text);
    let mut out: Vec<u64> = match words.len() {
        0 => vec![hash::of_bytes(text.trim().as_bytes())],
        1 => vec![hash::of_bytes(words[0].as_bytes())],
        _ => words.windows(2).map(|pair| hash::of_bytes(format!("{} {}", pair[0], pair[1]).as_bytes())).collect(),
    };
    out.sort_unstable();
    out.dedup();
    out
}

/// Share of shingles that two sorted sets have in common.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    both as f64 / (a.len() + b.len() - both) as f64
}

/// Disjoint sets over `0..n`, each named by its smallest member.
#[derive(Debug, Clone)]
pub struct Sets(Vec<u32>);

impl Sets {
    /// `n` sets of one member each.
    pub fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    /// The smallest member of the set that holds `i`.
    pub fn find(&mut self, i: u32) -> u32 {
        let mut root = i;
        while self.0[root as usize] != root {
            root = self.0[root as usize];
        }
        let mut at = i;
        while self.0[at as usize] != root {
            at = std::mem::replace(&mut self.0[at as usize], root);
        }
        root
    }

    /// Merges two sets.
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Groups near-duplicate texts.
pub fn clusters<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> Sets {
    let mut sets = Sets::new(texts.len());
    let salts: [u64; SIGNATURE] = std::array::from_fn(|i| hash::mix(i as u64));
    let mut buckets: HashMap<(usize, u64), Vec<u32>> = HashMap::new();
    let mut seen: Vec<Vec<u64>> = Vec::with_capacity(texts.len());
    for (index, text) in texts.enumerate() {
        let index = index as u32;
        let own = shingles(text);
        let mut signature = [u64::MAX; SIGNATURE];
        for shingle in &own {
            for (slot, salt) in signature.iter_mut().zip(&salts) {
                // Multiply-xorshift by an odd salt: cheap, and enough mixing over already mixed shingles.
                let h = (shingle ^ salt).wrapping_mul(salt | 1);
                *slot = (*slot).min(h ^ (h >> 29));
            }
        }
        for (band, slots) in signature.chunks_exact(BAND).enumerate() {
            let key = slots.iter().fold(0, |h, slot| hash::mix(h ^ slot));
            let bucket = buckets.entry((band, key)).or_default();
            for other in bucket.iter() {
                if sets.find(*other) != sets.find(index) && jaccard(&own, &seen[*other as usize]) >= SIMILAR {
                    sets.join(*other, index);
                }
            }
            if bucket.len() < COMPARED {
                bucket.push(index);
            }
        }
        seen.push(own);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_meet_and_strangers_do_not() {
        let texts = [
            "Claim your free prize of 500 dollars today, reply YES to 81234",
            "claim your FREE prize of 900 dollars today! reply yes to 80001 http://x.example/a",
            "Fresh bread every morning from the bakery round the corner",
            "Only 3 left in stock",
            "Only 1 left in stock",
            "Only the best for your garden this spring",
            "",
            "!!!",
        ];
        let mut sets = clusters(texts.into_iter());
        let names: Vec<u32> = (0..texts.len() as u32).map(|i| sets.find(i)).collect();
        assert_eq!(names, [0, 0, 2, 3, 3, 5, 6, 7]);
    }
}
