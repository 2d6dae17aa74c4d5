//! One tenant's turn: the rules in their order, from what was seen to the one write that follows.

pub mod explain;
mod malformed;
mod order;
mod outcome;
mod postpone;
mod settle;
pub mod turns;
mod write;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus,
        reason::Reason,
        tenant::{Holds, Upgrade},
    },
    fleet::{Effect, ObjectKey, Tenant, TenantKey},
    plan::{
        consent::{
            judge::{Judged, judge},
            silence,
        },
        gates::{self, Case},
        interop,
        notice::{facts, outgoing::outgoing, receipts::receipts, reminders as remind},
        output::{
            Finding, Plan, Write,
            hold::{Gate, Hold},
            story::{Story, StoryEvent},
        },
        pass::{
            Pass,
            depends::Trace,
            queue::Place,
            stock::{Order, Rest},
        },
        record::{draft::Draft, phase::Phase, room::Room},
        release::{halt::Known, rings},
        slot::{
            again, lose,
            restore::{Back, find},
            review::review,
        },
        status::{hands, tenant as standing},
        support,
        target::{
            choice::{Choice, choose},
            running,
        },
        tenant::{
            outcome::{Outcome, newer},
            postpone::postpone,
            settle::settle,
            write::write_status,
        },
        trial, upgrade,
    },
};

/// A tenant whose turn has begun: what became of its upgrade, what was said and what is lost is known. No place is taken yet, but
/// that of a slot that comes back.
pub struct Begun<'a> {
    draft: Draft<'a>,
    // Few have these two, and they are large: thousands of turns are held at once.
    patch: Option<Box<Write>>,
    back: Option<Box<Back>>,
    holds: Vec<Hold>,
    row: usize,
    order: Order,
    trace: Trace<'a>,
}

