//! What the words of a notice are made of, frozen when it is written down: a repetition says the same to the byte.

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus,
        notice_key::NoticeKey,
        reason::Reason,
        release::Notes,
        tenant::{
            CalendarChange, CalendarMethod, Ending, HistoryEntry, NoticeFacts, NoticeKind, NoticeRecord, OptOutRecord, Slot,
            StandingDate, TrialFacts,
        },
        upgrade_id::UpgradeId,
    },
    fleet::Tenant,
    plan::{
        consent::deferral::{kept_for, refusals_left},
        pass::Pass,
        record::{draft::Draft, ids, room::Room},
    },
};

/// Sequences count from here (2026-01-01), so that they stay small.
const BEGINNING: i64 = 1_767_225_600;

/// What people write is kept to this length.
const LENGTH: usize = 256;

/// Freezes the facts of the notices that this turn wrote down, once nothing of the turn changes any more.
pub fn freeze(pass: &Pass, draft: &mut Draft) {
    let known = |n: &NoticeRecord| {
        draft.seen.notices.iter().any(|m| m.key == n.key && m.contact == n.contact && m.created_at == n.created_at)
    };
    let new = |n: &NoticeRecord| n.facts.is_none() && n.waits() && !known(n);
    let fresh: Vec<usize> = (0..draft.status.notices.len()).rev().filter(|i| new(&draft.status.notices[*i])).collect();
    let mut last: Option<(NoticeKey, NoticeFacts)> = None;
    for i in fresh {
        let notice = &draft.status.notices[i];
        let facts = match last.take().filter(|(key, _)| *key == notice.key) {
            Some((_, facts)) => facts,
            None => Writing::of(draft).facts(pass, notice, draft.status.calendar_sequence),
        };
        last = Some((notice.key.clone(), facts.clone()));
        if let Some(change) = &facts.calendar {
            draft.status.calendar_sequence = change.sequence;
        }
        draft.status.notices[i].facts = Some(Box::new(facts));
    }
}

/// What is known today of a notice that an older operator wrote down, without its facts.
pub fn of_older(
    pass: &Pass,
    tenant: &Tenant,
    spec: &TenantInstanceSpec,
    status: &TenantInstanceStatus,
    notice: &NoticeRecord,
) -> NoticeFacts {
    Writing { uid: &tenant.meta.uid, spec, seen: status, status, left: None, endings: &[], trial: None, room: &Room::default() }
        .facts(pass, notice, 0)
}

/// What a notice is written down with: the status before the turn, and after it.
struct Writing<'a> {
    uid: &'a str,
    spec: &'a TenantInstanceSpec,
    seen: &'a TenantInstanceStatus,
    status: &'a TenantInstanceStatus,
    /// What an upgrade that failed in this turn left running.
    left: Option<&'a str>,
    /// What ends, for the notice that tells it.
    endings: &'a [Ending],
    /// The trial, for the notice that tells of it.
    trial: Option<&'a TrialFacts>,
    /// What may be declined before support ends.
    room: &'a Room,
}

impl<'a> Writing<'a> {
    fn of(draft: &'a Draft) -> Self {
        Self {
            uid: &draft.tenant.meta.uid,
            spec: draft.spec,
            seen: draft.seen,
            status: &draft.status,
            left: draft.left.as_deref(),
            endings: &draft.endings,
            trial: draft.trial.as_ref(),
            room: &draft.room,
        }
    }

