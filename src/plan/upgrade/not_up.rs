//! Rule R22: why a workload did not come up is read off its pods, once, before its failure is written.

use std::collections::BTreeMap;

use crate::{
    api::{
        reason::Reason,
        tenant::{Upgrade, WorkloadRef},
    },
    fleet::{PodsRead, ReadFor, Unread, Workload},
    plan::{
        output::{Class, Write, change::Change},
        pass::Pass,
        record::draft::Draft,
        upgrade::{
            diagnosis::{bounded, sentence},
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
    let (Some(workload), Some(read_for)) = (pass.fleet.workloads.get(&key), ReadFor::of(upgrade)) else {
        fail(pass, draft, reason, message);
        return None;
    };
    if let Some(read) = pass.fleet.pod_reads.get(&key).filter(|read| read.read_for == read_for) {
        let why = said(read, &images(pass, upgrade, reference, workload), &draft.key.namespace);
        fail(pass, draft, reason, format!("{}; {why}", message.trim_end_matches('.')));
        return None;
    }
    // It has failed, although that is not written yet: nothing of this release starts beside it (R22).
    pass.fails(&upgrade.release_uid);
    Some(Write::new(Change::ReadPods { workload: key, read_for }, &workload.meta, Class::StartOrResult, vec![]))
}

/// The images that the new pods run, by container.
fn images(pass: &Pass, upgrade: &Upgrade, reference: &WorkloadRef, workload: &Workload) -> BTreeMap<String, String> {
    let set = ours(workload, upgrade).cloned();
    set.or_else(|| intent(pass, upgrade, reference, workload).ok().map(|(intent, _)| intent))
        .map_or_else(BTreeMap::new, |i| i.images)
}

fn said(read: &PodsRead, images: &BTreeMap<String, String>, namespace: &str) -> String {
    match &read.found {
        Ok(pods) => sentence(pods, images),
        Err(Unread::Forbidden) => format!(
            "why is not known: the operator may not list pods in namespace {namespace}; bind the ClusterRole uplift-diagnose to its account there"
        ),
        Err(Unread::Failed(why)) => bounded("why is not known, its pods could not be read", why),
    }
}
