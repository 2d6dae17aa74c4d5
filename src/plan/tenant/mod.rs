//! One tenant's turn: the rules in their order, from what was seen to the one write that follows.

pub mod explain;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version, condition, reasons,
        tenant::{Holds, Management},
    },
    fleet::{Effect, ObjectKey, Tenant, TenantKey},
    plan::{
        consent::judge as consent,
        gates::{self, Case},
        notice::{outgoing::outgoing, receipts::receipts, reminders as remind},
        output::{
            Body, Class, Finding, Plan, Write,
            hold::{Gate, Hold},
        },
        pass::Pass,
        record::{
            draft::{Draft, Gone},
            next::NextStatus,
        },
        slot::{self, lose},
        status::tenant as standing,
        target::{
            choice::{Choice, choose, next},
            running,
        },
        upgrade,
    },
};

/// Decides for one tenant.
pub fn decide<'a>(pass: &mut Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant, plan: &mut Plan) {
    // What does not parse is never overwritten: it holds the history. Nothing else is left but an Event.
    let seen = match &tenant.status {
        Ok(seen) => seen,
        Err(wrong) => {
            let (object, uid) = (ObjectKey::Tenant(key.clone()), tenant.meta.uid.clone());
            plan.findings.push(Finding {
                object,
                uid,
                reason: reasons::MALFORMED,
                message: format!("the status does not parse: {wrong}"),
            });
            return;
        }
    };
    if let Some(effect) = pass.fleet.outstanding_effect(key) {
        let next = if let Effect::TenantStatus(status) = effect { status } else { seen };
        let held = announcement_held(pass, key, tenant, seen);
        plan.notices.extend(outgoing(pass, key, tenant, seen, next, held));
        return;
    }
    match &tenant.spec {
        Ok(spec) => turn(pass, key, tenant, spec, seen, plan),
        Err(wrong) => {
            let (status, _, stories) = malformed(pass, key, tenant, seen, wrong);
            plan.writes.extend(write_status(key, tenant, status, Class::Rest, stories));
        }
    }
}

/// Whether something holds the notice of what is announced, while a write is under way and nothing else is decided.
fn announcement_held(pass: &Pass, key: &TenantKey, tenant: &Tenant, status: &TenantInstanceStatus) -> bool {
    let (Ok(spec), Some(upgrade)) = (&tenant.spec, &status.upgrade) else { return false };
    let running = &running::running(pass, key, spec, status);
    let holds = gates::holds(Case { pass, key, tenant, spec, status, running, upgrade });
    holds.iter().any(|hold| hold.holds == Holds::Slot)
}

fn turn<'a>(
    pass: &mut Pass<'a>,
    key: &'a TenantKey,
    tenant: &'a Tenant,
    spec: &'a TenantInstanceSpec,
    seen: &'a TenantInstanceStatus,
    plan: &mut Plan,
) {
    let Turn { draft, holds, patch } = take(pass, key, tenant, spec, seen);
    let notices_held = holds.iter().any(|hold| hold.holds == Holds::Slot);
    plan.notices.extend(outgoing(pass, key, tenant, seen, &draft.status, notices_held));
    plan.writes.extend(patch);
    plan.writes.extend(write(draft));
}

/// What the rules made of one tenant.
struct Turn<'a> {
    draft: Draft<'a>,
    holds: Vec<Hold>,
    patch: Option<Write>,
}

/// The rules in their order.
fn take<'a>(
    pass: &mut Pass<'a>,
    key: &'a TenantKey,
    tenant: &'a Tenant,
    spec: &'a TenantInstanceSpec,
    seen: &'a TenantInstanceStatus,
) -> Turn<'a> {
    let running = running::running(pass, key, spec, seen);
    let status = NextStatus::new(seen);
    let mut draft =
        Draft { key, tenant, spec, seen, status, running, stories: vec![], class: Class::Rest, gone: None, asked_back: None };
    receipts(pass, &mut draft);
    let patch = if draft.in_flight() { upgrade::progress(pass, &mut draft) } else { None };
    if draft.status.history.first() != seen.history.first() {
        // The result says what the workloads mean: a failure may leave two versions behind.
        draft.running = running::running(pass, key, spec, &draft.status);
    }
    consent::judge(pass, &mut draft);
    slot::review::review(pass, &mut draft);
    let holds = settle(pass, &mut draft);
    consent::freeze(pass, &mut draft);
    postpone(pass, &mut draft, &holds);
    remind::remind(pass, &mut draft, &holds);
    standing::tell(pass, &mut draft, &holds);
    let held = !holds.is_empty() || draft.slot().is_none();
    upgrade::start(pass, &mut draft, held);
    standing::conditions(pass, &mut draft, &holds);
    Turn { draft, holds, patch }
}

/// What the turn of one tenant comes to.
pub struct Outcome {
    /// Its status as it would be written.
    pub status: TenantInstanceStatus,
    /// All that holds it, mere waiting too.
    pub holds: Vec<Hold>,
    /// Newer releases of its channel that it is not planned for, by version, with what holds each.
    pub newer: Vec<(String, Vec<Hold>)>,
}

/// One tenant's turn, for people who ask; none where its status does not parse.
pub fn explain<'a>(pass: &mut Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant) -> Option<Outcome> {
    let seen = tenant.status.as_ref().ok()?;
    let Ok(spec) = &tenant.spec else {
        let wrong = tenant.spec.as_ref().err().map_or("", String::as_str);
        let (status, hold, _) = malformed(pass, key, tenant, seen, wrong);
        return Some(Outcome { status: (*status).clone(), holds: vec![hold], newer: vec![] });
    };
    let Turn { draft, holds, .. } = take(pass, key, tenant, spec, seen);
    let newer = newer(pass, &draft);
    Some(Outcome { status: (*draft.status).clone(), holds, newer })
}

