//! A tenant's status on its way from what was seen to what is to be written, with what to tell once it is.

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, Version,
        notice_key::NoticeKey,
        reason::Reason,
        stored_reason::StoredReason,
        tenant::{
            Contact, Ending, HistoryEntry, NoticeKind, NoticeRecord, OptOutRecord, Slot, SlotResult, SupersededBy, TrialFacts,
            Upgrade,
        },
        upgrade_id::{Stem, UpgradeId},
    },
    fleet::{Tenant, TenantKey},
    plan::{
        output::{
            Class,
            hold::Hold,
            story::{Story, StoryEvent},
        },
        pass::{Pass, wake::later},
        record::{forget, history, ids, next::NextStatus, phase::Phase, receipts, room::Room, steps},
    },
};

/// How long a notice without a deadline of its own is tried, in seconds.
const PATIENCE: i64 = 24 * 3600;

/// A tenant's next status.
pub struct Draft<'a> {
    /// The tenant's key.
    pub key: &'a TenantKey,
    /// The tenant as seen.
    pub tenant: &'a Tenant,
    /// Its spec.
    pub spec: &'a TenantInstanceSpec,
    /// Its status as seen.
    pub seen: &'a TenantInstanceStatus,
    /// Its status to be.
    pub status: NextStatus<'a>,
    /// The version that it runs, or why that is not known.
    pub running: Result<Version, Hold>,
    /// What to tell.
    pub stories: Vec<Story>,
    /// How urgent the write is.
    pub class: Class,
    /// A slot whose customer was told of it and that is gone: to be told, unless the next date says it.
    pub gone: Option<Gone>,
    /// States of opt-outs that are new in this turn: each is told once, at its end.
    pub answers: Vec<Answer>,
    /// The version that an upgrade that failed in this turn left running.
    pub left: Option<String>,
    /// What the notice of support of this turn tells.
    pub endings: Vec<Ending>,
    /// What the notice of a trial of this turn tells.
    pub trial: Option<TrialFacts>,
    /// What may be declined before support ends.
    pub room: Room,
}

/// A state of an opt-out that is to be told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The record in that state.
    pub record: OptOutRecord,
    /// The customer was told of its slot: only then the answer names its date.
    pub announced: bool,
    /// Its deadline; none: a day.
    pub deliver_by: Option<jiff::Timestamp>,
}

/// An announced slot that is gone.
pub struct Gone {
    /// The stem of its ids.
    pub stem: Stem,
    /// Its name.
    pub opens: String,
    /// Its close.
    pub closes_at: jiff::Timestamp,
    /// Its version.
    pub to: String,
    /// Why it is gone.
    pub reason: Reason,
}

impl<'a> Draft<'a> {
    /// Nothing is changed yet.
    pub fn new(
        key: &'a TenantKey,
        tenant: &'a Tenant,
        spec: &'a TenantInstanceSpec,
        seen: &'a TenantInstanceStatus,
        running: Result<Version, Hold>,
    ) -> Self {
        let status = NextStatus::new(seen);
        Self {
            key,
            tenant,
            spec,
            seen,
            status,
            running,
            stories: vec![],
            class: Class::Rest,
            gone: None,
            answers: vec![],
            left: None,
            endings: vec![],
            trial: None,
            room: Room::default(),
        }
    }
}

