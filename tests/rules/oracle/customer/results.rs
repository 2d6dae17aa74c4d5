//! C7: what a letter of a result says is so, and what is new stands in each letter about a release.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use uplift::{
    api::{
        DashboardReleaseSpec,
        release::{Decision, Halt},
        tenant::{NoticeKind, OptOutRecord, WorkloadRef},
    },
    letters::Outgoing,
    simulate::world::Object,
};
use uplift_testbed::judge::{Kind, workload_name};

use super::Past;
use crate::oracle::{Leeway, world::place};

/// What a customer reads of the version that runs after a failure.
const RUNS: [(&str, &str); 2] = [("Your instance still runs ", ". We"), ("Your instance has ", " now,")];
const NOT_CERTAIN: &str = "It is not certain which version your instance runs now;";

pub fn judge(past: &Past, notice: &Outgoing, leeway: Leeway, tell: &mut dyn FnMut(String)) {
    if notice.message.kind == NoticeKind::Failed {
        says_what_runs(past, notice, leeway, tell);
    }
    if notice.message.text.contains("may be tried again until") {
        is_not_halted(past, notice, leeway, tell);
        is_not_taken_back(past, notice, leeway, tell);
        is_not_declined(past, notice, tell);
    }
    // Who has tried it knows.
    if !matches!(notice.message.kind, NoticeKind::TrialEnding | NoticeKind::TrialEnded) {
        says_what_is_new(past, notice, leeway, tell);
    }
}

/// Exactly one of three sentences, and a version that is named is that of every workload.
fn says_what_runs(past: &Past, notice: &Outgoing, leeway: Leeway, tell: &mut dyn FnMut(String)) {
    let text = &notice.message.text;
    let named = |(before, after): &(&str, &str)| text.split(before).nth(1)?.split(after).next().map(str::to_owned);
    let said: Vec<String> = RUNS.iter().filter_map(named).collect();
    if said.len() + usize::from(text.contains(NOT_CERTAIN)) != 1 {
        return tell("it does not say what runs now".into());
    }
    if let Some(version) = said.first().filter(|version| !runs(past, notice, leeway, version)) {
        tell(format!("it says that {version} runs"));
    }
}

/// Whether every workload had the images of this version when the letter was written. What no release knows is not judged.
fn runs(past: &Past, notice: &Outgoing, leeway: Leeway, version: &str) -> bool {
    let releases: Vec<_> = past.ever(Kind::Release).filter_map(|object| object.release().map(|(spec, _)| spec)).collect();
    let releases: Vec<_> = releases.into_iter().filter(|spec| spec.version == version).collect();
    let since = leeway.others_since(notice.created_at);
    let mut tenants = past.since(Kind::Tenant, &notice.tenant.to_string(), since).flatten();
    let Some((spec, _)) = tenants.find(|tenant| tenant.uid == notice.tenant_uid).and_then(|tenant| tenant.tenant()) else {
        return true;
    };
    releases.is_empty()
        || spec.workloads.iter().all(|reference| {
            let name = workload_name(&notice.tenant.namespace, reference.kind.name(), &reference.name);
            let mut states = past.since(Kind::Workload, &name, since).flatten();
            states.any(|workload| releases.iter().any(|release| has_images(past, workload, reference, release)))
        })
}

fn has_images(past: &Past, workload: &Object, reference: &WorkloadRef, release: &DashboardReleaseSpec) -> bool {
    let Some(workload) = workload.workload() else { return false };
    let component = |container: &str| match reference.containers.iter().find(|named| named.name == container) {
        Some(named) => Some(named.component.clone()),
        None => reference.containers.is_empty().then(|| container.to_owned()),
    };
    workload.containers().iter().all(|container| {
        let image = component(&container.name).and_then(|component| release.images.get(&component));
        // Containers may be mapped otherwise since it was set. And a hotfix says nothing: its label may.
        image.is_none() || release.images.values().any(|image| *image == container.image) || !is_known(past, &container.image)
    })
}

/// Whether a release that is there has it: of one that is gone nobody can say what its images are.
fn is_known(past: &Past, image: &str) -> bool {
    past.all(Kind::Release)
        .any(|object| object.release().is_some_and(|(spec, _)| spec.images.values().any(|known| known == image)))
}