fn begin<'a>(pass: &mut Pass<'a>, key: &'a TenantKey, tenant: &'a Tenant, plan: &mut Plan) -> Option<Begun<'a>> {
    // What does not parse is never overwritten: it holds the history. Nothing else is left but an Event.
    let seen = match readable(tenant) {
        Ok(seen) => seen,
        Err(message) => {
            let (object, uid) = (ObjectKey::Tenant(key.clone()), tenant.meta.uid.clone());
            plan.findings.push(Finding { object, uid, reason: Reason::Malformed, message });
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
            plan.writes.extend(malformed::write(pass, key, tenant, seen, wrong));
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
    // Nothing is judged here.
    let room = &Room::default();
    let holds = gates::holds(Case { pass, key, tenant, spec, status, running, room, upgrade });
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
    let patch = if draft.in_flight() { upgrade::progress(pass, &mut draft).map(Box::new) } else { None };
    if draft.status.history.first() != seen.history.first() {
        // The result says what the workloads mean: a failure may leave two versions behind.
        draft.running = running::running(pass, key, spec, &draft.status);
    }
    draft.room = support::room(pass, &draft);
    let Judged { lost, asked_back } = judge(pass, &mut draft);
    if let Some(ended) = lost {
        lose::lose(pass, &mut draft, ended);
    }
    review(pass, &mut draft);
    let back = asked_back.and_then(|slot| find(pass, &mut draft, slot)).map(Box::new);
    let mut holds = gates::manifest::manifest(pass, spec, tenant, &draft.running);
    if draft.slot().is_none() && back.is_none() {
        holds.extend(target(pass, &mut draft));
    }
    Begun { draft, patch, back, holds, row: 0, order: Order::default(), trace: Trace::default() }
}

/// Chooses the next release, and says what holds the tenant back from any.
fn target(pass: &mut Pass, draft: &mut Draft) -> Vec<Hold> {
    let put_back = gates::ownership::put_back(pass, draft.key, draft.tenant, draft.spec, &draft.status, &draft.running);
    match put_back.map_or_else(|| choose(pass, draft), |hold| Choice::Held(Box::new(hold))) {
        Choice::UpToDate => draft.plan(None),
        Choice::Next(upgrade) => {
            let new = draft.seen.upgrade.as_ref().is_none_or(|seen| seen.release_uid != upgrade.release_uid);
            draft.plan(Some(*upgrade));
            if new {
                tell_unknown_ring(pass, draft);
            }
        }
        Choice::Held(hold) => {
            draft.plan(None);
            return std::iter::once(*hold).chain(gates::manifest::people(draft.spec)).collect();
        }
    }
    vec![]
}

/// R17: a ring that the release does not list is a mistake of somebody: it is told once, when the release is planned.
fn tell_unknown_ring(pass: &Pass, draft: &mut Draft) {
    let Some(upgrade) = &draft.status.upgrade else { return };
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else { return };
    let known = release.rings.iter().any(|one| one.ring.name == draft.spec.ring);
    let Some(last) = release.rings.last().filter(|_| !known) else { return };
    let message = format!(
        "spec.ring {:?} is none of the rings of release {}: the tenant goes with the last, {:?}",
        draft.spec.ring, release.name, last.ring.name
    );
    let story = Story { message: Some(message), ..draft.story(StoryEvent::RingUnknown) };
    draft.tell(story);
}

impl<'a> Begun<'a> {
    /// Whose turn it is.
    pub fn key(&self) -> &'a TenantKey {
        self.draft.key
    }

    /// When its turn comes.
    pub fn place(&self) -> Place {
        (self.order, self.row)
    }

    /// What its turn found so far.
    fn known(&self) -> Known<'_> {
        Known { key: self.draft.key, spec: self.draft.spec, status: &self.draft.status }
    }

    /// The rest of the turn, into the plan; if it came to nothing, how long that holds.
    pub fn finish(self, pass: &mut Pass<'a>, plan: &mut Plan) -> Option<(usize, Rest)> {
        let ((order, row), begun, said) = (self.place(), self.trace, plan.len());
        let ((), ended) = pass.trace(|pass| self.finish_turn(pass, plan));
        Some((row, pass.rest(begun.and(ended), order, plan.len() == said)?))
    }

    fn finish_turn(self, pass: &mut Pass<'a>, plan: &mut Plan) {
        let (key, tenant, seen) = (self.draft.key, self.draft.tenant, self.draft.seen);
        let Turn { draft, holds, patch } = self.take(pass);
        if holds.iter().any(|hold| hold.gate == Gate::Hooks) {
            plan.writes.extend(upgrade::asks(pass, &draft));
        }
        let notices_held = holds.iter().any(|hold| hold.holds == Holds::Slot);
        plan.notices.extend(outgoing(pass, key, tenant, seen, &draft.status, notices_held));
        plan.writes.extend(patch.map(|patch| *patch));
        if !draft.status.differs() {
            return;
        }
        if pass.take_room(key, draft.class) {
            plan.writes.extend(write(draft));
        } else if !same_to_rings(seen, &draft.status) && rings::any_is_open(pass) {
            pass.depends_on_others();
        }
    }

    /// The rest of the turn, for people who ask.
    pub fn explain(self, pass: &mut Pass<'a>) -> Outcome {
        let Turn { draft, holds, .. } = self.take(pass);
        let newer = newer(pass, &draft);
        Outcome { status: (*draft.status).clone(), holds, newer }
    }

    /// The rules in their order, once the places that others took are known.
    fn take(self, pass: &mut Pass<'a>) -> Turn<'a> {
        let Self { mut draft, patch, back, holds, .. } = self;
        again::forgo(pass, &mut draft);
        let holds = settle(pass, &mut draft, back.map(|back| *back), holds);
        silence::freeze(pass, &mut draft);
        postpone(pass, &mut draft, &holds);
        remind::remind(pass, &mut draft, &holds);
        standing::tell(pass, &mut draft, &holds);
        let held = !holds.is_empty() || draft.slot().is_none();
        upgrade::start(pass, &mut draft, held);
        hands::tell(pass, &mut draft);
        interop::tell::tell(pass, &mut draft);
        support::tell(pass, &mut draft);
        trial::tell::tell(pass, &mut draft);
        facts::freeze(pass, &mut draft);
        standing::conditions(pass, &mut draft, &holds);
        Turn { draft, holds, patch }
    }
}

/// What the rules made of one tenant.
struct Turn<'a> {
    draft: Draft<'a>,
    holds: Vec<Hold>,
    patch: Option<Box<Write>>,
}

/// Whether rings find the same of a status that is not written yet: later ones follow it as long as its tenant has turns.
fn same_to_rings(seen: &TenantInstanceStatus, next: &TenantInstanceStatus) -> bool {
    let same = |seen: &Upgrade, next: &Upgrade| {
        seen.release_uid == next.release_uid
            && (&seen.slot, seen.expected_at, seen.started_at) == (&next.slot, next.expected_at, next.started_at)
            && seen.route == next.route
    };
    match (&seen.upgrade, &next.upgrade) {
        (Some(seen), Some(next)) => same(seen, next),
        (seen, next) => seen.is_none() && next.is_none(),
    }
}

fn write(draft: Draft) -> Option<Write> {
    write_status(draft.key, draft.tenant, draft.status, draft.class, draft.stories)
}
