//! What became of asking sources of life cycles.

use crate::fleet::{Fleet, Product, Reply, Tried};

impl Fleet {
    /// A source was asked. Failures count as long as it is the same source of the same product.
    pub(super) fn asked_source(&mut self, product: String, tried: Tried) {
        let same = |before: &&Tried| before.uid == tried.uid && before.url == tried.url;
        let before = self.tried.get(&product).filter(same).map_or(0, |before| before.failures);
        let failures = if matches!(tried.reply, Reply::Failed { .. }) { before.saturating_add(1) } else { 0 };
        self.tried.insert(product, Tried { failures, ..tried });
    }

    /// Forgets tries that no rule needs any more: their answer is in the status, or another source is asked. What fails is remembered: it says
    /// when to ask again. So there are never more than products.
    pub(super) fn forget_tried(&mut self) {
        if self.tried.is_empty() {
            return;
        }
        let products = &self.products;
        self.tried.retain(|name, tried| products.get(name).is_some_and(|product| is_open(product, tried)));
    }
}

fn is_open(product: &Product, tried: &Tried) -> bool {
    let source = product.spec.as_ref().ok().and_then(|spec| spec.source.as_ref());
    if product.meta.uid != tried.uid || source.is_none_or(|source| source.url != tried.url) {
        return false;
    }
    // A status that does not parse may hold it.
    let Ok(status) = &product.status else { return true };
    matches!(tried.reply, Reply::Failed { .. }) || !status.source.as_ref().is_some_and(|told| tried.is_told(told))
}
