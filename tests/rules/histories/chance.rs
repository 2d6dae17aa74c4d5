//! Chance from a seed: the same numbers on every machine, for ever (`SplitMix64`).

pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// So many times in a hundred a chance beside this one, which goes on as if nobody had asked: what histories vary newly leaves the old ones as
    /// they were.
    pub fn aside(&self, percent: usize) -> Option<Self> {
        let mut aside = Self(self.0 ^ 0x6c62_272e_07bb_0142);
        aside.percent(percent).then_some(aside)
    }
    /// A number from 0 on, below this one.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }
    /// A number between these two, both included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + i64::try_from(self.next() % u64::try_from(last - first + 1).unwrap()).unwrap()
    }
    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    /// One of these.
    pub fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
    /// One of these, if there are any; those at the front more often.
    pub fn early<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let mut i = 0;
        while i + 1 < list.len() && self.percent(70) {
            i += 1;
        }
        list.get(i).cloned()
    }
}
