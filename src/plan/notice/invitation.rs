//! What a notice changes in the customer's calendar (RFC 5546): the entry of an upgrade is put in, moved or taken out.

use jiff::Timestamp;

use crate::{
    api::tenant::{NoticeKind, NoticeRecord, Slot},
    plan::{
        output::notice::{Invitation, Method},
        record::ids,
    },
};

/// Sequences count from here (2026-01-01), so that they stay small.
const BEGINNING: i64 = 1_767_225_600;

/// The change of the calendar that a notice brings; none: it leaves the calendar alone.
///
/// `slot` is the slot that the notice is about, where its times are still known, and `stands` whether it is announced now.
pub fn invitation(tenant_uid: &str, notice: &NoticeRecord, slot: Option<&Slot>, stands: bool) -> Option<Invitation> {
    let method = method(notice.kind, stands)?;
    // A slot that is gone has left its name at least, and that is its opening.
    let opens_at = slot.map(|slot| slot.opens_at).or_else(|| notice.slot.as_deref()?.parse().ok())?;
    Some(Invitation {
        method,
        uid: ids::invitation(tenant_uid, &notice.release),
        sequence: sequence(notice.created_at, method),
        opens_at,
        closes_at: slot.map(|slot| slot.closes_at),
    })
}

fn method(kind: NoticeKind, stands: bool) -> Option<Method> {
    match kind {
        NoticeKind::Planned | NoticeKind::Moved => Some(Method::Request),
        NoticeKind::OptOutUndone if stands => Some(Method::Request),
        NoticeKind::OptOutAccepted => Some(Method::Cancel),
        NoticeKind::Postponed if !stands => Some(Method::Cancel),
        _ => None,
    }
}

/// Rises with every notice and needs no memory: two for each second, since the write that takes a date away may bring the next one.
fn sequence(created_at: Timestamp, method: Method) -> u32 {
    let seconds = created_at.as_second().saturating_sub(BEGINNING).max(0);
    u32::try_from(seconds.saturating_mul(2)).unwrap_or(u32::MAX - 1).saturating_add(u32::from(method == Method::Request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(kind: NoticeKind, created_at: &str) -> NoticeRecord {
        NoticeRecord {
            key: "k".into(),
            kind,
            contact: "it".into(),
            required: true,
            release: "2026.12.0".into(),
            slot: Some("2026-12-15T18:00+00:00".into()),
            reason: None,
            created_at: created_at.parse().unwrap(),
            generation: 1,
            deliver_by: created_at.parse().unwrap(),
            delivered_at: None,
            attempts: 0,
            last_error: None,
            superseded_by: None,
        }
    }

    fn of(kind: NoticeKind, created_at: &str, stands: bool) -> Option<Invitation> {
        invitation("uid", &notice(kind, created_at), None, stands)
    }

    #[test]
    fn every_date_of_an_upgrade_is_the_same_entry_and_each_change_comes_after_the_one_before() {
        let planned = of(NoticeKind::Planned, "2026-12-01T09:00:00Z", true).unwrap();
        let declined = of(NoticeKind::OptOutAccepted, "2026-12-02T09:00:00Z", false).unwrap();
        let moved = of(NoticeKind::Moved, "2026-12-02T09:00:00Z", true).unwrap();
        assert_eq!([&planned.uid, &declined.uid], [&moved.uid, &moved.uid]);
        assert!(planned.sequence < declined.sequence && declined.sequence < moved.sequence);
        assert_eq!([planned.method, declined.method, moved.method], [Method::Request, Method::Cancel, Method::Request]);
    }

    #[test]
    fn a_slot_whose_times_are_gone_is_taken_out_by_the_opening_in_its_name() {
        let gone = of(NoticeKind::Postponed, "2026-12-02T09:00:00Z", false).unwrap();
        assert_eq!((gone.opens_at.to_string().as_str(), gone.closes_at), ("2026-12-15T18:00:00Z", None));
    }

    #[test]
    fn answers_that_leave_the_date_as_it_is_leave_the_calendar_alone() {
        for kind in [NoticeKind::OptOutTooLate, NoticeKind::OptOutLimitReached, NoticeKind::Succeeded, NoticeKind::Failed] {
            assert_eq!(of(kind, "2026-12-02T09:00:00Z", true), None, "{kind:?}");
        }
        assert_eq!(of(NoticeKind::Postponed, "2026-12-02T09:00:00Z", true), None);
        assert_eq!(of(NoticeKind::OptOutUndone, "2026-12-02T09:00:00Z", false), None);
    }

    #[test]
    fn a_noted_opt_out_names_no_slot_and_takes_nothing_out() {
        let noted = NoticeRecord { slot: None, ..notice(NoticeKind::OptOutAccepted, "2026-12-02T09:00:00Z") };
        assert_eq!(invitation("uid", &noted, None, false), None);
    }
}
