//! The upgrades that run, and those that start in this pass.

use super::{Pass, depends::Depends};
use crate::{api::tenant::Slot, fleet::TenantKey};

impl<'a> Pass<'a> {
    /// How many upgrades of a window run, and how many may.
    pub fn concurrency(&self, window: &str) -> (u32, u32) {
        let limit = self.window(window).and_then(|w| w.spec.as_ref().ok()).map_or(0, |spec| spec.max_concurrent);
        (self.running.get(window).copied().unwrap_or_default(), limit)
    }

    /// The same, for a turn that waits for its slot, or for a place in it: nobody's turn depends on it before the slot opens.
    pub fn concurrency_in(&self, slot: &Slot) -> (u32, u32) {
        let (running, limit) = self.concurrency(&slot.window);
        if let Some((window, _)) = self.fleet.windows.get_key_value(&slot.window).filter(|_| slot.opens_at <= self.now) {
            let full = running >= limit;
            self.depends(Depends { at_limit: Some(window.as_str()).filter(|_| full), others: !full, ..Depends::default() });
        }
        (running, limit)
    }

    /// Counts a start.
    pub fn start(&mut self, tenant: &'a TenantKey, window: &'a str) {
        self.depends_on_others();
        *self.running.entry(window).or_default() += 1;
        self.starting.insert(tenant);
    }

    /// Whether a tenant starts in this very pass that uses an interface of this one, or offers it one: what it runs then is not judged yet.
    pub fn neighbour_starts(&self, tenant: &TenantKey) -> bool {
        let starts =
            !self.starting.is_empty() && self.stock.neighbours(tenant).any(|neighbour| self.starting.contains(neighbour));
        if starts {
            self.depends_on_others();
        }
        starts
    }
}
