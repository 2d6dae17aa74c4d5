//! What became of notices.

use super::super::{Delivery, DeliveryKey, Fleet, Tenant};

impl Fleet {
    /// Forgets deliveries that no rule needs any more: their receipt is in the status, their notice was superseded, or their
    /// tenant is gone. So there are never more than the statuses have open notices, and one for each contact of the platform.
    pub(super) fn forget_deliveries(&mut self) {
        if self.deliveries.is_empty() {
            return;
        }
        let tenant = |key: &DeliveryKey| self.tenants.get(&key.tenant).filter(|tenant| tenant.meta.uid == key.tenant_uid);
        self.deliveries.retain(|key, _| key.tenant.is_platform() || tenant(key).is_some_and(|tenant| is_open(tenant, key)));
    }

    /// What became of a notice; whether that is new. Of the digests to a contact of the platform only the last counts: each has all that is due.
    pub(super) fn delivered(&mut self, key: DeliveryKey, delivery: Delivery) -> bool {
        if key.tenant.is_platform() {
            let older = |other: &DeliveryKey| other.tenant.is_platform() && other.contact == key.contact && other.key != key.key;
            self.deliveries.retain(|other, _| !older(other));
        }
        self.deliveries.insert(key, delivery.clone()) != Some(delivery)
    }
}

/// The tenant's status has this notice, without a receipt and without a successor. A status that does not parse may have it.
fn is_open(tenant: &Tenant, key: &DeliveryKey) -> bool {
    let Ok(status) = &tenant.status else { return true };
    let mut of_key = status.notices.iter().filter(|notice| notice.key == key.key && notice.contact == key.contact);
    of_key.any(|notice| notice.delivered_at.is_none() && notice.superseded_by.is_none())
}