/// A release that is halted is not tried again on a date that was announced before (R3). Who cannot see the halt does not know of it.
fn is_not_halted(past: &Past, notice: &Outgoing, leeway: Leeway, tell: &mut dyn FnMut(String)) {
    if leeway.unseen > SignedDuration::ZERO || leeway.clock > SignedDuration::ZERO {
        return;
    }
    let stands = |halt: &Halt, at: Timestamp| halt.at <= at && halt.resumed_at.is_none_or(|resumed| resumed > at);
    // By this very failure: nobody else had failed.
    let own = |halt: &Halt| halt.failures == [notice.tenant.to_string()];
    let at = notice.created_at;
    let halted = past.all(Kind::Release).filter_map(|object| object.release()).any(|(spec, status)| {
        let halt = status.halt.as_ref().filter(|halt| stands(halt, at) && (halt.at < at || own(halt)));
        Some(&spec.version) == notice.message.to.as_ref() && halt.is_some()
    });
    if halted {
        tell("it offers another try of a release that is halted".into());
    }
}

/// Nor is one that was withdrawn or rejected before. Two of one version stand and fall together here.
fn is_not_taken_back(past: &Past, notice: &Outgoing, leeway: Leeway, tell: &mut dyn FnMut(String)) {
    let since = leeway.others_since(notice.created_at);
    let taken_back = |spec: &DashboardReleaseSpec| {
        let rejected = spec.approval.as_ref().is_some_and(|approval| approval.decision == Decision::Rejected);
        (spec.withdrawn.is_some() || rejected).then_some(())
    };
    let of_it = |object: &&Object| object.release().is_some_and(|(spec, _)| Some(&spec.version) == notice.message.to.as_ref());
    let mut all = past.ever(Kind::Release).filter(of_it).map(|object| place(&object.key).1).peekable();
    let lost = |name: String| past.wrong_since(Kind::Release, &name, since, |seen| taken_back(seen?.release()?.0));
    if all.peek().is_some() && all.all(|name| lost(name).is_some()) {
        tell("it offers another try of a release that was taken back".into());
    }
}

/// Nor is a version that the customer has declined, as the status says that the letter was written down with: unless no refusal is left.
fn is_not_declined(past: &Past, notice: &Outgoing, tell: &mut dyn FnMut(String)) {
    if notice.message.refusals_left == Some(0) {
        return;
    }
    let versions = past.versions(Kind::Tenant, &notice.tenant.to_string()).iter();
    let theirs = versions.filter_map(|(_, tenant)| tenant.as_ref().filter(|tenant| tenant.uid == notice.tenant_uid)?.tenant());
    let mut written = theirs.filter(|(_, status)| status.notices.iter().any(|record| record.key == notice.key));
    let declines = |said: &OptOutRecord| said.verdict.stands() && Some(&said.value) == notice.message.to.as_ref();
    if written.next().is_some_and(|(_, status)| status.opt_outs.iter().any(declines)) {
        tell("it offers another try of a version that was declined".into());
    }
}

/// Only where the release was always the same: its notes may be edited, and a version may be made anew.
fn says_what_is_new(past: &Past, notice: &Outgoing, leeway: Leeway, tell: &mut dyn FnMut(String)) {
    let of_it = |object: &&Object| object.release().is_some_and(|(spec, _)| Some(&spec.version) == notice.message.to.as_ref());
    let all: Vec<&Object> = past.ever(Kind::Release).filter(of_it).collect();
    let notes: BTreeSet<_> =
        all.iter().filter_map(|object| object.release()).map(|(spec, _)| format!("{:?}", spec.notes)).collect();
    let one = all.iter().all(|object| object.key == all[0].key && object.uid == all[0].uid) && notes.len() == 1;
    let Some((spec, _)) = all.first().filter(|_| one).and_then(|object| object.release()) else { return };
    let Some(notes) = &spec.notes else { return };
    let same_channel = |object: &Object| object.tenant().is_none_or(|(tenant, _)| tenant.channel == spec.channel);
    let mut tenants = past.since(Kind::Tenant, &notice.tenant.to_string(), leeway.others_since(notice.created_at)).flatten();
    let channels: BTreeSet<_> = all.iter().filter_map(|object| object.release()).map(|(spec, _)| spec.channel.clone()).collect();
    // A release that is gone tells nothing any more.
    let there = past.all(Kind::Release).any(|object| object.uid == all[0].uid);
    if !there || channels.len() != 1 || !tenants.all(same_channel) {
        return;
    }
    // What a letter says is frozen when it is written down, however long it is on its way.
    let has =
        |object: &Object| object.tenant().is_some_and(|(_, status)| status.notices.iter().any(|record| record.key == notice.key));
    let mut versions = past.versions(Kind::Tenant, &notice.tenant.to_string()).iter();
    let written = versions.find(|(_, tenant)| tenant.as_ref().is_some_and(|tenant| has(tenant)));
    if written.is_some_and(|(at, _)| leeway.others_since(*at) < all[0].created_at) {
        return;
    }
    let words: Vec<&str> = notes.summary.split_whitespace().collect();
    if !words.iter().all(|word| notice.message.text.contains(word)) {
        tell("it does not say what is new".into());
    }
}