    fn facts(&self, pass: &Pass, notice: &NoticeRecord, sequence: u32) -> NoticeFacts {
        let standing = self.standing(notice);
        let own = standing.as_ref().is_some_and(|date| date.own);
        let lost = if standing.is_none() { self.left_in_calendar(pass, notice) } else { None };
        let named = || notice.slot.as_deref().and_then(|opens| self.slot(pass, opens));
        let slot = if own { None } else { named().or_else(|| lost.clone()) };
        let window = standing.as_ref().map_or(&self.spec.window_ref.name, |date| &date.slot.window);
        let (answered, deferrals) = (self.answered(notice), self.status.deferrals.as_ref());
        // What the first letter of this date offered, a reminder of it does not take back.
        let offered = u32::from(standing.as_ref().is_some_and(|date| date.own && date.slot.can_decline));
        let result = self.result(notice).filter(|entry| entry.result.is_failure());
        let method = calendar(notice, standing.as_ref()).or(lost.map(|_| CalendarMethod::Cancel));
        let change = method.map(|method| CalendarChange {
            method,
            uid: ids::invitation(self.uid, &notice.release),
            sequence: next_sequence(sequence, notice.created_at, method),
        });
        NoticeFacts {
            customer: self.spec.customer.display_name.clone(),
            from: self.from(notice),
            refusals_left: refusals_left(pass, window, deferrals, self.room).map(|left| left.max(offered)),
            support_ends_on: kept_for(pass, window, deferrals, self.room, answered),
            deferrals: deferrals.map_or(0, |d| d.count),
            value: answered.map(|record| clip(&record.value)),
            verdict: answered.map(|record| record.verdict),
            detail: self.detail(pass, notice, slot.as_ref()).map(clip),
            notes: self.notes(pass, notice),
            runs: self.left.filter(|_| notice.kind == NoticeKind::Failed).map(Into::into),
            restored_to: result.and_then(|ended| ended.restored_to),
            over: result
                .is_some_and(|ended| ended.retry_in.is_none() && slot.as_ref().is_some_and(|slot| pass.now < slot.closes_at)),
            calendar: change,
            digest: vec![],
            ends: if notice.kind.is_of_support() { self.endings.to_vec() } else { vec![] },
            trial: self.trial.filter(|_| notice.kind.is_of_trial()).cloned(),
            standing,
            slot,
        }
    }

    /// The date that stands, and whether the notice is about it.
    fn standing(&self, notice: &NoticeRecord) -> Option<StandingDate> {
        let upgrade = self.status.upgrade.as_ref()?;
        let (slot, stem) = (upgrade.slot.clone()?, upgrade.id.as_ref().map(UpgradeId::stem));
        let of_slot = stem.is_some_and(|stem| notice.key.is_about(stem));
        let names_it = notice.slot.as_ref() == Some(&slot.opens) && notice.release == upgrade.to;
        let own = of_slot || (names_it && is_answer(notice.kind));
        Some(StandingDate { release: upgrade.to.clone(), slot, own, started: upgrade.started_at.is_some() })
    }

    /// The times of a slot by its name: as it was given, else as its window has it now.
    fn slot(&self, pass: &Pass, opens: &str) -> Option<Slot> {
        let planned = |status: &'a TenantInstanceStatus| status.upgrade.as_ref().and_then(|u| u.slot.as_ref());
        let declined = |status: &'a TenantInstanceStatus| status.opt_outs.iter().filter_map(|r| r.lost.as_ref());
        let given = [self.seen, self.status].into_iter().flat_map(|status| planned(status).into_iter().chain(declined(status)));
        let window = &self.spec.window_ref.name;
        let found = || {
            let schedule = pass.schedule(window)?;
            Some(schedule.slot(window, &schedule.at_opening(opens.parse().ok()?)?))
        };
        given.into_iter().find(|slot| slot.opens == opens).cloned().or_else(found)
    }

    fn from(&self, notice: &NoticeRecord) -> Option<String> {
        let planned = self.status.upgrade.as_ref().filter(|u| u.to == notice.release).map(|u| &u.from);
        let same = |e: &&HistoryEntry| notice.slot.as_ref() == Some(&e.slot);
        let history = &self.status.history;
        let ended = || self.result(notice).or_else(|| history.iter().find(same)).map(|e| &e.from);
        planned.or_else(ended).or(self.status.version.as_ref()).cloned()
    }

    /// Where no date stands: one to come that is lost, and that this contact was told of last, since the letter that took it back never arrived. Who declines
    /// the version afterwards must not keep it. A letter without a receipt may have arrived all the same: its receipt is lost with the operator that
    /// sent it.
    fn left_in_calendar(&self, pass: &Pass, notice: &NoticeRecord) -> Option<Slot> {
        use NoticeKind::{Moved, OptOutAccepted, OptOutUndone, Planned, Postponed};
        if notice.kind != OptOutAccepted || notice.slot.is_some() {
            return None;
        }
        let same = |told: &&NoticeRecord| told.contact == notice.contact && told.release == notice.release;
        let arrived = |told: &&NoticeRecord| told.delivered_at.is_some() || matches!(told.kind, Planned | Moved);
        let mut told = self.status.notices.iter().filter(same).filter(arrived).filter(|told| told.slot.is_some());
        let last = told.find(|told| matches!(told.kind, Planned | Moved | OptOutUndone | OptOutAccepted | Postponed))?;
        let stands = matches!(last.kind, Planned | Moved | OptOutUndone);
        self.slot(pass, last.slot.as_deref().filter(|_| stands)?).filter(|slot| pass.now < slot.opens_at)
    }