/// The same gates, asked of each newer release as if it were planned. What only waits says nothing of a release.
fn newer(pass: &Pass, draft: &Draft) -> Vec<(String, Vec<Hold>)> {
    let Ok(running) = &draft.running else { return vec![] };
    let target: Option<Version> = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.to.parse().ok());
    let newer = pass.channel(&draft.spec.channel).iter().rev().filter(|r| r.version > target.as_ref().unwrap_or(running));
    let holds = |release| {
        let Draft { key, tenant, spec, ref status, ref running, .. } = *draft;
        let upgrade = &next(draft, running.as_ref().ok()?, &[release]);
        let holds = gates::holds(Case { pass, key, tenant, spec, status, running, upgrade });
        Some((upgrade.to.clone(), holds.into_iter().filter(|hold| !hold.waiting).collect()))
    };
    newer.filter_map(holds).collect()
}

/// Chooses and schedules where nothing is announced yet, and says what holds what is planned.
fn settle<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Vec<Hold> {
    let mut holds = gates::manifest::manifest(pass, draft.spec, draft.tenant, &draft.running);
    if draft.in_flight() {
        // Nothing holds it any more, but what a person wrote and nobody can read must not be silent.
        return holds.into_iter().filter(|hold| hold.gate == Gate::Manifest).collect();
    }
    if draft.slot().is_none() {
        match choose(pass, draft) {
            Choice::UpToDate => draft.plan(None),
            Choice::Held(hold) => {
                draft.plan(None);
                holds.push(*hold);
                holds.extend(gates::manifest::people(draft.spec));
            }
            Choice::Next(upgrade) => draft.plan(Some(*upgrade)),
        }
    }
    holds.extend(gates::of_draft(pass, draft));
    if draft.spec.management == Management::Unmanaged && draft.slot().is_none() {
        draft.plan(None);
    }
    let held = holds.iter().any(|hold| hold.holds == Holds::Slot);
    if !held {
        slot::restore::restore(pass, draft);
    }
    if draft.slot().is_none() && draft.status.upgrade.is_some() && !held {
        holds.extend(slot::search::plan(pass, draft));
        // The gates look at the slot that was just given.
        holds.extend(gates::of_draft(pass, draft));
    }
    for until in holds.iter().filter_map(|hold| hold.until) {
        pass.wake.at(until);
    }
    holds.sort_by_key(|hold| hold.gate);
    holds.dedup_by(|a, b| a.gate == b.gate && a.reason == b.reason);
    holds
}

/// R8: a slot that is gone without another date, or whose start something still holds at the cut-off, is told to the customer.
fn postpone(pass: &Pass, draft: &mut Draft, holds: &[Hold]) {
    if let Some(gone) = draft.gone.take().filter(|gone| draft.slot().is_none_or(|(upgrade, _)| upgrade.to != gone.to)) {
        lose::postpone(pass, draft, gone);
    }
    // At the cut-off, not whenever something holds: stopping everything for an hour frightens nobody.
    let frozen_before = draft.seen.upgrade.as_ref().is_some_and(|upgrade| upgrade.consent.is_some());
    let answered = draft.slot().filter(|(upgrade, _)| upgrade.consent.is_some() && !frozen_before);
    let (Some((upgrade, slot)), Some(hold)) = (answered, holds.iter().find(|hold| !hold.waiting)) else { return };
    let (stem, opens, to) = (draft.stem().unwrap_or_default().to_owned(), slot.opens.clone(), upgrade.to.clone());
    lose::postpone(pass, draft, Gone { stem, opens, to, reason: hold.reason.into() });
}

/// A spec that does not parse any more: everything stays as it is, and says so.
fn malformed<'a>(
    pass: &Pass,
    key: &TenantKey,
    tenant: &Tenant,
    seen: &'a TenantInstanceStatus,
    wrong: &str,
) -> (NextStatus<'a>, Hold, Vec<crate::plan::output::story::Story>) {
    let hold = Hold::stalled(Gate::Manifest, reasons::MALFORMED, format!("the manifest does not parse: {wrong}; correct it"));
    let mut status = NextStatus::new(seen);
    let stories = standing::blockers(key, &mut status, std::slice::from_ref(&hold));
    let generation = tenant.meta.generation;
    for (type_, value) in [(condition::READY, false), (condition::STALLED, true)] {
        standing::say(&mut status, type_, (value, hold.reason, &hold.message), generation, pass.now);
    }
    if status.observed_generation != generation {
        status.observed_generation = generation;
    }
    (status, hold, stories)
}

fn write(draft: Draft) -> Option<Write> {
    write_status(draft.key, draft.tenant, draft.status, draft.class, draft.stories)
}

/// Unchanged status is not written.
fn write_status(
    key: &TenantKey,
    tenant: &Tenant,
    status: NextStatus,
    class: Class,
    stories: Vec<crate::plan::output::story::Story>,
) -> Option<Write> {
    Some(Write {
        body: Body::TenantStatus(status.into_change()?),
        object: ObjectKey::Tenant(key.clone()),
        uid: tenant.meta.uid.clone(),
        resource_version: tenant.meta.resource_version.clone(),
        class,
        stories,
    })
}
