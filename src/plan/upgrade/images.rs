//! Rule R20: the images that a release has for a workload, and the one PATCH that sets them.

use crate::{
    api::{
        annotations::Intent,
        reason::Reason,
        tenant::{ImagesBefore, Upgrade, WorkloadRef},
    },
    fleet::{ObjectKey, Refusal, Workload, WorkloadKey},
    plan::{
        output::{
            Class, Write,
            change::{Change, ImageChange},
        },
        pass::Pass,
        record::draft::Draft,
        target::mapping::mapped,
    },
};

/// The images that the release has for this workload.
pub fn intent(
    pass: &Pass,
    upgrade: &Upgrade,
    reference: &WorkloadRef,
    workload: &Workload,
) -> Result<(Intent, Vec<String>), (Reason, String)> {
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else {
        return Err((Reason::ReleaseDeleted, format!("DashboardRelease {:?} is gone or does not parse", upgrade.release)));
    };
    let images = &release.spec.images;
    let mapped = mapped(reference, workload, |component| images.contains_key(component));
    if let Some((_, component)) = mapped.iter().find(|(_, component)| !images.contains_key(*component)) {
        return Err((Reason::UnknownComponent, format!("release {} has no component {component:?}", upgrade.to)));
    }
    if mapped.is_empty() {
        return Err((Reason::NoComponent, format!("no container of {reference} runs a component of release {}", upgrade.to)));
    }
    let init = mapped.iter().filter(|(c, _)| c.init).map(|(c, _)| c.name.clone()).collect();
    let images = mapped.iter().map(|(c, component)| (c.name.clone(), images[*component].clone())).collect();
    Ok((Intent { id: upgrade.id.clone().unwrap_or_default(), to: upgrade.to.clone(), images, rollback: false }, init))
}

pub fn runs(workload: &Workload, intent: &Intent) -> bool {
    let has = |name: &str, image: &str| workload.containers.iter().any(|c| c.name == name && c.image == image);
    intent.images.iter().all(|(name, image)| has(name, image))
}

/// What the API server said to this very change.
pub fn refused<'p>(pass: &'p Pass, key: &WorkloadKey, intent: &Intent) -> Option<&'p Refusal> {
    let key = ObjectKey::Workload(key.clone());
    pass.fleet.refused.get(&key).filter(|refusal| refusal.intent.as_ref() == Some(intent))
}

/// The one PATCH.
pub fn change(pass: &Pass, draft: &Draft, workload: WorkloadKey, intent: Intent, init: Vec<String>) -> Option<Write> {
    // The step must have been committed: a status that is about to change is not.
    if draft.status.differs() {
        return None;
    }
    let meta = &pass.fleet.workloads.get(&workload)?.meta;
    let change = Change::Images { workload, images: ImageChange { intent, init, replicas: None } };
    Some(Write::new(change, meta, Class::StartOrResult, vec![]))
}

/// Whether the images of this upgrade were seen in this workload, under our annotation.
pub fn was_set(workload: &Workload, upgrade: &Upgrade) -> bool {
    workload.last_set.is_some() && workload.last_set == upgrade.id
}

/// What was set is not there any more, nor is the annotation: to set it again would be to fight whoever did that (I1).
pub fn undone(workload: impl std::fmt::Display) -> String {
    format!("{workload} was changed back by another hand while the upgrade ran, and the annotation uplift.dev/intent is gone")
}

/// What a rollback sets.
pub fn back(upgrade: &Upgrade, before: &ImagesBefore) -> Intent {
    let id = upgrade.id.clone().unwrap_or_default();
    Intent { id, to: upgrade.from.clone(), images: before.images.clone(), rollback: true }
}

/// Our intent of this very upgrade, as it goes forward.
pub fn ours<'w>(workload: &'w Workload, upgrade: &Upgrade) -> Option<&'w Intent> {
    workload.forward().filter(|intent| Some(&intent.id) == upgrade.id.as_ref())
}