    /// The upgrade whose result it tells.
    fn result(&self, notice: &NoticeRecord) -> Option<&'a HistoryEntry> {
        self.status.history.iter().find(|entry| NoticeKey::result(&entry.id) == notice.key)
    }

    fn answered(&self, notice: &NoticeRecord) -> Option<&'a OptOutRecord> {
        let key = |r: &&OptOutRecord| ids::answer_notice(self.uid, &r.value, r.slot.as_deref(), r.at.as_second(), r.verdict);
        self.status.opt_outs.iter().find(|r| key(r) == notice.key)
    }

    /// What is new, as the release says today.
    fn notes(&self, pass: &Pass, notice: &NoticeRecord) -> Option<Notes> {
        // Who has tried it knows.
        if matches!(notice.kind, NoticeKind::TrialEnding | NoticeKind::TrialEnded) {
            return None;
        }
        let mut releases = pass.channel(&self.spec.channel).iter().filter(|r| r.spec.version == notice.release);
        releases.find_map(|release| release.spec.notes.clone())
    }

    /// Why, as people wrote it: their texts promise that customers see it.
    fn detail<'p>(&self, pass: &'p Pass, notice: &NoticeRecord, slot: Option<&Slot>) -> Option<&'p str> {
        match notice.reason.as_ref()?.known()? {
            Reason::Frozen => {
                let before = || self.status.history.iter().find(|e| e.to == notice.release);
                let lost = slot.cloned().or_else(|| self.slot(pass, &before()?.slot))?;
                pass.schedule(&lost.window)?.frozen(lost.opens_at, lost.closes_at)
            }
            Reason::Withdrawn => {
                let mut releases = pass.channel(&self.spec.channel).iter().filter(|r| r.spec.version == notice.release);
                releases.find_map(|r| r.spec.withdrawn.as_ref()).map(|withdrawn| withdrawn.reason.as_str())
            }
            _ => None,
        }
    }
}

fn is_answer(kind: NoticeKind) -> bool {
    use NoticeKind::{OptOutAccepted, OptOutLimitReached, OptOutTooLate, OptOutUndone};
    matches!(kind, OptOutAccepted | OptOutTooLate | OptOutLimitReached | OptOutUndone)
}

/// What becomes of the entry of this version in the calendar; none: it stays as it is. It is taken out only where no date of the
/// version is left: a date that moves takes its entry with it.
fn calendar(notice: &NoticeRecord, standing: Option<&StandingDate>) -> Option<CalendarMethod> {
    notice.slot.as_ref()?;
    let stands = standing.is_some_and(|date| date.release == notice.release);
    match notice.kind {
        NoticeKind::Planned | NoticeKind::Moved => Some(CalendarMethod::Request),
        NoticeKind::OptOutUndone if standing.is_some_and(|date| date.own) => Some(CalendarMethod::Request),
        NoticeKind::OptOutAccepted | NoticeKind::Postponed if !stands => Some(CalendarMethod::Cancel),
        _ => None,
    }
}

/// Higher than the last one, also within one second and on a clock that was set back; and by the clock where the last one is lost.
fn next_sequence(last: u32, now: Timestamp, method: CalendarMethod) -> u32 {
    let seconds = now.as_second().saturating_sub(BEGINNING).max(0);
    let by_clock = u32::try_from(seconds.saturating_mul(2)).unwrap_or(u32::MAX - 1);
    by_clock.saturating_add(u32::from(method == CalendarMethod::Request)).max(last.saturating_add(1))
}

fn clip(text: &str) -> String {
    text.chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_rise_within_one_second_and_on_a_clock_that_was_set_back() {
        let (now, before): (Timestamp, Timestamp) =
            ("2026-12-02T09:00:00Z".parse().unwrap(), "2026-12-01T09:00:00Z".parse().unwrap());
        let first = next_sequence(0, now, CalendarMethod::Cancel);
        let second = next_sequence(first, now, CalendarMethod::Request);
        let third = next_sequence(second, now, CalendarMethod::Cancel);
        let back = next_sequence(third, before, CalendarMethod::Request);
        assert!(first < second && second < third && third < back, "{first} {second} {third} {back}");
        // A status that was lost, or an older operator's: the clock alone leads beyond what was sent.
        assert!(next_sequence(0, "2026-12-02T09:00:02Z".parse().unwrap(), CalendarMethod::Cancel) > third);
    }
}
