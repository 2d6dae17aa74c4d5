//! One tenant's turn: the rules in their order, from what was seen to the one write that follows.

pub mod explain;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version, condition, reasons,
        tenant::{Holds, Management},
    },
    fleet::{Effect, ObjectKey, Tenant, TenantKey},
    plan::{
        consent::{
            answer,
            judge::{Judged, judge},
            silence,
        },
        gates::{self, Case},
        notice::{facts, outgoing::outgoing, receipts::receipts, reminders as remind},
        output::{
            Body, Class, Finding, Plan, Write,
            hold::{Gate, Hold},
            story::{Story, StoryEvent},
        },
        pass::{Pass, order::turn},
        record::{
            draft::{Draft, Gone},
            next::NextStatus,
            phase::Phase,
        },
        slot::{
            give::give,
            lose,
            restore::{Back, find, restore},
            review::review,
            search::{Found, no_time, search},
        },
        status::tenant as standing,
        target::{
            choice::{Choice, choose, next},
            running,
        },
        upgrade,
    },
};

/// A tenant whose turn has begun: what became of its upgrade, what was said and what is lost is known. No place is taken yet, but
/// that of a slot that comes back.
pub struct Begun<'a> {
    draft: Draft<'a>,
    patch: Option<Write>,
    back: Option<Back>,
    holds: Vec<Hold>,
}

/// Begins every turn, and sorts them (R7). Who has none has been dealt with.
pub fn begin_all<'a>(pass: &mut Pass<'a>, plan: &mut Plan) -> Vec<Begun<'a>> {
    let tenants = &pass.fleet.tenants;
    let mut begun: Vec<_> = tenants.iter().filter_map(|(key, tenant)| begin(pass, key, tenant, plan)).collect();
    begun.sort_by_cached_key(|begun| turn(pass, &begun.draft)); // stable
    begun
}

fn begin<'a>(pass: &mut Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant, plan: &mut Plan) -> Option<Begun<'a>> {
    // What does not parse is never overwritten: it holds the history. Nothing else is left but an Event.
    let seen = match readable(tenant) {
        Ok(seen) => seen,
        Err(message) => {
            let (object, uid) = (ObjectKey::Tenant(key.clone()), tenant.meta.uid.clone());
            plan.findings.push(Finding { object, uid, reason: reasons::MALFORMED, message });
            return None;
        }
    };
    if let Some(effect) = pass.fleet.outstanding_effect(key) {
        let next = if let Effect::TenantStatus(status) = effect { status } else { seen };
        let held = announcement_held(pass, key, tenant, seen);
        plan.notices.extend(outgoing(pass, key, tenant, seen, next, held));
        return None;
    }
    match &tenant.spec {
        Ok(spec) => Some(begin_turn(pass, key, tenant, spec, seen)),
        Err(wrong) => {
            let (status, _, stories) = malformed(pass, key, tenant, seen, wrong);
            plan.writes.extend(write_status(key, tenant, status, Class::Rest, stories));
            None
        }
    }
}

/// A status that makes sense, or what is wrong with it.
fn readable(tenant: &Tenant) -> Result<&TenantInstanceStatus, String> {
    let seen = tenant.status.as_ref().map_err(|wrong| format!("the status does not parse: {wrong}"))?;
    match seen.upgrade.as_ref().map(Phase::of) {
        Some(Err(broken)) => Err(broken.to_string()),
        _ => Ok(seen),
    }
}

/// Whether something holds the notice of what is announced, while a write is under way and nothing else is decided.
fn announcement_held(pass: &Pass, key: &TenantKey, tenant: &Tenant, status: &TenantInstanceStatus) -> bool {
    let (Ok(spec), Some(upgrade)) = (&tenant.spec, &status.upgrade) else { return false };
    let running = &running::running(pass, key, spec, status);
    let holds = gates::holds(Case { pass, key, tenant, spec, status, running, upgrade });
    holds.iter().any(|hold| hold.holds == Holds::Slot)
}

/// The rules in their order, as far as no other tenant matters.
fn begin_turn<'a>(
    pass: &mut Pass<'a>,
    key: &'a TenantKey,
    tenant: &'a Tenant,
    spec: &'a TenantInstanceSpec,
    seen: &'a TenantInstanceStatus,
) -> Begun<'a> {
    let mut draft = Draft::new(key, tenant, spec, seen, running::running(pass, key, spec, seen));
    receipts(pass, &mut draft);
    let patch = if draft.in_flight() { upgrade::progress(pass, &mut draft) } else { None };
    if draft.status.history.first() != seen.history.first() {
        // The result says what the workloads mean: a failure may leave two versions behind.
        draft.running = running::running(pass, key, spec, &draft.status);
    }
    let Judged { lost, asked_back } = judge(pass, &mut draft);
    if let Some(ended) = lost {
        lose::lose(pass, &mut draft, ended);
    }
    review(pass, &mut draft);
    let back = asked_back.and_then(|slot| find(pass, &mut draft, slot));
    let mut holds = gates::manifest::manifest(pass, spec, tenant, &draft.running);
    if draft.slot().is_none() && back.is_none() {
        holds.extend(target(pass, &mut draft));
    }
    Begun { draft, patch, back, holds }
}

/// Chooses the next release, and says what holds the tenant back from any.
fn target(pass: &mut Pass, draft: &mut Draft) -> Vec<Hold> {
    let put_back = gates::ownership::put_back(pass, draft.key, draft.tenant, draft.spec, &draft.status, &draft.running);
    match put_back.map_or_else(|| choose(pass, draft), |hold| Choice::Held(Box::new(hold))) {
        Choice::UpToDate => draft.plan(None),
        Choice::Next(upgrade) => draft.plan(Some(*upgrade)),
        Choice::Held(hold) => {
            draft.plan(None);
            return std::iter::once(*hold).chain(gates::manifest::people(draft.spec)).collect();
        }
    }
    vec![]
}

