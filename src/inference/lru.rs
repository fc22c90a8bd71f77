//! A bounded map that forgets what was used longest ago.
//!
//! Used by `engine` to remember vectors by text digest. It must never hold more weight than its bound.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

/// Values with weights, at most `capacity` in sum.
#[derive(Debug)]
pub(crate) struct Lru<K, V> {
    capacity: usize,
    weight: usize,
    now: u64,
    entries: HashMap<K, Entry<V>>,
    /// Keys by the time of their last use.
    order: BTreeMap<u64, K>,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K: Hash + Eq + Copy, V: Clone> Lru<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, weight: 0, now: 0, entries: HashMap::new(), order: BTreeMap::new() }
    }

    /// The value, which then counts as just used.
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.get_mut(key)?;
        self.order.remove(&entry.used);
        self.now += 1;
        entry.used = self.now;
        self.order.insert(self.now, *key);
        Some(entry.value.clone())
    }

    /// Remembers a value, unless it alone weighs more than the bound.
    pub(crate) fn insert(&mut self, key: K, value: V, weight: usize) {
        if weight > self.capacity {
            return;
        }
        self.forget(&key);
        while self.weight + weight > self.capacity {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = *oldest;
            self.forget(&oldest);
        }
        self.now += 1;
        self.weight += weight;
        self.order.insert(self.now, key);
        self.entries.insert(key, Entry { value, weight, used: self.now });
    }

    fn forget(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.weight -= entry.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_first_and_weights_count() {
        let mut lru = Lru::new(3);
        lru.insert(1, "one", 1);
        lru.insert(2, "two", 1);
        lru.insert(3, "three", 1);
        assert_eq!(lru.get(&1), Some("one"));
        lru.insert(4, "four", 2);
        assert_eq!((lru.get(&1), lru.get(&2), lru.get(&3), lru.get(&4)), (Some("one"), None, None, Some("four")));
        lru.insert(5, "too heavy", 4);
        assert_eq!(lru.get(&5), None);
        lru.insert(4, "four again", 1);
        assert_eq!((lru.get(&4), lru.weight), (Some("four again"), 2));
    }
}