impl Draft<'_> {
    /// Expects a slot that is too far away to be announced, or none.
    pub fn expect(&mut self, opens_at: Option<jiff::Timestamp>) {
        let expected = self.status.upgrade.as_ref().map(|upgrade| upgrade.expected_at);
        if expected.is_some_and(|before| before != opens_at)
            && let Some(upgrade) = &mut self.status.upgrade
        {
            upgrade.expected_at = opens_at;
        }
    }

    /// Plans this upgrade, or none.
    pub fn plan(&mut self, upgrade: Option<Upgrade>) {
        if self.status.upgrade != upgrade {
            self.status.upgrade = upgrade;
        }
    }

    /// The planned upgrade, if it has an announced slot.
    pub fn slot(&self) -> Option<(&Upgrade, &Slot)> {
        let upgrade = self.status.upgrade.as_ref()?;
        Some((upgrade, upgrade.slot.as_ref()?))
    }

    /// Where the planned upgrade stands; none: nothing is planned. A status that describes no phase got no turn.
    pub fn phase(&self) -> Option<Phase<'_>> {
        self.status.upgrade.as_ref().and_then(|upgrade| Phase::of(upgrade).ok())
    }

    /// Whether an upgrade is in flight.
    pub fn in_flight(&self) -> bool {
        matches!(self.phase(), Some(Phase::InFlight(..)))
    }

    /// The stem of the ids of the announced slot.
    pub fn stem(&self) -> Option<&Stem> {
        self.status.upgrade.as_ref()?.id.as_ref().map(UpgradeId::stem)
    }

    /// Whether every required contact accepted the notice of the announced slot in time. That of a slot that came back arrived
    /// before it was declined.
    pub fn notice_delivered(&self) -> bool {
        let reinstated = self.status.upgrade.as_ref().is_some_and(|upgrade| upgrade.reinstated_by.is_some());
        reinstated || self.stem().is_some_and(|stem| receipts::delivered(&self.status, self.spec, &NoticeKey::slot(stem)))
    }

    /// At least as urgent as this.
    pub fn urgent(&mut self, class: Class) {
        self.class = self.class.min(class);
    }

    /// An event about this tenant and what is planned for it.
    pub fn story(&self, event: StoryEvent) -> Story {
        let upgrade = self.status.upgrade.as_ref();
        Story {
            tenant: Some(self.key.clone()),
            release: upgrade.map(|u| u.to.clone()),
            slot: upgrade.and_then(|u| u.slot.as_ref()).map(|s| s.opens.clone()),
            ..Story::new(event)
        }
    }

    /// To be told once the write is committed.
    pub fn tell(&mut self, story: Story) {
        self.stories.push(story);
    }

    /// Writes a notice down for every contact, once for each key. What it supersedes is not sent any more.
    pub fn note(&mut self, pass: &Pass, notice: &NewNotice) {
        for (i, contact) in self.spec.contacts.iter().enumerate() {
            let written = self.status.notices.iter().any(|n| n.key == notice.key && n.contact == contact.name);
            if !written {
                self.status.notices.insert(0, notice.record(pass, self.tenant.meta.generation, contact, i));
            }
        }
        forget::forget_old_notices(&mut self.status, self.seen, pass.now);
    }

    /// Notices of these kinds that have no receipt yet are not sent any more.
    pub fn supersede(&mut self, kinds: &[NoticeKind], by: &SupersededBy) {
        let itself = |notice: &NoticeRecord| matches!(by, SupersededBy::Notice(key) if notice.key == *key);
        for notice in &mut self.status.notices {
            if kinds.contains(&notice.kind) && notice.delivered_at.is_none() && notice.superseded_by.is_none() && !itself(notice)
            {
                notice.make_void(by.clone());
            }
        }
    }

    /// Ends the slot: one entry in the history.
    pub fn record(&mut self, pass: &Pass, ended: Ended) {
        let Some((upgrade, slot)) = self.slot() else { return };
        let release = pass.release(&upgrade.release, &upgrade.release_uid);
        let entry = HistoryEntry {
            result: ended.result,
            id: upgrade.id.clone().unwrap_or_default(),
            from: upgrade.from.clone(),
            to: upgrade.to.clone(),
            slot: slot.opens.clone(),
            noticed: self.notice_delivered(),
            by: ended.by,
            reason: ended.reason.map(Into::into),
            message: ended.message,
            change_ref: release.and_then(|r| r.spec.approval.as_ref()?.change_ref.clone()),
            started_at: upgrade.started_at,
            finished_at: pass.now,
            retry_in: Some(slot.clone()).filter(|slot| ended.result.is_failure() && pass.now < slot.closes_at),
            steps: steps::hooks(upgrade),
            probes: steps::probes(upgrade),
            restored_to: steps::restored_to(upgrade),
            own_hook: steps::own_hook(upgrade),
        };
        self.status.history.iter_mut().for_each(|older| older.retry_in = None);
        self.status.history.insert(0, entry);
        self.status.history.truncate(history::KEPT);
        steps::forget(&mut self.status.history);
    }
}

/// How a slot ended.
pub struct Ended {
    /// The result.
    pub result: SlotResult,
    /// The person.
    pub by: Option<String>,
    /// A stable word; none: it succeeded.
    pub reason: Option<Reason>,
    /// The same in words.
    pub message: Option<String>,
}

impl Ended {
    /// It ended like this for this reason.
    pub fn new(result: SlotResult, reason: Reason, message: impl Into<String>) -> Self {
        Self { result, by: None, reason: Some(reason), message: Some(message.into()) }
    }
}

/// A notice to be written down.
pub struct NewNotice {
    /// Its key.
    pub key: NoticeKey,
    /// What it says.
    pub kind: NoticeKind,
    /// The version.
    pub release: String,
    /// The slot.
    pub slot: Option<String>,
    /// Why, where the kind does not say it.
    pub reason: Option<StoredReason>,
    /// Its deadline; none: a day.
    pub deliver_by: Option<jiff::Timestamp>,
}

impl NewNotice {
    /// Its record for one contact. What its words are made of follows when nothing of the turn changes any more.
    pub fn record(&self, pass: &Pass, generation: i64, contact: &Contact, position: usize) -> NoticeRecord {
        NoticeRecord {
            key: self.key.clone(),
            kind: self.kind,
            contact: contact.name.clone(),
            required: receipts::required(contact, position),
            release: self.release.clone(),
            slot: self.slot.clone(),
            reason: self.reason.clone(),
            created_at: pass.now,
            generation,
            deliver_by: self.deliver_by.unwrap_or_else(|| later(pass.now, PATIENCE)),
            delivered_at: None,
            attempts: 0,
            last_error: None,
            superseded_by: None,
            address: self.of_slot().then(|| ids::address(contact)),
            facts: None,
        }
    }

    fn of_slot(&self) -> bool {
        matches!(self.kind, NoticeKind::Planned | NoticeKind::Moved)
    }
}