impl<'a> Begun<'a> {
    /// Whose turn it is.
    pub fn key(&self) -> &'a TenantKey {
        self.draft.key
    }

    /// The rest of the turn, into the plan.
    pub fn finish(self, pass: &mut Pass<'a>, plan: &mut Plan) {
        let (key, tenant, seen) = (self.draft.key, self.draft.tenant, self.draft.seen);
        let Turn { draft, holds, patch } = self.take(pass);
        let notices_held = holds.iter().any(|hold| hold.holds == Holds::Slot);
        plan.notices.extend(outgoing(pass, key, tenant, seen, &draft.status, notices_held));
        plan.writes.extend(patch);
        plan.writes.extend(write(draft));
    }

    /// The rest of the turn, for people who ask.
    pub fn explain(self, pass: &mut Pass<'a>) -> Outcome {
        let Turn { draft, holds, .. } = self.take(pass);
        let newer = newer(pass, &draft);
        Outcome { status: (*draft.status).clone(), holds, newer }
    }

    /// The rules in their order, once the places that others took are known.
    fn take(self, pass: &mut Pass<'a>) -> Turn<'a> {
        let Self { mut draft, patch, back, holds } = self;
        let holds = settle(pass, &mut draft, back, holds);
        silence::freeze(pass, &mut draft);
        postpone(pass, &mut draft, &holds);
        remind::remind(pass, &mut draft, &holds);
        standing::tell(pass, &mut draft, &holds);
        let held = !holds.is_empty() || draft.slot().is_none();
        upgrade::start(pass, &mut draft, held);
        facts::freeze(pass, &mut draft);
        standing::conditions(pass, &mut draft, &holds);
        Turn { draft, holds, patch }
    }
}

/// What the rules made of one tenant.
struct Turn<'a> {
    draft: Draft<'a>,
    holds: Vec<Hold>,
    patch: Option<Write>,
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

/// What is to be said of a tenant whose spec does not parse.
pub fn explain_malformed<'a>(pass: &Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant) -> Option<Outcome> {
    let (seen, wrong) = (tenant.status.as_ref().ok()?, tenant.spec.as_ref().err()?);
    let (status, hold, _) = malformed(pass, key, tenant, seen, wrong);
    Some(Outcome { status: (*status).clone(), holds: vec![hold], newer: vec![] })
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

/// Finds a slot where nothing is announced yet, and says what holds what is planned.
fn settle<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, back: Option<Back>, mut holds: Vec<Hold>) -> Vec<Hold> {
    if draft.in_flight() {
        answer::tell(pass, draft);
        // Nothing holds it any more, but what a person wrote and nobody can read must not be silent.
        return holds.into_iter().filter(|hold| hold.gate == Gate::Manifest).collect();
    }
    let restored = back.map(|back| restore(pass, draft, back));
    let mut gated = gates::of_draft(pass, draft);
    let found = if draft.slot().is_none() { look(pass, draft, &holds, &gated) } else { Found::Nothing };
    // Answers come before the new date that follows from them.
    answer::tell(pass, draft);
    draft.stories.extend(restored);
    match found {
        Found::Slot(slot) => {
            give(pass, draft, slot);
            gated = gates::of_draft(pass, draft);
        }
        Found::Expected(at, passed) => {
            draft.expect(at);
            holds.extend(passed.map(|opens| passed_over(draft, &holds, &opens)));
        }
        Found::Hold(hold) => holds.push(hold),
        Found::Nothing => {}
    }
    holds.extend(gated);
    for until in holds.iter().filter_map(|hold| hold.until) {
        pass.wake.at(until);
    }
    holds.sort_by_key(|hold| hold.gate);
    holds.dedup_by(|a, b| a.gate == b.gate && a.reason == b.reason);
    holds
}

/// Tells of a date that passes unannounced, once: from then on the condition says so.
fn passed_over(draft: &mut Draft, holds: &[Hold], opens: &str) -> Hold {
    let hold = no_time(opens);
    let told =
        condition::get(&draft.seen.conditions, condition::UP_TO_DATE).is_some_and(|c| c.message.starts_with(&hold.message));
    if !told && holds.iter().all(|hold| hold.waiting) {
        let (slot, message) = (Some(opens.to_owned()), Some(hold.message.clone()));
        let story = Story { slot, message, ..draft.story(StoryEvent::NoTimeToAnnounce) };
        draft.tell(story);
    }
    hold
}

/// Looks for a slot, if one is wanted and nothing holds it.
fn look<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, holds: &[Hold], gated: &[Hold]) -> Found {
    if draft.spec.management == Management::Unmanaged {
        draft.plan(None);
    }
    let held = holds.iter().chain(gated).any(|hold| hold.holds == Holds::Slot);
    if held || draft.status.upgrade.is_none() { Found::Nothing } else { search(pass, draft) }
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
) -> (NextStatus<'a>, Hold, Vec<Story>) {
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
fn write_status(key: &TenantKey, tenant: &Tenant, status: NextStatus, class: Class, stories: Vec<Story>) -> Option<Write> {
    Some(Write {
        body: Body::TenantStatus(status.into_change()?),
        object: ObjectKey::Tenant(key.clone()),
        uid: tenant.meta.uid.clone(),
        resource_version: tenant.meta.resource_version.clone(),
        class,
        stories,
    })
}
