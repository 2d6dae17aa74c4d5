//! What was read of pods, as long as the failure that it was read for is not written down.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{tenant::Upgrade, upgrade_id::UpgradeId},
    fleet::{Effect, Fleet, PodsRead, WorkloadKey},
};

/// The pods of a workload were read.
pub(super) fn read(fleet: &mut Fleet, key: WorkloadKey, read: PodsRead) -> bool {
    fleet.pod_reads.insert(key, read);
    true
}

impl Fleet {
    /// UIDs of releases of which an upgrade has failed that is not written yet: its pods are being asked why, or have just answered.
    pub fn failures_being_told(&self) -> BTreeSet<String> {
        let sent = self.outstanding.values().filter_map(|sent| match &sent.effect {
            Effect::Pods(read_for) => Some(read_for),
            _ => None,
        });
        let read = self.pod_reads.values().map(|read| &read.read_for);
        sent.chain(read).map(|read_for| read_for.release_uid.clone()).collect()
    }

    /// Forgets what was read for a step that is not the last one any more, and of a workload that is well.
    pub(super) fn forget_pod_reads(&mut self) {
        if self.pod_reads.is_empty() {
            return;
        }
        let upgrades = self.tenants.values().filter_map(|tenant| tenant.status.as_ref().ok()?.upgrade.as_ref());
        let running: BTreeMap<&UpgradeId, &Upgrade> =
            upgrades.filter_map(|upgrade| Some((upgrade.id.as_ref()?, upgrade))).collect();
        let ill = |key: &WorkloadKey| self.workloads.get(key).is_some_and(|workload| !workload.rolled_out());
        self.pod_reads
            .retain(|key, read| ill(key) && running.get(&read.read_for.id).is_some_and(|upgrade| read.read_for.is_of(upgrade)));
    }
}
