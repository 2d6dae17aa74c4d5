//! Facts by key, and which of them may have changed since the last plan.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet, btree_map},
    ops::{Deref, Index},
};

/// A map that is read like any other. Whatever changes it, or could, notes the key: what is remembered of a fact from pass to pass is
/// forgotten by that note, so there is no way to change a fact without it. A table is never replaced as a whole.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    rows: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

impl<K: Ord + Clone, V> Table<K, V> {
    /// The keys of what may have changed since [`Table::planned`].
    pub fn changed(&self) -> &BTreeSet<K> {
        &self.changed
    }
    /// A plan was made of what is here now.
    pub fn planned(&mut self) {
        self.changed.clear();
    }
    /// Puts a fact there; what was there before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.changed.insert(key.clone());
        self.rows.insert(key, value)
    }
    /// Takes a fact away.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.rows.remove_entry(key)?;
        self.changed.insert(key);
        Some(value)
    }
    /// A fact that is about to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (own, _) = self.rows.get_key_value(key)?;
        self.changed.insert(own.clone());
        self.rows.get_mut(key)
    }
    /// A fact that is about to change, made where there is none.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.changed.insert(key.clone());
        self.rows.entry(key).or_default()
    }
    /// Every fact, about to change.
    pub fn values_mut(&mut self) -> btree_map::ValuesMut<'_, K, V> {
        self.changed.extend(self.rows.keys().cloned());
        self.rows.values_mut()
    }
    /// Keeps what this says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let changed = &mut self.changed;
        self.rows.retain(|key, value| {
            let keep = keep(key, value);
            if !keep {
                changed.insert(key.clone());
            }
            keep
        });
    }
    /// Gives room back. What was put there in the order of its keys, as a list brings it, leaves the nodes of the tree little more than
    /// half full.
    pub fn compact(&mut self) {
        self.rows = std::mem::take(&mut self.rows).into_iter().collect();
    }
    /// Takes everything away.
    pub fn clear(&mut self) {
        self.changed.extend(std::mem::take(&mut self.rows).into_keys());
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changed: BTreeSet::new() }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;
    fn deref(&self) -> &BTreeMap<K, V> {
        &self.rows
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for Table<K, V> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        &self.rows[key]
    }
}

impl<'a, K, V> IntoIterator for &'a Table<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = btree_map::Iter<'a, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<K: Ord + Clone, V> Extend<(K, V)> for Table<K, V> {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, rows: T) {
        rows.into_iter().for_each(|(key, value)| _ = self.insert(key, value));
    }
}

impl<K: Ord + Clone, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(rows: T) -> Self {
        let mut table = Self::default();
        table.extend(rows);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: impl FnOnce(&mut Table<u8, String>)) -> Vec<u8> {
        let mut table: Table<u8, String> = [(1, "a".into()), (2, "b".into())].into_iter().collect();
        table.planned();
        change(&mut table);
        table.changed().iter().copied().collect()
    }

    #[test]
    fn whatever_may_change_a_fact_notes_its_key() {
        assert_eq!(changed(|table| _ = table.insert(3, "c".into())), [3]);
        assert_eq!(changed(|table| _ = table.insert(1, "a".into())), [1]);
        assert_eq!(changed(|table| _ = table.remove(&1)), [1]);
        assert_eq!(changed(|table| table.get_mut(&2).unwrap().push('c')), [2]);
        assert_eq!(changed(|table| table.get_or_default(4).push('d')), [4]);
        assert_eq!(changed(|table| table.values_mut().for_each(String::clear)), [1, 2]);
        assert_eq!(changed(|table| table.retain(|key, _| *key == 1)), [2]);
        assert_eq!(changed(Table::clear), [1, 2]);
        assert_eq!(changed(|table| table.extend([(5, String::new())])), [5]);
    }

    #[test]
    fn what_only_reads_notes_nothing() {
        assert_eq!(changed(|table| assert!(table.get(&1).is_some() && table.get_mut(&9).is_none())), [0_u8; 0]);
        assert_eq!(changed(|table| _ = table.remove(&9)), [0_u8; 0]);
        assert_eq!(changed(Table::compact), [0_u8; 0]);
    }
}
