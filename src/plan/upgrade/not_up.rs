//! Rule R22: a workload of an upgrade that did not come up.

use std::collections::BTreeMap;

use crate::{
    api::{
        reason::Reason,
        tenant::{Upgrade, WorkloadRef},
    },
    fleet::Workload,
    plan::{
        output::Write,
        pass::Pass,
        record::draft::Draft,
        upgrade::{
            explained::{Explained, explained},
            images::{intent, ours},
            rollback::fail,
        },
    },
};

/// A workload did not come up. The failure says why as soon as its pods were read, or could not be: it waits for one read and no more.
pub fn not_up<'a>(
    pass: &mut Pass<'a>,
    draft: &mut Draft<'a>,
    upgrade: &Upgrade,
    reference: &WorkloadRef,
    (reason, message): (Reason, String),
) -> Option<Write> {
    let key = draft.key.workload(reference);
    let images = pass.fleet.workloads.get(&key).map(|workload| images(pass, upgrade, reference, workload)).unwrap_or_default();
    match explained(pass, upgrade, &key, &images, message) {
        Explained::Said(message) => {
            fail(pass, draft, reason, message);
            None
        }
        Explained::Unread(read) => {
            // It has failed, although that is not written yet: nothing of this release starts beside it (R22).
            pass.fails(&upgrade.release_uid);
            Some(*read)
        }
    }
}

/// The images that the new pods of an upgrade run, by container.
fn images(pass: &Pass, upgrade: &Upgrade, reference: &WorkloadRef, workload: &Workload) -> BTreeMap<String, String> {
    let set = ours(workload, upgrade).cloned();
    set.or_else(|| intent(pass, upgrade, reference, workload).ok().map(|(intent, _)| intent))
        .map_or_else(BTreeMap::new, |i| i.images)
}
