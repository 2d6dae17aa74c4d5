//! What became of notices.

use super::super::{DeliveryKey, Fleet, Tenant};

impl Fleet {
    /// Forgets deliveries that no rule needs any more: their receipt is in the status, their notice was superseded, or their
    /// tenant is gone. So there are never more than the statuses have open notices.
    pub(super) fn forget_deliveries(&mut self) {
        if self.deliveries.is_empty() {
            return;
        }
        let tenant = |key: &DeliveryKey| self.tenants.get(&key.tenant).filter(|tenant| tenant.meta.uid == key.tenant_uid);
        self.deliveries.retain(|key, _| tenant(key).is_some_and(|tenant| is_open(tenant, key)));
    }
}

/// The tenant's status has this notice, without a receipt and without a successor. A status that does not parse may have it.
fn is_open(tenant: &Tenant, key: &DeliveryKey) -> bool {
    let Ok(status) = &tenant.status else { return true };
    let mut of_key = status.notices.iter().filter(|notice| notice.key == key.key && notice.contact == key.contact);
    of_key.any(|notice| notice.delivered_at.is_none() && notice.superseded_by.is_none())
}
